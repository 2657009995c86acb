"""Faults that requests meet: each is reported to whoever answers, and keeps no other request waiting."""

import threading

import pytest
from flask import Flask
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from app.cli import counting as command_line
from app.counting import opener
from app.models.releases import Request
from app.storage import db, requests
from app.storage.refusals import RetryLater
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.support.office import Office, post
from tests.support.opener_turns import answer_only, state_of, turn_opener


def test_a_request_that_meets_a_fault_keeps_no_other_waiting(
    number: int, tiny: TinySurvey, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = db.rooms().settings.counting_keys / "family.link"
    lost.unlink()
    second = waves.close_wave(tiny.wave)
    command_line.settle(second)
    assert (state_of(number), state_of(second)) == ("refused", "done")
    assert capsys.readouterr().err == f"Another waiting request, {number}, failed: KeyMissing.\n"


def test_every_fault_is_reported_to_whoever_answers(
    number: int, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asked reads that the opener's log says why."""

    def falls(_subject: str) -> None:
        raise RuntimeError

    def is_full(_subject: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(opener._VERBS, "make_keys", falls)
    monkeypatch.setitem(opener._VERBS, "close_wave", is_full)
    second = waves.close_wave(tiny.wave)
    answer_only(monkeypatch)
    reported = turn_opener(monkeypatch, 1)
    assert reported == [f"The opener met an error and continues: {kind}." for kind in ("RuntimeError", "OSError")]
    assert [requests.get_request(each).refusal for each in (number, second)] == [
        "The opener could not do this. Its log says why."
    ] * 2
    with pytest.raises(OSError, match="No space"):
        command_line.settle(requests.ask("close_wave", tiny.wave))


@pytest.mark.both_databases
def test_a_command_says_that_a_lock_was_held_for_too_long(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def held(_wave: str) -> None:
        raise RetryLater("It was held.")

    monkeypatch.setitem(opener._VERBS, "make_keys", held)
    with pytest.raises(SystemExit):
        command_line.settle(number)
    assert capsys.readouterr().err == f"Request {number} is waiting: {command_line.LATE}\n"
    assert state_of(number) == "taken"


@pytest.mark.parametrize("is_done", [True, False])
def test_a_fault_that_ends_the_turn_is_reported_and_hides_nothing(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_done: bool
) -> None:
    """The database goes away before a further request is taken, when ours is done or still waits."""
    take, left = requests.take_next, iter([is_done])

    def away() -> object:
        if next(left, False):
            return take()
        raise RuntimeError

    monkeypatch.setattr(requests, "take_next", away)
    if is_done:
        command_line.settle(number)
        assert capsys.readouterr().err == "Other requests may still be waiting: RuntimeError.\n"
    else:
        with pytest.raises(RuntimeError):
            command_line.settle(number)
    assert state_of(number) == ("done" if is_done else "waiting")


def test_a_server_that_nobody_can_reach_may_be_tried_again() -> None:
    with pytest.raises(OperationalError) as met, create_engine("postgresql+psycopg://nobody@127.0.0.1:1/x").connect():
        pass
    assert db.is_transient(met.value)


def test_a_fault_of_the_program_is_not_tried_again(tiny: TinySurvey) -> None:
    with db.reading() as session, pytest.raises(OperationalError) as met:
        session.execute(text("SELECT 1 FROM no_such_table"))
    assert not db.is_transient(met.value)


def test_a_text_that_is_none_is_not_tried_again(tiny: TinySurvey) -> None:
    with db.reading() as session, pytest.raises(OperationalError, match="UTF-8") as met:
        session.execute(text("SELECT CAST(x'ff' AS TEXT)")).all()
    assert not db.is_transient(met.value)


@pytest.mark.both_databases
def test_our_own_fault_is_reported_though_the_database_goes_away_after_it(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    take, left = requests.take_next, iter([True])

    def held(_wave: str) -> None:
        raise RetryLater("It was held.")

    def away(*_given: object) -> object:
        if next(left, False):
            return take()
        monkeypatch.setattr(requests, "get_request", away)
        raise RuntimeError

    monkeypatch.setitem(opener._VERBS, "make_keys", held)
    monkeypatch.setattr(requests, "take_next", away)
    with pytest.raises(SystemExit):
        command_line.settle(number)
    assert f"Request {number} is waiting: {command_line.LATE}" in capsys.readouterr().err


@pytest.fixture
def opener_at_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an opener answer as soon as a page waits for it."""
    wait = requests.wait_for

    def work() -> None:
        with app.app_context():
            opener.answer_requests(lambda _number, _fault: None)

    def wait_for(number: int, seconds: float) -> Request:
        other = threading.Thread(target=work)  # outside the page's request, as the opener is
        other.start()
        other.join()
        return wait(number, seconds)

    monkeypatch.setattr(requests, "wait_for", wait_for)


def test_staff_read_what_came_of_a_new_round_and_of_a_close(office: Office, opener_at_once: None) -> None:
    """The survey's key for requests to delete is lost, then its link key."""
    keys = db.rooms().settings.counting_keys
    (keys / "family.delete").unlink()
    assert post(office.asker, "/staff/rounds/family-1/close").status == 303
    said = office.asker.request("GET", "/staff/rounds/family-1").words
    assert "Families, round 1 is closed. Letters and results are on hold until requests to delete" in said
    (keys / "family.link").unlink()
    days = {"opens_on": f"{TODAY + 2 * MONTH}", "closes_on": f"{TODAY + 3 * MONTH}"}
    assert post(office.asker, "/staff/rounds/new", survey="family", **days).status == 303
    said = office.asker.request("GET", "/staff/rounds/family-2").words
    assert "Families, round 2 has been created." in said
    assert "It has no encryption key yet, so it cannot open. The key family.link is missing." in said
