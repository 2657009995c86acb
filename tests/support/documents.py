"""What tests read from finished PDF and Word files."""

import io
import re
import zlib
from typing import Any

from docx import Document


def pdf_objects(content: bytes) -> bytes:
    """Return a PDF with all that is compressed in it written out behind."""
    parts = [content]
    for found in re.finditer(rb"stream\r?\n", content):
        try:
            parts.append(zlib.decompressobj().decompress(content[found.end() :]))
        except zlib.error:
            continue
    return b"\n".join(parts)


def page_count(content: bytes) -> int:
    """Return the number of pages of a PDF."""
    return len(re.findall(rb"/Type\s*/Page\b", pdf_objects(content)))


def read_word(content: bytes) -> Any:
    """Return a Word document."""
    return Document(io.BytesIO(content))


def tables_of(document: Any) -> dict[str, list[list[str]]]:
    """Return the texts of all tables by the text that says what they are about."""
    found = {}
    for table in document.tables:
        about = table._tbl.tblPr.xpath("./w:tblCaption/@w:val")[0]
        found[about] = [[cell.text for cell in row.cells] for row in table.rows]
    return found
