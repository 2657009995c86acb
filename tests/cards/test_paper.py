"""A printed questionnaire holds all that the screen does: headings, hints, ends of scales, pages to read, rules."""

import json
from typing import Any

import pytest

from app.cards.paper import Part, parts_of
from app.core.documents import needed_keys
from app.core.questionnaires import Questionnaire
from app.surveys import service as surveys
from app.surveys import waves
from app.web.i18n import LANGUAGES
from tests.conftest import TOMORROW
from tests.support.builders import tiny_document, tiny_questionnaire
from tests.support.client import Seen
from tests.support.office import Office
from tests.support.readers import have_readers

NOT_PRINTED = ("score.", "theme.")
"""A scale's numbers are printed as the codes that they are."""


def paper(office: Office, wave: str, language: str = "en", style: str = "standard") -> Seen:
    """Return a printed questionnaire."""
    return office.asker.request("GET", f"/staff/paper/{wave}?language={language}&style={style}")


def squeezed(text: str) -> str:
    """Return text without blanks and line ends."""
    return "".join(text.split())


def texts_of(document: Questionnaire, language: str, easy: bool) -> dict[str, str]:
    """Return every text of a questionnaire that a person has to see, by its key."""
    optional = [f"page.{page.name}{part}" for page in document.pages for part in ("", ".lead")]
    optional += [f"{question.variable}.hint" for question in document.questions]
    keys = [*needed_keys(document), *(key for key in optional if document.has_text(key))]
    return {key: document.text(key, language, easy).value for key in keys if not key.startswith(NOT_PRINTED)}


@pytest.mark.parametrize("style", ["standard", "large", "easy"])
@pytest.mark.parametrize("audience", surveys.AUDIENCES)
def test_every_text_of_the_screen_is_printed_in_every_language(quiet: Office, audience: str, style: str) -> None:
    path = surveys.SHIPPED / f"{audience}.json"
    surveys.import_questionnaire(path.read_text(encoding="utf-8"), path.name)
    wave = waves.get_wave(waves.create_wave(audience, TOMORROW, TOMORROW)[0])
    have_readers(wave.id, TOMORROW)
    document = surveys.document_of(wave)
    for language in document.texts:
        printed = squeezed(paper(quiet, wave.id, language, style).words)
        missing = [
            key for key, text in texts_of(document, language, style == "easy").items() if squeezed(text) not in printed
        ]
        assert missing == [], language


def routed(**rule: Any) -> Questionnaire:
    """Return four pages: two questions, a page to read and a page with a question under a rule, a last question."""
    pages = [
        {"name": "views", "questions": ["heard", "role"]},
        {"name": "help", "questions": [], "when": [rule]},
        {"name": "words", "questions": ["words"], "when": [rule]},
        {"name": "end", "questions": ["again"]},
    ]
    document = tiny_document(pages=pages)
    document["questions"]["again"] = {"kind": "yesno"}
    document["texts"]["en"] |= {
        "page.help": "You can talk to someone",
        "page.help.body": "Here is how.",
        "again": "Would you come again?",
        "yesno.yes": "Yes",
        "yesno.no": "No",
        "yesno.not_sure": "Not sure",
    }
    return tiny_questionnaire(**{key: document[key] for key in ("pages", "questions", "texts")})


@pytest.fixture
def in_english(quiet: Office, app: Any) -> Any:
    """A request in English, in which sentences can be made."""
    with app.test_request_context("/staff/"):
        yield


@pytest.mark.usefixtures("in_english")
def test_who_a_part_is_for_and_where_others_go_on_is_said_once() -> None:
    parts = parts_of(routed(variable="role", **{"is": ["parent"]}), LANGUAGES["en"], easy=False)
    assert [part.rules for part in parts] == [
        (),
        ("This part is only for you if you answered “A parent” to question 2.", "If you did not, go to question 4."),
        (),
        (),
    ]
    assert [[question.number for question in part.questions] for part in parts] == [[1, 2], [], [3], [4]]
    assert str(parts[1].body) == "Here is how."


@pytest.mark.usefixtures("in_english")
def test_a_rule_against_answers_says_where_to_go_with_them() -> None:
    parts = parts_of(routed(variable="heard", is_not=["4", "5"]), LANGUAGES["en"], easy=False)
    assert parts[1].rules == ("If you answered “Agree a lot” or “Agree a little” to question 1, go to question 4.",)
    assert _rules(parts) == 1


@pytest.mark.usefixtures("in_english")
def test_a_part_at_the_end_can_be_left_out() -> None:
    document = routed(variable="heard", is_not=["5"])
    ending = parts_of(
        Questionnaire(
            **{**{name: getattr(document, name) for name in ("survey", "version", "minutes", "texts")}},
            pages=document.pages[:3],
        ),
        LANGUAGES["en"],
        easy=False,
    )
    assert ending[1].rules == ("If you answered “Agree a lot” to question 1, leave this part out.",)


def _rules(parts: tuple[Part, ...]) -> int:
    return sum(len(part.rules) for part in parts)


def test_words_that_are_missing_in_a_language_are_marked_as_english(quiet: Office) -> None:
    document = tiny_document(version="2")
    del document["texts"]["ur"]["words.hint"]
    surveys.import_questionnaire(json.dumps(document), "tiny.json")
    wave = waves.create_wave("family", TOMORROW, TOMORROW)[0]
    have_readers(wave, TOMORROW)
    page = paper(quiet, wave, "ur")
    assert page.find("html").get("lang") == "ur"
    marked = [(e.text, e.get("lang"), e.get("dir")) for e in page.find("main").iter("span") if e.get("lang")]
    assert marked == [("Please write no names.", "en", "ltr")]
