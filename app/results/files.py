"""The files of a release: CSV, XLSX, JSON and the pack, made of frozen results and the wave's questionnaire only.

Equal results make equal bytes. The pages and the command give the same bytes, made once in each process.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.spreadsheets import write_csv
from app.results import figures, pack, workbook
from app.results import service as releases
from app.results.figures import Source
from app.storage.refusals import Refused

MOST_KEPT = 128
SCHEMA = "/data/schema.json"


@dataclass(frozen=True)
class Format:
    """A kind of file: the end of its name and address, its media type, what makes it, and what pages say of it."""

    end: str
    media_type: str
    make: Callable[[Source], bytes]
    label: str
    about: str


@dataclass(frozen=True)
class File:
    """A finished file: its name for a download, its media type and its content."""

    name: str
    media_type: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content in hexadecimal digits."""
        return hashlib.sha256(self.content).hexdigest()


def make_csv(source: Source) -> bytes:
    """Return the rows as CSV in UTF-8 with a byte-order mark, by which spreadsheets know the encoding."""
    return write_csv(figures.COLUMNS, figures.rows(source)).encode("utf-8-sig")


def make_json(source: Source) -> bytes:
    """Return the frozen release with what follows from it and with its labels as JSON, described by the schema."""
    return _as_text(_release(source) | {"figures": source.derived, "labels": source.labels})


def _release(source: Source) -> dict[str, Any]:
    more = {"demonstration": source.synthetic, "round": source.number}
    return {"schema": SCHEMA, **source.published.to_json(), **more}


def make_pack(source: Source) -> bytes:
    """Return the pack: all data files, the questionnaire, the manifest and the script that recomputes the numbers."""
    data = {f"results.{form}": _kept(source, form).content for form in ("csv", "xlsx", "json")}
    before = source.earlier
    earlier = {"earlier.json": _as_text(_release(before) | {"labels": before.labels})} if before else {}
    return pack.write_pack(source, {**data, **earlier, "schema.json": pack.schema()})


FORMATS = {
    "xlsx": Format(
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        workbook.write_workbook,
        _l("Excel workbook"),
        _l("All numbers with their labels, and a sheet that explains them."),
    ),
    "csv": Format(
        "csv",
        "text/csv; charset=utf-8",
        make_csv,
        _l("CSV table"),
        _l("The same numbers for any spreadsheet or statistics program."),
    ),
    "json": Format(
        "json",
        "application/json",
        make_json,
        _l("JSON data"),
        _l("The same numbers for programs that read data."),
    ),
    "pack": Format(
        "zip",
        "application/zip",
        make_pack,
        _l("Everything in one ZIP file"),
        _l("All of these files, the questions in every language, and a program that checks the numbers."),
    ),
}
"""The kinds of file by the names that the command takes; addresses and commands offer what stands here."""


def get_file(wave_id: str, form: str) -> File:
    """Return a file of a wave's release.

    Args:
        form: a key of ``FORMATS``.

    Raises:
        NotFound: there is no such wave, or its results are not published. Refused: there is no such format.
    """
    if form not in FORMATS:
        raise Refused(f"There is no format {form}.")
    return _kept(releases.get_source(wave_id), form)


def list_files(wave_id: str) -> list[tuple[Format, int]]:
    """Return all kinds of file with their sizes in bytes, in the order of pages.

    Raises:
        NotFound: there is no such wave, or its results are not published.
    """
    source = releases.get_source(wave_id)
    return [(kind, len(_kept(source, form).content)) for form, kind in FORMATS.items()]


@lru_cache(maxsize=MOST_KEPT)
def _kept(source: Source, form: str) -> File:
    kind = FORMATS[form]
    return File(f"{source.published.wave}.{kind.end}", kind.media_type, kind.make(source))


def _as_text(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
