"""Which response rates of a closed wave can be published, and the decomposition of a change of a rate.

A rate of few cards could identify people. So a group needs 30 cards, and each difference of groups 30 cards or none.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

SMALLEST, FEWEST_ANSWERS = 30, 10
STEP = 5
EVERYONE = "everyone"
DIMENSIONS = ("locality", "channel", "batch")


@dataclass(frozen=True)
class BatchCount:
    """The cards and answers of a batch. ``completed`` is None if the batch is too small to be counted separately."""

    batch: str
    locality: str
    channel: str
    issued: int
    completed: int | None


@dataclass(frozen=True)
class CellCount:
    """The cards and answers of a cell, all its batches together."""

    locality: str
    channel: str
    issued: int
    completed: int


@dataclass(frozen=True)
class Rate:
    """The published rate of a group: percent to the nearest 5, or ``word`` if that is 0 or 100: ``under`` or ``over``.

    For everyone the name is empty.
    """

    dimension: str
    name: str
    issued: int
    percent: int | None
    word: str | None


@dataclass(frozen=True)
class RateChange:
    """A change of a response rate in percentage points, and the contributions of the answers and of the list."""

    points: float
    by_answers: float
    by_list: float


@dataclass(frozen=True)
class _Group:
    """Cards that share a value: their batches (by position), their number and the number of answers."""

    dimension: str
    name: str
    batches: frozenset[int]
    issued: int
    completed: int


def protect_turnout(cells: Sequence[CellCount], batches: Sequence[BatchCount]) -> tuple[Rate, ...]:
    """Return the publishable rates: everyone's, then those of localities, channels and batches, sorted by name.

    A wave with fewer than 10 answers has none, because a rate would disclose their number. In each published group at
    least ten people answered and ten did not; otherwise "almost none" or "almost all" would be group disclosure.
    Counts are exact; the batches, including small ones, have together the cells' cards.
    """
    return tuple(
        _rate(group)
        for group in _shown(cells, batches)
        if group.dimension == EVERYONE or FEWEST_ANSWERS <= group.completed <= group.issued - FEWEST_ANSWERS
    )


def split_change(*, answers_before: int, list_before: int, answers_now: int, list_now: int) -> RateChange:
    """Return the change of a rate, and how much of it is due to the answers and to the list of people.

    ``before`` is the earlier wave, ``now`` the later; a list is the number of people who could have answered. The exact
    parts add up to the exact change; because each is rounded separately, the sum may differ by 0.1.

    Raises:
        ValueError: a list has no people.

    Source: the symmetric decomposition of a product, here answers times 1/list: Das Gupta 1978, Demography 15, 99-112.
    With two factors it gives each its Shapley value.
    """
    if list_before < 1 or list_now < 1:
        raise ValueError("a response rate needs a list with at least one person")
    before, now = Fraction(1, list_before), Fraction(1, list_now)
    by_answers = (answers_now - answers_before) * (before + now) / 2
    by_list = (answers_before + answers_now) * (now - before) / 2
    return RateChange(_points(by_answers + by_list), _points(by_answers), _points(by_list))


def _shown(cells: Sequence[CellCount], batches: Sequence[BatchCount]) -> list[_Group]:
    """Return the groups that satisfy the rule about cards.

    The difference between a published group and the published groups of another dimension inside it has no card or at
    least 30. Otherwise the smallest of the inner groups is suppressed, and the check is repeated. Differences are taken
    from single groups and from everyone, not from sums of groups.
    """
    batches = [batch for batch in batches if batch.issued > 0]
    issued, completed = sum(cell.issued for cell in cells), sum(cell.completed for cell in cells)
    everyone = _Group(EVERYONE, "", frozenset(range(len(batches))), issued, completed)
    if everyone.issued < SMALLEST or everyone.completed < FEWEST_ANSWERS:
        return []
    shown = [group for group in _groups(cells, batches) if group.issued >= SMALLEST]
    while (small := _find_breach(everyone, shown, batches)) is not None:
        shown.remove(small)
    return [everyone, *shown]


def _groups(cells: Sequence[CellCount], batches: Sequence[BatchCount]) -> list[_Group]:
    """Return all candidate groups, by dimension and name."""
    found = []
    for dimension in ("locality", "channel"):
        for name in sorted({getattr(cell, dimension) for cell in cells}):
            own = [cell for cell in cells if getattr(cell, dimension) == name]
            members = frozenset(i for i, batch in enumerate(batches) if getattr(batch, dimension) == name)
            issued, completed = sum(cell.issued for cell in own), sum(cell.completed for cell in own)
            found.append(_Group(dimension, name, members, issued, completed))
    for i, batch in sorted(enumerate(batches), key=lambda row: row[1].batch):
        if batch.completed is not None:
            found.append(_Group("batch", batch.batch, frozenset({i}), batch.issued, batch.completed))
    return found


def _find_breach(everyone: _Group, shown: Sequence[_Group], batches: Sequence[BatchCount]) -> _Group | None:
    """Return a group to suppress, because a difference would have fewer than 30 cards; None if there is none."""
    for outer in (*shown, everyone):
        for dimension in DIMENSIONS:
            inside = [g for g in shown if g.dimension == dimension != outer.dimension and g.batches <= outer.batches]
            left = outer.batches.difference(*(group.batches for group in inside))
            if inside and 0 < sum(batches[i].issued for i in left) < SMALLEST:
                return min(inside, key=lambda group: (group.issued, group.name))
    return None


def _rate(group: _Group) -> Rate:
    # A word if the share is closer to 0 or 100% than to the next step.
    is_under = 200 * group.completed < STEP * group.issued
    is_over = 200 * (group.issued - group.completed) < STEP * group.issued
    word = "under" if is_under else "over" if is_over else None
    # Ties round to the even step, so exactly 2.5% and 97.5% would become 0 and 100.
    nearest = min(max(round(100 * group.completed / group.issued / STEP) * STEP, STEP), 100 - STEP)
    return Rate(group.dimension, group.name, group.issued, None if word else nearest, word)


def _points(share: Fraction) -> float:
    """Return a share in percentage points, rounded to one decimal; never -0.0."""
    return float(round(100 * share, 1))
