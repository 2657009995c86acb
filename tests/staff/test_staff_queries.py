"""Staff pages send a fixed number of queries, however many rounds, cards and entries there are."""

import secrets

import pytest
from flask import Flask

from app.cards import service as cards
from app.counting import opener
from app.staff import accounts
from app.storage import audit
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.support.client import StrictClient, browser, counted_queries
from tests.support.staff import sign_in

MOST = {
    "/staff/": 30,
    "/staff/rounds": 8,
    "/staff/rounds/family-1": 40,
    "/staff/cards": 10,
    "/staff/tally": 12,
    "/staff/results/family": 12,
    "/staff/evidence": 8,
    "/staff/evidence/S1": 8,
    "/staff/who-sees-what": 3,
}


def signed_in(app: Flask) -> StrictClient:
    """Return a browser in which an evaluator is signed in."""
    password = secrets.token_urlsafe(16)
    accounts.create_user("lead@example.org", "evaluator", password=password)
    client = browser(app)
    assert sign_in(client, "lead@example.org", password).status == 303
    return client


def count(client: StrictClient, path: str) -> int:
    """Return how many queries a page sends."""
    with counted_queries() as statements:
        assert client.request("GET", path).status == 200
    return len(statements)


@pytest.fixture
def lead(app: Flask, tiny: TinySurvey) -> StrictClient:
    """An evaluator's browser, with one round open and one batch issued."""
    cards.issue_cards("family", batch="first", locality="north", channel="visit", count=40)
    return signed_in(app)


def test_more_rounds_and_cards_send_no_more_queries(lead: StrictClient, tiny: TinySurvey) -> None:
    before = {path: count(lead, path) for path in MOST}
    for number in range(6):
        waves.create_wave("family", TODAY + (3 + number) * MONTH, TODAY + (4 + number) * MONTH)
        cards.issue_cards("family", batch=f"more {number}", locality="south", channel="post", count=40)
        audit.record("did something", "nothing")
    opener.answer_requests()

    after = {path: count(lead, path) for path in MOST}

    assert after == before
    assert {path: n for path, n in after.items() if n > MOST[path]} == {}
