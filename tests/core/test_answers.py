"""Answers: each kind reads, checks, shows and counts, and refuses what is no answer to its question."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.answers import KINDS, AnswerError, chosen, kind_of, tidy
from app.core.questionnaires import MISSING, NOT_APPLICABLE, Option, Question, Text
from tests.support.builders import QUICK, tiny_document, tiny_questionnaire

OWN = (Option("a", "q.a"), Option("b", "q.b"), Option("none", "q.none", exclusive=True))
QUESTIONS = {
    name: Question("q", name, kind.fixed if kind.fixed is not None else () if name == "text" else OWN, max_length=20)
    for name, kind in KINDS.items()
}
ONE_OF = ("agree5", "yesno", "single", "count", "score")
CLOSED = (*ONE_OF, "multi")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def _parse(kind: str, *values: str) -> object:
    return KINDS[kind].parse(QUESTIONS[kind], values)


def _refused(kind: str, answer: object) -> str:
    with pytest.raises(AnswerError) as refusal:
        KINDS[kind].validate(QUESTIONS[kind], answer)
    return refusal.value.reason


def _parse_refused(kind: str, *values: str) -> str:
    with pytest.raises(AnswerError) as refusal:
        _parse(kind, *values)
    return refusal.value.reason


def test_kinds_are_all_here():
    assert set(KINDS) == {"agree5", "yesno", "single", "multi", "count", "score", "text"}
    assert all(kind_of(question) is KINDS[name] for name, question in QUESTIONS.items())


@pytest.mark.parametrize("kind", CLOSED)
def test_parse_every_listed_option(kind: str):
    for code in QUESTIONS[kind].codes:
        expected = (code,) if kind == "multi" else code
        assert _parse(kind, code) == _parse(kind, "", code, "") == expected
        assert KINDS[kind].validate(QUESTIONS[kind], expected) == expected


@pytest.mark.parametrize("kind", CLOSED)
def test_parse_left_blank_is_missing(kind: str):
    assert _parse(kind) == _parse(kind, "") == _parse(kind, "", "") == MISSING
    assert KINDS[kind].validate(QUESTIONS[kind], MISSING) == MISSING


@pytest.mark.parametrize("kind", CLOSED)
@pytest.mark.parametrize("value", ["zz", "6", "11", "-1", "05", " a", "A", "a\n", "٥", "<b>", "\0"])
def test_parse_unknown_code_is_refused(kind: str, value: str):
    if value not in QUESTIONS[kind].codes:
        assert _parse_refused(kind, value) == "choose_listed"


@pytest.mark.parametrize("kind", ONE_OF)
def test_parse_two_values_for_one_is_refused(kind: str):
    assert _parse_refused(kind, *QUESTIONS[kind].codes[:2]) == "choose_one"


def test_parse_multi_keeps_document_order_and_each_code_once():
    assert _parse("multi", "b", "a") == _parse("multi", "a", "b", "a") == ("a", "b")


def test_parse_multi_exclusive_option_stands_alone():
    assert _parse("multi", "none") == ("none",)
    assert _parse_refused("multi", "a", "none") == "none_alone"


def test_parse_multi_one_unknown_code_spoils_all():
    assert _parse_refused("multi", "a", "zz") == "choose_listed"


@pytest.mark.parametrize("kind", CLOSED)
@pytest.mark.parametrize(
    "answer",
    [None, 5, 5.0, True, "", [], {}, ["zz"], [["a"]], [{}], [None], [5], {"a": 1}, [MISSING], "a,b", ["a", ["b"]]],
    ids=repr,
)
def test_validate_wrong_shape_is_refused(kind: str, answer: object):
    assert _refused(kind, answer) == "choose_listed"


@pytest.mark.parametrize("kind", ONE_OF)
def test_validate_list_for_one_is_refused(kind: str):
    code = QUESTIONS[kind].codes[0]
    assert _refused(kind, [code]) == _refused(kind, (code,)) == "choose_listed"


@pytest.mark.parametrize("answer", ["a", "ab", "none"])
def test_validate_string_for_several_is_refused(answer: str):
    assert _refused("multi", answer) == "choose_listed"


@pytest.mark.parametrize("answer", [None, 5, ["words"], {"a": "b"}, b"words"], ids=repr)
def test_validate_text_wrong_shape_is_refused(answer: object):
    assert _refused("text", answer) == "choose_listed"


@pytest.mark.parametrize("kind", KINDS)
@QUICK
@given(JSON)
def test_validate_of_anything_is_a_clean_answer_or_refused(kind: str, answer: object):
    question = QUESTIONS[kind]
    try:
        kept = KINDS[kind].validate(question, answer)
    except AnswerError:
        return
    if kind == "text":
        assert kept == tidy(kept)
        assert len(kept) <= question.max_length
    else:
        assert set(chosen(kept)) <= set(question.codes)
    assert KINDS[kind].validate(question, kept) == kept


@pytest.mark.parametrize(
    "words", ["a<b 5>4", "<script>alert(1)</script>", 'Tom & Jerry\'s "day"', "بہت اچھا", "👍🏽", "ﬁ é é"]
)
def test_parse_text_is_kept_as_typed(words: str):
    question = Question("q", "text", max_length=100)
    assert KINDS["text"].parse(question, [words]) == words


def test_parse_text_loses_what_cannot_be_shown():
    assert _parse("text", "  a\0b\x07c\x1b\x85d\ud800 \r\ne\rf\tg \n") == "abcd \ne\nf\tg"


def test_validate_text_from_a_letter_loses_what_cannot_be_stored():
    assert KINDS["text"].validate(QUESTIONS["text"], "a\0b\ud800") == "ab"


def test_parse_text_left_blank_is_empty():
    assert _parse("text") == _parse("text", "") == _parse("text", " \r\n\t ") == ""


def test_parse_text_too_long_is_refused():
    assert _parse("text", "x" * 20) == "x" * 20
    assert _parse("text", "\r\n".join("x" * 10)) == "\n".join("x" * 10)
    assert _parse_refused("text", "x" * 21) == "too_long"
    assert _refused("text", "😀" * 21) == "too_long"


@QUICK
@given(st.text(max_size=80))
def test_tidy_twice_changes_nothing_more_and_only_takes_away(text: str):
    once = tidy(text)
    assert tidy(once) == once
    assert not Counter(once.replace("\n", "")) - Counter(text)
    assert not set(once) & {"\0", "\r", "\x1b"}


def test_show_closed_answers_in_the_language_asked_for():
    document = tiny_questionnaire()
    heard, role = document.question("heard"), document.question("role")
    assert KINDS["agree5"].show(heard, "5", document, lang="en", easy=False) == [Text("Agree a lot", "en")]
    assert KINDS["agree5"].show(heard, NOT_APPLICABLE, document, lang="ur", easy=False) == [Text("لاگو نہیں", "ur")]
    assert KINDS["single"].show(role, "carer", document, lang="pl", easy=False) == [Text("A carer", "en")]
    assert KINDS["agree5"].show(heard, MISSING, document, lang="en", easy=False) == []


def test_show_several_answers_in_order():
    texts = tiny_document()["texts"]["en"] | {"role.none": "Somebody else"}
    options = [{"code": "parent"}, {"code": "carer"}, {"code": "none", "exclusive": True}]
    questions = tiny_document()["questions"] | {"role": {"kind": "multi", "options": options}}
    document = tiny_questionnaire(questions=questions, texts={"en": texts})
    shown = KINDS["multi"].show(document.question("role"), ("parent", "carer"), document, lang="en", easy=False)
    assert shown == [Text("A parent", "en"), Text("A carer", "en")]
    assert KINDS["multi"].show(document.question("role"), MISSING, document, lang="en", easy=False) == []


def test_show_scores_and_words():
    document = tiny_questionnaire()
    assert KINDS["score"].show(QUESTIONS["score"], "10", document, lang="ur", easy=False) == [Text("10", "ur")]
    assert KINDS["score"].show(QUESTIONS["score"], MISSING, document, lang="ur", easy=False) == []
    assert KINDS["text"].show(QUESTIONS["text"], "a<b", document, lang="ur", easy=False) == [Text("a<b", "")]
    assert KINDS["text"].show(QUESTIONS["text"], "", document, lang="ur", easy=False) == []


def test_score_bands_have_no_gap():
    bands = [option.band for option in KINDS["score"].fixed]
    assert bands == ["negative"] * 4 + ["neutral"] * 3 + ["positive"] * 4


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(None, ()), (MISSING, ()), ("5", ("5",)), (("a", "b"), ("a", "b")), (["a"], ("a",))],
)
def test_chosen_codes(answer: object, expected: tuple[str, ...]):
    assert chosen(answer) == expected
