"""Published shares and their change between two rounds: against SciPy and statsmodels, and at the edges."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint, proportions_ztest

from app.core.results.change import (
    Change,
    Movement,
    SamePeople,
    benjamini_hochberg,
    change,
    movements,
)
from app.core.results.statistics import Interval, Share, margin, smallest_change, wilson

MANY = 10**7
"""So many people that rounding to 5 does not matter."""


@pytest.mark.parametrize(("count", "n"), [(0, 35), (5, 35), (65, 105), (105, 105)])
def test_wilson_is_that_of_scipy_and_statsmodels(count: int, n: int) -> None:
    here = wilson(count, n)
    theirs = binomtest(count, n).proportion_ci(method="wilson")
    assert (here.low, here.high) == pytest.approx((theirs.low, theirs.high), abs=1e-4)
    assert (here.low, here.high) == pytest.approx(proportion_confint(count, n, method="wilson"), abs=1e-4)


@pytest.mark.parametrize(("count", "base"), [(15, 35), (65, 105), (0, 35), (105, 105)])
def test_sampling_without_replacement_is_as_of_more_people(count: int, base: int) -> None:
    share = Share(count, base, population=589)
    more = base * 588 / (589 - base)
    theirs = proportion_confint(count / base * more, more, method="wilson")
    found = share.sampling_range()
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-4)


@pytest.mark.parametrize("population", [35, 30, 1])
def test_where_everybody_answered_only_rounding_is_left(population: int) -> None:
    share = Share(15, 35, population=population)
    likely = share.likely_range()
    assert share.sampling_range() == Interval(share.value, share.value)
    assert likely.high - share.value == pytest.approx(share.value - likely.low)
    assert 1 / 35 < likely.high - share.value < 3 / 35


def test_the_likely_range_of_a_published_share() -> None:
    """Root of the sum of squares: Wilson's distances, and 1.96 deviations of two roundings above and one below."""
    share, likely = Share(65, 105, parts=2), Share(65, 105, parts=2).likely_range()
    p = 65 / 105
    sampling = wilson(65, 105)
    rounding = 1.96 * math.sqrt(2 * 2 + 2 * p * p) / 105
    assert share.value - likely.low == pytest.approx(math.hypot(p - sampling.low, rounding))
    assert likely.high - share.value == pytest.approx(math.hypot(sampling.high - p, rounding))


def test_the_range_of_the_fewest_adds_both_distances() -> None:
    """Nobody, or five: the errors of rounding and of sampling go together, so no root of squares."""
    none, five = Share(0, 105, parts=2), Share(100, 105)
    assert none.likely_range() == Interval(0.0, wilson(0, 105).high + none.most_rounding)
    assert five.likely_range().low == pytest.approx(wilson(100, 105).low - five.most_rounding)
    assert Share(10, 105).likely_range().high < wilson(10, 105).high + Share(10, 105).most_rounding


def test_errors_of_few_people_are_the_largest_possible() -> None:
    assert Share(10, 105).rounding_variance == pytest.approx(4 * (1 + (10 / 105) ** 2) / 105**2)
    assert Share(15, 105).rounding_variance == pytest.approx(2 * (1 + (15 / 105) ** 2) / 105**2)
    assert Share(95, 105).rounding_variance == pytest.approx(4 * (1 + (95 / 105) ** 2) / 105**2)
    assert Share(5, 105).most_rounding == pytest.approx((2 + 10 / 105) / 105)


@pytest.mark.parametrize(
    ("count", "base", "parts", "population"),
    [
        (34, 105, 1, None),
        (35, 106, 1, None),
        (5, 0, 1, None),
        (-5, 35, 1, None),
        (45, 35, 1, None),
        (5, 35, 0, None),
        (5, 35, 1, 0),
    ],
)
def test_what_no_release_publishes_is_refused(count: int, base: int, parts: int, population: int | None) -> None:
    with pytest.raises(ValueError, match=r"rounded|proportion|parts"):
        Share(count, base, parts, population)


def test_rounded_parts_may_add_up_to_more_than_all() -> None:
    assert Share(40, 35, parts=2).value == 1.0
    assert Share(40, 35, parts=2).likely_range().high == 1.0


SHARES = st.tuples(st.integers(1, 100), st.integers(0, 100), st.integers(1, 3), st.none() | st.integers(5, 900)).map(
    lambda drawn: Share(5 * min(drawn[1], drawn[0]), 5 * drawn[0], drawn[2], drawn[3])
)


@settings(deadline=None)
@given(SHARES)
def test_a_range_holds_its_share_and_stays_a_share(share: Share) -> None:
    likely = share.likely_range()
    assert 0 <= likely.low <= share.value <= likely.high <= 1


SAME = st.none() | st.builds(SamePeople, *[st.integers(0, 40).map(lambda n: 5 * n)] * 5)


@settings(deadline=None)
@given(SHARES, SHARES, SAME)
def test_a_change_lies_in_its_interval_and_turns_round(then: Share, now: Share, same: SamePeople | None) -> None:
    here = change(then, now, same)
    turned = SamePeople(same.n, same.now, same.then, same.down, same.up) if same else None
    back = change(now, then, turned)
    assert -1 <= here.interval.low <= here.value <= here.interval.high <= 1
    assert 0 <= here.p_value <= 1
    assert here.interval.low == pytest.approx(-back.interval.high, abs=1e-9)
    assert here.p_value == pytest.approx(back.p_value, abs=1e-9)


def test_without_rounding_it_is_newcombe_and_the_pooled_test() -> None:
    then, now = Share(4 * MANY // 10, MANY), Share(401 * MANY // 1000, MANY)
    here = change(then, now, None)
    low, high = confint_proportions_2indep(now.count, MANY, then.count, MANY, method="newcomb")
    _, p_value = proportions_ztest([now.count, then.count], [MANY, MANY])
    assert (here.interval.low, here.interval.high) == pytest.approx((low, high), abs=1e-6)
    assert here.p_value == pytest.approx(p_value, abs=1e-5)


def test_rounding_widens_a_change() -> None:
    here, plain = (
        change(Share(50, 105), Share(65, 105), None),
        confint_proportions_2indep(65, 105, 50, 105, method="newcomb"),
    )
    _, p_value = proportions_ztest([65, 50], [105, 105])
    assert here.value == pytest.approx(15 / 105)
    assert here.interval.low < plain[0] < plain[1] < here.interval.high
    assert p_value < here.p_value < 2 * p_value


def test_the_same_people_narrow_a_change_as_newcombe_has_it_for_pairs() -> None:
    """All came twice, of a hundred thousand 10,000 changed their minds one way: the paired method's published form."""
    n, both, up = 10**5, 4 * 10**4, 10**4
    here = change(Share(both, n), Share(both + up, n), SamePeople(n, both, both + up, up, 0)).interval
    first, second = wilson(both, n), wilson(both + up, n)
    p_1, p_2 = both / n, (both + up) / n
    phi = (both * (n - both - up)) / math.sqrt(both * (n - both) * (both + up) * (n - both - up))
    left, right = second.high - p_2, p_1 - first.low
    high = p_2 - p_1 + math.sqrt(left**2 + right**2 - 2 * phi * left * right)
    assert here.high == pytest.approx(high, abs=1e-4)
    assert here.high < change(Share(both, n), Share(both + up, n), None).interval.high - 1e-3


def test_what_is_not_certain_of_the_same_people_does_not_narrow() -> None:
    """About 30 came twice and 15 moved each way: whether anybody stayed is not known."""
    then, now = Share(50, 105, 2), Share(55, 105, 2)
    assert change(then, now, SamePeople(30, 15, 15, 15, 15)) == change(then, now, None)
    # 15 of the 50 stayed, give or take 4; 12 or 13 would by chance.
    assert change(then, now, SamePeople(50, 25, 25, 10, 10)) == change(then, now, None)
    assert change(then, now, SamePeople(60, 30, 30, 5, 5)).p_value < change(then, now, None).p_value


def test_the_population_narrows_a_change_only_as_far_as_is_known() -> None:
    then, now = Share(50, 105, 2, population=250), Share(65, 105, 2, population=250)
    plain = change(Share(50, 105, 2), Share(65, 105, 2), None)
    stranger = change(then, now, None)
    again = change(then, now, SamePeople(60, 30, 35, 20, 15))
    assert stranger.interval.low == pytest.approx(plain.interval.low, abs=0.003)
    assert again.interval.low > plain.interval.low + 0.015
    assert change(then, Share(65, 105, 2), None) == plain


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.sampled_from([0.01, 0.05, 0.2]))
def test_benjamini_hochberg_is_that_of_statsmodels(p_values: list[float], rate: float) -> None:
    theirs = multipletests(p_values, alpha=rate, method="fdr_bh")[0]
    assert benjamini_hochberg(p_values, rate) == tuple(theirs.tolist())


def test_benjamini_hochberg_of_nothing() -> None:
    assert benjamini_hochberg([]) == ()


def moved(before: int, after: int, base: int = 105) -> Change:
    """Return the change between two counts."""
    return change(Share(before, base), Share(after, base), None)


def test_words() -> None:
    page = [moved(30, 80), moved(80, 30), moved(50, 50), None, moved(5, 25, base=25)]
    assert movements(page) == (
        Movement.ROSE,
        Movement.FELL,
        Movement.NO_CLEAR_CHANGE,
        Movement.TOO_FEW,
        Movement.TOO_FEW,
    )
    assert movements([]) == ()


def test_one_of_twenty_that_would_be_clear_alone_is_not() -> None:
    one = moved(45, 65)
    assert 0.0025 < one.p_value < 0.05
    assert movements([one]) == (Movement.ROSE,)
    assert set(movements([one, *[moved(50, 50)] * 19])) == {Movement.NO_CLEAR_CHANGE}


def test_no_word_contradicts_the_interval() -> None:
    touching = Change(0.1, Interval(0.0, 0.2), 0.001, 105)
    assert movements([touching]) == (Movement.NO_CLEAR_CHANGE,)


def test_thirty_answers_are_enough() -> None:
    assert movements([moved(5, 25, base=30)]) == (Movement.ROSE,)


def test_the_smallest_change_is_about_twenty_points_at_110() -> None:
    theirs = NormalIndPower().solve_power(nobs1=110, alpha=0.05, power=0.8)
    assert smallest_change(110, 110, parts=0) == pytest.approx(0.189, abs=5e-4)
    assert smallest_change(110, 110, parts=0) == pytest.approx(theirs * 0.5, abs=1e-3)
    assert smallest_change(150, 150, parts=0) == pytest.approx(0.16, abs=2e-3)
    assert smallest_change(110, 110) == pytest.approx(0.204, abs=5e-4)
    assert smallest_change(34, 106) > 0.27
    assert smallest_change(110, 110, 0.1) < smallest_change(110, 110) < smallest_change(110, 110, power=0.9)


@pytest.mark.parametrize("wrong", [{"n_then": 0}, {"p": 1.0}, {"power": 0.0}, {"parts": -1}])
def test_a_smallest_change_of_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="no smallest change"):
        smallest_change(**{"n_then": 110, "n_now": 110, **wrong})  # type: ignore[arg-type]


def test_the_margin_is_the_widest() -> None:
    assert margin(105) == pytest.approx(0.10, abs=0.003)
    assert margin(105, 589) == pytest.approx(0.094, abs=0.001)
    for count in range(0, 110, 5):
        likely = Share(count, 105, 2, 589).likely_range()
        assert (likely.high - likely.low) / 2 <= margin(105, 589) + 1e-3
    with pytest.raises(ValueError, match="rounded"):
        margin(106)
