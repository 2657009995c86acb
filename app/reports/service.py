"""The files of a report: made once, one at a time, and kept by what they are made of."""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.reports import pdf, word
from app.reports.report import Report, write_report
from app.results.files import File
from app.results.page import ResultsPage
from app.results.service import get_source, list_published
from app.storage import db
from app.storage.refusals import NotFound, RetryLater
from app.surveys import waves
from app.web.i18n import DEFAULT

FOLDER, LOCK = "reports", "lock"
MOST_KEPT = 200
WAIT_SECONDS, PAUSE_SECONDS = 8.0, 0.1
"""How long somebody waits while another file is made, and between two looks."""


@dataclass(frozen=True)
class Format:
    """A kind of report: the end of its name, its media type, what it is made of as a text, and what makes it."""

    end: str
    media_type: str
    ingredients: Callable[[Report], str]
    make: Callable[[Report], bytes]


FORMATS = {
    "pdf": Format("summary.pdf", "application/pdf", pdf.ingredients, pdf.make),
    "docx": Format(
        "report.docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        word.ingredients,
        word.make,
    ),
}
"""The kinds of report by the names that the command takes."""


def find_page(wave_id: str, *, preview: bool = False) -> ResultsPage:
    """Return the English page of a wave with published results.

    Args:
        preview: also of results that are not public yet.

    Raises:
        NotFound: there is no such wave, or there are no results to show.
    """
    rounds = list_published(waves.get_wave(wave_id).survey_slug, preview=preview)
    if wave_id not in [one.wave.id for one in rounds]:
        raise NotFound(f"The results of round {wave_id} are not published.")
    settings = db.rooms().settings
    names = {"locality": settings.localities, "channel": settings.channels}
    return ResultsPage(rounds, wave_id, names=names, lang=DEFAULT.tag)


def find_report(wave_id: str, *, preview: bool = False) -> Report:
    """Return the report of a wave with published results; arguments and errors are those of :func:`find_page`."""
    page, source, settings = find_page(wave_id, preview=preview), get_source(wave_id), db.rooms().settings
    address = f"{settings.base_url}/results/{page.wave.survey_slug}/{wave_id}"
    return write_report(page, source.labels, council=settings.council, address=address, is_demo=source.synthetic)


def get_file(wave_id: str, form: str, *, preview: bool = False) -> File:
    """Return a file of a wave's report, made now or kept from before; equal results make equal bytes.

    Args:
        form: a key of ``FORMATS``.
        preview: also of results that are not public yet.

    Raises:
        NotFound: there is no such wave, or there are no results to show. RetryLater: others are being made.
        Refused: the file cannot be made on this machine.
    """
    kind = FORMATS[form]
    report = find_report(wave_id, preview=preview)
    digest = hashlib.sha256(kind.ingredients(report).encode()).hexdigest()
    path = db.rooms().settings.home / FOLDER / f"{digest}.{form}"
    if not path.exists():
        with _alone(path.parent):
            if not path.exists():  # another made it meanwhile
                _keep(path, kind.make(report))
    return File(f"{wave_id}-{kind.end}", kind.media_type, path.read_bytes())


def _keep(path: Path, content: bytes) -> None:
    """Store a finished file under its name, so that nobody ever reads half of one; drop the oldest of too many."""
    kept = sorted(path.parent.glob("*.*"), key=lambda found: found.stat().st_mtime)
    for old in kept[: max(0, len(kept) - MOST_KEPT + 1)]:
        old.unlink(missing_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(content)
    os.replace(new, path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the one place in which files are made, in all processes of this installation."""
    folder.mkdir(mode=0o700, exist_ok=True)
    until = time.monotonic() + WAIT_SECONDS
    with (folder / LOCK).open("w") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > until:
                    raise RetryLater("Other reports are being made. Try again in a minute.") from None
                time.sleep(PAUSE_SECONDS)
        yield
