"""Confidence intervals for a proportion and for the difference of two proportions, by closed formulas."""

import math
from dataclasses import dataclass

from app.core.results.published import QuestionResult

Z_95 = 1.96
"""Standard normal quantile of a two-sided 95% interval."""


@dataclass(frozen=True)
class Interval:
    """A closed confidence interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """The first proportion minus the second, with its interval (both -1 to 1)."""

    value: float
    interval: Interval

    @property
    def clear_change(self) -> bool:
        """Whether the interval excludes zero."""
        return not self.interval.low <= 0.0 <= self.interval.high


def wilson(count: int, n: int) -> Interval:
    """Return the 95% Wilson score interval of ``count`` among ``n`` people, without continuity correction.

    Raises:
        ValueError: n is below 1, or count is not 0 to n.

    Source: Wilson 1927, Journal of the American Statistical Association 22, 209-212; method 3 of Newcombe 1998,
    Statistics in Medicine 17, 857-872.
    """
    if n < 1 or not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is not a proportion")
    p = count / n
    square = Z_95 * Z_95
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    # At 0 and n the formula gives exactly 0 and 1; floating-point error is about 1e-17.
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == n else centre + half
    return Interval(low, high)


def difference(*, count_1: int, n_1: int, count_2: int, n_2: int) -> Difference:
    """Return the difference of two independent proportions (first minus second) with its 95% hybrid score interval.

    Overlap between the samples makes the true interval narrower, so between waves the method is conservative.

    Raises:
        ValueError: an n is below 1, or a count is not 0 to n.

    Source: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10.
    """
    first, second = wilson(count_1, n_1), wilson(count_2, n_2)
    p_1, p_2 = count_1 / n_1, count_2 / n_2
    value = p_1 - p_2
    low = value - math.hypot(p_1 - first.low, second.high - p_2)
    high = value + math.hypot(first.high - p_1, p_2 - second.low)
    return Difference(value, Interval(low, high))


def clear_changes(previous: QuestionResult, current: QuestionResult) -> dict[str, bool]:
    """Return for each cell that both waves publish whether its change is clear; only rounded numbers are used.

    The result is empty if the kind of question changed, or if one result is in bands and the other in options.
    """
    if (previous.variable, previous.kind, previous.detail) != (current.variable, current.kind, current.detail):
        return {}
    n_1, n_2 = current.base or 0, previous.base or 0
    return {
        now.code: difference(count_1=now.count, n_1=n_1, count_2=before.count, n_2=n_2).clear_change
        for now in current.cells
        if (before := previous.cell(now.code))
    }
