"""An opener that has nothing to do takes no write lock."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from sqlalchemy import Connection, Engine, event, update
from sqlalchemy.exc import DBAPIError

from app.counting import opener
from app.models.surveys import Wave
from app.storage import audit, db
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.support.opener_turns import turn_opener

LOCKS = ("BEGIN IMMEDIATE", "pg_advisory_xact_lock", "FOR UPDATE", "FOR SHARE")


@pytest.fixture
def writes() -> Iterator[list[str]]:
    """Every transaction that is committed, changes something or takes a lock, from now on."""
    found: list[str] = []

    def committed(connection: Connection) -> None:
        found.append(f"commit on {connection.engine.url.database}")

    def rolled_back(connection: Connection) -> None:
        """PostgreSQL gives a number to a transaction that writes, and to no other."""
        if connection.dialect.name == "postgresql":
            cursor = connection.connection.cursor()
            (number,) = cursor.execute("SELECT pg_current_xact_id_if_assigned()").fetchone()
            found.extend([] if number is None else [f"transaction {number} was rolled back"])

    def executed(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        found.extend(f"{lock} in {statement}" for lock in LOCKS if lock in statement)

    listeners = (("commit", committed), ("rollback", rolled_back), ("before_cursor_execute", executed))
    for name, listener in listeners:
        event.listen(Engine, name, listener)
    yield found
    for name, listener in listeners:
        event.remove(Engine, name, listener)


@pytest.fixture
def at_rest(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> TinySurvey:
    """A survey with an ended round, an open one and a planned one, of which everything that was due is done."""
    tiny.codes(30)
    tiny.close_wave()
    tiny.open_wave()
    planned, _request = waves.create_wave(tiny.slug, TODAY + MONTH, TODAY + 2 * MONTH)
    opener.answer_requests()
    assert waves.get_wave(planned).letter_pub is not None
    monkeypatch.setattr(opener, "NIGHT_HOUR", 0)  # whatever hour it is, the night's work is due, and done here
    opener.run_nightly_jobs(pytest.fail)
    audit.note_head()
    return tiny


@pytest.mark.both_databases
def test_an_idle_turn_writes_nothing_but_the_heartbeat(
    at_rest: TinySurvey, writes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    beats: list[int] = []
    monkeypatch.setattr(opener, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(opener, "beat", lambda: beats.append(len(writes)))

    assert turn_opener(monkeypatch, 3) == []

    assert writes == []
    assert beats == [0, 0, 0]


@pytest.mark.both_databases
def test_a_heartbeat_is_one_write(at_rest: TinySurvey, writes: list[str]) -> None:
    opener.beat()

    assert [line for line in writes if line.startswith("commit")] == writes[-1:]
    assert len(writes) <= 2, "on SQLite its beginning is seen too"


@pytest.mark.both_databases
def test_what_only_reads_changes_nothing(tiny: TinySurvey) -> None:
    with pytest.raises(RuntimeError, match="only reads"), db.collecting(read_only=True), db.collecting():
        pass
    with suppress(DBAPIError), db.collecting(read_only=True) as session:  # PostgreSQL refuses, SQLite forgets
        session.execute(update(Wave).values(state="closed"))
    assert waves.get_wave(tiny.wave).state == "open"
