"""The codebook and its numbers as files: CSV, Excel, and a REFI-QDA codebook (``.qdc``).

The REFI-QDA form is the Codebook exchange format, version 1.0 (https://www.qdasoftware.org): NVivo, MAXQDA and ATLAS.ti
read it.
"""

import uuid
from collections.abc import Iterator
from io import BytesIO
from xml.etree import ElementTree

from app.core.spreadsheets import no_formula, write_csv
from app.core.typed import shown
from app.themes import sources
from app.themes.codebook import list_themes

NAMESPACE = "urn:QDA-XML:codebook:1.0"
COLUMNS = ("theme", "version", "in_use", "name", "meaning", "source", "value")


def rows(survey: str) -> Iterator[tuple[str, ...]]:
    """Yield a row for each theme and source; a theme without any has one row."""
    found = sources.grid(survey)
    for theme, cells in found.rows:
        base = (str(theme.id), str(theme.number), "yes" if theme.is_in_use else "no", theme.name, theme.meaning)
        said = [(column, cell) for column, cell in zip(found.columns, cells, strict=True) if cell]
        yield from ((*base, column, cell) for column, cell in said or [("", "")])


def as_csv(survey: str) -> str:
    """Return the codebook with its numbers as CSV."""
    return write_csv(COLUMNS, (dict(zip(COLUMNS, row, strict=True)) for row in rows(survey)))


def as_xlsx(survey: str) -> bytes:
    """Return the codebook with its numbers as an Excel workbook; what could be a formula is guarded as in the CSV."""
    from openpyxl import Workbook  # takes time, and few requests need it

    book = Workbook()
    sheet = book.active
    sheet.title = "Themes"
    for row in (COLUMNS, *rows(survey)):
        sheet.append([no_formula(shown(value)) for value in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def as_qdc(survey: str) -> bytes:
    """Return the codebook in the REFI-QDA form; a theme keeps its identifier in every export."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}CodeBook", {"origin": "Feedback portal"})
    codes = ElementTree.SubElement(root, f"{{{NAMESPACE}}}Codes")
    for theme in list_themes(survey):
        guid = str(uuid.uuid5(uuid.NAMESPACE_URL, f"theme:{survey}:{theme.id}"))
        code = ElementTree.SubElement(
            codes, f"{{{NAMESPACE}}}Code", {"guid": guid, "name": theme.name, "isCodable": "true"}
        )
        ElementTree.SubElement(code, f"{{{NAMESPACE}}}Description").text = theme.meaning
    written: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return written
