"""What stands out in a published round: at most three findings, by rules on published numbers only.

- Nothing is said below 30 answers, in the round or to a question, or of a question that fewer than half answered.
- Strongest and weakest: the highest and the lowest published share of positive answers. Two questions that share the
  place are both named; if more do, or if all are equal, none is.
- Change: the largest one that is beyond chance; that none is, is a finding too.
"""

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.results.change import Movement
from app.core.results.published import PERCENTAGES_FROM
from app.core.results.rounds import Figure
from app.core.results.statistics import whole_percent

MOST_NAMED = 2
MOST_OF = 0.5
"""The part of all people who must have answered a question for it to be named."""


class Kind(enum.StrEnum):
    """What a finding is about."""

    STRONGEST = "strongest"
    WEAKEST = "weakest"
    ROSE = "rose"
    FELL = "fell"
    NO_CLEAR_CHANGE = "no_clear_change"


@dataclass(frozen=True)
class Finding:
    """One finding.

    ``figures`` are the questions that it names, or all compared questions if none changed clearly. ``risen`` and
    ``fallen`` are how many questions rose and fell clearly, ``compared`` how many both rounds asked alike.
    """

    kind: Kind
    figures: tuple[Figure, ...]
    compared: int = 0
    risen: int = 0
    fallen: int = 0


def findings(figures: Sequence[Figure], n: int | None) -> tuple[Finding, ...]:
    """Return what stands out, from the figures of a round and its published number of people."""
    if (n or 0) < PERCENTAGES_FROM:
        return ()
    large = [f for f in figures if f.now.base >= max(PERCENTAGES_FROM, MOST_OF * (n or 0))]
    return (*_ends(large), *_change(large))


def _ends(figures: Sequence[Figure]) -> list[Finding]:
    shares = sorted({whole_percent(figure.now.value) for figure in figures})
    if len(shares) < 2:
        return []
    ends = ((Kind.STRONGEST, shares[-1]), (Kind.WEAKEST, shares[0]))
    named = [(kind, tuple(f for f in figures if whole_percent(f.now.value) == share)) for kind, share in ends]
    return [Finding(kind, some) for kind, some in named if len(some) <= MOST_NAMED]


def _change(figures: Sequence[Figure]) -> list[Finding]:
    compared = [f for f in figures if f.movement not in (None, Movement.TOO_FEW)]
    if not compared:
        return []
    risen, fallen = ([f for f in compared if f.movement is way] for way in (Movement.ROSE, Movement.FELL))
    if not risen and not fallen:
        return [Finding(Kind.NO_CLEAR_CHANGE, tuple(compared), len(compared))]
    largest = max((*risen, *fallen), key=lambda f: (abs(f.now.value - (f.then.value if f.then else 0)), f.variable))
    kind = Kind.ROSE if largest.movement is Movement.ROSE else Kind.FELL
    return [Finding(kind, (largest,), len(compared), len(risen), len(fallen))]
