"""What the built-in attacker has to find: nothing of ours, and everything of the naive twin."""

import os
import random
from pathlib import Path

from app.services.attacks import suite
from app.services.attacks.finding import Finding
from app.services.attacks.stage import Stage

FULL = os.environ.get("SOAK") == "1"
SIZES = {False: (120, 3) if FULL else (30, 2), True: (120, 3) if FULL else (30, 1)}
"""People and waves, on SQLite and on PostgreSQL."""
REPORT = Path(__file__).parents[3] / "docs" / "attack-report.md"
MUST_BE_THERE = {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T13"}


def check(stage: Stage, twin_home: Path) -> None:
    """Attack an installation and its twin, and judge what came of it."""
    seed = random.randrange(10**6)
    findings = suite.run(stage, twin_home, *SIZES[bool(stage.owner)], seed, print)
    for finding in findings:
        print(finding)

    assert {finding.name.split()[0] for finding in findings} == MUST_BE_THERE
    assert [finding for finding in findings if not finding.passed] == [], f"seed {seed}"
    twins = [finding for finding in findings if finding.naive_broken is not None]
    assert [finding for finding in twins if not finding.naive_broken and not _is_for_files(finding, stage)] == []
    assert len(twins) >= 12
    assert _named_in(REPORT) == [(finding.name, finding.metric) for finding in findings], "make attack-report"


def _named_in(page: Path) -> list[tuple[str, str]]:
    """Return name and metric of each attack in the page of the documentation."""
    lines = page.read_text(encoding="utf-8").replace("\\|", "|").splitlines()
    rows = [line.removeprefix("| ").split(" | ") for line in lines if line.startswith("| T")]
    return [(cells[0], cells[1]) for cells in rows]


def _is_for_files(finding: Finding, stage: Stage) -> bool:
    """Pages of a SQLite file are not there on PostgreSQL, whose ctid and xmin are looked at instead."""
    return bool(stage.owner) and finding.name == "T1 order inside a page"
