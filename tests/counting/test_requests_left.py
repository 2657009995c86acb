"""Requests that an opener takes and does not finish: the next turn does them, and none that somebody is at work on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.cli import counting as command_line
from app.cli.group import AWAY
from app.counting import opener, public_keys
from app.respond import deletion_requests
from app.results import service as releases
from app.storage import db, requests
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.support.homes import application, postgres_settings, sqlite_settings
from tests.support.opener_turns import answer_only, state_of, turn_opener


@pytest.mark.both_databases
def test_what_could_not_be_marked_is_done_in_the_next_turn(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The work meets a fault, and the database is away for the moment in which that would be said."""
    finish, make, states = requests.finish, public_keys.make_wave_keys, []

    def full(_wave: str) -> None:
        states.append(state_of(number))
        raise OSError(28, "No space left on device")

    def no_database(*_given: object) -> None:
        states.append(state_of(number))
        monkeypatch.setattr(requests, "finish", finish)
        monkeypatch.setitem(opener._VERBS, "make_keys", make)
        raise OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(requests, "finish", no_database)
    monkeypatch.setitem(opener._VERBS, "make_keys", full)
    reported = turn_opener(monkeypatch, 2)

    assert reported == ["The opener met an error and continues: OperationalError."]
    assert (states, state_of(number)) == (["taken", "taken"], "done")


@pytest.mark.both_databases
def test_a_request_of_a_command_that_is_ended_is_done_by_the_opener(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended_by_hand(_wave: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setitem(opener._VERBS, "make_keys", ended_by_hand)
        with pytest.raises(KeyboardInterrupt):
            command_line.settle(number)
    assert state_of(number) == "taken"

    assert opener.answer_requests() == 1
    assert state_of(number) == "done"


@contextmanager
def at_work(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let another opener be in the middle of making keys; gives the rounds that anybody has begun on."""
    begun, ended, made = threading.Event(), threading.Event(), list[str]()

    def slowly(wave: str) -> None:
        made.append(wave)
        begun.set()
        ended.wait(60)
        public_keys.make_wave_keys(wave)

    def answer() -> None:
        with app.app_context():
            opener.answer_requests()

    monkeypatch.setitem(opener._VERBS, "make_keys", slowly)
    other = threading.Thread(target=answer)
    other.start()
    assert begun.wait(20)
    try:
        yield made
    finally:
        ended.set()
        other.join()


@pytest.mark.both_databases
def test_what_an_opener_is_at_work_on_is_done_by_no_second_one(
    app: Flask, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "WAIT_SECONDS", 0.2)
    with at_work(app, monkeypatch) as made:
        with pytest.raises(Refused, match="Another opener"):
            opener.answer_requests()
        assert (state_of(number), len(made)) == ("taken", 1)
    assert (state_of(number), len(made)) == ("done", 1)


@pytest.mark.both_databases
def test_a_command_leaves_its_request_to_the_opener_that_is_at_work(
    app: Flask, tiny: TinySurvey, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "WAIT_SECONDS", 0.2)
    with at_work(app, monkeypatch), monkeypatch.context() as patch:
        patch.setattr(command_line, "WAIT_SECONDS", 0.2)
        closing = waves.close_wave(tiny.wave)
        with pytest.raises(SystemExit):
            command_line.settle(closing)
        assert state_of(closing) == "waiting"
    assert (state_of(number), state_of(closing)) == ("done", "done")


FAULT = "The opener met an error and continues: OperationalError."
NO_DELETING = (
    "The opener could not complete its work: Letters and results are on hold until requests to delete can be processed"
    " in family (OperationalError). See docs/operating.md."
)
NO_OPENING = (
    "The opener could not complete its work: Some letters could not be opened, or comments not moved: family-1"
    " (OperationalError)."
    " All other letters were opened."
)


@pytest.mark.parametrize(
    ("verb", "is_asked", "line"),
    [
        ("make_keys", False, FAULT),
        ("close_wave", False, NO_OPENING),
        ("close_wave", True, f"{NO_DELETING} All other letters were opened."),
        ("make_release", False, FAULT),
        ("make_release", True, NO_DELETING),
    ],
)
def test_a_lock_that_nobody_lets_go_of_is_reported_and_the_request_is_tried_again(
    postgres_server: str,
    migrated_postgres: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    is_asked: bool,
    line: str,
) -> None:
    """Whoever has the web process's hands may take the opener's own lock; PostgreSQL has no rights for such locks."""
    monkeypatch.setattr(db, "OPENER_MS", 300)
    with postgres_settings(tmp_path / "home", postgres_server, migrated_postgres) as found, application(found):
        tiny = TinySurvey()
        if verb == "make_release":
            tiny.close_wave()
        if is_asked:
            deletion_requests.ask_to_delete(tiny.codes(30)[0])
        asked = {
            "make_keys": lambda: waves.create_wave(tiny.slug, TOMORROW, TODAY + MONTH)[1],
            "close_wave": lambda: waves.close_wave(tiny.wave),
            "make_release": lambda: releases.ask_for_release(tiny.wave),
        }[verb]()
        answer_only(monkeypatch)
        with db.rooms().engine("front").connect() as shell:
            shell.execute(text(f"SELECT pg_advisory_lock({db.COUNTING_LOCK})"))
            assert turn_opener(monkeypatch, 1) == [line]
            assert state_of(asked) == "taken"
            shell.execute(text("SELECT pg_advisory_unlock_all()"))
        opener.answer_requests()
        assert state_of(asked) == "done"


def test_answers_that_a_backup_holds_keep_a_request_for_the_next_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(db.PRAGMAS, "busy_timeout", "200")
    with application(sqlite_settings(tmp_path / "home")) as app:
        number = waves.create_wave(TinySurvey().slug, TOMORROW, TODAY + MONTH)[1]
        answer_only(monkeypatch)
        with db.rooms().engine("counting").connect() as backup:
            backup.connection.driver_connection.execute("BEGIN IMMEDIATE")
            assert turn_opener(monkeypatch, 1) == [FAULT]
            assert state_of(number) == "taken"
            done = app.test_cli_runner().invoke(args=["backup", "create", str(tmp_path / "second.age")])
            assert (done.exit_code, done.stderr) == (1, f"{AWAY}\n"), done.output
            backup.connection.driver_connection.execute("ROLLBACK")
        opener.answer_requests()
        assert state_of(number) == "done"


def test_answers_that_are_away_in_the_middle_keep_a_request_for_the_next_turn(
    postgres_server: str, migrated_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL is started anew while the opener works, and is there again when it reports the outcome."""

    def cut_off(_wave: str) -> None:
        with db.counting() as answers:
            answers.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with postgres_settings(tmp_path / "home", postgres_server, migrated_postgres) as found, application(found):
        number = waves.create_wave(TinySurvey().slug, TOMORROW, TODAY + MONTH)[1]
        answer_only(monkeypatch)
        with monkeypatch.context() as patch:
            patch.setitem(opener._VERBS, "make_keys", cut_off)
            assert turn_opener(monkeypatch, 1) == [FAULT]
        assert state_of(number) == "taken"
        opener.answer_requests()
        assert state_of(number) == "done"


@pytest.mark.both_databases
def test_the_opener_waits_a_minute_for_a_lock_and_everybody_five_seconds_on_sqlite(tiny: TinySurvey) -> None:
    for name, enter in (("collecting", db.collecting), ("counting", db.counting)):
        with enter() as session:
            if session.get_bind().dialect.name == "postgresql":
                assert session.scalar(text("SHOW lock_timeout")) == "1min", name
            else:
                assert session.scalar(text("PRAGMA busy_timeout")) == 5000, name
