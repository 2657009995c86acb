"""Confidence intervals for a proportion and for the difference of two proportions, by closed formulas."""

import math
from dataclasses import dataclass

Z_95 = 1.96
"""Standard normal quantile of a two-sided 95% interval."""


@dataclass(frozen=True)
class Interval:
    """A closed confidence interval."""

    low: float
    high: float

    def excludes(self, value: float) -> bool:
        """Return whether a value is outside the interval."""
        return value < self.low or value > self.high


@dataclass(frozen=True)
class Difference:
    """The first proportion minus the second, with its interval (both -1 to 1)."""

    value: float
    interval: Interval

    @property
    def clear_change(self) -> bool:
        """Whether the interval excludes zero."""
        return self.interval.excludes(0.0)


def wilson(count: int, n: int, z: float = Z_95) -> Interval:
    """Return the Wilson score interval of a proportion, without continuity correction.

    Args:
        count: people with the answer, 0 to n.
        n: people who answered, at least 1.
        z: standard normal quantile.

    Raises:
        ValueError: count or n out of range.

    Source: Wilson 1927, Journal of the American Statistical Association 22, 209-212; method 3 of Newcombe 1998,
    Statistics in Medicine 17, 857-872.
    """
    if n < 1 or not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is not a proportion")
    p = count / n
    square = z * z
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    # At 0 and n the formula gives exactly 0 and 1; floating-point error is about 1e-17.
    low = 0.0 if count == 0 else centre - half
    high = 1.0 if count == n else centre + half
    return Interval(low, high)


def difference(*, count_1: int, n_1: int, count_2: int, n_2: int, z: float = Z_95) -> Difference:
    """Return the difference of two independent proportions (first minus second) with Newcombe's hybrid score interval.

    Overlap between the samples makes the true interval narrower, so between waves the method is conservative.

    Args:
        count_1: people with the answer in the first sample, 0 to n_1.
        n_1: people in the first sample, at least 1.
        count_2: people with the answer in the second sample, 0 to n_2.
        n_2: people in the second sample, at least 1.
        z: standard normal quantile.

    Raises:
        ValueError: a count or n out of range.

    Source: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10.
    """
    first, second = wilson(count_1, n_1, z), wilson(count_2, n_2, z)
    p_1, p_2 = count_1 / n_1, count_2 / n_2
    value = p_1 - p_2
    low = value - math.hypot(p_1 - first.low, second.high - p_2)
    high = value + math.hypot(first.high - p_1, p_2 - second.low)
    return Difference(value, Interval(low, high))
