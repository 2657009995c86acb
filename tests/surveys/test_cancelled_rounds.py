"""A round that is cancelled: its answers are destroyed unread, and nothing says whether there were any."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.counting import destroying as opener_destroying
from app.counting import ended, letterbox, opener, sorting
from app.fieldwork import frames
from app.keys import destroying
from app.models.answers import Comment, DetachedAnswer, OpenedLetter, Response, SetAside, Turnout
from app.models.fieldwork import ShownRates
from app.models.letters import Draft, Letter, SavedDraft, Spent
from app.models.releases import Release, ShownTurnout
from app.models.surveys import Wave
from app.respond import deletion_requests, journeys, saved_drafts
from app.results import service as releases
from app.storage import audit, clock, db, destroyed_keys, installation, keyring, requests
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey, begin_wave
from tests.counting.test_letterbox import count, send
from tests.keys.destroyed import both_rooms, destroy
from tests.staff.test_audit import entries

WHY = "The questions were those of last year"
STAFF = surveys.SHIPPED / "staff.json"
OPENED = (Response, Comment, DetachedAnswer, Turnout, SetAside, OpenedLetter)
WAITING = (Letter, Draft, SavedDraft, Spent)


def answered(tiny: TinySurvey) -> list[str]:
    """Let 25 people send answers, of which 15 are opened, one start and one save; return all codes."""
    codes = tiny.codes(40)
    for code in codes[:25]:
        send(code)
    assert letterbox.open_letterbox() == {tiny.wave: 15}
    journeys.begin(codes[25])
    journey = journeys.find_journey(journeys.begin(codes[26]))
    assert journey is not None
    assert saved_drafts.save(journey, "4711")
    return codes


def cancel(wave: str = "family-1") -> str | None:
    """Cancel a round as the command does, and return the opener's refusal."""
    number = waves.cancel_wave(wave, WHY)
    both_rooms()
    return requests.get_request(number).refusal


def left(wave: str) -> dict[str, int]:
    """Return how many rows of a round there are in each table about answers, as their owner sees them."""
    found = {}
    for room, models in ((db.ANSWERS, OPENED), (db.PORTAL, (*WAITING, ShownRates, Release))):
        engine = db.make_engine(installation.owner_url(room), room)
        with engine.connect() as connection:
            for model in models:
                query = select(model.__table__).where(model.__table__.c.wave_id == wave)
                found[model.__tablename__] = len(connection.execute(query).all())
        engine.dispose()
    return {name: n for name, n in found.items() if n}


@pytest.mark.both_databases
def test_everything_that_was_answered_is_destroyed_unread_with_the_keys(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(tiny)
    monkeypatch.setattr(sorting, "decrypt", lambda *_given: pytest.fail("a letter was read"))
    assert cancel() is None

    assert left(tiny.wave) == {}
    assert [*keyring.front_files("wave", tiny.wave), *keyring.counting_files("wave", tiny.wave)] == []
    assert destroyed_keys.is_done("wave", tiny.wave)
    wave = waves.get_wave(tiny.wave)
    assert (wave.state, wave.cancelled_because) == ("cancelled", WHY)
    assert waves.shown_turnout() == {}
    with db.reading() as session:
        assert session.get_one(ShownTurnout, tiny.wave).opened == 0
    assert tiny.wave not in letterbox.status()
    assert letterbox.open_letterbox() == {}
    last = [(entry.action, entry.subject, WHY in entry.detail) for entry in entries()[-2:]]
    assert last == [("cancelled a wave", tiny.wave, True), ("burned keys", tiny.wave, False)]


@pytest.mark.both_databases
def test_nobody_can_go_on_from_that_moment(tiny: TinySurvey) -> None:
    codes = answered(tiny)
    journey = journeys.find_journey(journeys.begin(codes[30]))
    assert journey is not None
    waves.cancel_wave(tiny.wave, WHY)  # the opener has not answered yet

    assert (count(Draft, "reading"), count(SavedDraft, "reading")) == (0, 0)
    assert journeys.submit(journey, journeys.new_submission_id()) is journeys.Outcome.CLOSED
    with pytest.raises(journeys.CodeRefused):
        journeys.begin(codes[31])
    assert letterbox.open_letterbox() == {}, "and nothing of it is opened"


@pytest.mark.both_databases
def test_other_rounds_and_surveys_keep_what_they_have(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    for code in codes[:40]:
        send(code)
    tiny.close_wave()
    second = tiny.open_wave()
    other = TinySurvey("young")
    for code in (*codes[:25], *other.codes(30)[:22]):
        send(code)
    letterbox.open_letterbox()
    assert cancel(second) is None

    assert (left(second), left("family-1")["response"], left(other.wave)["response"]) == ({}, 40, 12)
    third = tiny.open_wave()
    for code in codes[15:55]:
        send(code)
    tiny.close_wave()
    for wave in ("family-1", third):
        releases.ask_for_release(wave)
        opener.answer_requests()
    found = releases.get_published(third)
    assert found.repeat is not None
    assert (found.repeat.earlier_wave, found.repeat.count) == ("family-1", 25), "a cancelled round is no round before"


def test_a_cancelled_round_is_in_no_other_rounds_way(tiny: TinySurvey) -> None:
    tiny.close_wave()
    earlier, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    later, _request = waves.create_wave("family", TODAY + 2 * MONTH, TODAY + 3 * MONTH)
    opener.answer_requests()
    waves.open_wave(later)
    assert cancel(later) is None
    waves.open_wave(earlier)
    assert cancel(earlier) is None
    releases.ask_for_release("family-1")
    opener.answer_requests()
    assert destroying.is_over("survey", "family")
    assert destroy("survey", "family") is None
    assert destroy("wave", earlier) is None, "and it may be asked for again"


def test_its_module_is_asked_by_the_next_round(app: Flask) -> None:
    surveys.import_questionnaire(STAFF.read_text(encoding="utf-8"), STAFF.name)
    first = begin_wave("staff")
    module = waves.get_wave(first).module
    assert cancel(first) is None
    assert waves.get_wave(waves.create_wave("staff", TOMORROW, TOMORROW)[0]).module == module


@pytest.mark.both_databases
def test_requests_to_delete_answers_of_other_rounds_are_carried_out(tiny: TinySurvey) -> None:
    codes = tiny.codes(40)
    for code in codes[:12]:
        send(code)
    tiny.close_wave()
    second = tiny.open_wave()
    for code in codes[:22]:
        send(code)
    deletion_requests.ask_to_delete(codes[0])  # stored among the letters of the round that is cancelled
    assert cancel(second) is None
    assert left(second) == {"letter": 1}, "the request waits, and no answer"
    deletion_requests.ask_to_delete(codes[1])
    letterbox.open_letterbox()
    assert (left(second), left("family-1")["response"]) == ({}, 10)


STEPS: dict[str, Any] = {
    "cancel": ended,
    "reshuffle_rows": opener_destroying.rewriting,
    "destroy_letter_secret": keyring,
    "_destroy_waves": opener_destroying,
    "_tidy": opener_destroying,
    "destroy_wave_key": keyring,
}
CRASHES = [("sqlite", step, is_after) for step in STEPS for is_after in (False, True)]
CRASHES += [("postgresql", "reshuffle_rows", True), ("postgresql", "_destroy_waves", False)]


@pytest.mark.parametrize(("database", "step", "is_after"), CRASHES, indirect=["database"])
def test_a_crash_at_any_step_is_mended_by_the_next_turn(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    answered(tiny)
    home = STEPS[step]
    whole = getattr(home, step)

    def dying(*given: Any, **named: Any) -> Any:
        if is_after:
            whole(*given, **named)
        raise SystemExit

    waves.cancel_wave(tiny.wave, WHY)
    with monkeypatch.context() as patch:
        patch.setattr(home, step, dying)
        with pytest.raises(SystemExit):
            both_rooms()
    assert letterbox.open_letterbox() == {}
    assert ended.restore_changed() == []
    both_rooms()

    assert left(tiny.wave) == {}
    assert [*keyring.front_files("wave", tiny.wave), *keyring.counting_files("wave", tiny.wave)] == []
    assert audit.verify() == []


@pytest.mark.both_databases
def test_a_crash_between_the_two_databases_is_mended(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    """The portal's mark is committed, and the answers are still there."""
    answered(tiny)
    waves.cancel_wave(tiny.wave, WHY)
    whole = Session.commit

    def dying(session: Session) -> None:
        whole(session)
        if destroyed_keys.is_begun("wave", tiny.wave):
            raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", dying)
        with pytest.raises(SystemExit):
            both_rooms()
    assert (destroyed_keys.is_begun("wave", tiny.wave), count(Response)) == (True, 15)
    assert letterbox.open_letterbox() == {}
    both_rooms()
    assert left(tiny.wave) == {}


def test_an_opening_that_began_before_the_cancelling_keeps_nothing(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(tiny)
    for code in tiny.codes(30, "more")[:20]:
        send(code)
    recover, done = letterbox.recover, []

    def meanwhile(wave: Wave) -> None:
        recover(wave)
        if not done:
            done.append(cancel())

    monkeypatch.setattr(letterbox, "recover", meanwhile)
    letterbox.open_letterbox()
    assert (done, left(tiny.wave)) == ([None], {})


def test_only_an_open_round_is_cancelled_and_only_with_a_reason(tiny: TinySurvey) -> None:
    draft, _request = waves.create_wave("family", TODAY + 2 * MONTH, TODAY + 3 * MONTH)
    for reason in ("", " \n ", "x" * 301, "a\0b"):
        with pytest.raises(Refused, match="Enter the reason, in 1 to 300 characters"):
            waves.cancel_wave(tiny.wave, reason)
    with pytest.raises(Refused, match="is draft, so it cannot become cancelled"):
        waves.cancel_wave(draft, WHY)
    waves.close_wave(tiny.wave)
    opener.answer_requests()
    with pytest.raises(Refused, match="is closed, so it cannot become cancelled"):
        waves.cancel_wave(tiny.wave, WHY)
    number = requests.ask("cancel_wave", tiny.wave)
    opener.answer_requests()
    assert "is closed, so nothing of it is destroyed" in (requests.get_request(number).refusal or "")


def test_a_cancelled_round_can_be_changed_no_more(tiny: TinySurvey) -> None:
    assert cancel() is None
    acts: list[Callable[[], object]] = [
        lambda: waves.open_wave(tiny.wave),
        lambda: waves.close_wave(tiny.wave),
        lambda: waves.cancel_wave(tiny.wave, WHY),
        lambda: waves.delete_wave(tiny.wave),
        lambda: waves.change_dates(tiny.wave, TOMORROW, TODAY + MONTH),
        lambda: frames.set_frame(tiny.wave, definition="All", counted_on=TODAY, counts={("All", "north"): 9}),
    ]
    for act in acts:
        with pytest.raises(Refused, match="cancelled"):
            act()
    number = releases.ask_for_release(tiny.wave)
    opener.answer_requests()
    assert "is cancelled" in (requests.get_request(number).refusal or "")
    with clock.on_day(TODAY + 2 * MONTH):
        opener.apply_schedule()
    assert waves.get_wave(tiny.wave).state == "cancelled"
