"""Nothing of a person gets out sideways: not into logs, not through error pages, not as markup."""

import logging
import re

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.respond import journeys
from app.storage import db
from tests.conftest import TinySurvey
from tests.support.client import Seen, browser, press
from tests.support.http_journey import enter_code, walk_to_check

CANARY = "zebra-canary"
HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=1>", "a<b 5>4", "{{7*7}}", "&lt;b&gt; %(n)s {% x %}"]
HOSTILE += ["</textarea><h1>x</h1>", "\n\nleading lines", "line one\nline two", "\u202eright to left", "=1+1"]


@pytest.fixture
def code(tiny: TinySurvey) -> str:
    """A card's code."""
    return tiny.codes(30)[0]


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_shown_as_they_were_typed(app: Flask, code: str, words: str) -> None:
    client = browser(app)
    walk_to_check(client, code)
    page = client.request("GET", "/r/page/2")

    assert press(client, page, words=words.replace("\n", "\r\n")).status == 303

    page, check = client.request("GET", "/r/page/2"), client.request("GET", "/r/check")
    assert _typed(page).strip() == words.strip()
    parts = [span for span in check.tree.iter("span") if span.get("class") == "part"]
    assert "\n".join(parts[-1].itertext()).split() == words.split()
    for seen in (page, check):
        assert list(seen.find("main").iter("img")) == list(seen.find("main").iter("script")) == []


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_that_are_too_long_come_back_as_they_were_typed(app: Flask, code: str, words: str) -> None:
    client = browser(app)
    enter_code(client, code)

    answer = press(client, client.request("GET", "/r/page/2"), words=words + "x" * 201)

    assert answer.status == 422
    assert _typed(answer) == words + "x" * 201


@pytest.mark.parametrize("typed", HOSTILE)
def test_hostile_code_comes_back_as_it_was_typed(app: Flask, typed: str) -> None:
    client = browser(app)

    answer = press(client, client.request("GET", "/c"), code=typed)

    assert answer.status == 422
    assert answer.find("input", id="code").get("value") == typed


@pytest.mark.parametrize("path", ["/%3Cscript%3Ealert(1)%3C/script%3E", "/{{7*7}}", "/results/%22%3E%3Cimg%20src=x%3E"])
def test_hostile_address_is_not_markup(app: Flask, path: str) -> None:
    answer = browser(app).request("GET", path)

    assert answer.status == 404
    assert not any(mark in answer.body for mark in (b"<script>alert", b"<img", b"49"))


@pytest.mark.parametrize("name", ["code", "csrf_token", "action", "words"])
def test_hostile_field_of_another_form_changes_nothing(app: Flask, code: str, name: str) -> None:
    client = browser(app)
    enter_code(client, code)
    page = client.request("GET", "/r/page/1")
    fields = [("csrf_token", dict(_hidden(page))["csrf_token"]), (name, "<script>"), ("heard", "1")]

    assert client.request("POST", "/r/page/1", fields).status == 303


def _hidden(page: Seen) -> list[tuple[str, str]]:
    return [(name, value) for name, kind, value in page.form_fields() if kind == "hidden"]


def _typed(page: Seen) -> str:
    return page.find("textarea").text or ""


@pytest.mark.parametrize("place", ["save_page", "submit", "find_journey", "begin", "was_received"])
def test_fault_in_the_middle_of_a_journey_writes_no_answer_into_a_log(
    app: Flask, code: str, place: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    client = browser(app)
    check = walk_to_check(client, code)
    page, entry = client.request("GET", "/r/page/2"), client.request("GET", "/c")

    def fault(*arguments: object) -> None:
        raise ValueError(f"{CANARY} {code} {arguments}")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(journeys, place, fault)
    answers = [press(client, page, words=CANARY), press(client, check), press(client, entry, code=code)]

    failed = [answer for answer in answers if answer.status == 500]
    assert failed
    log = caplog.text
    assert not any(secret in log for secret in (CANARY, code, "canary words", "203.0.113"))
    for answer in failed:
        assert CANARY not in answer.body.decode()
        (reference,) = re.findall(r"<bdi[^>]*>([0-9a-f]{8})</bdi>", answer.body.decode())
        assert f"fault {reference}: ValueError at app/" in log


def test_fault_page_is_in_the_language_of_the_person(app: Flask, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(app, language="ur")
    enter_code(client, code)
    monkeypatch.setattr(journeys, "find_journey", lambda _key: 1 / 0)

    answer = client.request("GET", "/r/page/1")

    assert (answer.status, answer.find("html").get("dir")) == (500, "rtl")


def test_fault_does_not_lose_the_answers(app: Flask, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(app)
    check = walk_to_check(client, code)
    with monkeypatch.context() as patch:
        patch.setattr(journeys, "submit", lambda *_arguments: 1 / 0)
        assert press(client, check).status == 500

    assert "canary words" in client.request("GET", "/r/check").body.decode()
    assert press(client, check).headers["location"] == "/r/done"


def test_busy_database_asks_to_try_again(app: Flask, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(app)
    enter_code(client, code)
    page = client.request("GET", "/r/page/1")

    def busy(*_arguments: object) -> None:
        raise OperationalError("UPDATE x", {"a": CANARY}, Exception("database is locked"))

    monkeypatch.setattr(journeys, "save_page", busy)
    answer = press(client, page, heard="1")

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert CANARY not in answer.body.decode()


@pytest.mark.both_databases
@pytest.mark.parametrize("room", ["front", "collecting", "counting"])
def test_database_error_of_every_room_carries_no_value(app: Flask, room: str) -> None:
    with db.rooms().engine(room).connect() as connection, pytest.raises(Exception, match="nowhere") as caught:
        connection.execute(text("INSERT INTO nowhere VALUES (:one)"), {"one": CANARY})

    assert CANARY not in str(caught.value) + repr(caught.value)
    assert db.rooms().engine(room).hide_parameters


def test_fault_behind_the_handlers_writes_no_value_into_a_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """In ``after_request`` no handler of ours is left: Flask itself would log the traceback, values and all."""

    def fault(_response: object) -> None:
        raise RuntimeError(CANARY)

    app.after_request_funcs.setdefault(None, []).append(fault)
    with caplog.at_level(logging.DEBUG):
        answer = app.test_client().get(f"/c?{CANARY}", base_url="http://127.0.0.1:8000")

    assert answer.status_code == 500
    assert CANARY.encode() not in answer.data
    formatted = "\n".join(logging.Formatter().format(record) for record in caplog.records)
    assert "RuntimeError" in formatted
    assert CANARY not in formatted
    assert "Traceback" not in formatted
