"""Staff forms read form fields only, clean every line that is typed, and say each limit."""

from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from wtforms import HiddenField, PasswordField, StringField

from app.cards import service as cards
from app.core.permissions import ROLES
from app.staff import accounts
from app.storage.refusals import Refused
from app.web.forms import StaffForm
from app.web.requires import need_of
from tests.conftest import TinySurvey
from tests.security.test_role_matrix import client_of, pages, subjects
from tests.support.client import StrictClient, browser
from tests.support.fuzz import Sent, form_of, post
from tests.support.staff import Person, token_of

__all__ = ["subjects"]  # a fixture
HOW = ["file", "json", "bytes"]
LINES = {"batch", "code", "email", "subject", *("answer", "name", "note", "rival", "source", "unit", "value")}
LINES |= {"translation", "words", "paraphrase", "meaning", "summary", *("said", "did", "why_not", "owner")}
BATCH = {"survey": "family", "channel": "visit", "cards-north": "40", "kind": "standard"}
BATCH |= {"language": "en", "look": "cards"}


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("field", ["email", "password"])
def test_signing_in_reads_form_fields_only(app: Flask, person: Person, how: str, field: str) -> None:
    client = browser(app)
    token = token_of(client.request("GET", "/staff/sign-in"))
    given = {"email": person.email, "password": person.password}
    body: list[Any] = [("csrf_token", token), *((name, text) for name, text in given.items() if name != field)]
    if how == "file":
        answer = client.request("POST", "/staff/sign-in", [*body, (field, (BytesIO(given[field].encode()), "x"))])
    else:
        answer = post(client, "/staff/sign-in", token, Sent(list(given.items()), how))
    assert answer.status == 422
    assert client.request("GET", "/staff/").status == 303


@pytest.mark.parametrize("how", HOW)
def test_every_staff_form_reads_form_fields_only(app: Flask, subjects: dict[str, Any], how: str) -> None:
    clients = {role: client_of(app, role) for role in ("evaluator", "administrator")}
    statuses = {}
    for endpoint, method, path in pages(app, subjects):
        need = need_of(endpoint)
        client = next((c for role, c in clients.items() if need is not None and need.permission in ROLES[role]), None)
        if method != "POST" or client is None:
            continue
        token, offered = form_of(app, client, path)
        fields = [(name, values[0] or "x") for name, values in offered.items()]
        statuses[endpoint] = post(client, path, token, Sent(fields, how)).status
    assert {status for status in statuses.values() if status >= 500} == set(), statuses
    assert len(statuses) >= 15


def _below(form: type[StaffForm]) -> list[type[StaffForm]]:
    return [found for one in form.__subclasses__() for found in (one, *_below(one))]


def test_every_line_of_text_of_every_form_is_cleaned(app: Flask) -> None:
    with app.test_request_context("/staff/", method="POST", data={}):
        fields = [field for form in _below(StaffForm) for field in form() if isinstance(field, StringField)]
    for field in fields:
        assert bool(field.filters) != isinstance(field, HiddenField | PasswordField), field.name
    assert {field.name for field in fields if field.filters} == LINES


@pytest.fixture
def lead(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A browser of somebody who issues cards, between two rounds."""
    tiny.close_wave()
    return client_of(app, "evaluator")


def issue(client: StrictClient, **changes: str) -> Any:
    """Fill in the form of a new batch and send it."""
    token = token_of(client.request("GET", "/staff/cards/new"))
    return client.request("POST", "/staff/cards/new", [("csrf_token", token), *{**BATCH, **changes}.items()])


def test_a_name_is_stored_in_one_form_and_taken_once(lead: StrictClient) -> None:
    assert issue(lead, batch="  Cafe\u0301\u00a0 visits\u200b").status == 200
    assert [batch.name for batch, _cell, _void in cards.list_batches("family")] == ["Café visits"]
    assert "A batch called Café visits already exists." in issue(lead, batch="Café visits").words


@pytest.mark.parametrize(
    ("batch", "sentence", "kept"),
    [
        ("x" * 81, "Name of the batch: Shorten this to 80 characters or fewer. It has 81.", "x" * 81),
        ("a\0b\ufffe", "Name of the batch: It contained characters that cannot be shown.", "ab"),
        ("two\nlines", "Name of the batch: Write this on one line.", "two\nlines"),
    ],
)
def test_a_name_that_cannot_be_stored_is_said_and_kept(
    lead: StrictClient, batch: str, sentence: str, kept: str
) -> None:
    page = issue(lead, batch=batch)
    assert (page.status, page.find("input", id="batch").get("value")) == (422, kept)
    assert sentence in page.words
    assert cards.list_batches("family") == []


@pytest.mark.parametrize(
    ("count", "sentence", "cards_issued"),
    [
        ("1 00", "whole number from 0 to 500", []),
        ("501", "whole number from 0 to 500", []),
        ("0", "number of cards, from 1 to 500", []),
        ("٤٠", None, [40]),
        ("040", None, [40]),
    ],
)
def test_the_number_of_cards_is_read_like_every_number(
    lead: StrictClient, count: str, sentence: str | None, cards_issued: list[int]
) -> None:
    page = issue(lead, batch="a", **{"cards-north": count})
    if sentence is not None:
        assert f"North: Enter a {sentence}" in page.words
        assert page.find("input", id="cards-north").get("value") == count
    assert [batch.n_cards for batch, _cell, _void in cards.list_batches("family")] == cards_issued


@pytest.mark.parametrize(
    ("field", "sentence"), [("batch", "Enter a name for the batch."), ("cards-north", "from 1 to 500")]
)
def test_spaces_alone_are_no_input(lead: StrictClient, field: str, sentence: str) -> None:
    page = issue(lead, **{"batch": "a", field: " \u00a0"})
    assert (page.status, sentence in page.words) == (422, True)
    assert cards.list_batches("family") == []


@pytest.mark.parametrize("name", ["\udcff", "a\0b", "x" * 81])
def test_the_command_line_holds_the_same_rules(app: Flask, tiny: TinySurvey, name: str) -> None:
    with pytest.raises(Refused, match="must have 1 to 80 characters"):
        tiny.codes(30, name)
    with pytest.raises(Refused):
        accounts.create_user(f"{name * 5}@example.org", "viewer")
