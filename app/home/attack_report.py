"""The results of the last attack run, stored for the staff pages and summarised in plain words."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field

from app.attacker.finding import Finding
from app.storage import clock, db

NAME = "attack-report.json"
GUESS, PROMISE = "T4 copies of two nights", 0.1
ATTACKED = {
    "sqlite": ("SQLite", "[on PostgreSQL](attack-report-postgresql.md)"),
    "postgresql": ("PostgreSQL", "[on SQLite](attack-report.md)"),
}
"""For each database, its name and a link to the report of the other one."""
HEAD = ("Attack", "What is counted", "Reached", "May reach", "Held", "Naive survey", "Naive fails")


@dataclass(frozen=True)
class Report:
    """The results of an attack run: numbers of simulated people and waves, and the random seed of their order.

    ``database`` is ``sqlite`` or ``postgresql``, ``day`` is ``YYYY-MM-DD``.
    """

    people: int
    waves: int
    seed: int
    database: str
    findings: tuple[Finding, ...]
    day: str = field(default_factory=lambda: clock.today().isoformat())

    @property
    def words(self) -> str:
        """A summary in a few plain sentences; every number in it was measured."""
        ways = [finding for finding in self.findings if not finding.is_control]
        held = sum(finding.passed for finding in ways)
        twin = [finding for finding in ways if finding.naive_broken is not None]
        rounds = "1 round" if self.waves == 1 else f"{self.waves} rounds"
        text = f"{self.people} made-up people answered {rounds}. Tried {len(ways)} ways; "
        text += f"{held} of them found no more than chance or the promised bound allows."
        for finding in self.findings:
            if finding.name == GUESS:
                text += (
                    f" The best guess at somebody's answers, from copies of every night and the second of sending, is"
                    f" right for {finding.value * self.people:.1f} of {self.people} people. Blind guessing is right for"
                    f" 1 of {self.people}; the promise is {PROMISE * self.people:.0f} at most."
                )
        if twin:
            broken = sum(bool(finding.naive_broken) for finding in twin)
            text += f" The same attacks broke the naive survey in {broken} of {len(twin)} ways."
        return text


def save(report: Report) -> None:
    """Store a report in this installation's folder, replacing an earlier one."""
    home = db.rooms().settings.home
    home.mkdir(mode=0o750, parents=True, exist_ok=True)
    handle, new = tempfile.mkstemp(dir=home)  # never follow a link that the web process could have created
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(json.dumps(asdict(report), indent=1))
    os.chmod(new, 0o644)
    os.replace(new, home / NAME)


def load() -> Report | None:
    """Return the last report, or None if there is none or it cannot be read."""
    try:
        body = json.loads((db.rooms().settings.home / NAME).read_text(encoding="utf-8"))
        findings = tuple(Finding(**row) for row in body.pop("findings"))
        return Report(**body, findings=findings)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def as_page(report: Report) -> str:
    """Return a report as a documentation page in Markdown."""
    rows = [HEAD, tuple("---" for _cell in HEAD), *map(cells, report.findings)]
    table = "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows)
    here, other = ATTACKED[report.database]
    return f"""# Attacked by itself, on {here}

Written by `make attack-report`; do not change it by hand.

On {report.day} this software attacked a copy of itself on {here} with made-up people, and a naive survey beside it
(seed {report.seed}). {report.words}

{table}

Each row is one way of trying. "May reach" is what chance or a promised bound allows. The naive survey keeps codes,
moments and counting numbers as many surveys do; an attack that does not work on it would prove nothing. A dash: the
naive survey has no such thing, or the row is a control. What is behind each row:
[ADR 0026](adr/0026-the-built-in-attacker.md). The same {other}. What is not protected: [privacy.md](privacy.md).
"""


def cells(finding: Finding) -> tuple[str, ...]:
    """Return a finding as table cells, in the order of ``HEAD``."""
    naive = "–" if finding.naive_value is None else f"{finding.naive_value:g}"
    fails = {None: "–", True: "yes", False: "NO"}[finding.naive_broken]
    held = "yes" if finding.passed else "NO"
    return (finding.name, finding.metric, f"{finding.value:g}", f"{finding.bound:g}", held, naive, fails)
