"""Scores of themes (indices) from published numbers only. Why: docs/adr/0044.

A question's score is the mean of its options' scores (0 to 100), weighted by their rounded counts. A theme's index is
the mean of its questions' scores.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean

from app.core.results.change import Change
from app.core.results.published import STEP
from app.core.results.statistics import ROUNDING, ROUNDING_VARIANCE, Z_95, Interval

ENOUGH = 0.6
"""A theme is shown if at least this part of its questions is published."""
SPREAD = 4
"""Answers, spread evenly over all options, that a standard error adds: that all agreed here does not mean all do."""


@dataclass(frozen=True)
class Score:
    """A question's score (0 to 100), its standard error for sampling and rounding, and how many people it is of."""

    value: float
    standard_error: float
    base: int


def score_of(counts: Mapping[str, int], scores: Mapping[str, float]) -> float | None:
    """Return a question's score (0 to 100), or None if nobody chose an option that has one; see :func:`measure`."""
    score = measure(counts, scores)
    return score.value if score else None


def measure(counts: Mapping[str, int], scores: Mapping[str, float]) -> Score | None:
    """Return a question's score with its standard error, or None if nobody chose an option that has a score.

    Args:
        counts: the published number of people by code of option; codes without a score ("not sure") are left out.
        scores: the score (0 to 100) by code of option.

    Raises:
        ValueError: a count is negative or not a multiple of 5, or a score is not 0 to 100.

    Sources: the standard error of a mean, with four more answers as Agresti and Coull 1998, American Statistician 52,
    119-126, add them to a proportion; the variance of rounding by the delta method.
    """
    if any(n < 0 or n % STEP for n in counts.values()) or any(not 0 <= s <= 100 for s in scores.values()):
        raise ValueError(f"counts {dict(counts)}, scores {dict(scores)}")
    pairs = [(counts[code], score) for code, score in scores.items() if code in counts]
    base = sum(n for n, _ in pairs)
    if not base:
        return None
    value = sum(n * score for n, score in pairs) / base
    weights = [(n + SPREAD / len(pairs)) / (base + SPREAD) for n, _ in pairs]
    centre = sum(weight * score for weight, (_, score) in zip(weights, pairs, strict=True))
    sampling = sum(weight * (score - centre) ** 2 for weight, (_, score) in zip(weights, pairs, strict=True)) / base
    rounding = sum(_rounding_variance(n) * (score - value) ** 2 for n, score in pairs) / base**2
    return Score(value, math.sqrt(sampling + rounding), base)


def _rounding_variance(count: int) -> float:
    """Return the variance of a count's rounding error; of the fewest people it is the largest that there can be."""
    return ROUNDING**2 if count <= STEP else ROUNDING_VARIANCE


def index(scores: Sequence[float | None]) -> float | None:
    """Return a theme's index: the mean of its questions' scores, or None if fewer than 60% of them are published.

    Args:
        scores: the score of each question of the theme; None if it is not published.
    """
    shown = [score for score in scores if score is not None]
    return fmean(shown) if shown and len(shown) >= ENOUGH * len(scores) else None


def index_change(then: Sequence[Score | None], now: Sequence[Score | None]) -> Change | None:
    """Return the change of a theme's index in points (-100 to 100), or None if the two are not comparable.

    They are comparable if both are shown and made of the same questions, in the same order. How answers to different
    questions go together is not published; the standard error assumes that they move together completely. It is then
    the mean of the questions' standard errors, and for any other dependence lower. The same people in both rounds, who
    make it lower as well, are left out of account.
    """
    values = [index([score.value if score else None for score in side]) for side in (then, now)]
    pairs = [(before, after) for before, after in zip(then, now, strict=True) if before and after]
    before, after = values
    if before is None or after is None or any(bool(a) != bool(b) for a, b in zip(then, now, strict=True)):
        return None
    error = fmean(math.hypot(a.standard_error, b.standard_error) for a, b in pairs)
    value, half = after - before, Z_95 * error
    interval = Interval(max(-100.0, value - half), min(100.0, value + half))
    p_value = 2 * (1 - NormalDist().cdf(abs(value) / error))
    return Change(value, interval, p_value, min(score.base for pair in pairs for score in pair))
