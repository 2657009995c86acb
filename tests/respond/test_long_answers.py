"""Answers that are too long for their box, the draft or the letter: said on the page, and what was typed is kept."""

import json
from dataclasses import replace

import pytest
from flask import Flask

from app.core import letters
from app.models.surveys import StoredQuestionnaire
from app.respond import journeys
from app.storage import db
from app.surveys import service as surveys
from tests.conftest import TinySurvey
from tests.support.builders import tiny_document
from tests.support.client import StrictClient, browser, contents, press
from tests.support.http_journey import enter_code


@pytest.fixture
def client(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A respondent of a round whose questionnaire was imported when boxes had no limit."""
    document = tiny_document()
    document["questions"]["words"]["max_length"] = 200_000
    with db.writing() as session:
        session.query(StoredQuestionnaire).update({"document": json.dumps(document)})
    surveys._parsed.cache_clear()
    client = browser(app)
    enter_code(client, tiny.codes(30)[0])
    return client


@pytest.mark.parametrize("letter", ["x", "é", "😀", "\n\\"])
def test_words_that_fit_no_letter_are_refused_on_their_page_and_kept(client: StrictClient, letter: str) -> None:
    press(client, client.get("/r/page/1"), heard="4")
    before = contents()["draft"]
    typed = "a" + letter * 40_000 + "z"
    answer = press(client, client.get("/r/page/2"), words=typed)

    assert (answer.status, answer.title[:7]) == (422, "Error: ")
    assert answer.find("textarea", id="words").text.strip("\n") == typed
    most = int(answer.words.split("Shorten your text to ")[1].split()[0])
    assert 0 < most < len(typed)
    assert contents()["draft"] == before, "what was saved before stays"
    assert press(client, client.get("/r/page/2"), words=typed[:most]).status == 303


def test_answers_that_fit_a_draft_and_no_letter_are_refused_at_send_and_kept(
    client: StrictClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(client, client.get("/r/page/1"), heard="4")
    press(client, client.get("/r/page/2"), words="x" * 32_000)
    with monkeypatch.context() as patched:
        patched.setattr(letters, "SIZES", (8 * 1024, 31 * 1024))
        check = client.get("/r/check")
        answer = press(client, check)
    assert (answer.status, answer.title[:7]) == (422, "Error: ")
    assert "What should we do better? Shorten your text to " in answer.words
    assert client.get("/r/page/2").chosen() == [("words", "x" * 32_000)]
    assert contents()["letter"] == []
    assert press(client, client.get("/r/check")).headers["location"] == "/r/done"


def test_a_draft_that_fits_nowhere_gets_a_page_and_no_fault(client: StrictClient, app: Flask) -> None:
    key = journeys.begin(tiny_code(app))
    journey = journeys.find_journey(key)
    assert journey is not None
    with pytest.raises(letters.TooLong) as error:
        journeys.seal_journey(replace(journey, answers={"words": "x" * 40_000}))
    assert error.value.excess > 0


def tiny_code(app: Flask) -> str:
    """Return the code of a second card."""
    from app.cards import service as cards

    return cards.issue_cards("family", batch="more", locality="north", channel="visit", count=30).codes[0]


def test_what_no_page_can_show_is_dropped_from_answers_and_nothing_else_is_changed(client: StrictClient) -> None:
    typed = "  a\0b\ufffe e\u0301 \u202e\u200b ﬁ  two  spaces\r\n\r\n<b>5>4</b> "
    press(client, client.get("/r/page/2"), words=typed)
    assert client.get("/r/page/2").chosen() == [("words", "ab e\u0301 \u202e\u200b ﬁ  two  spaces\n\n<b>5>4</b>")]
