"""Whether the share of people who agree changed between two rounds, from published numbers only. Why: docs/adr/0044."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

from app.core.results.published import PERCENTAGES_FROM
from app.core.results.statistics import ROUNDING, Interval, Share, rounding_half_width


@dataclass(frozen=True)
class SamePeople:
    """What is published about the people who answered a question in both rounds, each number rounded separately.

    Args:
        n: how many they are.
        then: how many of them agreed in the earlier round.
        now: how many of them agreed in the later round.
        up: how many of them moved to a higher band.
        down: how many of them moved to a lower band.
    """

    n: int
    then: int
    now: int
    up: int
    down: int


@dataclass(frozen=True)
class Change:
    """The later share minus the earlier one, with its 95% interval (-1 to 1).

    ``p_value`` is of one test that nothing changed; ``base`` is the smaller number of people of the two rounds.
    """

    value: float
    interval: Interval
    p_value: float
    base: int


class Movement(enum.StrEnum):
    """What is said about a question between two rounds."""

    ROSE = "rose"
    FELL = "fell"
    NO_CLEAR_CHANGE = "no_clear_change"
    TOO_FEW = "too_few"


def change(then: Share, now: Share, same: SamePeople | None) -> Change:
    """Return the change between two rounds; sampling, rounding and the people who answered both are allowed for.

    The interval is the widest that the published numbers leave possible. Without ``same`` nobody is known to have
    answered twice. The finite-population correction applies if both populations are known.

    Sources: Newcombe 1998, Statistics in Medicine 17, 873-890, method 10 (separate samples), and 2635-2650, method 10
    (the same people); Zou and Donner 2008, Statistics in Medicine 27, 1693-1702 (MOVER, the general form of both).
    """
    if then.population is None or now.population is None:
        then, now = replace(then, population=None), replace(now, population=None)
    before, after = then.sampling_range(), now.sampling_range()
    correlation, rounding = _correlation(then, now, same), rounding_half_width(then, now)
    value = now.value - then.value
    down = _third_side(now.value - after.low, before.high - then.value, correlation)
    up = _third_side(after.high - now.value, then.value - before.low, correlation)
    low, high = value - math.hypot(down, rounding), value + math.hypot(up, rounding)
    interval = Interval(max(-1.0, low), min(1.0, high))
    return Change(value, interval, _p_value(then, now, correlation), min(then.base, now.base))


def _third_side(one: float, other: float, correlation: float) -> float:
    """Return the distance of a difference from its limit, given the distances of the two shares from theirs."""
    return math.sqrt(max(0.0, one * one + other * other - 2 * correlation * one * other))


def _p_value(then: Share, now: Share, correlation: float) -> float:
    """Return the two-sided p-value of the score test of equal shares (pooled), with the variance of rounding added."""
    pooled = min(1.0, (then.count + now.count) / (then.base + now.base))
    before, after = (math.sqrt(pooled * (1 - pooled) * share.unsampled / share.base) for share in (then, now))
    sampling = _third_side(before, after, correlation)
    deviation = math.sqrt(sampling**2 + then.rounding_variance + now.rounding_variance)
    return 2 * (1 - NormalDist().cdf(abs(now.value - then.value) / deviation))


def _correlation(then: Share, now: Share, same: SamePeople | None) -> float:
    """Return the lowest correlation of the two sampled shares (-1 to 1) that the published numbers leave possible.

    With m people in both samples, from one population of N, the covariance of the shares is S (m / (n1 n2) - 1 / N);
    S is the covariance of one person's two answers. If the bracket is positive, the lowest S makes the interval widest;
    if fewer people came twice than by chance, the highest does.

    Source: Wood 2008, Journal of Official Statistics 24, 53-78.
    """
    population = max(then.population, now.population) if then.population and now.population else math.inf
    unit = math.sqrt(then.unsampled / then.base * now.unsampled / now.base)
    if not unit:
        return 0.0
    twice = max(0.0, then.base + now.base - population, same.n - ROUNDING if same else 0.0)
    bracket = twice / (then.base * now.base) - 1 / population
    answers = _least_correlation(same) if bracket > 0 else 1.0
    return max(-1.0, min(1.0, answers * bracket / unit))


def _least_correlation(same: SamePeople | None) -> float:
    """Return a lower bound of the correlation of the same people's answers, at least 0, from rounded numbers.

    Those who agreed at first and did not move down still agree; those who agree now and did not move up agreed before.
    Answers of the same people that go against each other are left out of account.
    """
    if same is None or same.n < 1:
        return 0.0
    stayed = max(same.then - same.down, same.now - same.up) - 2 * ROUNDING
    overlap = same.then + same.now - same.n - 3 * ROUNDING
    then, now = min(1.0, same.then / same.n), min(1.0, same.now / same.n)
    spread = math.sqrt(then * (1 - then) * now * (1 - now))
    covariance = max(stayed, overlap, 0) / same.n - then * now
    return max(0.0, min(1.0, covariance / spread)) if spread else 0.0


def benjamini_hochberg(p_values: Sequence[float], rate: float = 0.05) -> tuple[bool, ...]:
    """Return for each p-value whether it stands out, so that at most ``rate`` of those that do are expected by chance.

    Source: Benjamini and Hochberg 1995, Journal of the Royal Statistical Society B 57, 289-300; holds as well for
    tests that are positively dependent (Benjamini and Yekutieli 2001, Annals of Statistics 29, 1165-1188).
    """
    ranked = sorted(p_values)
    passed = [p for rank, p in enumerate(ranked, start=1) if p <= rate * rank / len(ranked)]
    return tuple(p <= passed[-1] if passed else False for p in p_values)


def movements(changes: Sequence[Change | None]) -> tuple[Movement, ...]:
    """Return the word for each question of a page; None stands for a question without comparable results.

    A change is named only if it stands out among all questions of the page and its own interval leaves out zero.
    """
    tested = [one for one in changes if one and one.base >= PERCENTAGES_FROM]
    clear = iter(benjamini_hochberg([one.p_value for one in tested]))
    return tuple(
        _movement(one, next(clear)) if one and one.base >= PERCENTAGES_FROM else Movement.TOO_FEW for one in changes
    )


def _movement(one: Change, stands_out: bool) -> Movement:
    if not stands_out or one.interval.low <= 0 <= one.interval.high:
        return Movement.NO_CLEAR_CHANGE
    return Movement.ROSE if one.value > 0 else Movement.FELL
