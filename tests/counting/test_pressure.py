"""The letterbox under pressure: killed at every step, opened by several at once, clocks that jump, waves that close."""

import datetime as dt
import json
from collections import Counter
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.counting import drawing, letterbox, opener, public_keys, sorting
from app.models.answers import DetachedAnswer, Response, Turnout
from app.models.letters import Letter
from app.respond import deletion_requests, journeys
from app.respond.journeys import Outcome
from app.storage import clock, db
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.storage.test_at_once import at_once
from tests.support.builders import tiny_document
from tests.support.dying_opener import die
from tests.support.opener_turns import turn_opener

LETTERBOX, DELETING = "app.counting.letterbox", "app.counting.deletion"
STEPS = [
    *[(LETTERBOX, "recover", n) for n in (1, 2)],
    *[(LETTERBOX, "_insert_new", n) for n in (1, 3, 5)],
    (LETTERBOX, "store", 1),
    ("app.counting.rates", "show_turnout", 1),
    ("app.storage.db", "tidy_files", 2),
    *[(DELETING, name, 1) for name in ("_delete_answers", "_delete_letters")],
    (DELETING, "_delete_letters", 2),
]


def answer(codes: list[str], words: str = "words") -> None:
    """Answer with some codes."""
    for code in codes:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        kept = journeys.save_page(journey, {"heard": "4", "words": words})
        journeys.submit(kept, journeys.new_submission_id())


def state() -> tuple[int, int, int, int]:
    """Return how many letters wait, how many responses and ways of answering are stored, and what turnout says."""
    with db.collecting() as portal:
        waiting = len(portal.scalars(select(Letter.id)).all())
    with db.counting() as answers:
        stored = [len(answers.scalars(select(model.wave_id)).all()) for model in (Response, DetachedAnswer)]
        return (waiting, *stored, sum(answers.scalars(select(Turnout.n))))  # type: ignore[return-value]


@pytest.mark.parametrize(("module", "name", "time"), STEPS)
def test_an_opener_killed_at_a_step_loses_and_doubles_nothing(
    tiny: TinySurvey, module: str, name: str, time: int
) -> None:
    kill_at_a_step(tiny, module, name, time)


def kill_at_a_step(tiny: TinySurvey, module: str, name: str, time: int) -> None:
    """Have an opener killed, and fail if the next one loses or doubles anything."""
    codes = tiny.codes(30)
    answer(codes[:26])
    deletion_requests.ask_to_delete(codes[0])
    die(module, name, time)

    letterbox.open_letterbox()
    waiting, responses, modes, turnout = state()
    assert (waiting + responses, responses == modes == turnout) == (25, True)
    assert waiting >= drawing.KEEP_BACK
    tiny.close_wave()
    assert state() == (0, 25, 25, 25)


@pytest.mark.both_databases
def test_two_presses_of_one_send_at_once_get_the_same_answer(tiny: TinySurvey, app: Flask) -> None:
    for code in tiny.codes(30)[:5]:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        submission = journeys.new_submission_id()
        press = partial(journeys.submit, journey, submission)
        assert at_once(app, lambda _who, press=press: press(), people=2) == [Outcome.SENT] * 2
        assert journeys.submit(journey, journeys.new_submission_id()) is Outcome.ALREADY_USED
    assert state()[0] == 5


@pytest.mark.both_databases
def test_presses_of_different_sends_with_one_code_at_once_count_once(tiny: TinySurvey, app: Flask) -> None:
    journey = journeys.find_journey(journeys.begin(tiny.codes(30)[0]))
    assert journey is not None
    found = at_once(app, lambda _who: journeys.submit(journey, journeys.new_submission_id()))
    assert Counter(found) == {Outcome.SENT: 1, Outcome.ALREADY_USED: 3}
    assert state()[0] == 1


@pytest.mark.both_databases
def test_three_openers_at_once_open_once(tiny: TinySurvey, app: Flask) -> None:
    answer(tiny.codes(30)[:25])
    at_once(app, lambda _who: letterbox.open_letterbox(), people=3)
    assert state() == (10, 15, 15, 15)


@pytest.mark.both_databases
def test_a_wave_that_closes_while_its_letters_are_opened(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(tiny.codes(30)[:25])
    real = sorting.decrypt

    def close_first(*arguments: Any) -> Any:
        monkeypatch.setattr(sorting, "decrypt", real)
        waves.close_wave(tiny.wave)
        return real(*arguments)

    monkeypatch.setattr(sorting, "decrypt", close_first)
    letterbox.open_letterbox()
    assert waves.get_wave(tiny.wave).state == "closed"
    opener.answer_requests()
    assert state() == (0, 25, 25, 25)


def test_an_unreadable_letter_is_set_aside_and_reported(
    tiny: TinySurvey, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(tiny.codes(30)[:3])
    with db.writing() as session:
        session.add(Letter(id=b"x" * 16, wave_id=tiny.wave, box=b"no letter at all" * 512))
    tiny.close_wave()
    why = "They could not be read, or arrived after the end. See docs/operating.md."
    line = f"Letters of {tiny.wave} set aside: 1. {why}"
    command = app.test_cli_runner().invoke(args=["letterbox", "open"])
    assert (command.exit_code, command.stderr.splitlines()[-1]) == (0, line)

    monkeypatch.setattr(opener, "HEARTBEAT_SECONDS", 0.0)
    reported = turn_opener(monkeypatch, 3)
    assert reported == [line], "once, not at every turn"


def test_fewer_than_ten_are_kept_and_reported_nowhere(tiny: TinySurvey) -> None:
    answer(tiny.codes(30)[:9])
    assert letterbox.open_letterbox() == {tiny.wave: 0}
    tiny.close_wave()
    assert state() == (0, 9, 9, 9)
    assert waves.shown_turnout()[tiny.wave] == 0


def test_letters_of_two_waves_are_each_read_by_their_own_questions(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    answer(codes[:12])
    waves.close_wave(tiny.wave)  # and nobody has opened its letters yet
    document = tiny_document(version="2")
    document["questions"]["words"]["max_length"] = 5
    surveys.import_questionnaire(json.dumps(document), "tiny.json")
    second, _number = waves.create_wave(tiny.slug, TOMORROW, TODAY + MONTH)
    public_keys.make_wave_keys(second)
    waves.open_wave(second)
    answer(codes[:22], "short")
    opened = letterbox.open_letterbox()
    assert opened == {tiny.wave: 12, second: 12}
    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(0, 12, 0)


@pytest.mark.parametrize("jump", [-400, -1, 1, 300])
def test_a_clock_that_jumps_and_comes_back_changes_nothing_twice(
    tiny: TinySurvey, jump: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "NIGHT_HOUR", 0)  # whatever hour it is
    waves.change_dates(tiny.wave, waves.get_wave(tiny.wave).opens_on, TODAY + 330 * dt.timedelta(1))
    answer(tiny.codes(40)[:25])
    for day in (TODAY, TODAY + dt.timedelta(jump), TODAY):
        with clock.on_day(day):
            opener.apply_schedule()
            opener.run_nightly_jobs(pytest.fail)
    waiting, responses, modes, turnout = state()
    assert (waiting + responses, responses == modes == turnout) == (25, True)
    assert waiting == drawing.KEEP_BACK
    assert waves.get_wave(tiny.wave).state == "open"
