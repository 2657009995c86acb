"""The published numbers as an Excel workbook: a sheet that explains them, and one sheet of data without formulas."""

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

from app.core.archives import read_zip, write_zip
from app.core.spreadsheets import no_formula
from app.core.typed import shown
from app.results import about, figures

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FIRST_SHEET, DATA_SHEET = "Read me", "Data"
MADE = dt.datetime(1980, 1, 1)
"""The date in the workbook's properties: it is the same for all, so that equal numbers make equal bytes."""
PROPERTIES = "docProps/core.xml"
WIDTHS = {"group": 24, "question": 16, "answer": 14, "group_label": 32, "question_wording": 60, "answer_label": 32}
LEFT, RIGHT = 34, 100


def write_workbook(source: figures.Source) -> bytes:
    """Return the workbook of a release; equal numbers and labels make equal bytes."""
    from openpyxl import Workbook  # takes time, and few requests need it

    book = Workbook(write_only=True)
    _write_about(book.create_sheet(FIRST_SHEET), source)
    _write_data(book.create_sheet(DATA_SHEET), source)
    target = io.BytesIO()
    book.save(target)
    members = read_zip(target.getvalue())
    members[PROPERTIES] = _properties()
    return write_zip(members)


def _write_about(sheet: "Worksheet", source: figures.Source) -> None:
    from openpyxl.styles import Alignment, Font

    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = LEFT, RIGHT
    title, wrap = Font(bold=True, size=14), Alignment(wrap_text=True, vertical="top")
    sheet.append([_text(sheet, f"Published results: {source.labels['title']}, round {source.number}", font=title)])
    sheet.append([_text(sheet, "The numbers stand on the sheet Data.")])
    for heading, lines in about.sections(source).items():
        sheet.append([])
        sheet.append([_text(sheet, heading, font=Font(bold=True))])
        for left, right in lines:
            sheet.append([_text(sheet, left, alignment=wrap), _text(sheet, right, alignment=wrap)])


def _write_data(sheet: "Worksheet", source: figures.Source) -> None:
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for number, column in enumerate(figures.COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = WIDTHS.get(column, 12)
    bold = Font(bold=True)
    sheet.append([_text(sheet, column, font=bold) for column in figures.COLUMNS])
    rows = list(figures.rows(source))
    for row in rows:
        sheet.append([_cell(sheet, row.get(column)) for column in figures.COLUMNS])
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(figures.COLUMNS))}{len(rows) + 1}"


def _cell(sheet: "Worksheet", value: object) -> object:
    """Return a number as a number, and a text as a text that no program runs."""
    return _text(sheet, value) if isinstance(value, str) else value


def _text(sheet: "Worksheet", value: str, **looks: Any) -> object:
    """Return a cell of text; the guard of the CSV keeps openpyxl from taking one that begins with "=" for a formula."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, no_formula(shown(value)))
    for name, look in looks.items():
        setattr(cell, name, look)
    return cell


def _properties() -> bytes:
    """Return the workbook's properties with a fixed date."""
    from openpyxl.packaging.core import DocumentProperties
    from openpyxl.xml.functions import tostring

    properties = DocumentProperties(creator="", created=MADE, modified=MADE)
    written: bytes = tostring(properties.to_tree())
    return written
