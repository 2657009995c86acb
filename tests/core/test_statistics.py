"""Intervals of a share against published values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.results.statistics import wilson


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


@pytest.mark.parametrize(("count", "n"), [(0, 0), (-1, 5), (6, 5)])
def test_what_is_no_proportion_is_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match="not a proportion"):
        wilson(count, n)


PROPORTION = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(PROPORTION)
def test_wilson_holds_its_proportion_and_mirrors(proportion: tuple[int, int]) -> None:
    count, n = proportion
    here, mirrored = wilson(count, n), wilson(n - count, n)
    assert 0 <= here.low <= count / n <= here.high <= 1
    assert here.low == pytest.approx(1 - mirrored.high, abs=1e-9)
