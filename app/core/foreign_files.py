"""Recognises files of other programs by their content, so that a refusal can say what a file is; decodes text files."""

import codecs
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from typing import Any

from app.core.typed import TypedError

_BEGINNINGS = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "a text document (.rtf)"),
)
_OLD_OFFICE, _ZIP = b"\xd0\xcf\x11\xe0", b"PK\x03\x04"
_SHEETS, _MAX_SHEETS = "xl/workbook.xml", 1_000_000
_ZIPPED = (
    (r".*\.lss", "a LimeSurvey archive (.lsa)"),
    (r"xl/workbook\.xml", "an Excel workbook (.xlsx)"),
    (r"xl/workbook\.bin", "a binary Excel workbook (.xlsb)"),
    (r"word/.*", "a Word document (.docx)"),
    (r"mimetype", "an OpenDocument file (.ods or .odt)"),
)
_MARKED_UP = (
    (r"<LimeSurveyDocType>", "a LimeSurvey survey (.lss)"),
    (r"http://www\.w3\.org/2002/xforms", "an XForms document of ODK or Kobo (.xml)"),
    (r"(?i)<!doctype html|<html", "a web page"),
    (r"", "an XML file"),
)
_LIMESURVEY_COLUMNS = {"class", "type/scale", "name", "relevance"}
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def kind_of(data: bytes) -> str | None:
    """Return the kind of a file, such as ``a LimeSurvey survey (.lss)``; None if it is none that we recognise."""
    return next(_kinds(data), None)


def decode(data: bytes, *, is_windows: bool = False) -> str:
    """Return the text of a file in UTF-8 or UTF-16, or, with ``is_windows``, in Windows-1252 if it is in neither.

    Raises:
        TypedError: the file is in none of them.
    """
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _unmarked(data)
    for name in (encoding, *(["cp1252"] if is_windows else [])):
        with suppress(UnicodeDecodeError):
            return data.decode(name)
    raise TypedError("It is not UTF-8 text.")


def _unmarked(data: bytes) -> str:
    """Return the encoding of a file without a byte order mark: in UTF-16, half of the bytes of most text are zero."""
    half = len(data) // 4
    if half and data[1::2].count(0) > half:
        return "utf-16-le"
    return "utf-16-be" if half and data[0::2].count(0) > half else "utf-8"


def _kinds(data: bytes) -> Iterator[str]:
    yield from (kind for beginning, kind in _BEGINNINGS if data.startswith(beginning))
    if data.startswith(_OLD_OFFICE):
        yield "an XLSForm (.xls)" if b"survey" in data and b"choices" in data else "an old Excel workbook (.xls)"
    elif data.startswith(_ZIP):
        yield from _zipped_kinds(data)
    else:
        with suppress(TypedError):
            yield from _text_kinds(decode(data, is_windows=True).lstrip())


def _zipped_kinds(data: bytes) -> Iterator[str]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = archive.namelist()
            sheets = (
                archive.read(_SHEETS) if _SHEETS in names and archive.getinfo(_SHEETS).file_size < _MAX_SHEETS else b""
            )
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError):
        yield "a damaged archive"
        return
    if b'"survey"' in sheets and b'"choices"' in sheets:
        yield "an XLSForm (.xlsx)"
    yield from (kind for pattern, kind in _ZIPPED if any(re.fullmatch(pattern, name) for name in names))
    yield "an archive (.zip)"


def _text_kinds(text: str) -> Iterator[str]:
    first = {cell.strip('"') for cell in text.partition("\n")[0].strip().split("\t")}
    if first >= _LIMESURVEY_COLUMNS:
        yield "a LimeSurvey survey (.txt)"
    if text.startswith("<"):
        yield from (kind for pattern, kind in _MARKED_UP if re.search(pattern, text[:20_000]))
    if text.startswith("{"):
        with suppress(ValueError, RecursionError):
            yield from _json_kinds(json.loads(text))


def _json_kinds(raw: Any) -> Iterator[str]:
    if "SurveyEntry" in raw and "SurveyElements" in raw:
        yield "a Qualtrics survey (.qsf)"
    pages = raw["pages"] if isinstance(raw.get("pages"), list) else []
    if "elements" in raw or any(isinstance(page, dict) and "elements" in page for page in pages):
        yield "a SurveyJS survey (.json)"
