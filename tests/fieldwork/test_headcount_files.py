"""Uploaded files that are no table: other kinds, bombs, formulas; each gets a sentence and nothing is stored."""

import datetime as dt
import zipfile
from io import BytesIO

import pytest

from app.fieldwork import frames
from tests.fieldwork.test_headcounts import PAGE, book, faults, lead, send
from tests.support.client import StrictClient

__all__ = ["lead"]  # a fixture


def bomb(size: int) -> bytes:
    """Return a small workbook that unpacks to so many bytes."""
    file = BytesIO(book(["Group", "North"], ["Plans", 4]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.xml", b"\0" * size)
    return file.getvalue()


def with_entities() -> bytes:
    """Return a workbook whose sheet is a chain of entities that grow."""
    names = [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "laugh"}">' for n in range(10)]
    source, file = zipfile.ZipFile(BytesIO(book(["Group", "North"], ["Plans", 4]))), BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("sheet1.xml"):
                head = f"<?xml version='1.0'?><!DOCTYPE x [{''.join(names)}]>".encode()
                content = head + content.partition(b"?>")[2].replace(b"<v>4</v>", b"<v>&e9;</v>")
            archive.writestr(name, content)
    return file.getvalue()


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (b"%PDF-1.7", "This file is a PDF file. Save the table as CSV"),
        (b"\xd0\xcf\x11\xe0", "This file is an old Excel workbook (.xls)."),
        (book(["Group", "North"], ["Plans", 4])[:-40], "This file is a damaged archive"),
        (bomb(20_000_000), "This workbook is too large."),
        (with_entities(), "This workbook cannot be read."),
        (book(["Group", "North"], ["Plans", "=2+2"]), "Row 2 has a formula without a result."),
        (book(*[["Group", "North"], *[["x", 1]] * 1001]), "This table is too large"),
        (book(), "This table is empty."),
    ],
    ids=["pdf", "xls", "cut", "zip bomb", "entities", "formula", "rows", "empty"],
)
def test_a_file_that_cannot_be_read_says_why(lead: StrictClient, file: bytes, sentence: str) -> None:
    page = send(lead, file)
    assert page.status == 422
    assert sentence in " ".join(words for _place, words in faults(page))
    assert frames.find_frame("family-1") is None


def test_a_date_in_a_workbook_is_no_number(lead: StrictClient) -> None:
    page = send(lead, book(["Group", "North"], ["Plans", dt.date(2026, 3, 4)]))
    assert faults(page) == [("n-0-north", "Plans, North: Enter a whole number from 0 to 1,000,000.")]


def test_a_file_that_is_too_large_is_refused_with_the_limit(lead: StrictClient) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n%s\r\n--b--\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    page = lead.send_body(PAGE, part % (b"x" * (1024 * 1024)), kind)
    assert (page.status, "at most 1 MB" in page.words) == (413, True)
