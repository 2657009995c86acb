"""What pages say by survey and language: its own name, the promise of its audience, easy words, the draft notice."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.cards import service as cards
from app.surveys import service as surveys
from app.web.i18n import LANGUAGES, TRANSLATIONS, is_draft
from tests.conftest import begin_wave
from tests.support.builders import tiny_document
from tests.support.client import Seen, StrictClient, browser
from tests.support.http_journey import enter_code

AT_WORK = "Your colleagues, your managers and the teams you work with cannot see your answers."
AT_HOME = "The people who work with you cannot see your answers."
AUDIENCES = {
    "family": ("Family survey", AT_HOME),
    "young": ("Survey for children and young people", AT_HOME),
    "school": ("School survey", AT_WORK),
    "partner": ("Partner agency survey", AT_WORK),
    "staff": ("Staff survey", AT_WORK),
}
TRANSLATED = [tag for tag in LANGUAGES if tag != "en"]
DRAFT_NOTICE = "quiet"


def code_for(document: dict[str, Any]) -> str:
    """Open a survey with a document and return the code of a card."""
    slug = document["survey"]
    surveys.import_questionnaire(json.dumps(document), f"{slug}.json")
    begin_wave(slug)
    return cards.issue_cards(slug, batch="cards", locality="north", channel="visit", count=30).codes[0]


def shipped(slug: str) -> dict[str, Any]:
    """Return a document that comes with the portal."""
    found: dict[str, Any] = json.loads((surveys.SHIPPED / f"{slug}.json").read_text(encoding="utf-8"))
    return found


def with_lead(**texts: str) -> dict[str, Any]:
    """Return the tiny document with other English texts; double underscores stand for dots."""
    document = tiny_document()
    document["texts"]["en"] |= {key.replace("__", "."): text for key, text in texts.items()}
    return document


def started(app: Flask, document: dict[str, Any], language: str = "en") -> StrictClient:
    """Return a browser that stands on the start page."""
    client = browser(app, language=language)
    enter_code(client, code_for(document))
    return client


def head_of(page: Seen) -> list[tuple[str, str]]:
    """Return tag and text of what stands above the questions of a page."""
    parts = [part for part in page.find("form") if part.tag != "input"]
    first = next(number for number, part in enumerate(parts) if part.tag == "fieldset")
    return [(str(part.tag), part.text or "") for part in parts[:first]]


def has_switch(page: Seen) -> bool:
    """Tell whether a page offers to change between usual and easy words."""
    links = [a.get("href") for a in page.tree.iter("a") if "/words/" in (a.get("href") or "")]
    buttons = [b for b in page.tree.iter("button") if (b.get("value") or "").startswith("easy:")]
    return bool(links or buttons)


def has_draft_notice(page: Seen) -> bool:
    """Tell whether the footer says that the translation is a draft."""
    return any(p.get("class") == DRAFT_NOTICE for p in page.find("footer").findall("p"))


@pytest.mark.parametrize("slug", AUDIENCES)
def test_start_page_has_the_name_of_the_survey_and_the_promise_of_its_audience(app: Flask, slug: str) -> None:
    page = started(app, shipped(slug)).get("/r/start")

    name, promise = AUDIENCES[slug]
    assert (page.find("h1").text, page.title.startswith(name)) == (name, True)
    assert [words in page.words for words in (AT_HOME, AT_WORK)] == [promise == AT_HOME, promise == AT_WORK]


def test_heading_and_lead_of_a_page_are_two_texts(app: Flask) -> None:
    document = with_lead(page__views="What do you think? Tell us.", page__views__lead="You can skip these.")

    page = started(app, document).get("/r/page/1")

    assert head_of(page) == [("h1", "What do you think? Tell us."), ("p", "You can skip these.")]


def test_a_stored_document_without_leads_shows_its_whole_text_as_heading(app: Flask) -> None:
    page = started(app, with_lead(page__views="About you. You can skip these.")).get("/r/page/1")

    assert head_of(page) == [("h1", "About you. You can skip these.")]


def test_easy_words_are_offered_only_in_languages_that_have_them(app: Flask) -> None:
    client = started(app, tiny_document())
    client.request("GET", "/words/easy?to=/r/start")

    found = {}
    for tag in ("en", "ur", "pl"):
        client.request("GET", f"/language/{tag}")
        found[tag] = [has_switch(client.request("GET", path)) for path in ("/r/start", "/r/page/1")]

    assert found == {"en": [True, True], "ur": [False, False], "pl": [False, False]}


@pytest.mark.parametrize("tag", TRANSLATED)
def test_a_catalogue_with_drafts_has_the_notice_on_its_pages(app: Flask, tag: str) -> None:
    page = browser(app, language=tag).request("GET", "/privacy")

    assert has_draft_notice(page) == is_draft(TRANSLATIONS / LANGUAGES[tag].babel / "LC_MESSAGES")


def test_the_notice_goes_when_catalogue_and_document_are_reviewed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "DRAFT_CATALOGUES", {"pl"})
    document = tiny_document()
    client = started(app, document, "ur")
    paths = ("/privacy", "/r/start", "/r/page/1", "/r/check")
    assert [has_draft_notice(client.request("GET", path)) for path in paths] == [False, True, True, True]

    reviewed = {**document, "version": "2", "survey": "young", "reviewed": {"ur": list(document["texts"]["ur"])}}
    client = started(app, reviewed, "ur")
    assert [has_draft_notice(client.request("GET", path)) for path in paths] == [False] * 4

    client.request("GET", "/language/pl")
    assert [has_draft_notice(client.request("GET", path)) for path in paths] == [True] * 4


@pytest.mark.parametrize(
    ("comments", "draft"),
    [
        (("# reviewed by a teacher, May 2027", "# reviewed by a nurse, May 2027"), False),
        (("# reviewed by a teacher, May 2027", "# draft, not yet checked by a native speaker"), True),
        (("# reviewed by a teacher, May 2027", "#, python-format"), True),
    ],
)
def test_a_catalogue_is_a_draft_until_every_entry_is_marked(
    tmp_path: Path, comments: tuple[str, str], draft: bool
) -> None:
    entries = [f'{comment}\nmsgid "{number}"\nmsgstr "x"' for number, comment in enumerate(comments)]
    text = "\n\n".join(['# Texts\nmsgid ""\nmsgstr ""\n"Language: pl\\n"', *entries])
    (tmp_path / "messages.po").write_text(f"{text}\n\n", encoding="utf-8")

    assert is_draft(tmp_path) is draft
