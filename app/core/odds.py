"""What chance alone explains: rank correlation, binomial bounds, and a two-sample test.

Sources: Kendall 1938 (tau); exact binomial tail; Kolmogorov-Smirnov with Marsaglia's asymptotic series.
"""

import math
from collections.abc import Sequence
from statistics import NormalDist


def kendall_tau(order: Sequence[int]) -> float:
    """Return Kendall's tau of an order with 0, 1, 2 …: 1 for the same order, -1 for the reverse, near 0 for none."""
    n = len(order)
    if n < 2:
        return 0.0
    agree = sum(1 if order[i] < order[j] else -1 for i in range(n) for j in range(i + 1, n))
    return agree / (n * (n - 1) / 2)


def tau_bound(n: int, looks: int, luck: float = 0.001) -> float:
    """Return the two-sided critical value of tau under the null hypothesis of no association (Bonferroni-corrected).

    Args:
        n: the number of ranked items.
        looks: the number of tests.
        luck: the family-wise error rate over all tests.
    """
    sigma = math.sqrt(2 * (2 * n + 5) / (9 * n * (n - 1)))
    return min(1.0, NormalDist().inv_cdf(1 - luck / (2 * max(1, looks))) * sigma)


def pairs_bound(sizes: Sequence[int], luck: float = 0.001) -> float:
    """Return the two-sided critical value of the share of concordant pairs under the null hypothesis.

    Args:
        sizes: the size of each group; a pair is two members of one group. Groups are independent.
        luck: the significance level.

    Source: the variance of Kendall's tau, as in :func:`tau_bound`, pooled over all groups.
    """
    pairs = sum(n * (n - 1) / 2 for n in sizes)
    if not pairs:
        return 1.0
    variance = sum(n * (n - 1) * (2 * n + 5) / 72 for n in sizes)
    return min(1.0, 0.5 + NormalDist().inv_cdf(1 - luck / 2) * math.sqrt(variance) / pairs)


def most_by_luck(tries: int, chance: float, luck: float = 0.001) -> int:
    """Return the binomial critical value: more hits than this have a probability below ``luck``."""
    tail = 1.0
    for hits in range(tries + 1):
        tail -= math.comb(tries, hits) * chance**hits * (1 - chance) ** (tries - hits)
        if tail < luck:
            return hits
    return tries


def same_source(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the p-value of the two-sample Kolmogorov-Smirnov test that both samples have one distribution."""
    first, second = sorted(one), sorted(other)
    distance, i, j = 0.0, 0, 0
    while i < len(first) and j < len(second):
        value = min(first[i], second[j])
        while i < len(first) and first[i] <= value:
            i += 1
        while j < len(second) and second[j] <= value:
            j += 1
        distance = max(distance, abs(i / len(first) - j / len(second)))
    size = math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    scaled = (size + 0.12 + 0.11 / size) * distance
    if scaled < 0.2:  # the series does not converge here; the p-value is 1 to ten decimal places
        return 1.0
    series = sum((-1) ** (k - 1) * math.exp(-2 * k * k * scaled * scaled) for k in range(1, 101))
    return float(max(0.0, min(1.0, 2 * series)))
