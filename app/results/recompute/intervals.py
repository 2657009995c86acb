"""Likely ranges, changes, scores and their words, from rounded counts alone.

Formulas and sources: ``core/results/statistics.py``, ``change.py`` and ``themes.py``. This is a second writing of them,
to check the first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, fmean
from typing import Any

STEP, PERCENTAGES_FROM, Z_95 = 5, 30, 1.96
ERROR, ERROR_VARIANCE, FEW = 2, 2.0, 10
Row = dict[str, Any]
Parts = dict[str, Any]
Score = tuple[float, float, int]
"""A score (0 to 100), its standard error, and how many people it is of."""
Measured = tuple[float, float, float, float, int]
"""A change, its interval, its p-value, and the smaller number of people."""


@dataclass(frozen=True)
class Share:
    """About count of base people; the count adds so many rounded numbers; the population may not be known."""

    count: int
    base: int
    parts: int
    population: int | None

    @property
    def value(self) -> float:
        """The share, 0 to 1."""
        return min(1.0, self.count / self.base)

    @property
    def unsampled(self) -> float:
        """The correction for a finite population (Cochran 1977, section 2.6)."""
        if self.population is None:
            return 1.0
        return max(0.0, (self.population - self.base) / max(1, self.population - 1))

    @property
    def rounding_variance(self) -> float:
        """The variance that comes from rounding count and base."""
        each = ERROR**2 if min(self.count, self.base - self.count) <= FEW else ERROR_VARIANCE
        return each * (self.parts + self.value**2) / self.base**2


def score_interval(p: float, n: float) -> tuple[float, float]:
    """Return the 95% interval of a share p of n people (Wilson 1927, JASA 22, 209-212), 0 to 1."""
    square = Z_95 * Z_95
    centre = (p + square / (2 * n)) / (1 + square / n)
    half = Z_95 / (1 + square / n) * math.sqrt(p * (1 - p) / n + square / (4 * n * n))
    return (0.0 if p == 0 else centre - half), (1.0 if p == 1 else centre + half)


def sampling_range(share: Share) -> tuple[float, float]:
    """Return the interval for chance alone."""
    if not share.unsampled:
        return share.value, share.value
    return score_interval(share.value, share.base / share.unsampled)


def rounding_half_width(*shares: Share) -> float:
    """Return the half-width of the interval for rounding alone."""
    likely = Z_95 * math.sqrt(sum(share.rounding_variance for share in shares))
    return min(likely, sum(ERROR * (share.parts + share.value) / share.base for share in shares))


def likely_range(share: Share) -> tuple[float, float]:
    """Return the interval for chance and rounding (Zou and Donner 2008, Statistics in Medicine 27, 1693-1702)."""
    value, (low, high), rounding = share.value, sampling_range(share), rounding_half_width(share)
    few = min(share.count, share.base - share.count) <= STEP
    left, right = (side + rounding if few else math.hypot(side, rounding) for side in (value - low, high - value))
    return max(0.0, value - left), min(1.0, value + right)


def third_side(one: float, other: float, correlation: float) -> float:
    """Return the deviation of a difference of two correlated numbers."""
    return math.sqrt(max(0.0, one * one + other * other - 2 * correlation * one * other))


def change(then: Share, now: Share, same: Parts | None) -> tuple[float, float, float, float]:
    """Return the change, its 95% interval and its p-value (Newcombe 1998; Zou and Donner 2008).

    ``same`` has rounded numbers of people who answered both times: n, then, now, up and down.
    """
    if then.population is None or now.population is None:
        then, now = replace(then, population=None), replace(now, population=None)
    before, after = sampling_range(then), sampling_range(now)
    together, rounding, value = correlation(then, now, same), rounding_half_width(then, now), now.value - then.value
    down = third_side(now.value - after[0], before[1] - then.value, together)
    up = third_side(after[1] - now.value, then.value - before[0], together)
    low, high = value - math.hypot(down, rounding), value + math.hypot(up, rounding)
    pooled = min(1.0, (then.count + now.count) / (then.base + now.base))
    spread = [math.sqrt(pooled * (1 - pooled) * share.unsampled / share.base) for share in (then, now)]
    sampling = third_side(spread[0], spread[1], together)
    deviation = math.sqrt(sampling**2 + then.rounding_variance + now.rounding_variance)
    p_value = 2 * (1 - NormalDist().cdf(abs(value) / deviation))
    return value, max(-1.0, low), min(1.0, high), p_value


def correlation(then: Share, now: Share, same: Parts | None) -> float:
    """Return the lowest correlation of two shares that the published numbers leave possible (Wood 2008, JOS 24)."""
    population = max(then.population, now.population) if then.population and now.population else math.inf
    unit = math.sqrt(then.unsampled / then.base * now.unsampled / now.base)
    if not unit:
        return 0.0
    twice = max(0.0, then.base + now.base - population, same["n"] - ERROR if same else 0.0)
    bracket = twice / (then.base * now.base) - 1 / population
    answers = least_correlation(same) if bracket > 0 else 1.0
    return max(-1.0, min(1.0, answers * bracket / unit))


def least_correlation(same: Parts | None) -> float:
    """Return a lower bound, at least 0, of the correlation of the same people's answers."""
    if same is None or same["n"] < 1:
        return 0.0
    n, agreed, agrees = same["n"], same["then"], same["now"]
    stayed = max(agreed - same["down"], agrees - same["up"]) - 2 * ERROR
    before, after = min(1.0, agreed / n), min(1.0, agrees / n)
    spread = math.sqrt(before * (1 - before) * after * (1 - after))
    covariance = max(stayed, agreed + agrees - n - 3 * ERROR, 0) / n - before * after
    return max(0.0, min(1.0, covariance / spread)) if spread else 0.0


def words(tested: Sequence[Measured | None]) -> list[str]:
    """Return the word for each change (value, interval, p-value, smaller base) among all (Benjamini-Hochberg 1995)."""
    ranked = sorted(one[3] for one in tested if one and one[4] >= PERCENTAGES_FROM)
    passed = [p for rank, p in enumerate(ranked, start=1) if p <= 0.05 * rank / len(ranked)]
    found = []
    for one in tested:
        if one is None or one[4] < PERCENTAGES_FROM:
            found.append("too_few")
        elif not passed or one[3] > passed[-1] or one[1] <= 0 <= one[2]:
            found.append("no_clear_change")
        else:
            found.append("rose" if one[0] > 0 else "fell")
    return found


def measure(question: Parts, answers: Sequence[Parts]) -> Score | None:
    """Return a question's score (0 to 100), its standard error and its base (Agresti and Coull 1998)."""
    counts = {cell["code"]: cell["count"] for cell in question["cells"]}
    scored = sorted((a for a in answers if a["score"] is not None), key=lambda a: -a["score"])
    pairs = [(counts[a["code"]], a["score"]) for a in scored if a["code"] in counts]
    base = sum(n for n, _ in pairs)
    if not base:
        return None
    value = sum(n * score for n, score in pairs) / base
    weights = [(n + 4 / len(pairs)) / (base + 4) for n, _ in pairs]
    centre = sum(weight * score for weight, (_, score) in zip(weights, pairs, strict=True))
    sampling = sum(weight * (score - centre) ** 2 for weight, (_, score) in zip(weights, pairs, strict=True)) / base
    errors = [ERROR**2 if n <= STEP else ERROR_VARIANCE for n, _ in pairs]
    rounding = sum(e * (score - value) ** 2 for e, (_, score) in zip(errors, pairs, strict=True)) / base**2
    return value, math.sqrt(sampling + rounding), base


def index(scores: Sequence[Score | None]) -> float | None:
    """Return a theme's score: the mean of its questions' scores, if at least 60% of them are published."""
    shown = [score[0] for score in scores if score]
    return fmean(shown) if shown and len(shown) >= 0.6 * len(scores) else None


def index_change(then: Sequence[Score | None], now: Sequence[Score | None]) -> Measured | None:
    """Return the change of a theme's score, its interval, p-value and smallest base; None if not comparable."""
    before, after = index(then), index(now)
    pairs = [(a, b) for a, b in zip(then, now, strict=True) if a and b]
    if before is None or after is None or any(bool(a) != bool(b) for a, b in zip(then, now, strict=True)):
        return None
    error = fmean([math.hypot(a[1], b[1]) for a, b in pairs])
    value, half = after - before, Z_95 * error
    p_value = 2 * (1 - NormalDist().cdf(abs(value) / error))
    return value, value - half, value + half, p_value, min(score[2] for pair in pairs for score in pair)
