"""Pools the values of a dimension into groups that are large enough to show and that no other dimension cuts small.

Sets of people are bit masks: bit i is the i-th record. Why: docs/adr/0007. steps 3 and 4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations

SMALLEST_GROUP = 10
MOST_GROUPS = 6


@dataclass(frozen=True)
class Group:
    """The people who share one of some values in a dimension."""

    dimension: str
    values: tuple[str, ...]
    members: int

    @property
    def size(self) -> int:
        """The number of people."""
        return self.members.bit_count()


Cut = tuple[Group, ...]
"""Groups of one dimension that share everyone out between them; empty when the dimension is not shown."""


def mask(flags: Iterable[bool]) -> int:
    """Return the set of positions at which a flag is true."""
    digits = "".join("1" if flag else "0" for flag in flags)
    return int(digits[::-1] or "0", 2)


def split(dimension: str, values: Sequence[str], listed: Iterable[str] = ()) -> Cut:
    """Return one group for each value, ordered by value.

    Args:
        dimension: the dimension's name.
        values: the value of each record, in the records' order.
        listed: values that get a group even if no record has them, so that the name of a pooled group does not tell
            which of them occurred.
    """
    every = sorted({*values, *listed})
    return tuple(Group(dimension, (v,), mask(value == v for value in values)) for v in every)


def merge_smallest(cut: Cut) -> Cut:
    """Return the cut with its two smallest groups made one; ties go by the values' names."""
    first, second, *rest = sorted(cut, key=lambda group: (group.size, group.values))
    values = tuple(sorted(first.values + second.values))
    merged = Group(first.dimension, values, first.members | second.members)
    return tuple(sorted((merged, *rest), key=lambda group: group.values))


def pool(cut: Cut, smallest: int = SMALLEST_GROUP, most: int = MOST_GROUPS) -> Cut:
    """Merge the two smallest groups until all have ``smallest`` people and there are at most ``most``.

    One group left would only repeat "everyone": the empty cut is returned.
    """
    while len(cut) > 1 and (len(cut) > most or min(group.size for group in cut) < smallest):
        cut = merge_smallest(cut)
    return cut if len(cut) > 1 else ()


def gate(cuts: Sequence[Cut], fixed: Sequence[Cut] = (), smallest: int = SMALLEST_GROUP) -> tuple[Cut, ...]:
    """Merge groups until no published set lies inside another with 1 to ``smallest`` - 1 people left over.

    Terminates, because each step takes a group away.

    Args:
        cuts: the pooled cuts of all dimensions over the same records.
        fixed: cuts that are published as they are, like {answered both waves, the rest}; they are never merged.
        smallest: the fewest people that may be told apart.

    Returns:
        The cuts in the given order; one that came down to a single group is empty.
    """
    open_cuts = list(cuts)
    while (index := _find_breach(open_cuts, fixed, smallest)) is not None:
        merged = merge_smallest(open_cuts[index])
        open_cuts[index] = merged if len(merged) > 1 else ()
    return tuple(open_cuts)


def tellable(cuts: Sequence[Cut], answered: int, smallest: int = SMALLEST_GROUP) -> tuple[bool, ...]:
    """Tell which cuts may show a question that some people did not answer or were led past.

    Among those who answered it no group may have fewer than ``smallest`` people, and nothing that one shown cut leaves
    of another may be 1 to ``smallest`` - 1. Nobody will not do either: that none of a group came to a question tells
    what all of them said to the one whose rule leads there, and a group that is all who answered would repeat
    "everyone" in other numbers. Later cuts give way to earlier ones.

    Args:
        cuts: the cuts that are published of the wave; those that are frozen already come first.
        answered: the set of people who answered the question.
        smallest: the fewest people that may be told apart.
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
    """Return the index of the first cut that has to be coarser, or None."""
    everything = [*cuts, *fixed]
    for outer, inner in permutations(range(len(everything)), 2):
        if min(outer, inner) < len(cuts) and too_close(everything[outer], everything[inner], smallest):
            return inner if inner < len(cuts) else outer
    return None


def too_close(outer: Cut, inner: Cut, smallest: int = SMALLEST_GROUP) -> bool:
    """Tell whether taking groups of one cut from groups of another leaves 1 to ``smallest`` - 1 people.

    Stricter than the source, which takes single groups from: here every sum of the outer cut's groups is tried,
    because a reader can add up a table's columns.
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
