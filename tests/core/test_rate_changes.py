"""How a change of a response rate splits into its two causes."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.results.turnout import RateChange, split_change


def split(*counts: int) -> RateChange:
    """Return how a rate changed: answers and list before, answers and list now."""
    return split_change(**dict(zip(("answers_before", "list_before", "answers_now", "list_now"), counts, strict=True)))


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((112, 487, 106, 589), RateChange(-5.0, -1.1, -3.9)),  # the staff survey of 2015-16, 23% to 18%
        ((50, 100, 60, 100), RateChange(10.0, 10.0, 0.0)),
        ((50, 100, 50, 200), RateChange(-25.0, 0.0, -25.0)),
        ((20, 100, 40, 200), RateChange(0.0, 15.0, -15.0)),
        ((0, 10, 0, 20), RateChange(0.0, 0.0, 0.0)),
        ((1, 10, 11, 10), RateChange(100.0, 100.0, 0.0)),
        ((1000, 5000, 999, 5000), RateChange(0.0, 0.0, 0.0)),
        # Taken as what the rounded parts leave, the unchanged list would get 0.1.
        ((159, 160, 161, 160), RateChange(1.2, 1.2, 0.0)),
    ],
)
def test_a_change_is_split(counts: tuple[int, int, int, int], expected: RateChange) -> None:
    change = split(*counts)
    assert change == expected
    assert "-0.0" not in str(change)


WAVE = st.tuples(st.integers(0, 5000), st.integers(1, 5000))


@given(WAVE, WAVE)
def test_the_parts_are_means_over_both_orders_and_add_up(before: tuple[int, int], now: tuple[int, int]) -> None:
    """Either the answers change first or the list does; a part is the mean of what it does in the two orders."""
    (n, heads), (n_now, heads_now) = before, now
    start, end = Fraction(100 * n, heads), Fraction(100 * n_now, heads_now)
    answers_first, list_first = Fraction(100 * n_now, heads), Fraction(100 * n, heads_now)
    by_answers = ((answers_first - start) + (end - list_first)) / 2
    by_list = ((end - answers_first) + (list_first - start)) / 2
    change = split(*before, *now)
    assert by_answers + by_list == end - start
    for shown, exact in ((change.points, end - start), (change.by_answers, by_answers), (change.by_list, by_list)):
        assert abs(Fraction(str(shown)) - exact) <= Fraction(1, 20)
    assert abs(
        Fraction(str(change.by_answers)) + Fraction(str(change.by_list)) - Fraction(str(change.points))
    ) <= Fraction(1, 10)


@pytest.mark.parametrize("counts", [(1, 0, 1, 10), (1, 10, 1, 0), (1, -5, 1, 10)])
def test_a_list_without_people_is_refused(counts: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="at least one person"):
        split(*counts)
