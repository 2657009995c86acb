"""Which cells changed from one wave to the next, from two frozen releases: rounded numbers only."""

from app.core.results.published import Cell, QuestionResult
from app.core.results.statistics import difference


def clear_changes(previous: QuestionResult, current: QuestionResult) -> dict[str, bool]:
    """Tell of each cell that both waves publish whether it changed clearly: the 95% interval does not include zero.

    Nothing is compared when the question became another kind, or one result is in bands and the other in options.
    """
    if (previous.variable, previous.kind, previous.detail) != (current.variable, current.kind, current.detail):
        return {}
    pairs = ((previous.cell(cell.code), cell) for cell in current.cells)
    return {now.code: _is_clear(before, previous, now=now, current=current) for before, now in pairs if before}


def _is_clear(before: Cell, previous: QuestionResult, *, now: Cell, current: QuestionResult) -> bool:
    return difference(
        count_1=now.count, n_1=current.base or 0, count_2=before.count, n_2=previous.base or 0
    ).clear_change
