"""The five shipped question sets as pages: every page of every language is valid, can be wrong, and leads on."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask

from app.cards import service as cards
from app.surveys import service as surveys
from app.surveys import waves
from app.web.i18n import LANGUAGES
from tests.conftest import begin_wave
from tests.support.builders import tiny_document
from tests.support.client import StrictClient, browser, press
from tests.support.http_journey import Page, enter_code, first_answers, hidden, walk, walk_to_check

AUDIENCES = ("family", "young", "school", "partner", "staff")
SHIPPED = {path.stem: path for path in surveys.SHIPPED.glob("*.json")}


@pytest.fixture(params=AUDIENCES)
def audience(request: pytest.FixtureRequest, app: Flask) -> str:
    """A survey with its shipped questions, or with three questions while it has none, and an open wave."""
    slug: str = request.param
    path = SHIPPED.get(slug)
    content = path.read_text(encoding="utf-8") if path else json.dumps(tiny_document(survey=slug))
    surveys.import_questionnaire(content, f"{slug}.json")
    begin_wave(slug)
    return slug


@pytest.fixture
def code(audience: str) -> str:
    """A card's code."""
    return cards.issue_cards(audience, batch="cards", locality="north", channel="visit", count=30).codes[0]


def pages(client: StrictClient, code: str) -> Iterator[Page]:
    """Go from the code to the check page and yield every question page before it is answered."""
    client.post("/r/start", hidden(enter_code(client, code)))
    page = client.get("/r/page/1")
    for _step in range(60):
        if page.url.endswith("/r/check"):
            return
        yield page
        page = client.post(page.url, [*hidden(page), *first_answers(page)])
    raise AssertionError("the questionnaire does not end")


def last_answers(page: Page) -> list[tuple[str, str]]:
    """Answer every question with its last option."""
    return list({name: value for name, kind, value in page.form_fields() if kind in ("radio", "checkbox")}.items())


def variables(page: Page) -> list[str]:
    """Return the variables that a page asks."""
    return [e.get("data-question") for e in page.tree.iter() if e.get("data-question")]


def test_five_sets_are_shipped() -> None:
    assert sorted(SHIPPED) == sorted(AUDIENCES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_journey_with_the_first_answers_reaches_the_thank_you(app: Flask, code: str, language: str) -> None:
    page = walk(browser(app, language=language), code)

    assert page.data_page == "done"
    assert page.find("html").get("lang") == language


@pytest.mark.parametrize("answer", [last_answers, lambda page: []], ids=["last answers", "no answers"])
def test_journey_with_other_answers_reaches_the_thank_you(app: Flask, code: str, answer) -> None:
    assert walk(browser(app), code, answer).data_page == "done"


def test_answer_that_is_not_listed_is_refused_on_every_page(app: Flask, code: str) -> None:
    client = browser(app)
    wrong = 0
    for page in pages(client, code):
        asked = variables(page)
        answer = press(client, page, **{name: "x" * 5000 for name in asked})
        if asked:
            wrong += 1
            links = [a.get("href")[1:] for a in answer.find("div", id="error-summary").iter("a")]
            ids = {e.get("id") for e in answer.tree.iter() if e.tag in ("input", "textarea")}
            assert (answer.status, len(links), answer.title[:7]) == (422, len(asked), "Error: ")
            assert set(links) <= ids
    assert wrong >= 2


def test_titles_of_the_pages_differ(app: Flask, code: str) -> None:
    titles = [page.find("title").text for page in pages(browser(app), code)]

    assert len(set(titles)) == len(titles)
    assert all(title.count(" - ") >= 2 for title in titles), "question - survey - council"


def test_check_page_shows_every_question_with_its_change_link(app: Flask, code: str) -> None:
    client = browser(app)
    asked = [name for page in pages(client, code) for name in variables(page)]

    check = client.get("/r/check")

    links = check.ways("Change")
    assert all(link.endswith("?back=check") for link in links)
    assert len(links) == len(asked) == len(list(check.tree.iter("dt")))
    for link in dict.fromkeys(links):
        page = client.get(link)
        assert client.post(page.url, [*hidden(page), *first_answers(page)]).url.endswith("/r/check")


def test_english_is_marked_where_a_translation_is_missing(app: Flask, code: str, audience: str) -> None:
    languages = surveys.document_of(waves.list_waves(audience)[0]).texts
    client = browser(app, language="ar")

    page = walk_to_check(client, code)

    marks = [e for e in page.find("main").iter("span") if e.get("lang") == "en"]
    assert bool(marks) == ("ar" not in languages)
    assert all(mark.get("dir") == "ltr" for mark in marks)
