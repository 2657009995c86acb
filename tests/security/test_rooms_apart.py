"""The wall between the rooms: what each PostgreSQL role may not do, and what the web process refuses to enter."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.storage import db
from tests.conftest import TinySurvey
from tests.support.homes import application, postgres_settings

FRONT_MAY_NOT = (
    "SELECT * FROM answers.response",
    "SELECT * FROM letter",
    "DELETE FROM letter",
    "UPDATE spent SET receipt = nullifier",
    "DELETE FROM spent",
    "DELETE FROM void",
    "INSERT INTO burned (kind, subject, is_done) VALUES ('wave', 'family-1', true)",
    "UPDATE card SET batch_id = 'x'",
    "DELETE FROM card",
    "UPDATE wave SET letter_pub = 'x'",
    "INSERT INTO wave (id, survey_slug, number, questionnaire_id, opens_on, closes_on, state, letter_pub)"
    " VALUES ('family-9', 'family', 9, 1, '2026-01-01', '2026-01-02', 'draft', 'x')",
    "INSERT INTO release (wave_id, body) VALUES ('x', 'y')",
    "UPDATE release SET body = 'y'",
    "UPDATE shown_rates SET body = 'y'",
    "UPDATE request SET state = 'done'",
    "INSERT INTO inbox (id, wave_id, question, body) VALUES ('x', 'family-1', 'words', 'y')",
    "UPDATE inbox SET body = 'y'",
    "DELETE FROM inbox",
    "DELETE FROM read_comment",
    "DELETE FROM harm_report",
    "SELECT * FROM answers.moved_comment",
    "UPDATE destroy_prints SET before = '2026-01-01'",
)
COUNTING_MAY_NOT = (
    "SELECT * FROM card",
    "SELECT * FROM spent",
    "SELECT nullifier FROM spent",
    "SELECT tag FROM card",
    "DELETE FROM void",
    "SELECT box FROM draft",
    "SELECT id FROM draft",
    "SELECT box FROM saved_draft",
    "SELECT id FROM saved_draft",
    "SELECT place FROM saved_draft",
    "SELECT tries FROM saved_draft",
    "UPDATE saved_draft SET tries = 0",
    "SELECT * FROM staff_user",
    "SELECT * FROM staff_session",
    "INSERT INTO letter (id, wave_id, box) VALUES ('x', 'y', 'z')",
    "UPDATE wave SET closes_on = opens_on",
    "DELETE FROM release",
    "SELECT actor FROM audit",
    "SELECT detail FROM audit",
    "UPDATE audit SET seal = 'x'",
    "INSERT INTO audit (id, seal) VALUES (1, 'x')",
    "UPDATE audit_head SET count = 0",
    "SELECT * FROM keying_count",
    "UPDATE harm_report SET outcome = 'x'",
    "INSERT INTO read_round (wave_id, read_on) VALUES ('family-1', '2026-01-01')",
    "SELECT * FROM reading_count",
    "DELETE FROM destroy_prints",
    "SELECT email FROM staff_user",
)
Room = Callable[[], AbstractContextManager]


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory, postgres_server: str, migrated_postgres: str) -> Iterator[Flask]:
    """A home on PostgreSQL, each room under its own role; no test changes anything in it."""
    home = tmp_path_factory.mktemp("walls") / "home"
    with postgres_settings(home, postgres_server, migrated_postgres) as settings, application(settings) as app:
        TinySurvey()
        yield app


@pytest.mark.parametrize("statement", FRONT_MAY_NOT)
def test_the_front_may_not(walls: Flask, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.writing() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["draft", "published"])
def test_the_front_takes_no_wave_back_and_publishes_none(walls: Flask, statement: str) -> None:
    with (
        pytest.raises(ProgrammingError, match=r"a wave goes forward only|the opener publishes waves"),
        db.writing() as session,
    ):
        session.execute(text(f"UPDATE wave SET state = '{statement}'"))


@pytest.mark.parametrize("words", ["'left out'", "NULL"])
def test_the_front_decides_about_own_words_before_a_wave_opens(walls: Flask, words: str) -> None:
    """People who wrote before the first page said who reads it are read by nobody."""
    with pytest.raises(ProgrammingError, match="decided before a wave opens"), db.writing() as session:
        session.execute(text(f"UPDATE wave SET words = {words}"))


@pytest.mark.parametrize("statement", COUNTING_MAY_NOT)
def test_the_opener_may_not(walls: Flask, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"), db.collecting() as session:
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["SELECT * FROM letter", "SELECT * FROM card", "SELECT * FROM answers.response"])
def test_the_owner_could(walls: Flask, statement: str) -> None:
    engine = db.make_engine(walls.config["SETTINGS"].owner_database_url, db.PORTAL)
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.mark.parametrize("room", [db.counting, db.collecting])
def test_no_request_enters_the_counting_room(app: Flask, room: Room) -> None:
    post = app.test_request_context("/", method="POST")
    with post, pytest.raises(RuntimeError, match="never enters"), room():
        pass


def test_a_get_never_writes(app: Flask) -> None:
    with app.test_request_context("/"), pytest.raises(RuntimeError, match="GET never writes"), db.writing():
        pass


@pytest.mark.parametrize("name", ["front", "counting"])
def test_every_sqlite_connection_is_safe(app: Flask, name: str) -> None:
    with db.rooms().engine(name).connect() as connection:
        found = {
            pragma: connection.exec_driver_sql(f"PRAGMA {pragma}").scalar()
            for pragma in ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "busy_timeout")
        }
        version = connection.exec_driver_sql("SELECT sqlite_version()").scalar()

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
        "busy_timeout": 5000,
    }
    assert tuple(map(int, version.split("."))) >= (3, 51, 3), "older ones lose commits in WAL mode"


@pytest.mark.both_databases
def test_database_errors_never_carry_values(app: Flask) -> None:
    with pytest.raises(Exception, match="no_such_table") as caught, db.writing() as session:
        session.execute(text("INSERT INTO no_such_table VALUES (:words)"), {"words": "zebra canary"})

    assert "zebra" not in str(caught.value)
