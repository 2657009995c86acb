"""The sets of people that an audit protects: all of 1 to 9 people that somebody could ask about."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import combinations, permutations

from app.core.results.pooling import SMALLEST_GROUP

MOST_WAYS = 3


def small_sets(dimensions: Sequence[Sequence[object]], published: Iterable[int]) -> list[int]:
    """Return the sets of 1 to 9 people that must not be determined, the smallest first.

    They are the combinations of all dimensions, the cells of one to three dimensions, the differences of two published
    sets, and every person alone: of a larger set in which all must have answered alike, each is determined.

    Args:
        dimensions: for each dimension everybody's value, among them whether they took part in the other wave.
        published: the sets of people about whom numbers are published.
    """
    ways = [*range(1, min(MOST_WAYS, len(dimensions)) + 1), len(dimensions)]
    found = {cell for n in ways for some in combinations(dimensions, n) for cell in _cells(some)}
    sets = {*published}
    found |= {one & ~other for one, other in permutations(sets, 2)} | sets
    found |= {1 << person for person in range(len(dimensions[0]))}
    return sorted((s for s in found if 0 < s.bit_count() < SMALLEST_GROUP), key=lambda s: (s.bit_count(), s))


def _cells(dimensions: Sequence[Sequence[object]]) -> Iterable[int]:
    cells: dict[tuple[object, ...], int] = defaultdict(int)
    for person, values in enumerate(zip(*dimensions, strict=True)):
        cells[values] |= 1 << person
    return cells.values()
