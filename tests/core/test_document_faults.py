"""Documents: what is out of bounds, given twice, not known or too large for a letter is a fault with its place."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.core.documents import DocumentError, load, read_stored
from tests.core.test_documents import Document
from tests.core.test_documents import _faults as faults_of
from tests.core.test_documents import _option as option
from tests.core.test_documents import _question as question
from tests.core.test_documents import _text as text
from tests.core.test_documents import _when as when
from tests.support.builders import tiny_document

NUMBERS = [0, -5, 1.5, True, "5", None, 10**30, float("inf"), float("nan")]


@pytest.mark.parametrize("number", NUMBERS, ids=repr)
def test_load_a_number_out_of_bounds_is_named_with_its_place(number: object):
    assert "In the document: 'minutes' must be a whole number from 1 to 60, not " in faults_of(
        lambda raw: raw.update(minutes=number)
    )
    assert "In question words: 'max_length' must be a whole number from 1 to 4,000, not " in faults_of(
        question("words", max_length=number)
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda raw: raw.update(pages=[]), "A round would have no page with a question that everybody sees."),
        (lambda raw: raw.update(pages=[{"name": "p"}] * 61), "'pages' must be a list of at most 60 objects"),
        (lambda raw: raw.update(pages=[{"name": "only"}], questions={}), "A round would have no page with a question"),
        (lambda raw: raw.update(note="x"), "In the document: the key 'note' is not known."),
        (lambda raw: raw.update(page=[]), "In the document: the key 'page' is not known. Did you mean 'pages'?"),
        (question("words", maxlength=5), "In question words: the key 'maxlength' is not known. Did you mean 'max_len"),
        (option(bands="x"), "In question role: the key 'bands' is not known. Did you mean 'band'?"),
        (lambda raw: raw["pages"][0].update(contact=True), "In page views: the key 'contact' is not known. Did you me"),
        (when(1, "heard"), "In page words, 'when' 1: the list of codes is empty."),
        (lambda raw: raw["pages"][1].update(when=[{"variable": "heard", "is": "5"}]), "must be a list of texts"),
        (lambda raw: raw["pages"][0].update(contacts="false"), "In page views: 'contacts' must be true or false, not"),
        (question("role", about="false"), "In question role: 'about' must be true or false, not"),
        (question("heard", options=[{"code": "1"}, {"code": "2"}]), "In question heard: 'options' has no effect"),
        (question("role", max_length=5), "In question role: 'max_length' has no effect"),
        (lambda raw: raw.update(scales={"often": []}), "Scale often is used by no question."),
        (lambda raw: raw.update(version="x" * 41), "In the document: 'version' must be text in quotes, of 1 to 40"),
        (lambda raw: raw.update(format=True), "format true is not supported"),
        (option(code="easy"), "Question role: easy is not a valid code."),
        (lambda raw: raw["texts"].update(english={}), "Language english: write its tag, such as en or zh-Hant."),
        (text("ur", heard="a\0b"), "In texts, ur, heard: the text has a character that cannot be shown."),
        (text("ur", heard="half \ud83d"), "In texts, ur, heard: the text has a character that cannot be shown."),
        (lambda raw: raw.update(survey="\ud800"), "In survey: the text has a character that cannot be shown."),
        (lambda raw: raw.update({"\udfff": 1}), r"the key '\udfff' is not known."),
    ],
)
def test_load_names_what_used_to_pass(change: Callable[[Document], object], fault: str):
    assert fault in faults_of(change)


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('"minutes": 2', "In the document: the key 'minutes' is given twice."),
        ('"questions": {}', "In the document: the key 'questions' is given twice."),
    ],
)
def test_load_a_key_given_twice_is_named(written: str, fault: str):
    content = json.dumps(tiny_document())
    with pytest.raises(DocumentError) as refusal:
        load(f"{{{written}, {content[1:]}", "tiny.json")
    assert fault in refusal.value.faults


def test_load_a_question_given_twice_is_named():
    content = json.dumps(tiny_document()).replace('"words": {"kind"', '"heard": {"kind": "yesno"}, "words": {"kind"')
    with pytest.raises(DocumentError, match=r"In questions: the key 'heard' is given twice\."):
        load(content, "tiny.json")


@pytest.mark.parametrize("number", ["1e400", "-1e400", "NaN", "Infinity", "9" * 5000])
def test_load_a_number_that_is_none_is_a_fault_and_no_crash(number: str):
    content = json.dumps(tiny_document()).replace('"minutes": 2', f'"minutes": {number}')
    with pytest.raises(DocumentError, match="'minutes' must be a whole number"):
        load(content, "tiny.json")


def test_load_nested_too_deeply_is_named():
    content = json.dumps(tiny_document(scales=json.loads("[" * 200 + "]" * 200)))
    for many in (content, json.dumps(tiny_document()).replace('"minutes": 2', f'"minutes": {"[" * 900}{"]" * 900}')):
        with pytest.raises(DocumentError, match="nested too deeply"):
            load(many, "tiny.json")


def test_load_of_a_huge_document_is_refused_before_it_is_read():
    with pytest.raises(DocumentError, match="more than 1,000,000 characters"):
        load(" " * 1_000_001, "tiny.json")


def boxes(count: int, max_length: int, **page: Any) -> Document:
    names = [f"box_{n}" for n in range(count)]
    raw = tiny_document()
    raw["questions"] |= {name: {"kind": "text", "max_length": max_length} for name in names}
    raw["pages"] += [{"name": name, "questions": [name], **page} for name in names]
    raw["texts"]["en"] |= dict.fromkeys(names, "Anything else?")
    return raw


def test_load_boxes_that_do_not_fit_a_letter_are_refused_and_those_that_do_are_not():
    assert load(json.dumps(boxes(15, 500)), "tiny.json").questions
    with pytest.raises(DocumentError, match=r"A round could have answers of [\d,]+ bytes, but a letter holds 32,256"):
        load(json.dumps(boxes(30, 500)), "tiny.json")


def test_load_counts_the_boxes_of_each_module_for_itself():
    raw = boxes(30, 500)
    for page in raw["pages"][2:]:
        page["module"] = "even" if int(page["name"][4:]) % 2 else "odd"
    assert load(json.dumps(raw), "tiny.json").modules == ("odd", "even")
    raw["questions"]["box_1"]["max_length"] = 4000
    with pytest.raises(DocumentError, match="A round with the module even could have answers"):
        load(json.dumps(raw), "tiny.json")


def test_load_a_module_whose_pages_nobody_sees_is_refused():
    raw = tiny_document()
    raw["pages"][0]["module"] = "views"
    raw["pages"][1] |= {"module": "words", "when": [{"variable": "heard", "is": ["5"]}]}
    with pytest.raises(DocumentError, match="A round with the module words would have no page"):
        load(json.dumps(raw), "tiny.json")


def test_a_document_stored_under_fewer_rules_can_still_be_read():
    raw = tiny_document(note="from before", minutes=90)
    raw["questions"]["words"]["max_length"] = 200_000
    assert read_stored(json.dumps(raw)).question("words").max_length == 200_000
