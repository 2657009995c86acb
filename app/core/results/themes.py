"""Scores of themes (indices) from published numbers only. Why: docs/adr/0044.

A question's score is the mean of its options' scores, 0 to 100, weighted with the rounded counts. A theme's index is the
mean of its questions' scores.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

from app.core.results.change import Change
from app.core.results.statistics import ROUNDING_VARIANCE, STEP, Z_95, Interval

ENOUGH = 0.6
"""A theme is shown if at least this part of its questions is published."""
EVEN = 4
"""Answers spread evenly over the options that are added for a standard error, so that unanimity is no certainty."""


@dataclass(frozen=True)
class ScoredQuestion:
    """The published counts of a question's options in one round, with the score of each option (0 to 100).

    Raises:
        ValueError: a count is negative or not a multiple of 5, a score is not 0 to 100, or the codes differ.
    """

    counts: Mapping[str, int]
    scores: Mapping[str, float]
