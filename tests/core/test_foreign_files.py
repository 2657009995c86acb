"""Files of other programs are recognised by their content; text files are decoded as their programs wrote them."""

import json
import zipfile
from io import BytesIO

import pytest

from app.core.foreign_files import decode, kind_of
from app.core.typed import TypedError
from tests.support.builders import tiny_document


def zipped(**parts: str) -> bytes:
    """Return an archive; ``__`` in a name stands for a slash, ``_`` at its end is left out."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return file.getvalue()


SHEETS = '<workbook><sheet name="survey"/><sheet name="choices"/></workbook>'
FILES = {
    "a LimeSurvey survey (.lss)": b'<?xml version="1.0"?><document><LimeSurveyDocType>Survey</LimeSurveyDocType>',
    "a LimeSurvey survey (.txt)": b'\xef\xbb\xbf"id"\t"related_id"\t"class"\t"type/scale"\t"name"\t"relevance"\n',
    "a LimeSurvey archive (.lsa)": zipped(survey_dot_lss="<x/>", x="y"),
    "an XLSForm (.xlsx)": zipped(xl__workbook_dot_xml=SHEETS),
    "an XLSForm (.xls)": b"\xd0\xcf\x11\xe0" + b"..survey..choices..",
    "an XForms document of ODK or Kobo (.xml)": b'<h:html xmlns="http://www.w3.org/2002/xforms">',
    "a SurveyJS survey (.json)": json.dumps({"pages": [{"name": "p", "elements": [{"type": "text"}]}]}).encode(),
    "a Qualtrics survey (.qsf)": json.dumps({"SurveyEntry": {}, "SurveyElements": []}).encode(),
    "an Excel workbook (.xlsx)": zipped(xl__workbook_dot_xml='<workbook><sheet name="Sheet1"/></workbook>'),
    "an old Excel workbook (.xls)": b"\xd0\xcf\x11\xe0....",
    "a Word document (.docx)": zipped(word__document_dot_xml="<x/>"),
    "a damaged archive": b"PK\x03\x04rest",
    "a PDF file": b"%PDF-1.7",
    "a web page": b"<!DOCTYPE html><html>",
    "an XML file": b"<survey/>",
}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_of_another_kind_is_named(kind: str) -> None:
    assert kind_of(FILES[kind]) == kind


@pytest.mark.parametrize("data", [b"", b"Group,North\nAll,5\n", json.dumps(tiny_document()).encode(), b"[]", b"\xff"])
def test_other_files_have_no_name(data: bytes) -> None:
    assert kind_of(data) is None


WORDS = "Group,Café\r\nZoë’s,5\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_a_text_is_read_in_its_encoding(encoding: str) -> None:
    assert decode(WORDS.encode(encoding), is_windows=True) == WORDS


def test_what_is_no_text_is_refused() -> None:
    for data, is_windows in ((b"caf\xe9", False), (b"\x81\x8d", True)):
        with pytest.raises(TypedError):
            decode(data, is_windows=is_windows)
