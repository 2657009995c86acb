"""The report as a Word document, written by hand with python-docx. Why: docs/adr/0047."""

import datetime as dt
import io
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from app.core.archives import read_zip, write_zip
from app.reports import pictures, word_parts
from app.reports.report import Report, Row
from app.reports.word_parts import Table

MADE = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
"""The date in the document's properties: the same for all, so that equal reports make equal bytes."""
MOST_GROUPS = 5
"""Groups side by side in one table; more stand in the next."""
ACTION_ROWS = 5
WIDTHS = (5.8, 2.1, 2.1, 2.4, 4.6)
"""Of the columns of the table of every question, in cm."""
OWN = ("word.py", "word_parts.py", "pictures.py")


def ingredients(report: Report) -> str:
    """Return a text that is the same for two reports exactly when their documents are."""
    return "\n".join((repr(report), version("python-docx"), version("pillow"), _code()))


@cache
def _code() -> str:
    return sha256(b"".join((Path(__file__).parent / name).read_bytes() for name in OWN)).hexdigest()


def make(report: Report) -> bytes:
    """Return the document; equal reports make equal bytes."""
    from docx import Document  # takes time, and few requests need it

    document = Document()
    word_parts.set_up(document, title=report.title, author=report.council, made=MADE)
    for write in (_message, _method, _themes, _charts, _questions, _groups, _end):
        write(document, report)
    target = io.BytesIO()
    document.save(target)
    return write_zip(read_zip(target.getvalue()))


def _message(document: Any, report: Report) -> None:
    document.add_paragraph(report.council, style="Subtitle")
    document.add_paragraph(report.title, style="Title")
    document.add_paragraph(f"Report of the survey round of {report.dates}")
    if report.is_demo:
        document.add_paragraph(style="Box").add_run("This is a demonstration. All numbers are made up.").bold = True
    document.add_heading("What stands out", 1)
    for finding in report.findings:
        for label, said in finding.lines:
            line = document.add_paragraph(style="List Bullet")
            line.add_run(f"{finding.chip}: ").bold = True
            line.add_run(f"{label} {said}".strip())
    for note in (*report.notes, report.sure):
        if note:
            document.add_paragraph(note)


def _method(document: Any, report: Report) -> None:
    document.add_heading("How the numbers were made", 1)
    for what, said in report.method:
        line = document.add_paragraph(style="Box")
        line.add_run(f"{what}: ").bold = True
        line.add_run(said)
    document.add_heading("Response", 1)
    for number, what in report.facts:
        line = document.add_paragraph(style="List Bullet")
        line.add_run(number).bold = True
        line.add_run(f" {what}")


def _themes(document: Any, report: Report) -> None:
    if report.themes:
        document.add_heading("Themes", 1)
        word_parts.add_lead(document, "A theme is the average of its questions, from 0 (worst) to 100 (best).")
        rows = [(theme.name, str(theme.score), theme.change or "–") for theme in report.themes]
        word_parts.add_table(document, Table("Scores of themes", ("Theme", "Score", "Change"), rows, (8, 2.5, 6.5)))


def _charts(document: Any, report: Report) -> None:
    if not report.charts:
        return
    document.add_heading("Key results", 1)
    document.add_paragraph(
        "Dark: positive answers. Light: answers in the middle. Striped: negative answers. A line under a bar is the"
        " likely range of positive answers. A mark above and below a bar is the share in the round before."
    )
    number = 0
    for section in report.sections:
        document.add_heading(section.heading, 2)
        for chart in section.charts:
            number += 1
            said = f"Figure {number}. {chart.label} {chart.finding}"
            document.add_paragraph(said, style="Caption")
            word_parts.add_picture(document, pictures.draw(chart), alt=f"{chart.label} {chart.description}")
            document.add_paragraph(chart.more)
        if section.note:
            document.add_paragraph(section.note)


def _questions(document: Any, report: Report) -> None:
    if not report.rows and not report.others:
        return
    document.add_heading("Every question", 1)
    if report.rows:
        columns = (
            "Question",
            "People who answered",
            "Positive answers",
            "Likely range",
            "Change since the round before",
        )
        rows = [_cells(row) for row in report.rows]
        word_parts.add_lead(document, "Positive answers are “agree” and “agree a lot” where no others are named.")
        word_parts.add_table(document, Table("Positive answers to every question", columns, rows, WIDTHS))
    for one in report.others:
        document.add_heading(one.label, 2)
        word_parts.add_lead(document, f"About {one.base} people answered.")
        shares = [(label, share, interval or "–") for label, share, interval in one.rows]
        word_parts.add_table(document, Table(one.label, ("Answer", "Share", "Interval (95%)"), shares, (9, 4, 4)))


def _cells(row: Row) -> tuple[str, ...]:
    label = f"{row.label} (positive: {row.answers})" if row.answers else row.label
    return label, row.base or "–", row.share, row.likely or "–", row.change or "–"


def _groups(document: Any, report: Report) -> None:
    if not report.groups:
        return
    document.add_heading("Groups", 1)
    document.add_paragraph("Shares of positive answers. Groups have at least 10 people; smaller ones are combined.")
    for one in report.groups:
        document.add_heading(one.name, 2)
        for first in range(0, len(one.groups), MOST_GROUPS):
            part = slice(first, first + MOST_GROUPS)
            names = one.groups[part]
            people = ("People who took part (rounded)", *one.people[part])
            rows = [people, *((label, *shares[part]) for label, shares in one.rows)]
            widths = (6.5, *(10.5 / len(names) for _name in names))
            word_parts.add_table(document, Table(f"Positive answers. {one.name}", ("Question", *names), rows, widths))
        for note in one.notes:
            document.add_paragraph(f"Not shown: {note}")


def _end(document: Any, report: Report) -> None:
    document.add_heading("Keep in mind", 1)
    for caveat in report.caveats:
        document.add_paragraph(caveat, style="List Bullet")
    document.add_heading("Room for actions", 1)
    rows = [("", "", "")] * ACTION_ROWS
    word_parts.add_table(document, Table("Actions", ("Action", "Who", "By when"), rows, (9.5, 4, 3.5), height=1.2))
    document.add_paragraph(f"Full results: {report.address}")
