"""Keeps the outcome of the last attack where the staff side can show it; no number of it is ever typed by hand."""

import json
from dataclasses import dataclass

from app import db
from app.services import clock
from app.services.attacks.finding import Finding, in_words

NAME = "attack-report.json"


@dataclass(frozen=True)
class Report:
    """The outcome of an attack: the day, one sentence after the other, and every finding."""

    day: str
    words: str
    findings: tuple[Finding, ...]


def save(findings: list[Finding]) -> None:
    """Keep findings in this installation's folder, in place of earlier ones."""
    home = db.rooms().settings.home
    home.mkdir(mode=0o750, parents=True, exist_ok=True)
    body = {"day": clock.today().isoformat(), "findings": [finding.as_row() for finding in findings]}
    (home / NAME).write_text(json.dumps(body, indent=1), encoding="utf-8")


def load() -> Report | None:
    """Return the last outcome, or None when there is none that can be read."""
    try:
        body = json.loads((db.rooms().settings.home / NAME).read_text(encoding="utf-8"))
        findings = [Finding(**row) for row in body["findings"]]
        return Report(str(body["day"]), in_words(findings), tuple(findings))
    except (OSError, ValueError, KeyError, TypeError):
        return None
