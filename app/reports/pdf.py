"""The one-page summary as a PDF, made by a process of its own. Why: docs/adr/0047."""

import json
import logging
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from flask import current_app

from app.reports.report import Report
from app.storage.refusals import Refused

CHILD = Path(__file__).parent / "pdf_child.py"
STYLE = Path(__file__).parent.parent / "static" / "css" / "summary.css"
SECONDS = 25
"""The longest that a PDF may take; gunicorn gives a request 30 seconds."""
MISSING = "The PDF could not be made. It needs the packages that docs/operating.md names under Install."
CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SOURCE_DATE_EPOCH": "315532800", "XDG_CACHE_HOME": "/nonexistent"}
"""The whole environment of the child: no settings. The date is written into embedded fonts."""


def as_html(report: Report) -> str:
    """Return the summary as HTML that needs nothing from outside."""
    return str(current_app.jinja_env.get_template("reports/summary_pdf.html").render(report=report))


def ingredients(report: Report) -> str:
    """Return a text that is the same for two reports exactly when their PDFs are."""
    return "\n".join((as_html(report), STYLE.read_text(encoding="utf-8"), version("weasyprint"), CHILD.read_text()))


def make(report: Report) -> bytes:
    """Return the PDF.

    Raises:
        Refused: a library of the system is missing, or it took too long.
    """
    return render(as_html(report), STYLE.read_text(encoding="utf-8"))


def render(html: str, css: str) -> bytes:
    """Return a page that needs nothing from outside as a PDF. Raises as ``make`` does."""
    given = json.dumps({"html": html, "css": css}).encode()
    command = [sys.executable, "-I", str(CHILD)]
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program)
            command, input=given, capture_output=True, timeout=SECONDS, check=True, env=CLEAN, cwd="/"
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        logging.getLogger(__name__).error("%s (%s)", MISSING, type(error).__name__)
        raise Refused(MISSING) from error
    return done.stdout
