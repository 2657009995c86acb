"""Which response rates of a closed wave may be told, and how a change of a rate splits into its two causes.

A rate of few cards is close to a name. So a group needs 30 cards, and what is left over beside it 30 or none.
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
    """A batch's cards and letters. ``completed`` is None when it is too small to be counted by itself."""

    batch: str
    locality: str
    channel: str
    issued: int
    completed: int | None


@dataclass(frozen=True)
class CellCount:
    """A cell's cards and answers, all its batches together."""

    locality: str
    channel: str
    issued: int
    completed: int


@dataclass(frozen=True)
class Rate:
    """What is told of a group: percent to the nearest 5, or ``word`` when that is 0 or 100: ``under`` or ``over``.

    Everyone's name is empty.
    """

    dimension: str
    name: str
    issued: int
    percent: int | None
    word: str | None


@dataclass(frozen=True)
class RateChange:
    """A change of a response rate in percentage points, and the part that answers and the list have in it."""

    points: float
    by_answers: float
    by_list: float


@dataclass(frozen=True)
class _Group:
    """Cards that share a value: which batches they are in (by position), and how many came back."""

    dimension: str
    name: str
    batches: frozenset[int]
    issued: int
    completed: int


def protect_turnout(cells: Sequence[CellCount], batches: Sequence[BatchCount]) -> tuple[Rate, ...]:
    """Return the rates that may be told: everyone's, then those of localities, channels and batches by name.

    A wave with fewer than 10 answers has none: a rate would be their number in other words. Beside the rule about
    cards ten people of a told group answered and ten did not: else "almost none" or "almost all" would speak of each
    of them.

    Args:
        cells: exact counts by cell.
        batches: exact counts by batch, small ones too; together they have the cells' cards.
    """
    return tuple(_rate(group) for group in _shown(cells, batches) if group.dimension == EVERYONE or _hides_all(group))


def split_change(*, answers_before: int, list_before: int, answers_now: int, list_now: int) -> RateChange:
    """Return how a rate changed, and how much of it is due to answers and to the list of people.

    The exact parts add up to the exact change; each number is rounded by itself, so the rounded ones may miss by 0.1.

    Args:
        answers_before: answers in the earlier wave.
        list_before: people who could have answered it, at least 1.
        answers_now: answers in the later wave.
        list_now: people who could have answered it, at least 1.

    Raises:
        ValueError: a list without people.

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
    """Return the groups of which the rule about cards lets us tell.

    Whatever the told groups of one dimension leave of a told group they lie in is no card or at least 30. Where it is
    not, the smallest of them gives way, until it is. Sums are only taken from single groups and from everyone, not
    from each other.
    """
    batches = [batch for batch in batches if batch.issued > 0]
    everyone = _everyone(cells, batches)
    if everyone.issued < SMALLEST or everyone.completed < FEWEST_ANSWERS:
        return []
    shown = [group for group in _groups(cells, batches) if group.issued >= SMALLEST]
    while (small := _find_breach(everyone, shown, batches)) is not None:
        shown.remove(small)
    return [everyone, *shown]


def _hides_all(group: _Group) -> bool:
    return FEWEST_ANSWERS <= group.completed <= group.issued - FEWEST_ANSWERS


def _everyone(cells: Sequence[CellCount], batches: Sequence[BatchCount]) -> _Group:
    issued, completed = sum(cell.issued for cell in cells), sum(cell.completed for cell in cells)
    return _Group(EVERYONE, "", frozenset(range(len(batches))), issued, completed)


def _groups(cells: Sequence[CellCount], batches: Sequence[BatchCount]) -> list[_Group]:
    """Return every group that could be told, by dimension and name."""
    found = []
    for dimension in ("locality", "channel"):
        for name in sorted({getattr(cell, dimension) for cell in cells}):
            own = [cell for cell in cells if getattr(cell, dimension) == name]
            members = frozenset(i for i, batch in enumerate(batches) if getattr(batch, dimension) == name)
            issued, completed = sum(cell.issued for cell in own), sum(cell.completed for cell in own)
            found.append(_Group(dimension, name, members, issued, completed))
    single = [(batch.batch, i, batch) for i, batch in enumerate(batches) if batch.completed is not None]
    for name, i, batch in sorted(single, key=lambda row: row[0]):
        found.append(_Group("batch", name, frozenset({i}), batch.issued, batch.completed or 0))
    return found


def _find_breach(everyone: _Group, shown: Sequence[_Group], batches: Sequence[BatchCount]) -> _Group | None:
    """Return a group that has to be hidden, because a few cards would be left over beside it; None when all is well."""
    for outer in (*shown, everyone):
        for dimension in DIMENSIONS:
            inside = [g for g in shown if g.dimension == dimension != outer.dimension and g.batches <= outer.batches]
            left = outer.batches.difference(*(group.batches for group in inside))
            if inside and 0 < sum(batches[i].issued for i in left) < SMALLEST:
                return min(inside, key=lambda group: (group.issued, group.name))
    return None


def _rate(group: _Group) -> Rate:
    word = _word(group.completed, group.issued)
    nearest = round(100 * group.completed / group.issued / STEP) * STEP
    # Halves go to the even step: exactly 2.5% and 97.5% would become 0 and 100.
    percent = None if word else min(max(nearest, STEP), 100 - STEP)
    return Rate(group.dimension, group.name, group.issued, percent, word)


def _word(completed: int, issued: int) -> str | None:
    """Return what stands for a share that is nearer to 0 or 100% than to the step beside it, else None."""
    if 200 * completed < STEP * issued:
        return "under"
    return "over" if 200 * (issued - completed) < STEP * issued else None


def _points(share: Fraction) -> float:
    """Return a share in percentage points with one decimal; never -0.0."""
    return float(round(100 * share, 1))
