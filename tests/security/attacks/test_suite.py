"""The built-in attacker against our design and its naive twin, on both databases, over real processes."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from app.services.attacks import suite
from app.services.attacks.finding import Finding
from app.services.attacks.stage import Stage
from tests.homes import free_port, postgres_settings

FULL = os.environ.get("SOAK") == "1"
RESPONDENTS, WAVES = (120, 3) if FULL else (40, 2)
MUST_BE_THERE = {"T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "T12", "T13"}


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Where the throw-away installation goes."""
    if request.param == "sqlite":
        yield Stage(tmp_path / "ours")
        return
    with postgres_settings(tmp_path / "ours", request.getfixturevalue("postgres_server")) as found:
        urls = (found.database_url, found.answers_database_url, found.owner_database_url)
        yield Stage(tmp_path / "ours", *urls, free_port(), _server_logs(found.owner_database_url))


def _server_logs(owner: str) -> tuple[Path, ...]:
    """Return what the suite's own PostgreSQL server writes; of a given server the log is not ours to read."""
    with psycopg.connect(owner) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    log = Path(str(folder[0])).parent / "server.log" if folder else Path("none")
    return (log,) if log.exists() else ()


@pytest.mark.timeout(900)
def test_every_attack_fails_on_ours_and_works_on_the_twin(stage: Stage, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    findings = suite.run(stage, tmp_path / "twin", RESPONDENTS, WAVES, seed, print)

    assert {finding.name.split()[0] for finding in findings} == MUST_BE_THERE
    assert [finding for finding in findings if not finding.passed] == [], f"seed {seed}"
    twins = [finding for finding in findings if finding.naive_broken is not None]
    assert [finding for finding in twins if not finding.naive_broken and not _is_for_files(finding, stage)] == []
    assert len(twins) >= 12


def _is_for_files(finding: Finding, stage: Stage) -> bool:
    """Pages of a SQLite file are not there on PostgreSQL, whose ctid and xmin are looked at instead."""
    return bool(stage.owner) and finding.name == "T1 order inside a page"
