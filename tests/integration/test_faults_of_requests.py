"""Faults that requests meet: each is told to whoever answers, and keeps no other request waiting."""

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from app import db
from app.cli import counting as command_line
from app.services import requests, waves
from app.services.counting import opener
from app.services.errors import Late
from tests.conftest import TinySurvey
from tests.opener_turns import answer_only, state_of, turn_opener


def test_a_request_that_meets_a_fault_keeps_no_other_waiting(
    number: int, tiny: TinySurvey, capsys: pytest.CaptureFixture[str]
) -> None:
    lost = db.rooms().settings.counting_keys / "family.link"
    lost.unlink()
    second = waves.close_wave(tiny.wave)
    command_line.settle(second)
    assert (state_of(number), state_of(second)) == ("refused", "done")
    assert capsys.readouterr().err == f"Request {number}, which waited, met a fault: KeyMissing.\n"


def test_every_fault_is_told_to_whoever_answers(number: int, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asked reads that the opener's log says why."""

    def falls(_subject: str) -> None:
        raise RuntimeError

    def is_full(_subject: str) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(opener._VERBS, "make_keys", falls)
    monkeypatch.setitem(opener._VERBS, "close_wave", is_full)
    second = waves.close_wave(tiny.wave)
    answer_only(monkeypatch)
    told = turn_opener(monkeypatch, 1)
    assert told == [f"The opener met a fault and goes on: {kind}." for kind in ("RuntimeError", "OSError")]
    assert [requests.get_request(each).refusal for each in (number, second)] == [
        "The opener could not do this; its log says why."
    ] * 2
    with pytest.raises(OSError, match="No space"):
        command_line.settle(requests.ask("close_wave", tiny.wave))


def test_a_command_says_that_a_lock_was_held_for_too_long(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def held(_wave: str) -> None:
        raise Late("It was held.")

    monkeypatch.setitem(opener._VERBS, "make_keys", held)
    with pytest.raises(SystemExit):
        command_line.settle(number)
    assert capsys.readouterr().err == f"Request {number} waits: {command_line.LATE}\n"
    assert state_of(number) == "taken"


@pytest.mark.parametrize("is_done", [True, False])
def test_a_fault_that_ends_the_turn_is_told_and_hides_nothing(
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
        assert capsys.readouterr().err == "Other requests may wait still: RuntimeError.\n"
    else:
        with pytest.raises(RuntimeError):
            command_line.settle(number)
    assert state_of(number) == ("done" if is_done else "waiting")


def test_a_server_that_nobody_can_reach_may_be_tried_again() -> None:
    with pytest.raises(OperationalError) as met, create_engine("postgresql+psycopg://nobody@127.0.0.1:1/x").connect():
        pass
    assert db.passes(met.value)


def test_a_fault_of_the_program_is_not_tried_again(sqlite_tiny: TinySurvey) -> None:
    with db.reading() as session, pytest.raises(OperationalError) as met:
        session.execute(text("SELECT 1 FROM no_such_table"))
    assert not db.passes(met.value)
