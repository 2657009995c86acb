"""What waits for a second person expires, is written down as expired, and outlives a change of the tables."""

import datetime as dt
from typing import Any

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.cards import assisted_entry
from app.cards.approvals import IssueCards
from app.models.office import PendingBurn, PendingIssue
from app.staff import accounts, approvals
from app.storage import audit, clock, db, migrating
from tests.cards.test_sheets import codes_of, issue
from tests.conftest import TinySurvey
from tests.security.test_role_matrix import client_of
from tests.staff.test_two_people import (
    CARDS_WAIT,
    DAY,
    DESTRUCTION,
    DESTRUCTION_WAITS,
    MODELS,
    ask,
    logged,
    made_ago,
    ready,
    state,
)
from tests.support.office import Office, ask_for_cards, post


@pytest.mark.parametrize("waits", MODELS)
def test_a_request_expires_after_fourteen_days(office: Office, waits: str) -> None:
    ready(office, waits)
    ask(office.asker, waits)
    made_ago(waits, 14 * DAY - dt.timedelta(minutes=1))
    assert "Approve" in office.second.request("GET", waits).words
    made_ago(waits, 14 * DAY)

    assert "Expired." in office.second.request("GET", waits).words
    for page in ("/staff/", "/staff/keys", "/staff/cards"):
        assert office.second.request("GET", page).links("Destroy the keys of") == [], page
        assert "north visits" not in office.second.request("GET", page).words, page
    for action in ("agree", "refuse"):
        answer = post(office.second, waits, form="/staff/account", action=action)
        assert (answer.status, "This request has expired" in answer.words) == (409, True)

    assert state(waits) == "expired"
    expired = {DESTRUCTION_WAITS: "a request to burn keys expired", CARDS_WAIT: "a request for cards expired"}
    subject = {DESTRUCTION_WAITS: "family-1", CARDS_WAIT: "north visits"}
    assert logged(expired[waits]) == [(audit.CALENDAR, subject[waits])]
    answer = post(office.third, DESTRUCTION) if waits == DESTRUCTION_WAITS else issue(office.third)
    assert answer.headers["location"] == waits.replace("1", "2"), "it can be asked for again"


def test_agreed_cards_expire_too_and_a_sign_in_writes_it_down(app: Flask, office: Office) -> None:
    ask(office.asker, CARDS_WAIT)
    assert post(office.second, CARDS_WAIT, action="agree").status == 303
    made_ago(CARDS_WAIT, 14 * DAY)
    late = post(office.asker, f"{CARDS_WAIT}/print", form="/staff/account", look="cards", language="en")
    assert (late.status, codes_of(late), "This request has expired" in late.words) == (409, [], True)

    ask_again = issue(office.asker, name="south visits")
    with db.writing() as session:
        session.get_one(PendingIssue, 2).asked_at = clock.now() - 14 * DAY
    client_of(app, "evaluator")

    assert ask_again.headers["location"] == CARDS_WAIT.replace("1", "2")
    assert [subject for _who, subject in logged("a request for cards expired")] == ["north visits", "south visits"]


@pytest.mark.both_databases
def test_what_waits_when_the_tables_change_goes_on_waiting(tiny: TinySurvey) -> None:
    accounts.create_user("asker@example.org", "evaluator")
    asker = accounts.get_user(1)
    for name in ("one", "two"):
        ask_for_cards(asker, name)
    with db.writing() as session:
        session.get_one(PendingIssue, 2).state = approvals.EXPIRED
    db.rooms().dispose()
    config = migrating.alembic_config(db.PORTAL)

    command.downgrade(config, "0009")
    command.upgrade(config, "head")

    with db.reading() as session:
        rows = session.scalars(select(PendingIssue).order_by(PendingIssue.id)).all()
    assert [row.state for row in rows] == ["waiting", "refused"]
    assert approvals.status_for(approvals.get(IssueCards, 1), asker).last_day == clock.today() + 14 * DAY
    for model, values in (
        (PendingIssue, {"state": "none"}),
        (PendingBurn, {"state": "none"}),
        (PendingBurn, {"kind": "x"}),
    ):
        assert_refused_by_the_table(model, values)


def assert_refused_by_the_table(model: Any, values: dict[str, str]) -> None:
    """Fail unless the table itself refuses a value."""
    row: dict[str, object] = {"survey_slug": "family", "asked_by": 1, "asked_at": clock.now(), "state": "waiting"}
    if model is PendingIssue:
        row |= {"batch": "b", "areas": {"north": 1}, "channel": "visit", "kind": "standard"}
    else:
        row |= {"kind": "wave", "subject": "family-1"}
    with db.writing() as session:
        session.execute(db.insert_into(session, model).values(row))
    with pytest.raises(IntegrityError), db.writing() as session:
        session.execute(db.insert_into(session, model).values(row | values))


def test_pages_name_the_limits_that_hold(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(office.asker, CARDS_WAIT)
    for module, name, value in (
        (accounts, "LINK_DAYS", 41),
        (approvals, "NEW_ACCOUNT_DAYS", 42),
        (approvals, "WAITING_DAYS", 43),
        (assisted_entry, "LINK_MINUTES", 44),
    ):
        monkeypatch.setattr(module, name, value)
    pages = ("/staff/help", "/staff/set-up/none", CARDS_WAIT, "/staff/keys/wave/family-1/destroy", "/staff/keying")
    words = [office.asker.request("GET", page).words for page in pages]
    named = ("41 days", "41 days", "43 days", "43 days", "44 minutes")
    assert [limit in page for limit, page in zip(named, words, strict=True)] == [True] * len(pages)
    assert "42 days" in words[0]
