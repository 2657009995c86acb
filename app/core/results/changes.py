"""What changed from one wave to the next, from two frozen releases: rounded numbers only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from app.core.results.published import Cell, Dimension, Published, QuestionResult
from app.core.results.statistics import difference

POSITIVE = "positive"


@dataclass(frozen=True)
class Change:
    """A cell's change in percentage points, current minus previous, with its 95% interval; one decimal.

    ``clear`` is judged before rounding: the interval leaves out nought.
    """

    code: str
    points: float
    low: float
    high: float
    clear: bool


@dataclass(frozen=True)
class QuestionChange:
    """One question's changes: the cells that both releases tell, and the positive band if both tell it."""

    variable: str
    cells: tuple[Change, ...]
    positive: Change | None


@dataclass(frozen=True)
class GroupChange:
    """The changes in one group, in bands."""

    dimension: str
    values: tuple[str, ...]
    questions: tuple[QuestionChange, ...]


@dataclass(frozen=True)
class Changes:
    """The changes between two waves, everyone's and those of the groups that both releases tell."""

    previous: str
    current: str
    questions: tuple[QuestionChange, ...]
    groups: tuple[GroupChange, ...]


def changes(previous: Published, current: Published) -> Changes:
    """Compare two releases of one survey.

    A question is compared when both tell it and its kind is the same; a group when both tell the same values of the
    same dimension.

    Raises:
        ValueError: the releases are of two surveys.
    """
    if previous.survey != current.survey:
        raise ValueError(f"{previous.wave} and {current.wave} are of two surveys")
    return Changes(
        previous.wave,
        current.wave,
        _questions(previous.questions, current.questions, previous.bands, current.bands),
        tuple(_groups(previous.dimensions, current.dimensions)),
    )


def _questions(
    previous: Sequence[QuestionResult],
    current: Sequence[QuestionResult],
    previous_bands: Sequence[QuestionResult],
    current_bands: Sequence[QuestionResult],
) -> tuple[QuestionChange, ...]:
    """Return the changes in the current release's order; questions with nothing to compare are left out."""
    old, old_bands, new_bands = _by_variable(previous), _by_variable(previous_bands), _by_variable(current_bands)
    found = (
        QuestionChange(
            result.variable,
            tuple(_cells(old.get(result.variable), result)),
            _positive(old_bands.get(result.variable), new_bands.get(result.variable)),
        )
        for result in current
    )
    return tuple(change for change in found if change.cells or change.positive)


def _by_variable(results: Iterable[QuestionResult]) -> dict[str, QuestionResult]:
    return {result.variable: result for result in results}


def _cells(old: QuestionResult | None, new: QuestionResult) -> Iterator[Change]:
    if old is None or (old.kind, old.detail) != (new.kind, new.detail):
        return
    for cell in new.cells:
        before = old.cell(cell.code)
        if before is not None:
            yield _change(before, old, cell, new)


def _positive(old: QuestionResult | None, new: QuestionResult | None) -> Change | None:
    if old is None or new is None or old.kind != new.kind:
        return None
    before, now = old.cell(POSITIVE), new.cell(POSITIVE)
    return _change(before, old, now, new) if before and now else None


def _change(before: Cell, old: QuestionResult, now: Cell, new: QuestionResult) -> Change:
    found = difference(now.count, new.base or 0, before.count, old.base or 0)
    points, low, high = (round(100 * share, 1) for share in (found.value, found.interval.low, found.interval.high))
    return Change(now.code, points, low, high, found.clear_change)


def _groups(previous: Sequence[Dimension], current: Sequence[Dimension]) -> Iterator[GroupChange]:
    old = {(dimension.name, group.values): group for dimension in previous for group in dimension.groups}
    for dimension in current:
        for group in dimension.groups:
            before = old.get((dimension.name, group.values))
            if before is not None:
                questions = _questions(before.questions, group.questions, before.questions, group.questions)
                yield GroupChange(dimension.name, group.values, questions)
