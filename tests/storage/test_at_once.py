"""Two people press at the same moment: one of them gets what they asked for, the other a clear sentence."""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.cards.approvals import issue_or_ask
from app.counting import letterbox, opener
from app.models.cards import Batch
from app.models.letters import SavedDraft
from app.models.office import AuditEntry, PendingIssue
from app.models.staff import StaffSession
from app.models.surveys import Wave
from app.respond import journeys, saved_drafts
from app.respond.journeys import Journey, Outcome
from app.staff import accounts, second_factor, sessions
from app.storage import db
from app.storage.refusals import NotFound, Refused
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.office import batch
from tests.support.staff import token_of

WORDS = "violin-staple-harbour-moss"


def at_once(app: Flask, act: Callable[[int], object], people: int = 4) -> list[object]:
    """Let people do something at the same moment and return what each got, a refusal included."""
    gate, found = threading.Barrier(people, timeout=20), []

    def press(who: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                found.append(act(who))
            except (NotFound, Refused) as refusal:
                found.append(refusal)

    threads = [threading.Thread(target=press, args=(who,)) for who in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == people, "nobody fell over"
    return found


def done(found: list[object]) -> int:
    """Count those who got what they asked for."""
    return sum(not isinstance(one, (NotFound, Refused)) for one in found)


def count(model: Any) -> int:
    """Count the rows of a table."""
    with db.reading() as session:
        return int(session.query(model).count())


@pytest.mark.both_databases
def test_a_one_time_link_sets_one_password(app: Flask) -> None:
    token = accounts.make_link(accounts.create_user("new@example.org", "viewer"))
    found = at_once(app, lambda who: accounts.set_password(token, f"{WORDS}-{who}"))
    assert done(found) == 1
    assert sum(accounts.find_by_password("new@example.org", f"{WORDS}-{who}") is not None for who in range(4)) == 1


@pytest.mark.both_databases
def test_a_recovery_code_lets_one_person_in(app: Flask) -> None:
    user = accounts.get_user(accounts.create_user("new@example.org", "administrator", password=WORDS))
    code = second_factor.enrol(user, "set up", pyotp.TOTP(second_factor.new_seed("set up")).now())[0]
    assert sorted(at_once(app, lambda _who: second_factor.check(user, code))) == [False, False, False, True]


@pytest.mark.both_databases
def test_a_sign_in_that_meets_a_new_link_opens_nothing_afterwards(app: Flask) -> None:
    number = accounts.create_user("new@example.org", "viewer", password=WORDS)

    def act(who: int) -> object:
        return accounts.make_link(number) if who == 0 else sessions.sign_in("new@example.org", WORDS)

    at_once(app, act)
    assert count(StaffSession) == 0


@pytest.mark.both_databases
def test_a_batch_name_is_given_once(app: Flask, tiny: TinySurvey) -> None:
    tiny.close_wave()
    user = accounts.get_user(accounts.create_user("lead@example.org", "evaluator"))
    assert done(at_once(app, lambda _who: issue_or_ask(batch("north visits"), user))) == 1
    assert count(Batch) == 1


@pytest.mark.both_databases
def test_rounds_made_at_once_get_a_number_each(app: Flask, tiny: TinySurvey) -> None:
    found = at_once(app, lambda _who: waves.create_wave(tiny.slug, TOMORROW, TODAY + MONTH)[0])
    assert sorted(map(str, found)) == [f"family-{n}" for n in (2, 3, 4, 5)]


@pytest.mark.both_databases
def test_no_cards_slip_past_a_second_person_while_a_round_opens(app: Flask, tiny: TinySurvey) -> None:
    tiny.close_wave()
    user = accounts.get_user(accounts.create_user("lead@example.org", "evaluator"))
    wave, _number = waves.create_wave(tiny.slug, TOMORROW, TODAY + MONTH)
    opener.answer_requests()

    def act(who: int) -> object:
        if who == 0:
            return waves.open_wave(wave)
        return issue_or_ask(batch(f"pile {who}"), user)

    assert done(at_once(app, act)) == 4
    with db.reading() as session:
        log = list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    opened = len(log) - log[::-1].index("opened a wave")
    assert "issued cards" not in log[opened:]
    assert log[opened:].count("asked for cards") == count(PendingIssue)
    assert count(Batch) + count(PendingIssue) == 3


@pytest.mark.both_databases
def test_an_account_made_twice_at_once_is_one_account_and_a_sentence(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    clients = [client_of(app, "administrator") for _person in range(4)]
    forms = [token_of(client.request("GET", "/staff/people/new")) for client in clients]
    fields = [("email", "twice@example.org"), ("role", "viewer"), ("locality", ""), ("survey", "")]

    def act(who: int) -> object:
        return clients[who].request("POST", "/staff/people/new", [("csrf_token", forms[who]), *fields]).status

    statuses = sorted(map(str, at_once(app, act)))
    assert statuses[0] == "200"
    assert set(statuses[1:]) <= {"409", "422"}
    assert [user.email for user in accounts.list_users()].count("twice@example.org") == 1
    assert "twice@example.org" not in caplog.text


@pytest.mark.both_databases
def test_many_pins_at_once_are_five_tries_and_no_more(app: Flask, tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    journey = journeys.find_journey(journeys.begin(code))
    assert journey is not None
    assert saved_drafts.save(journey, "4711")
    with db.reading() as session:
        sealed = session.scalars(select(SavedDraft.id)).one()

    tried: list[Any] = at_once(app, lambda _who: saved_drafts._take_try(code)[2], people=16)

    assert sum(sealed in boxes for boxes in tried) == saved_drafts.MOST_TRIES
    assert saved_drafts.come_back(code, "4711") is None


@pytest.mark.both_databases
def test_many_who_come_back_at_once_with_two_pins_do_not_stand_in_each_others_way(app: Flask, tiny: TinySurvey) -> None:
    code, pins = tiny.codes(30)[0], ("4711", "0815")
    for pin in pins:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        assert saved_drafts.save(journey, pin)

    came = at_once(app, lambda who: saved_drafts.come_back(code, pins[who % 2]), people=16)

    assert any(came), "somebody was first, and nobody fell over"


@pytest.mark.both_databases
def test_two_who_come_back_with_the_last_try_do_not_cross(
    app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds a row that the other wants next: the place is held by one of them at a time."""
    code, pins = tiny.codes(30)[0], ("4711", "0815")
    for pin in pins:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        assert saved_drafts.save(journey, pin)
    with db.writing() as session:
        session.execute(update(SavedDraft).values(tries=saved_drafts.MOST_TRIES - 2))
    both, real = threading.Barrier(2), saved_drafts._drop_tried_out

    def drop(place: bytes) -> None:
        with suppress(threading.BrokenBarrierError):
            both.wait(1)
        real(place)

    monkeypatch.setattr(saved_drafts, "_drop_tried_out", drop)
    at_once(app, lambda who: saved_drafts.come_back(code, pins[who]), people=2)


IN_ANOTHER_WINDOW: dict[str, Callable[[Journey], object]] = {
    "save": lambda journey: saved_drafts.save(journey, "0815"),
    "send": lambda journey: journeys.submit(journey, journeys.submission_id_of(journey)),
    "clear": journeys.clear_answers,
}


@pytest.mark.both_databases
@pytest.mark.parametrize("act", IN_ANOTHER_WINDOW)
def test_coming_back_and_what_is_pressed_in_another_window_do_not_cross(
    app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """One browser, one draft: both need the draft and what is saved, and take them in one order."""
    code, who_acts, both = tiny.codes(30)[0], threading.local(), threading.Barrier(2)
    journey = journeys.find_journey(journeys.begin(code))
    assert journey is not None
    assert saved_drafts.save(journey, "4711")
    journey = saved_drafts.come_back(code, "4711")
    assert journey is not None

    def meet(home: object, step: str, who: int) -> None:
        real = getattr(home, step)

        def held(*given: Any) -> None:
            if getattr(who_acts, "who", None) == who:
                with suppress(threading.BrokenBarrierError):
                    both.wait(2)
            real(*given)

        monkeypatch.setattr(home, step, held)

    def press(who: int) -> object:
        who_acts.who = who
        return saved_drafts.come_back(code, "4711", journey.draft_key) if who else IN_ANOTHER_WINDOW[act](journey)

    meet(*((saved_drafts, "_hold") if act == "save" else (journeys, "drop_saved")), who=0)
    meet(journeys, "store", who=1)
    at_once(app, press, people=2)


@pytest.mark.both_databases
def test_a_press_of_send_and_the_close_do_not_cross(
    app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The close waits for the wave before it touches drafts; a press that holds the wave comes to its end."""
    journey = journeys.find_journey(journeys.begin(tiny.codes(30)[0]))
    assert journey is not None
    real_hold, real_drop = waves.hold_answerable, waves._drop_drafts
    held, dropped, sent = threading.Event(), threading.Event(), []

    def hold(session: Session, wave: str) -> bool:
        found = real_hold(session, wave)
        held.set()
        dropped.wait(1)
        return found

    def drop(session: Session, wave: Wave) -> None:
        real_drop(session, wave)
        dropped.set()

    def press() -> None:
        with app.app_context():
            sent.append(journeys.submit(journey, journeys.submission_id_of(journey)))

    monkeypatch.setattr(waves, "hold_answerable", hold)
    monkeypatch.setattr(waves, "_drop_drafts", drop)
    pressing = threading.Thread(target=press)
    pressing.start()
    assert held.wait(20)
    waves.close_wave(tiny.wave)
    pressing.join()
    assert sent == [Outcome.SENT]


@pytest.mark.both_databases
def test_the_counting_room_is_locked_before_the_first_statement(tiny: TinySurvey, app: Flask) -> None:
    """A backup holds it without asking it anything, and nobody opens letters meanwhile."""
    opened = threading.Event()

    def open_letters() -> None:
        with app.app_context():
            letterbox.open_letterbox()
            opened.set()

    other = threading.Thread(target=open_letters)
    with db.counting():
        other.start()
        assert not opened.wait(1)
    other.join()
    assert opened.is_set()
