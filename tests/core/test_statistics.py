"""Intervals against published values, and what changed between two releases."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.answers import KINDS
from app.core.questionnaires import MISSING, Page, Question, Questionnaire
from app.core.results.disclosure import protect
from app.core.results.published import Published
from app.core.results.statistics import Difference, Interval, clear_changes, difference, wilson
from app.core.results.tally import ClosedWave, Record

QUESTION = Question("listened", "agree5", KINDS["agree5"].fixed or ())
AS_SCORE = Question("listened", "score", KINDS["score"].fixed or ())


def between(first: tuple[int, int], second: tuple[int, int]) -> Difference:
    """Return the difference between two shares, each a count and a number of answers."""
    return difference(count_1=first[0], n_1=first[1], count_2=second[0], n_2=second[1])


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_agrees_with_the_literature(count: int, n: int, low: float, high: float) -> None:
    interval = wilson(count, n)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17, 873-890, table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_newcombe_agrees_with_the_literature(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    interval = between(first, second).interval
    assert interval.low == pytest.approx(low, abs=1e-4)
    assert interval.high == pytest.approx(high, abs=1e-4)


@pytest.mark.parametrize(("count", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(count, n)


def test_an_interval_that_touches_nought_is_no_clear_change() -> None:
    assert not Difference(0.1, Interval(0.0, 0.2)).clear_change
    assert not Difference(-0.1, Interval(-0.2, 0.0)).clear_change
    assert Difference(0.1, Interval(0.01, 0.2)).clear_change
    assert difference(count_1=56, n_1=70, count_2=48, n_2=80).clear_change
    assert not difference(count_1=5, n_1=56, count_2=0, n_2=29).clear_change


PROPORTION = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(PROPORTION)
def test_wilson_holds_its_proportion_and_mirrors(proportion: tuple[int, int]) -> None:
    count, n = proportion
    here, mirrored = wilson(count, n), wilson(n - count, n)
    assert 0 <= here.low <= count / n <= here.high <= 1
    assert here.low == pytest.approx(1 - mirrored.high, abs=1e-9)


@settings(deadline=None)
@given(PROPORTION, PROPORTION)
def test_newcombe_holds_its_difference_and_turns_round(first: tuple[int, int], second: tuple[int, int]) -> None:
    here, back = between(first, second), between(second, first)
    assert -1 - 1e-9 <= here.interval.low <= here.value <= here.interval.high <= 1 + 1e-9
    assert here.interval.low == pytest.approx(-back.interval.high, abs=1e-9)
    assert here.clear_change == back.clear_change


def release(
    wave: str, positive: int, negative: int, question: Question = QUESTION, given: str | None = None
) -> Published:
    """Return a release in which so many agree a lot and disagree a lot, or all gave one answer."""
    document = Questionnaire("family", "1", 5, (Page("p", (question,)),), {"en": {}})
    answers = [given or "5"] * positive + [given or "1"] * negative
    random.Random(wave).shuffle(answers)
    records = [Record(f"{wave}/{i}".encode(), {}, {"listened": answer}) for i, answer in enumerate(answers)]
    return protect(ClosedWave(wave, document, records), breakdowns_allowed=True)


def test_a_clear_change_for_everyone() -> None:
    # 55 of 70 against 50 of 80: from the rounded counts.
    before, now = release("family-1", 48, 32).bands[0], release("family-2", 56, 14).bands[0]
    assert clear_changes(before, now) == {"positive": True, "neutral": False, "negative": True}


def test_each_option_that_both_waves_publish_is_compared() -> None:
    before, now = release("family-1", 48, 32).questions[0], release("family-2", 56, 14).questions[0]
    assert list(clear_changes(before, now)) == ["5", "4", "3", "2", "1"]


def test_no_clear_change_between_equal_waves() -> None:
    before, now = release("family-1", 40, 40).questions[0], release("family-2", 40, 40).questions[0]
    assert not any(clear_changes(before, now).values())


def test_bands_and_options_are_not_compared() -> None:
    small, large = release("family-1", 10, 10), release("family-2", 40, 40)
    assert clear_changes(small.bands[0], large.questions[0]) == {}
    assert clear_changes(small.bands[0], large.bands[0])


def test_a_question_that_is_not_published_gives_no_change() -> None:
    now = release("family-2", 40, 40).questions[0]
    silent = release("family-1", 40, 40, given=MISSING).questions[0]
    assert silent.reason
    assert clear_changes(silent, now) == clear_changes(now, silent) == {}


def test_a_question_that_became_another_kind_is_not_compared() -> None:
    """Both kinds have the codes 1 to 5, which mean different things."""
    before, now = release("family-1", 40, 40).questions[0], release("family-2", 40, 40, question=AS_SCORE).questions[0]
    assert clear_changes(before, now) == {}
