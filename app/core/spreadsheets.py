"""CSV text that spreadsheet programs open as it is, with no cell that they would run as a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def write_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return rows as CSV text with a header line; a row without a column leaves its cell empty."""
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _one_cell(value) for name, value in row.items()} for row in rows)
    return sheet.getvalue()


def _one_cell(value: object) -> object:
    """Return a value that stays in one cell: the writer quotes line feeds only, but programs end a row at either."""
    return no_formula(value.replace("\r", "\n") if isinstance(value, str) else value)


def no_formula(value: object) -> object:
    """Return a cell value with an apostrophe in front if a spreadsheet would interpret it as a formula."""
    is_formula = isinstance(value, str) and any(text.startswith(FORMULA_STARTS) for text in (value, value.lstrip()))
    return f"'{value}" if is_formula else value
