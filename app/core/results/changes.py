"""Compares the cells of two frozen releases; only rounded numbers are used."""

from app.core.results.published import Cell, QuestionResult
from app.core.results.statistics import difference


def clear_changes(previous: QuestionResult, current: QuestionResult) -> dict[str, bool]:
    """Return for each cell that both waves publish whether the 95% interval of its change excludes zero.

    The result is empty if the kind of question changed, or if one result is in bands and the other in options.
    """
    if (previous.variable, previous.kind, previous.detail) != (current.variable, current.kind, current.detail):
        return {}
    pairs = ((previous.cell(cell.code), cell) for cell in current.cells)
    return {now.code: _is_clear(before, previous, now=now, current=current) for before, now in pairs if before}


def _is_clear(before: Cell, previous: QuestionResult, *, now: Cell, current: QuestionResult) -> bool:
    return difference(
        count_1=now.count, n_1=current.base or 0, count_2=before.count, n_2=previous.base or 0
    ).clear_change
