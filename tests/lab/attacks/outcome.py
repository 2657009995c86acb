"""What the built-in attacker has to find: nothing of ours, and everything of the naive twin."""

import os
import random
from pathlib import Path

from app.attacker import suite

FULL = os.environ.get("SOAK") == "1"
SIZES = {False: (120, 3) if FULL else (30, 2), True: (120, 3) if FULL else (30, 1)}
"""People and waves, on SQLite and on PostgreSQL."""
REPORT = Path(__file__).parents[3] / "docs" / "attack-report.md"
MUST_BE_THERE = {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T13", "T16", "T17", "T18"}


def check(folder: Path, is_postgresql: bool) -> None:
    """Attack our design and its twin, and judge the outcome."""
    seed = random.randrange(10**6)
    with suite.grounds(folder, is_postgresql) as ground:
        people, waves = SIZES[is_postgresql]
        findings = suite.run(ground, respondents=people, waves=waves, seed=seed, report=print)
    for finding in findings:
        print(finding)

    assert {finding.name.split()[0] for finding in findings} == MUST_BE_THERE
    assert [finding for finding in findings if not finding.passed] == [], f"seed {seed}"
    twins = [finding for finding in findings if finding.naive_broken is not None]
    assert [finding for finding in twins if not finding.naive_broken] == []
    assert len(twins) >= 12
    assert _named_in(REPORT) == [(finding.name, finding.metric) for finding in findings], "make attack-report"


def _named_in(page: Path) -> list[tuple[str, str]]:
    """Return name and metric of each attack in the page of the documentation."""
    lines = page.read_text(encoding="utf-8").replace("\\|", "|").splitlines()
    rows = [line.removeprefix("| ").split(" | ") for line in lines if line.startswith("| T")]
    return [(cells[0], cells[1]) for cells in rows]
