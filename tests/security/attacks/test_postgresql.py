"""The built-in attacker against our design on PostgreSQL, the server's own log included, and its naive twin."""

from pathlib import Path

import psycopg
import pytest

from app.services.attacks.stage import Stage, free_port
from tests.homes import postgres_settings
from tests.security.attacks.outcome import check


@pytest.mark.timeout(900)
def test_every_attack_fails_on_ours_and_works_on_the_twin(postgres_server: str, tmp_path: Path) -> None:
    with postgres_settings(tmp_path / "ours", postgres_server) as found:
        urls = (found.database_url, found.answers_database_url, found.owner_database_url)
        check(Stage(tmp_path / "ours", *urls, free_port(), _server_logs(found.owner_database_url)), tmp_path / "twin")


def _server_logs(owner: str) -> tuple[Path, ...]:
    """Return what the suite's own PostgreSQL server writes; of a given server the log is not ours to read."""
    with psycopg.connect(owner) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    log = Path(str(folder[0])).parent / "server.log" if folder else Path("none")
    return (log,) if log.exists() else ()
