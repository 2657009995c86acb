"""Key destruction on the staff side: one requests, another approves, and then both rooms' keys go."""

import threading

import pytest
from flask import Flask

from app.counting import opener
from app.keys import destroying
from app.keys import views as pages
from app.models.letters import Letter
from app.models.staff import StaffSession
from app.results import service as releases
from app.staff import accounts
from app.storage import audit, clock, db, destroyed_keys, keyring
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.support.office import Office, post

ASK = "/staff/keys/wave/family-1/destroy"
WAITING = "/staff/keys/waiting/1"


@pytest.fixture
def over(quiet: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """An office whose only round has closed; the opener answers as soon as somebody waits for it."""
    monkeypatch.setattr(pages.requests, "wait_for", lambda *_given: None)
    return quiet


def has_keys() -> bool:
    """Tell whether the round's keys are there, in either room."""
    return bool(keyring.front_files("wave", "family-1") or keyring.counting_files("wave", "family-1"))


def logged() -> list[tuple[str, str]]:
    """Return who did what with keys, in order."""
    entries, _older = audit.list_entries(0)
    return [(e.actor, e.action) for e in reversed(entries) if "burn" in e.action]


def test_two_people_destroy_a_rounds_keys(over: Office) -> None:
    answer = post(over.asker, ASK)
    assert (answer.status, answer.headers["location"]) == (303, WAITING)
    opener.answer_requests()
    assert has_keys(), "one person alone destroys nothing"
    assert (
        "a request to destroy the keys of this round is awaiting approval"
        in over.second.request("GET", "/staff/").words
    )

    assert post(over.second, WAITING, action="agree").status == 303
    assert "are being destroyed" in over.second.request("GET", WAITING).words
    opener.answer_requests()
    assert "Half done" in over.third.request("GET", WAITING).words
    assert "only partly destroyed" in over.third.request("GET", "/staff/").words
    assert post(over.third, WAITING, action="finish").status == 303

    assert not has_keys()
    assert "All keys are destroyed" in over.asker.request("GET", WAITING).words
    listed = over.asker.request("GET", "/staff/keys").words
    assert ("destroyed" in listed, "being destroyed" in listed) == (True, False)
    assert logged() == [
        ("a@example.org", "wants keys burned"),
        ("b@example.org", "agreed to burn keys"),
        ("b@example.org", "asked to burn keys"),
        ("c@example.org", "burned keys"),
    ]


def test_a_quick_opener_leaves_nothing_to_finish(over: Office, monkeypatch: pytest.MonkeyPatch, app: Flask) -> None:
    def work() -> None:
        with app.app_context():
            opener.answer_requests()

    def wait(_number: int, _seconds: float) -> None:
        other = threading.Thread(target=work)  # outside the request, as the opener is
        other.start()
        other.join()

    post(over.asker, ASK)
    monkeypatch.setattr(pages.requests, "wait_for", wait)
    post(over.second, WAITING, action="agree")
    assert not has_keys()
    assert "All keys are destroyed" in over.second.request("GET", WAITING).words


def test_nobody_agrees_to_their_own(over: Office) -> None:
    post(over.asker, ASK)
    assert "Approve" not in over.asker.request("GET", WAITING).words

    answer = post(over.asker, WAITING, action="agree")

    opener.answer_requests()
    assert (answer.status, has_keys()) == (409, True)
    assert "A second person has to approve this" in answer.words
    assert post(over.asker, WAITING, action="refuse").status == 303
    assert post(over.second, WAITING, action="agree").status == 409
    assert has_keys()


def test_a_colleague_may_refuse(over: Office) -> None:
    post(over.asker, ASK)
    assert post(over.second, WAITING, action="refuse").status == 303
    assert "No keys were destroyed" in over.asker.request("GET", WAITING).words
    assert post(over.third, WAITING, action="agree").status == 409
    opener.answer_requests()
    assert has_keys()
    assert post(over.asker, ASK).headers["location"] == "/staff/keys/waiting/2"


def test_asking_twice_is_said(over: Office) -> None:
    post(over.asker, ASK)
    answer = post(over.second, ASK)
    assert (answer.status, "is already awaiting approval" in answer.words) == (409, True)


def test_who_asked_must_still_be_there(over: Office) -> None:
    post(over.asker, ASK)
    accounts.disable_user("a@example.org")
    answer = post(over.second, WAITING, action="agree")
    assert (answer.status, "has been deactivated" in answer.words) == (409, True)
    opener.answer_requests()
    assert has_keys()


def test_what_is_not_over_is_not_asked_for(office: Office) -> None:
    answer = post(office.asker, ASK)
    assert (answer.status, "is open" in answer.words) == (409, True)
    assert post(office.asker, "/staff/keys/survey/family/destroy").status == 409
    assert office.asker.request("GET", "/staff/keys").links("Destroy keys") == []
    for path in ("/staff/keys/cell/x/destroy", "/staff/keys/wave/none/destroy", "/staff/keys/survey/none/destroy"):
        assert office.asker.request("GET", path).status == 404


def test_the_openers_refusal_is_shown(over: Office) -> None:
    post(over.asker, ASK)
    post(over.second, WAITING, action="agree")
    letter = {"id": b"x" * 16, "wave_id": "family-1", "box": b"x"}
    with db.writing() as session:
        session.execute(db.insert_into(session, Letter).values(letter))
    opener.answer_requests()
    page = over.second.request("GET", WAITING)
    assert "Unopened letters remain in family-1" in page.words
    assert has_keys()


def test_a_survey_ends_and_its_pages_stay(over: Office) -> None:
    releases.ask_for_release("family-1")
    opener.answer_requests()
    post(over.asker, "/staff/keys/survey/family/destroy")
    post(over.second, WAITING, action="agree")
    opener.answer_requests()
    destroying.finish()

    assert destroyed_keys.is_done(destroyed_keys.SURVEY, "family")
    for path in ("/staff/", "/staff/rounds", "/staff/rounds/family-1", "/staff/cards", "/staff/results/family"):
        assert over.asker.request("GET", path).status == 200, path
    for path in ("/results/family", "/results", "/c", "/staff/keys", "/staff/tally", "/staff/paper/family-1"):
        assert over.asker.request("GET", path).status == 200, path
    days = {"opens_on": f"{TOMORROW}", "closes_on": f"{TODAY + MONTH}"}
    answer = post(over.asker, "/staff/rounds/new", survey="family", **days)
    assert (answer.status, "are destroyed" in answer.words) == (422, True)
    batch = {"batch": "more", "cards-north": "30", "channel": "visit", "kind": "standard"}
    answer = post(over.asker, "/staff/cards/new", survey="family", language="en", look="cards", **batch)
    assert (answer.status, "are destroyed" in answer.words) == (422, True)
    assert len(waves.list_waves("family")) == 1


def test_a_stale_password_is_asked_for_again(over: Office, tiny: TinySurvey) -> None:
    with db.writing() as session:
        for row in session.query(StaffSession):
            row.confirmed_at = clock.now().replace(year=2020)
    for path in (ASK, WAITING):
        assert "password" in over.asker.request("GET", path).words.lower()
