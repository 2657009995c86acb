"""Scores of questions and themes from published counts."""

import math
from statistics import pvariance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.weightstats import DescrStatsW

from app.core.results.themes import Score, index, index_change, measure, score_of

AGREE = {"5": 100.0, "4": 75.0, "3": 50.0, "2": 25.0, "1": 0.0}
COUNTS = {"5": 30, "4": 35, "3": 20, "2": 15, "1": 10}


def test_a_score_is_the_mean_of_the_options_scores() -> None:
    assert score_of(COUNTS, AGREE) == pytest.approx((30 * 100 + 35 * 75 + 20 * 50 + 15 * 25) / 110)
    assert score_of({"5": 10, "1": 10, "not_sure": 50}, AGREE) == 50
    assert score_of(dict.fromkeys(AGREE, 0), AGREE) is None


@pytest.mark.parametrize(("counts", "scores"), [({"5": 34}, AGREE), ({"5": -5}, AGREE), ({"5": 5}, {"5": 101.0})])
def test_what_no_release_publishes_has_no_score(counts: dict[str, int], scores: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="counts"):
        measure(counts, scores)


def test_the_standard_error_is_that_of_statsmodels_and_a_little_wider() -> None:
    """Of so many people neither rounding nor the four added answers matter; of 110 both do."""
    for times, least, most in ((10**6, 1.0, 1.0001), (1, 1.03, 1.15)):
        counts = {code: n * times for code, n in COUNTS.items()}
        theirs = DescrStatsW(list(AGREE.values()), weights=[counts[code] for code in AGREE], ddof=1)
        score = measure(counts, AGREE)
        assert score is not None
        assert score.base == 110 * times
        assert score.value == pytest.approx(theirs.mean)
        assert least <= score.standard_error / theirs.std_mean <= most


def test_all_of_one_opinion_are_not_certain() -> None:
    score = measure({**dict.fromkeys(AGREE, 0), "5": 105}, AGREE)
    assert score is not None
    assert score.value == 100
    rounding = 4 * (25**2 + 50**2 + 75**2 + 100**2) / 105**2
    people = [100] * 1058 + [75, 50, 25, 0] * 8  # ten times: 105 and four more, spread over five options
    assert score.standard_error**2 - rounding == pytest.approx(pvariance(people) / 105)


def test_an_index_needs_three_of_five_questions() -> None:
    assert index([60.0, 70.0, 80.0, None, None]) == 70
    assert index([60.0, 70.0, None, None, None]) is None
    assert index([]) is None
    assert index([None]) is None


def scored(value: float, error: float = 3.0, base: int = 105) -> Score:
    """Return a question's score with its standard error."""
    return Score(value, error, base)


def test_a_change_of_an_index_has_the_mean_of_the_questions_standard_errors() -> None:
    found = index_change([scored(60), scored(70, 5, base=35)], [scored(70, 4), scored(72, 12)])
    assert found is not None
    assert found.value == pytest.approx(6)
    assert found.interval.high - found.value == pytest.approx(1.96 * 9)
    assert found.value - found.interval.low == pytest.approx(1.96 * 9)
    assert found.p_value == pytest.approx(math.erfc(6 / 9 / math.sqrt(2)))
    assert found.base == 35


def test_an_index_of_other_questions_is_not_compared() -> None:
    assert index_change([scored(60), scored(60), None], [scored(60), None, scored(60)]) is None
    assert index_change([scored(60), scored(60), scored(60)], [scored(60), scored(60), None]) is None
    assert index_change([scored(60), None], [scored(60), None]) is None
    assert index_change([scored(60), scored(60), None], [scored(60), scored(62), None]) is not None


def test_questions_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        index_change([scored(60), scored(60)], [scored(60)])


@settings(deadline=None)
@given(st.lists(st.integers(0, 40).map(lambda n: 5 * n), min_size=5, max_size=5))
def test_a_score_stays_a_score(counts: list[int]) -> None:
    score = measure(dict(zip(AGREE, counts, strict=True)), AGREE)
    assert score is None if not sum(counts) else 0 <= score.value <= 100 and score.standard_error > 0
