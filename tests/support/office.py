"""An office: a survey with an open wave, and three evaluators who run it."""

import secrets
from dataclasses import dataclass
from functools import partial

import pytest
from flask import Flask

from app.cards.approvals import IssueCards, issue_or_ask
from app.models.staff import StaffUser
from app.staff import accounts
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.keys.destroyed import answer_twice
from tests.support.client import Seen, StrictClient
from tests.support.snapshots import filled
from tests.support.staff import Person, signed_in, token_of


@dataclass
class Office:
    """A survey and three evaluators, each in a browser of their own."""

    survey: TinySurvey
    asker: StrictClient
    second: StrictClient
    third: StrictClient


@pytest.fixture
def office(app: Flask, tiny: TinySurvey) -> Office:
    """An office whose survey has an open wave."""
    return Office(tiny, *(signed_in(app, person) for person in filled("three evaluators", three_evaluators)))


def three_evaluators() -> list[Person]:
    """Make three accounts."""
    people = [Person(f"{name}@example.org", secrets.token_urlsafe(12)) for name in "abc"]
    for person in people:
        accounts.create_user(person.email, "evaluator", password=person.password)
    return people


@pytest.fixture
def quiet(office: Office) -> Office:
    """The same between two waves: one person may issue cards alone."""
    office.survey.close_wave()
    return office


@pytest.fixture
def answered(tiny: TinySurvey) -> list[str]:
    """Codes of cards: the first twelve answered two waves, both published."""
    return filled("two waves that were answered", partial(answer_twice, tiny))


def batch(name: str, count: int = 30, survey: str = "family") -> IssueCards:
    """Return a command for a batch of cards in one area."""
    return IssueCards(survey_slug=survey, batch=name, areas={"north": count}, channel="visit", kind="standard")


def ask_for_cards(user: StaffUser, name: str, count: int = 30) -> int:
    """Ask for a batch while a wave is open, and return the number of the request."""
    number = issue_or_ask(batch(name, count), user)
    assert isinstance(number, int)
    return number


def post(client: StrictClient, path: str, form: str = "", **fields: str) -> Seen:
    """Fill in the form that stands on a page and send it."""
    token = token_of(client.request("GET", form or path))
    return client.request("POST", path, [("csrf_token", token), *fields.items()])


@pytest.fixture
def number(tiny: TinySurvey) -> int:
    """A request for the keys of the next round."""
    return waves.create_wave(tiny.slug, TOMORROW, TODAY + MONTH)[1]
