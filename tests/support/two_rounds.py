"""Two rounds drawn by chance with known truth, published as releases are, and how often intervals hold the truth."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from app.core.results.change import Change, SamePeople, change
from app.core.results.statistics import Share
from app.core.results.themes import index_change, measure

Array = NDArray[np.int64]
SIZES = ((34, 106), (112, 106))
LEVELS = (0.1, 0.3, 0.5, 0.7, 0.9)
CHANGES = (0.0, 0.1, 0.2)
OVERLAPS = (0.0, 0.3, 0.6)
CORRELATIONS = (0.0, 0.4, 0.8)
POPULATIONS = (None, 250, 589)
SPLIT = (0.4, 0.6, 0.4, 0.35, 0.25)
"""How those who agree share two options, and all others three."""
BAND = np.array([0, 0, 1, 2, 2])
FEWEST_SAME = 10
SCORES = {"5": 100.0, "4": 75.0, "3": 50.0, "2": 25.0, "1": 0.0}


@dataclass(frozen=True)
class Point:
    """One point of the grid: the truth, the two sizes, who came twice, and how alike a person's two answers are.

    ``overlap`` is a share of the smaller round. ``population`` None: everybody is drawn afresh from the shares.
    """

    level: float
    change: float
    overlap: float
    correlation: float
    sizes: tuple[int, int]
    population: int | None = None

    @property
    def later(self) -> float:
        """The true share of the later round: higher, or lower where there is no room above."""
        return self.level + (self.change if self.level + self.change < 0.95 else -self.change)

    @property
    def twice(self) -> int:
        """The number of people who came twice."""
        return round(self.overlap * min(self.sizes))


def grid() -> Iterator[Point]:
    """Yield the whole grid; who came twice has no correlation to vary where nobody did and nobody could."""
    for level, step, overlap, correlation, sizes, population in product(
        LEVELS, CHANGES, OVERLAPS, CORRELATIONS, SIZES, POPULATIONS
    ):
        if overlap or population or not correlation:
            yield Point(level, step, overlap, correlation, sizes, population)


def options(level: float) -> NDArray[np.float64]:
    """Return the shares of the five options where so many agree."""
    return np.array(SPLIT) * np.array([level, level, *[1 - level] * 3])


def joint(before: NDArray[np.float64], after: NDArray[np.float64], correlation: float) -> NDArray[np.float64]:
    """Return the joint shares of one person's two answers: in order with each other so often, else independent."""
    edges = [np.concatenate([[0], np.cumsum(side)]) for side in (before, after)]
    upper = np.minimum(edges[0][1:, None], edges[1][None, 1:])
    lower = np.maximum(edges[0][:-1, None], edges[1][None, :-1])
    return correlation * np.clip(upper - lower, 0, None) + (1 - correlation) * np.outer(before, after)


def draw(point: Point, size: int, rng: np.random.Generator) -> tuple[Array, Array, Array, float]:
    """Return exact counts, by draw: options of each round, and the 5 by 5 table of who came twice; and the truth."""
    shares = joint(options(point.level), options(point.later), point.correlation)
    twice, (first, second) = point.twice, point.sizes
    if point.population is None:
        both = rng.multinomial(twice, shares.ravel(), size=size).reshape(size, 5, 5)
        once_before = rng.multinomial(first - twice, shares.sum(axis=1), size=size)
        once_after = rng.multinomial(second - twice, shares.sum(axis=0), size=size)
        return both.sum(axis=2) + once_before, both.sum(axis=1) + once_after, both, point.later - point.level
    edges = np.rint(np.cumsum(shares.ravel()) * point.population).astype(int)
    people = np.diff(edges, prepend=0)
    drawn = _without_replacement(people, (twice, first - twice, second - twice), (size, rng))
    both, once_before, once_after = (part.reshape(size, 5, 5) for part in drawn)
    before, after = both.sum(axis=2) + once_before.sum(axis=2), both.sum(axis=1) + once_after.sum(axis=1)
    table = people.reshape(5, 5)
    truth = (table[:, :2].sum() - table[:2].sum()) / point.population
    return before, after, both, float(truth)


def _without_replacement(people: Array, takes: tuple[int, ...], run: tuple[int, np.random.Generator]) -> list[Array]:
    """Return for each take the counts by kind of person; nobody is taken twice."""
    size, rng = run
    left = np.tile(people, (size, 1))
    parts = []
    for take in takes:
        part, wanted = np.zeros_like(left), np.full(size, take)
        for kind in range(left.shape[1]):
            others = left[:, kind + 1 :].sum(axis=1)
            part[:, kind] = rng.hypergeometric(left[:, kind], others, wanted)
            wanted = wanted - part[:, kind]
        left = left - part
        parts.append(part)
    return parts


def rounded(numbers: Array) -> Array:
    """Return numbers rounded to the nearest 5, as published."""
    return (numbers + 2) // 5 * 5


def published(before: Array, after: Array, both: Array) -> Array:
    """Return a row for each draw: agreeing and all of either round, then who came twice, as a release publishes them.

    Options are rounded on their own and added; the same people are counted in bands, each rounded once.
    """
    sums = [part for side in (before, after) for part in (rounded(side)[:, :2].sum(axis=1), rounded(side).sum(axis=1))]
    bands = BAND[None, :] - BAND[:, None]
    same = [
        both.sum(axis=(1, 2)),
        both[:, :2].sum(axis=(1, 2)),
        both[:, :, :2].sum(axis=(1, 2)),
        both[:, bands < 0].sum(axis=1),
        both[:, bands > 0].sum(axis=1),
    ]
    return np.stack([*sums, *(rounded(part) for part in same)], axis=1)


def compare(row: Array, population: int | None, knows_same: bool = True) -> Change:
    """Return the change that the product publishes for a row of numbers."""
    before, all_before, after, all_after, *same = (int(number) for number in row)
    then = Share(before, all_before, parts=2, population=population)
    now = Share(after, all_after, parts=2, population=population)
    return change(then, now, SamePeople(*same) if knows_same and same[0] >= FEWEST_SAME else None)


def for_each_kind(rows: Array, answer: Callable[[Array], tuple[float, ...]]) -> NDArray[np.float64]:
    """Return ``answer`` for every row; equal rows, of which there are many, are worked out once."""
    kinds, which = np.unique(rows, axis=0, return_inverse=True)
    return np.array([answer(kind) for kind in kinds])[which.ravel()]


def coverage(point: Point, size: int, rng: np.random.Generator, knows_same: bool = True) -> tuple[float, float]:
    """Return how often the published interval of the change holds the truth, and its mean width."""
    before, after, both, truth = draw(point, size, rng)

    def interval(row: Array) -> tuple[float, float]:
        found = compare(row, point.population, knows_same).interval
        return found.low, found.high

    limits = for_each_kind(published(before, after, both), interval)
    held = (limits[:, 0] <= truth + 1e-12) & (truth - 1e-12 <= limits[:, 1])
    return float(held.mean()), float((limits[:, 1] - limits[:, 0]).mean())


def share_coverage(point: Point, size: int, rng: np.random.Generator) -> float:
    """Return how often the likely range of the earlier round's share holds the truth among all who could answer."""
    before, *_ = draw(point, size, rng)
    limits = for_each_kind(
        np.stack([rounded(before)[:, :2].sum(axis=1), rounded(before).sum(axis=1)], axis=1),
        lambda row: (
            (found := Share(int(row[0]), int(row[1]), 2, point.population).likely_range()).low,
            found.high,
        ),
    )
    people = point.population
    truth = point.level if people is None else float(np.rint(point.level * people)) / people
    held = (limits[:, 0] <= truth + 1e-12) & (truth - 1e-12 <= limits[:, 1])
    return float(held.mean())


def index_coverage(point: Point, size: int, rng: np.random.Generator) -> float:
    """Return how often the interval of the change of a question's score holds the truth: a theme of one question."""
    before, after, *_ = draw(point, size, rng)

    def interval(row: Array) -> tuple[float, float]:
        sides = [measure(dict(zip(SCORES, side.tolist(), strict=True)), SCORES) for side in (row[:5], row[5:])]
        found = index_change(sides[:1], sides[1:])
        return (found.interval.low, found.interval.high) if found else (np.nan, np.nan)

    limits = for_each_kind(np.concatenate([rounded(before), rounded(after)], axis=1), interval)
    truth = float((options(point.later) - options(point.level)) @ np.array(list(SCORES.values())))
    return float(((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean())
