"""Pages of questions in two rounds between which nothing changed: how often a page says that something did."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from app.core.results.change import Change, Movement, movements
from tests.support.two_rounds import LEVELS, SIZES, compare, options, published

QUESTIONS = (14, 20)
AT_ONCE = 250
CALLED = {Movement.ROSE, Movement.FELL}


@dataclass(frozen=True)
class Page:
    """A page: how many questions, what they share (correlation of latent answers), and who came twice, how alike."""

    questions: int
    sizes: tuple[int, int]
    common: float
    overlap: float
    alike: float


def pages() -> Iterator[Page]:
    """Yield the grid of pages."""
    for questions, sizes, common, (overlap, alike) in product(
        QUESTIONS, SIZES, (0.0, 0.5), ((0.0, 0.0), (0.3, 0.4), (0.6, 0.8))
    ):
        yield Page(questions, sizes, common, overlap, alike)


def wrong_pages(page: Page, size: int, rng: np.random.Generator) -> float:
    """Return the share of pages that name a change, where there is none."""
    known = cache(lambda numbers: compare(np.array(numbers), None))
    wrong = 0
    for start in range(0, size, AT_ONCE):
        rows = _rows(page, min(AT_ONCE, size - start), rng)
        for one in range(rows.shape[1]):
            changes: list[Change | None] = [known(tuple(row)) for row in rows[:, one].tolist()]
            wrong += not CALLED.isdisjoint(movements(changes))
    return wrong / size


def _rows(page: Page, size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return the published numbers, by question and page."""
    (first, second), twice = page.sizes, round(page.overlap * min(page.sizes))
    before, fresh = (_latent(page, (size, people), rng) for people in (first, second))
    after = fresh
    after[:, :twice] = page.alike * before[:, :twice] + np.sqrt(1 - page.alike**2) * fresh[:, :twice]
    rows = []
    for question in range(page.questions):
        edges = _edges(LEVELS[question % len(LEVELS)])
        then, now = (np.searchsorted(edges, side[:, :, question]) for side in (before, after))
        both = _counted(then[:, :twice] * 5 + now[:, :twice], 25).reshape(size, 5, 5)
        rows.append(published(_counted(then, 5), _counted(now, 5), both))
    return np.array(rows)


def _latent(page: Page, shape: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    person = rng.standard_normal((*shape, 1), dtype=np.float32)
    answers = rng.standard_normal((*shape, page.questions), dtype=np.float32)
    return np.float32(page.common**0.5) * person + np.float32((1 - page.common) ** 0.5) * answers


def _edges(level: float) -> NDArray[np.float32]:
    """Return the four limits that cut a standard normal answer into the five options."""
    return np.array([NormalDist().inv_cdf(up_to) for up_to in np.cumsum(options(level))[:-1]], dtype=np.float32)


def _counted(codes: NDArray[np.int64], kinds: int) -> NDArray[np.int64]:
    """Return how often each code occurs in each row."""
    offset = codes + kinds * np.arange(len(codes))[:, None]
    return np.bincount(offset.ravel(), minlength=kinds * len(codes)).reshape(len(codes), kinds)
