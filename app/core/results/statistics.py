"""Confidence intervals for a proportion, by closed formulas.

``wilson`` takes published numbers as they are. :class:`Share` also allows for the rounding and for a known population;
``change`` and ``themes`` build on it. Why: docs/adr/0044.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

from app.core.results.published import STEP

Z_95 = 1.96
"""Standard normal quantile of a two-sided 95% interval."""
ROUNDING = STEP // 2
"""The largest error of a published number: an exact count is at most 2 away from it."""
ROUNDING_VARIANCE = (STEP * STEP - 1) / 12
"""The variance of one rounding error, uniform on -2, -1, 0, 1 and 2: 2 people squared."""
FEW = 2 * STEP
"""Where so few people are on one side of a share, its options have 1 to 4 people each, and errors are not uniform."""
AGREE_PARTS = 2
"""A share of people who agree adds two options, "agree a lot" and "agree", each rounded on its own."""


@dataclass(frozen=True)
class Interval:
    """A closed confidence interval."""

    low: float
    high: float


def wilson(count: int, n: int) -> Interval:
    """Return the 95% Wilson score interval of ``count`` among ``n`` people, without continuity correction.

    Raises:
        ValueError: n is below 1, or count is not 0 to n.

    Source: Wilson 1927, Journal of the American Statistical Association 22, 209-212; method 3 of Newcombe 1998,
    Statistics in Medicine 17, 857-872.
    """
    if n < 1 or not 0 <= count <= n:
        raise ValueError(f"{count} of {n} is not a proportion")
    return _score_interval(count / n, n)


def _score_interval(p: float, n: float) -> Interval:
    """Return Wilson's interval of a proportion ``p`` with the precision of a simple random sample of ``n`` people."""
    square = Z_95 * Z_95
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    # At 0 and 1 the formula gives exactly 0 and 1; floating-point error is about 1e-17.
    low = 0.0 if p == 0 else centre - half
    high = 1.0 if p == 1 else centre + half
    return Interval(low, high)


@dataclass(frozen=True)
class Share:
    """A published share: about ``count`` of ``base`` people.

    Args:
        count: people, the sum of ``parts`` separately rounded numbers.
        base: the people who answered: one rounded number, or the sum of the rounded numbers of all options.
        parts: how many rounded numbers ``count`` adds: 2 for "agree a lot" and "agree".
        population: how many people could have answered (not rounded); None if that is not known.

    Raises:
        ValueError: count or base is not a multiple of 5, which no published number is; the base is below 5; the count
            is negative or higher than rounding can bring it above the base; parts or population is below 1.
    """

    count: int
    base: int
    parts: int = 1
    population: int | None = None

    def __post_init__(self) -> None:
        if self.count % STEP or self.base % STEP:
            raise ValueError(f"{self.count} of {self.base} is not rounded to {STEP}")
        if self.parts < 1 or (self.population is not None and self.population < 1):
            raise ValueError(f"{self.parts} parts, a population of {self.population}")
        if self.base < STEP or not 0 <= self.count <= self.base + ROUNDING * (self.parts + 1):
            raise ValueError(f"{self.count} of {self.base} is not a proportion")

    @property
    def value(self) -> float:
        """The share, 0 to 1. Several rounded numbers can add up to more than the base: that is 1."""
        return min(1.0, self.count / self.base)

    @property
    def unsampled(self) -> float:
        """The finite-population correction of the variance, (N - n) / (N - 1): 1 if the population is not known.

        Source: Cochran 1977, Sampling Techniques, 3rd edition, section 2.6.
        """
        if self.population is None:
            return 1.0
        return max(0.0, (self.population - self.base) / max(1, self.population - 1))

    @property
    def rounding_variance(self) -> float:
        """The variance of the share that comes from rounding count and base, by the delta method.

        If the base is the sum of all options, their errors partly cancel. For two or more of five options the variance
        is then lower than this one, for every share. With ``FEW`` people on one side, each error has the largest
        variance that it can have (always 2 away).
        """
        few = min(self.count, self.base - self.count) <= FEW
        each = ROUNDING**2 if few else ROUNDING_VARIANCE
        return each * (self.parts + self.value**2) / self.base**2

    @property
    def most_rounding(self) -> float:
        """The largest error of the share that rounding count and base can cause (to first order)."""
        return ROUNDING * (self.parts + self.value) / self.base

    def sampling_range(self) -> Interval:
        """Return the 95% interval for sampling alone: Wilson's, with the sample size n / ((N - n) / (N - 1)).

        That is the interval of Wilson's test with the variance of sampling without replacement.

        Source: Wilson 1927, as in :func:`wilson`; Cochran 1977, as in :attr:`unsampled`.
        """
        if not self.unsampled:
            return Interval(self.value, self.value)
        return _score_interval(self.value, self.base / self.unsampled)

    def likely_range(self) -> Interval:
        """Return the 95% interval of the share among all who could answer, sampling and rounding together.

        The distances of both to the share are combined as the root of the sum of their squares (MOVER). With 5 people
        or fewer on one side they are added, since the fewer answered so, the more are lost in rounding.

        Source: Zou and Donner 2008, Statistics in Medicine 27, 1693-1702.
        """
        value, sampling, rounding = self.value, self.sampling_range(), rounding_half_width(self)
        few = min(self.count, self.base - self.count) <= STEP
        left, right = value - sampling.low, sampling.high - value
        low = value - (left + rounding if few else math.hypot(left, rounding))
        high = value + (right + rounding if few else math.hypot(right, rounding))
        return Interval(max(0.0, low), min(1.0, high))


def whole_percent(share: float) -> int:
    """Return a share or a change (-1 to 1) in whole percent; halves are rounded up, as in every published number."""
    return math.floor(100 * share + 0.5)


def rounding_half_width(*shares: Share) -> float:
    """Return the half-width of the 95% interval for the rounding of a sum or difference of shares.

    It is normal for many rounded numbers, and never wider than all errors at their largest.
    """
    likely = Z_95 * math.sqrt(sum(share.rounding_variance for share in shares))
    return min(likely, sum(share.most_rounding for share in shares))


def margin(n: int, population: int | None = None) -> float:
    """Return how far the share of people who agree is likely to be from the truth: half the likely range at about 50%.

    Args:
        n: the published number of people who took part.
        population: how many people could take part, if known.

    Returns:
        The margin (0 to 1), where it is widest.

    Raises:
        ValueError: n is not a published number of at least 5.
    """
    half = n // (2 * STEP) * STEP
    widest = Share(half, n, AGREE_PARTS, population).likely_range()
    return (widest.high - widest.low) / 2


def smallest_change(n_then: int, n_now: int, p: float = 0.5, *, power: float = 0.8, parts: int = AGREE_PARTS) -> float:
    """Return the smallest change (0 to 1) that two separate rounds show with the given power, at one test of 5%.

    Rounding counts: at two rounds of 110 it is 20 points. With exact numbers (``parts`` 0) it would be 19, the figure
    of the textbook; published numbers show a change of 19 points with a power of 74%.

    Args:
        n_then: people in the earlier round, planned or published.
        n_now: people in the later round.
        p: the share about which the change is expected (0 to 1); 0.5 gives the largest result.
        power: the chance of showing a change of this size (0 to 1).
        parts: how many rounded numbers the share adds.

    Raises:
        ValueError: a number of people is below 1, p or power is not between 0 and 1, or parts is negative.

    Source: Fleiss, Levin and Paik 2003, Statistical Methods for Rates and Proportions, 3rd edition, chapter 4.
    """
    if min(n_then, n_now) < 1 or not 0 < p < 1 or not 0 < power < 1 or parts < 0:
        raise ValueError(f"no smallest change for {n_then} and {n_now} people, share {p}, power {power}")
    rounding = ROUNDING_VARIANCE * (parts + p * p) if parts else 0.0
    variance = sum(p * (1 - p) / n + rounding / n**2 for n in (n_then, n_now))
    return (Z_95 + NormalDist().inv_cdf(power)) * math.sqrt(variance)
