"""Counting by option and by band: what is an answer, what is not, and that nothing is lost."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.answers import KINDS, Answer
from app.core.questionnaires import MISSING, NOT_APPLICABLE, Option, Question, Questionnaire
from app.core.results.tally import ClosedWave, Record, band_codes, count_options, has_bands, into_bands, listed_codes

AGREE = Question("listened", "agree5", KINDS["agree5"].fixed or ())
SCORE = Question("trust", "score", KINDS["score"].fixed or ())
HELP = Question(
    "help", "single", (Option("lot", "h.lot", "positive"), Option("none", "h.none", "negative"), Option("who", "h.who"))
)
PLAIN = Question("where", "single", (Option("home", "w.home"), Option("school", "w.school")))
MANY = Question("ways", "multi", (Option("a", "m.a", "positive"), Option("b", "m.b"), Option(NOT_APPLICABLE, "m.na")))


def records(variable: str, *answers: Answer | None) -> list[Record]:
    """Return one record for each answer; None is a question that was never shown."""
    return [Record(bytes([i]), {}, {} if answer is None else {variable: answer}) for i, answer in enumerate(answers)]


def test_options_are_counted_in_document_order_with_the_unchosen_ones() -> None:
    tally = count_options(AGREE, records("listened", "5", "1", "5", "3"))
    assert tally.counts == (("5", 2), ("4", 0), ("3", 1), ("2", 0), ("1", 1))
    assert (tally.answered, tally.not_answered, tally.shown) == (4, 0, 4)


NA = Question("ever", "single", (Option("yes", "e.y", "positive"), Option(NOT_APPLICABLE, "e.na", "neutral")))


@pytest.mark.parametrize("question", [AGREE, SCORE, HELP, PLAIN, MANY, NA], ids=lambda question: question.variable)
def test_whose_answer_counts_in_short_is_who_is_counted_in_the_bands(question: Question) -> None:
    given = [*question.codes, MISSING, None, "no such code"]
    short = band_codes(question)
    for answer in given:
        options = count_options(question, records(question.variable, answer))
        counted = into_bands(question, options) or options
        assert counted.answered == (answer in short), answer


def test_blank_does_not_apply_and_never_shown_are_not_answered() -> None:
    tally = count_options(AGREE, records("listened", "5", MISSING, NOT_APPLICABLE, None))
    assert sum(n for _, n in tally.counts) == tally.answered == 1
    assert (tally.not_answered, tally.shown) == (3, 3)


def test_a_code_that_the_questionnaire_does_not_have_is_not_answered() -> None:
    tally = count_options(AGREE, records("listened", "9", "4"))
    assert (tally.answered, tally.not_answered) == (1, 1)


def test_a_person_with_several_answers_counts_once_in_the_base() -> None:
    tally = count_options(MANY, records("ways", ("a", "b"), ("b",), (NOT_APPLICABLE,), MISSING))
    assert tally.counts == (("a", 1), ("b", 2))
    assert (tally.answered, tally.not_answered) == (2, 2)


def test_answers_read_from_json_count_like_tuples() -> None:
    tally = count_options(MANY, [Record(b"1", {}, {"ways": ["a", "b"]})])  # type: ignore[dict-item]
    assert tally.counts == (("a", 1), ("b", 1))


def test_bands_of_agreement() -> None:
    tally = into_bands(AGREE, count_options(AGREE, records("listened", "5", "4", "3", "2", "1", NOT_APPLICABLE)))
    assert tally is not None
    assert tally.counts == (("positive", 2), ("neutral", 1), ("negative", 2))
    assert (tally.answered, tally.not_answered, tally.shown) == (5, 1, 6)


@pytest.mark.parametrize(("score", "band"), [("0", 2), ("3", 2), ("4", 1), ("6", 1), ("7", 0), ("10", 0)])
def test_bands_of_scores(score: str, band: int) -> None:
    tally = into_bands(SCORE, count_options(SCORE, records("trust", score)))
    assert tally is not None
    assert [n for _, n in tally.counts] == [int(i == band) for i in range(3)]


def test_an_option_without_a_band_counts_as_not_answered_in_bands_only() -> None:
    options = count_options(HELP, records("help", "lot", "who", "who"))
    bands = into_bands(HELP, options)
    assert bands is not None
    assert (options.answered, options.not_answered) == (3, 0)
    assert (bands.answered, bands.not_answered) == (1, 2)


@pytest.mark.parametrize("question", [PLAIN, MANY])
def test_questions_without_a_band_form(question: Question) -> None:
    assert not has_bands(question)
    assert into_bands(question, count_options(question, [])) is None


def test_nobody() -> None:
    tally = count_options(AGREE, [])
    assert (tally.answered, tally.not_answered, tally.shown) == (0, 0, 0)
    assert {n for _, n in tally.counts} == {0}


def test_a_missing_value_of_a_dimension_is_a_value_of_its_own() -> None:
    assert Record(b"1", {"locality": "north"}, {}).value("channel") == MISSING


def test_one_person_answers_a_wave_once() -> None:
    document = Questionnaire("family", "1", 5, (), {"en": {}})
    twice = [Record(b"1", {}, {}), Record(b"1", {}, {})]
    with pytest.raises(ValueError, match="family-1 has two responses from one person"):
        ClosedWave("family-1", document, twice)


ANSWERS = st.lists(st.sampled_from([*(str(n) for n in range(1, 6)), MISSING, NOT_APPLICABLE, None]), max_size=60)


@settings(deadline=None)
@given(ANSWERS)
def test_answered_and_not_answered_are_everyone(answers: list[str | None]) -> None:
    options = count_options(AGREE, records("listened", *answers))
    bands = into_bands(AGREE, options)
    assert bands is not None
    assert options.answered + options.not_answered == bands.answered + bands.not_answered == len(answers)
    assert sum(n for _, n in options.counts) == options.answered == sum(n for _, n in bands.counts)


@settings(deadline=None)
@given(ANSWERS, st.randoms(use_true_random=False))
def test_the_order_of_records_does_not_matter(answers: list[str | None], random: object) -> None:
    there = records("listened", *answers)
    shuffled = list(there)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert count_options(AGREE, shuffled) == count_options(AGREE, there)


def test_listed_codes_leave_out_does_not_apply() -> None:
    assert listed_codes(AGREE) == ("5", "4", "3", "2", "1")
