"""Pools the values of a dimension into groups that are large enough to publish, also after differencing.

Sets of people are bit masks: bit i is the i-th record. Why: docs/adr/0007, steps 3 and 4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

SMALLEST_GROUP = 10
MOST_GROUPS = 6


@dataclass(frozen=True)
class Group:
    """The people who have one of ``values`` in a dimension."""

    dimension: str
    values: tuple[str, ...]
    members: int

    @property
    def size(self) -> int:
        """The number of people."""
        return self.members.bit_count()


Cut = tuple[Group, ...]
"""Groups of one dimension that partition all records; empty if the dimension is not published."""


def mask(flags: Iterable[bool]) -> int:
    """Return the set of positions at which a flag is true."""
    digits = "".join("1" if flag else "0" for flag in flags)
    return int(digits[::-1] or "0", 2)


def split(dimension: str, values: Sequence[str], listed: Iterable[str] = ()) -> Cut:
    """Return one group for each value, ordered by value.

    Args:
        dimension: the dimension's name.
        values: the value of each record, in the records' order.
        listed: values that get a group even if no record has them, so that the name of a pooled group does not
            disclose which of them occurred.
    """
    every = sorted({*values, *listed})
    return tuple(Group(dimension, (v,), mask(value == v for value in values)) for v in every)


def merge_smallest(cut: Cut) -> Cut:
    """Return the cut with its two smallest groups merged; ties are broken by the names of the values."""
    first, second, *rest = sorted(cut, key=lambda group: (group.size, group.values))
    values = tuple(sorted(first.values + second.values))
    merged = Group(first.dimension, values, first.members | second.members)
    return tuple(sorted((merged, *rest), key=lambda group: group.values))


def pool(cut: Cut, smallest: int = SMALLEST_GROUP, most: int = MOST_GROUPS) -> Cut:
    """Merge the two smallest groups until all have ``smallest`` people and there are at most ``most``.

    If only one group is left, it would repeat "everyone": the empty cut is returned.
    """
    while len(cut) > 1 and (len(cut) > most or min(group.size for group in cut) < smallest):
        cut = merge_smallest(cut)
    return cut if len(cut) > 1 else ()


def gate(cuts: Sequence[Cut], fixed: Sequence[Cut] = (), smallest: int = SMALLEST_GROUP) -> tuple[Cut, ...]:
    """Merge groups until no difference of nested published sets has 1 to ``smallest`` - 1 people.

    Terminates, because each step removes a group.

    Args:
        cuts: the pooled cuts of all dimensions over the same records.
        fixed: cuts that are published unchanged, like {answered both waves, the rest}; they are never merged.
        smallest: the minimum size of a non-empty difference.

    Returns:
        The cuts in the given order; a cut that was reduced to a single group is empty.
    """
    open_cuts = list(cuts)
    while (index := _find_breach(open_cuts, fixed, smallest)) is not None:
        merged = merge_smallest(open_cuts[index])
        open_cuts[index] = merged if len(merged) > 1 else ()
    return tuple(open_cuts)


def publishable(cuts: Sequence[Cut], answered: int, smallest: int = SMALLEST_GROUP) -> tuple[bool, ...]:
    """Return for each cut whether it can publish a question that some people skipped or were not shown.

    Among those who answered the question, each group needs at least ``smallest`` people, and no difference between
    published cuts may have 1 to ``smallest`` - 1. Empty groups are not allowed either: if nobody in a group was shown a
    question, the routing discloses what all of them answered before, and a group of all who answered would repeat
    "everyone". Earlier cuts have priority.

    Args:
        cuts: the cuts published for the wave; those already frozen come first.
        answered: the set of people who answered the question.
        smallest: the minimum size of a group and of a non-empty difference.
    """
    shown: list[Cut] = []
    flags = []
    for cut in cuts:
        among = tuple(replace(group, members=group.members & answered) for group in cut)
        is_large = all(group.size >= smallest for group in among)
        is_close = any(too_close(among, old, smallest) or too_close(old, among, smallest) for old in shown)
        flags.append(is_large and not is_close)
        shown += [among] if flags[-1] else []
    return tuple(flags)


def _find_breach(cuts: Sequence[Cut], fixed: Sequence[Cut], smallest: int) -> int | None:
    """Return the index of the first cut that must be merged further, or None."""
    everything = [*cuts, *fixed]
    for outer, inner in permutations(range(len(everything)), 2):
        if min(outer, inner) < len(cuts) and too_close(everything[outer], everything[inner], smallest):
            return inner if inner < len(cuts) else outer
    return None


def too_close(outer: Cut, inner: Cut, smallest: int = SMALLEST_GROUP) -> bool:
    """Return whether subtracting groups of one cut from groups of another leaves 1 to ``smallest`` - 1 people.

    Every sum of the outer cut's groups is tried, not only single groups, because a reader can add up the columns of a
    table.
    """
    return any(_leaves_few(whole, inner, smallest) for whole in _unions(outer))


def _leaves_few(whole: int, inner: Cut, smallest: int) -> bool:
    inside = _union(group.members for group in inner if group.members & ~whole == 0)
    return inside != 0 and 0 < (whole & ~inside).bit_count() < smallest


def _unions(cut: Cut) -> Iterable[int]:
    members = [group.members for group in cut]
    return (_union(some) for size in range(1, len(members) + 1) for some in combinations(members, size))


def _union(sets: Iterable[int]) -> int:
    whole = 0
    for members in sets:
        whole |= members
    return whole
