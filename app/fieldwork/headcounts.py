"""Headcounts as a table: pasted from a spreadsheet, or in a CSV or Excel file; read for the grid, never stored here.

The first row names the areas, in any order, and the first column the groups. Without such a row the areas stand in the
order of the grid. Rows and columns of totals are left out.
"""

import csv
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from typing import Any

from app.core import foreign_files
from app.core.typed import TypedError, same, shown, whole_number
from app.fieldwork.frames import MAX_GROUPS, MAX_HEADS

MAX_ROWS, MAX_COLUMNS = 1_000, 60
TITLE_ROWS = 10
MAX_UNPACKED, MAX_PARTS = 10_000_000, 500
TOTALS = frozenset({"total", "totals", "sum", "grand total", "all areas"})
WORKBOOKS = ("an Excel workbook (.xlsx)", "an XLSForm (.xlsx)")
UNREADABLE = "This workbook cannot be read. Save it again as Excel (.xlsx) or CSV, or paste the table."

Rows = list[list[str]]
Numbered = list[tuple[int, list[str]]]


@dataclass(frozen=True)
class Headcounts:
    """Rows for the grid as typed, each a group and its cells by area, and what was left out, in words."""

    rows: tuple[tuple[str, dict[str, str]], ...]
    left_out: tuple[str, ...]


def rows_of_file(data: bytes) -> Rows:
    """Return the cells of a CSV or Excel file.

    Raises:
        TypedError: the file is of another kind, too large or damaged.
    """
    kind = foreign_files.kind_of(data)
    if kind in WORKBOOKS:
        return _limited(_workbook_rows(data))
    if kind is not None:
        raise TypedError(f"This file is {kind}. Save the table as CSV or as an Excel workbook (.xlsx), or paste it.")
    return rows_of_text(foreign_files.decode(data, is_windows=True))


def rows_of_text(text: str) -> Rows:
    """Return the cells of a text, separated by tabs, semicolons or commas; TypedError if it cannot be read."""
    lines = [line for line in text.splitlines() if line.strip()]
    if lines and lines[0].lower().startswith("sep="):  # some programs write this line for Excel
        text = text.partition("\n")[2]
    mark = next((mark for mark in "\t;" if 2 * sum(mark in line for line in lines) > len(lines)), ",")
    try:
        return _limited([[*map(_cell, line)] for line in csv.reader(StringIO(text, newline=""), delimiter=mark)])
    except csv.Error as error:
        raise TypedError("This table cannot be read. A cell may be too long, or a quotation mark missing.") from error


def text_of(rows: Rows) -> str:
    """Return cells as text with tabs, as a spreadsheet pastes them."""
    return "\n".join("\t".join(row) for row in rows)


def read_table(rows: Rows, localities: Mapping[str, str]) -> Headcounts:
    """Return the headcounts in the cells of a table; cells are not checked here.

    Raises:
        TypedError: it has columns that are no areas, or more groups than the grid.
    """
    filled = [(number, row) for number, row in enumerate(rows, start=1) if any(row)]
    if not filled:
        raise TypedError("This table is empty.")
    start, columns = _columns(filled, localities)
    left_out = [f"row {number} ({' '.join(row).strip()})" for number, row in filled[: max(0, start - 1)]]
    header, body = filled[max(0, start - 1)][1], filled[start:]
    used = {n for _number, row in body for n, cell in enumerate(row) if cell and n}
    for n in sorted(used - columns.keys()):
        name = header[n] if n < len(header) else ""
        if not name:
            raise TypedError(f"Column {n + 1} has no area in the first row. Put numbers with a comma in quotes.")
        if same(name) not in TOTALS:
            known = ", ".join(localities.values())
            raise TypedError(f"Column {n + 1} (“{name}”) is not an area. The first row must name areas: {known}.")
        left_out.append(f"column {n + 1} ({name})")
    left_out += [f"row {number} ({row[0]})" for number, row in body if same(row[0]) in TOTALS]
    groups = tuple(
        (row[0], {place: row[n] for n, place in columns.items() if n < len(row)})
        for _number, row in body
        if same(row[0]) not in TOTALS
    )
    if len(groups) > MAX_GROUPS:
        raise TypedError(
            f"This table has {len(groups)} groups. At most {MAX_GROUPS} are possible: combine small groups."
        )
    return Headcounts(groups, tuple(left_out))


def _columns(filled: Numbered, localities: Mapping[str, str]) -> tuple[int, dict[int, str]]:
    """Return where the groups begin, below the row that names areas, and the area of each column by its position."""
    names = {same(word): slug for slug, name in localities.items() for word in (slug, name)}
    for start, (_number, row) in enumerate(filled[:TITLE_ROWS], start=1):
        columns = {n: names[same(cell)] for n, cell in enumerate(row) if n and same(cell) in names}
        if len(set(columns.values())) < len(columns):
            raise TypedError("The first row names an area twice.")
        if columns:
            return start, columns
    first = filled[0][1]
    if len(first) == len(localities) + 1 and all(_is_number(cell) for cell in first[1:]):
        return 0, dict(enumerate(localities, start=1))
    raise TypedError(f"The first row must name the areas: {', '.join(localities.values())}.")


def _is_number(cell: str) -> bool:
    try:
        return whole_number(cell, 0, MAX_HEADS) >= 0
    except TypedError:
        return False


def _limited(rows: Rows) -> Rows:
    """Return the cells without empty ones at the ends; TypedError if there are too many."""
    trimmed = [row[: max((n for n, cell in enumerate(row, start=1) if cell), default=0)] for row in rows]
    while trimmed and not trimmed[-1]:
        trimmed.pop()
    if len(trimmed) > MAX_ROWS or max(map(len, trimmed), default=0) > MAX_COLUMNS:
        raise TypedError(f"This table is too large: at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns are possible.")
    return [row or [""] for row in trimmed]


def _cell(value: object) -> str:
    """Return a cell as one line; a number without a fraction is a whole number."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(shown(str(value)).split())


def _workbook_rows(data: bytes) -> Rows:
    """Return the cells of the first sheet that has any; TypedError if the workbook is too large or cannot be read."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise TypedError("This workbook is too large. Copy the table into a new workbook, or paste it.")
        return _first_sheet(data)
    except TypedError:
        raise
    except Exception as error:  # openpyxl meets damaged files with errors of many kinds
        raise TypedError(UNREADABLE) from error


def _first_sheet(data: bytes) -> Rows:
    from openpyxl import load_workbook  # takes time, and few requests need it

    def sheets(data_only: bool) -> list[list[tuple[Any, ...]]]:
        book = load_workbook(BytesIO(data), read_only=True, data_only=data_only, keep_links=False)
        size = {"max_row": MAX_ROWS + 1, "max_col": MAX_COLUMNS + 1}
        return [
            list(one.iter_rows(**size, values_only=True)) for one in book.worksheets if one.sheet_state == "visible"
        ]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values, written = sheets(data_only=True), sheets(data_only=False)
    chosen = next((n for n, rows in enumerate(written) if any(cell is not None for row in rows for cell in row)), None)
    if chosen is None:
        return []
    for number, (row, formulas) in enumerate(zip(values[chosen], written[chosen], strict=True), start=1):
        if any(value is None and formula is not None for value, formula in zip(row, formulas, strict=True)):
            raise TypedError(
                f"Row {number} has a formula without a result. Open the file in Excel, save it and try again."
            )
    return [[*map(_cell, row)] for row in values[chosen]]
