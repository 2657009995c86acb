"""Documents: every fault names its question and language, hostile ones too; the shipped ones have none."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.answers import Answer
from app.core.documents import FORMAT, DocumentError, load, missing_texts, needed_keys
from app.core.letters import SIZES, Submission, make_secret, public_half, seal
from app.core.questionnaires import Condition, Question, Questionnaire, Text
from tests.support.builders import tiny_document, tiny_questionnaire

SHIPPED = sorted((Path(__file__).resolve().parents[2] / "app" / "questionnaires").glob("*.json"))
SURVEYS = ("family", "young", "school", "partner", "staff")
LANGUAGES = {
    "family": ("en", "pl", "ur", "ar", "uk", "zh-Hant"),
    "young": ("en", "pl", "ur", "ar", "uk", "zh-Hant"),
    "school": ("en", "pl"),
    "partner": ("en", "pl"),
    "staff": ("en", "pl"),
}
# "About you" answers that stay with the response (docs/adr/0006); every other one is detached.
BREAKDOWNS = {
    "family": {"fam_role", "fam_helped_by"},
    "young": {"yp_age", "yp_helped_by"},
    "school": {"tas_phase", "tas_role"},
    "partner": {"par_sector", "par_freq"},
    "staff": {"stf_group", "stf_len"},
}

Document = dict[str, Any]


def _faults(change: Callable[[Document], object]) -> str:
    raw = tiny_document()
    change(raw)
    with pytest.raises(DocumentError) as refusal:
        load(json.dumps(raw), "tiny.json")
    assert str(refusal.value).startswith("tiny.json: ")
    return "\n".join(refusal.value.faults)


def _question(name: str, **changes: Any) -> Callable[[Document], object]:
    return lambda raw: raw["questions"][name].update(changes)


def _option(**changes: Any) -> Callable[[Document], object]:
    return lambda raw: raw["questions"]["role"]["options"][0].update(changes)


def _text(lang: str, **changes: Any) -> Callable[[Document], object]:
    return lambda raw: raw["texts"][lang].update({key.replace("__", "."): value for key, value in changes.items()})


def _when(page: int, variable: str, *codes: str) -> Callable[[Document], object]:
    return lambda raw: raw["pages"][page].update(when=[{"variable": variable, "is": list(codes)}])


def _more_abouts(raw: Document) -> None:
    for name in ("more", "most"):
        raw["questions"][name] = {"kind": "yesno", "about": True}
        raw["pages"][0]["questions"].append(name)


def test_load_a_good_document():
    document = tiny_questionnaire()
    assert [q.variable for q in document.questions] == ["heard", "role", "words"]
    assert [q.variable for q in document.breakdowns] == ["role"]
    assert [q.variable for q in document.ratings] == ["heard"]
    assert document.question("words").detached
    assert document.question("role").option("carer").text_key == "role.carer"
    assert tuple(document.texts) == ("en", "ur")
    assert missing_texts(document, "ur") == ()


def test_load_rules_and_modules():
    pages = tiny_document()["pages"]
    pages[1] |= {"when": [{"variable": "heard", "is_not": ["5"]}], "module": "voice"}
    document = tiny_questionnaire(pages=pages)
    assert document.pages[1].when == (Condition("heard", frozenset({"5"}), negated=True),)
    assert document.modules == ("voice",)
    assert [page.name for page in document.with_module(None).pages] == ["views"]
    assert document.with_module("voice").pages == document.pages


def test_text_falls_back_and_says_so():
    document = tiny_questionnaire()
    assert document.text("heard", "en", easy=True) == Text("They listen to us.", "en")
    assert document.text("heard", "ur", easy=True).lang == "ur"
    assert document.text("heard", "pl") == Text("The people who help us listen to us.", "en")
    with pytest.raises(KeyError):
        document.text("nothing", "en")


def test_has_easy_words_in_the_languages_that_have_some():
    assert [tiny_questionnaire().has_easy_words(lang) for lang in ("en", "ur", "pl")] == [True, False, False]


def test_lead_of_a_page_is_optional_and_belongs_to_its_page():
    lead = "You can skip these."
    _text("en", page__views__lead=lead)(raw := tiny_document())
    document = load(json.dumps(raw), "tiny.json")
    assert document.text("page.views.lead", "en") == Text(lead, "en")
    assert "page.views.lead" not in needed_keys(document)
    assert missing_texts(document, "ur") == ("page.views.lead",)
    assert "Text page.ghost.lead in en is not used by the questionnaire." in _faults(
        _text("en", page__ghost__lead=lead)
    )


def test_is_draft_until_every_text_is_reviewed():
    urdu = list(tiny_document()["texts"]["ur"])
    assert tiny_questionnaire().is_draft("ur")
    assert tiny_questionnaire(reviewed={"ur": urdu[1:]}).is_draft("ur")
    assert not tiny_questionnaire(reviewed={"ur": urdu}).is_draft("ur")
    assert not tiny_questionnaire().is_draft("en")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda raw: raw.update(format=FORMAT + 1), "format 2 is not supported"),
        (lambda raw: raw.update(survey=["family"]), "Survey and version must be strings in quotes."),
        (lambda raw: raw.update(version=1), "Survey and version must be strings in quotes."),
        (_question("heard", kind="stars"), "question heard: 'stars'"),
        (lambda raw: raw["questions"]["role"].pop("kind"), "question role: 'kind'"),
        (_question("role", scale="nowhere"), "question role: 'nowhere'"),
        (_question("words", max_length="long"), "question words: "),
        (_question("role", options=[{"code": "parent"}]), "Question role: fewer than two options."),
        (_question("role", options=[]), "Question role: fewer than two options."),
        (_question("role", options=[{"code": "parent"}] * 2), "Question role: two options have the same code."),
        (_option(code=5), "question role: the code 5 must be a string in quotes"),
        (_option(code="Parent"), "Question role: Parent is not a valid code."),
        (_option(code="parent\n"), "Question role: parent\n is not a valid code."),
        (_option(code="-9"), "Question role: -9 is not a valid code."),
        (_option(band="good"), "Question role: good is not a band."),
        (_option(face="angry"), "Question role: angry is not a face."),
        (_question("role", kind="multi"), "Question role: a question with several answers cannot stay"),
        (_more_abouts, "More than 2 questions about the person stay"),
        (lambda raw: raw["questions"].update(Extra={"kind": "yesno"}), "Question Extra is on no page."),
        (lambda raw: raw["pages"][1]["questions"].append("heard"), "Question heard is on two pages."),
        (lambda raw: raw["pages"][1]["questions"].append("ghost"), "'ghost'"),
        (lambda raw: raw["pages"][1].update(name="views"), "Two pages have the same name."),
        (_when(0, "heard", "5"), "Page views: its condition uses heard, which is not on an earlier page."),
        (_when(1, "ghost", "5"), "Page words: its condition uses ghost, which is not on an earlier page."),
        (_when(1, "heard", "6"), "Page words: its condition uses a code that heard does not have."),
        (lambda raw: raw["pages"][1].update(when=[{"variable": "heard"}]), "wrong shape"),
        (lambda raw: raw["texts"]["en"].pop("role.carer"), "Text role.carer is missing in en."),
        (lambda raw: raw["texts"].pop("en"), "Text heard is missing in en."),
        (_text("ur", role__uncle="x"), "Text role.uncle in ur is not used by the questionnaire."),
        (_text("ur", heard="  "), "Text heard in ur is empty or too long."),
        (_text("ur", heard="x" * 2001), "Text heard in ur is empty or too long."),
        (_text("ur", heard=5), "Text heard in ur is empty or too long."),
        (_text("en", heard=5), "Text heard in en is empty or too long."),
        (_text("ur", heard="{name} x"), "Text heard in ur has different placeholders from en."),
        (_text("en", heard="{name} x"), "Text heard in ur has different placeholders from en."),
        (lambda raw: raw.update(reviewed={"ur": ["heard.hint"]}), "Text heard.hint is marked reviewed in ur but"),
        (lambda raw: raw.update(reviewed={"en": [1, "x"]}), "wrong shape"),
        (lambda raw: raw["pages"][0].update(name=["views"]), "wrong shape"),
    ],
)
def test_load_names_the_fault(change: Callable[[Document], object], fault: str):
    assert fault in _faults(change)


def test_load_bad_variable_is_named():
    def rename(raw: Document) -> None:
        raw["questions"]["Heard!"] = raw["questions"].pop("heard")
        raw["pages"][0]["questions"][0] = "Heard!"

    assert "Question Heard!: a variable has lower-case letters" in _faults(rename)


@pytest.mark.parametrize("name", ["action", "csrf_token", "mode", "submission_id"])
def test_load_variable_that_a_form_uses_itself_is_named(name: str):
    def rename(raw: Document) -> None:
        raw["questions"][name] = raw["questions"].pop("heard")
        raw["pages"][0]["questions"][0] = name

    assert f"Question {name}: this name is reserved." in _faults(rename)


def test_load_tells_all_faults_at_once():
    def change(raw: Document) -> None:
        _option(band="good")(raw)
        _text("ur", heard="")(raw)

    assert len(_faults(change).splitlines()) == 2


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "null", "[]", "5", '"x"', "{}", '{"format": 1}', "\0"])
def test_load_what_is_no_document_is_refused(content: str):
    with pytest.raises(DocumentError, match=r"^upload\.json: "):
        load(content, "upload.json")


JUNK: tuple[object, ...] = (None, 5, -1, "", "x", [], ["x"], [[]], {}, {"x": 1}, [{}], True, "ur", {"en": None})


def _places(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = part.keys() if isinstance(part, dict) else range(len(part)) if isinstance(part, list) else ()
    return [place for key in keys for place in [(*path, key), *_places(part[key], (*path, key))]]


@pytest.mark.parametrize("junk", JUNK, ids=repr)
def test_load_with_any_part_spoilt_loads_or_names_faults(junk: object):
    for place in _places(tiny_document()):
        part: Any = (raw := tiny_document())
        for key in place[:-1]:
            part = part[key]
        part[place[-1]] = junk
        with contextlib.suppress(DocumentError):
            assert load(json.dumps(raw), "tiny.json").questions


def test_missing_texts_are_listed_without_easy_words_and_in_order():
    texts = tiny_document()["texts"]
    del texts["ur"]["role"], texts["ur"]["heard"]
    document = tiny_questionnaire(texts=texts)
    assert missing_texts(document, "ur") == ("heard", "role")
    assert "title" in missing_texts(document, "pl")
    assert "heard.easy" not in missing_texts(document, "pl")


def test_needed_keys_for_scores_and_pages_to_read():
    questions = tiny_document()["questions"] | {"mark": {"kind": "score"}}
    pages = [*tiny_document()["pages"], {"name": "mark", "questions": ["mark"]}, {"name": "help", "contacts": True}]
    more = {"mark": "How good?", "mark.low": "Bad", "mark.high": "Good", "page.help": "Help", "page.help.body": "Phone"}
    document = tiny_questionnaire(questions=questions, pages=pages, texts={"en": tiny_document()["texts"]["en"] | more})
    assert needed_keys(document)[-5:] == ("mark", "mark.low", "mark.high", "page.help", "page.help.body")
    assert "page.mark" not in needed_keys(document)


def _load(path: Path) -> Questionnaire:
    return load(path.read_text(encoding="utf-8"), path.name)


@pytest.fixture(scope="module")
def shipped() -> dict[str, Questionnaire]:
    """Every shipped document by its survey; the last version when there are several."""
    return {document.survey: document for document in map(_load, SHIPPED)}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_document_loads_clean(path: Path):
    assert _load(path).survey in SURVEYS


def test_shipped_documents_cover_every_survey(shipped: dict[str, Questionnaire]):
    assert set(shipped) == set(SURVEYS) == set(LANGUAGES)


@pytest.mark.parametrize(("survey", "lang"), [(s, lang) for s, languages in LANGUAGES.items() for lang in languages])
def test_shipped_document_lacks_no_text(shipped: dict[str, Questionnaire], survey: str, lang: str):
    assert lang in shipped[survey].texts
    assert missing_texts(shipped[survey], lang) == ()


@pytest.mark.parametrize("survey", SURVEYS)
def test_shipped_document_has_headings_without_full_stops(shipped: dict[str, Questionnaire], survey: str):
    pages = {f"page.{page.name}{easy}" for page in shipped[survey].pages for easy in ("", ".easy")}
    headings = [words[key] for words in shipped[survey].texts.values() for key in pages & set(words)]
    assert len(headings) > 1
    assert [heading for heading in headings if heading.endswith((".", "。", "۔"))] == []


@pytest.mark.parametrize("survey", SURVEYS)
def test_shipped_document_has_no_easy_text_that_is_the_usual_one(shipped: dict[str, Questionnaire], survey: str):
    every = [(words, key) for words in shipped[survey].texts.values() for key in words if key.endswith(".easy")]
    assert [key for words, key in every if words[key] == words[key.removesuffix(".easy")]] == []


@pytest.mark.parametrize("survey", SURVEYS)
def test_shipped_document_keeps_two_answers_about_the_person(shipped: dict[str, Questionnaire], survey: str):
    assert {q.variable for q in shipped[survey].breakdowns} == BREAKDOWNS[survey]


def _fullest(question: Question) -> Answer:
    """Return the longest answer a person can give; no character takes more than four bytes."""
    if question.kind == "text":
        return "😀" * question.max_length
    return question.codes if question.kind == "multi" else max(question.codes, key=len)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_document_fullest_answers_fit_a_letter(path: Path):
    answers = {question.variable: _fullest(question) for question in _load(path).questions}
    letter = Submission("1" * 15, "b" * 60, "c" * 60, "helped", answers)
    assert len(seal(letter, public_half(make_secret()), "family-1")) <= SIZES[-1] + 48
