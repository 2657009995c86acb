"""Pools the values of a dimension into groups that are large enough to publish, also after differencing.

Sets of people are bit masks: bit i is the i-th record. Why: docs/adr/0007, steps 3 and 4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import combinations, permutations
from operator import or_

from app.core.questionnaires import MISSING

SMALLEST_GROUP = 10
MOST_GROUPS = 6
MERGED_AT_ONCE = 2
UNNAMED = frozenset({MISSING, "rather_not"})
"""Values of people who did not say which group they are in."""


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
"""Groups of one dimension without overlap, of all records but perhaps those without an answer; empty if unpublished."""


def mask(flags: Iterable[bool]) -> int:
    """Return the set of positions at which a flag is true."""
    digits = "".join("1" if flag else "0" for flag in flags)
    return int(digits[::-1] or "0", 2)


def split(dimension: str, values: Sequence[str], listed: Iterable[str] = ()) -> Cut:
    """Return one group for each of the records' ``values`` and of the ``listed`` values, ordered by value.

    Listed values have a group even if no record has them, so that the name of a pooled group does not disclose which
    of them occurred.
    """
    every = sorted({*values, *listed})
    return tuple(Group(dimension, (v,), mask(value == v for value in values)) for v in every)


def merge_smallest(cut: Cut) -> Cut:
    """Return the cut with its two smallest groups merged; ties are broken by the names of the values.

    People who gave no answer are never merged with a group that has a name: without another pair, the cut is empty.
    """
    named = [group for group in cut if not UNNAMED.issuperset(group.values)]
    if len(named) < MERGED_AT_ONCE:
        return ()
    pair = sorted(named, key=lambda group: (group.size, group.values))[:MERGED_AT_ONCE]
    return _in_order([_together(pair), *(group for group in cut if group not in pair)])


def pool(cut: Cut, *, leaves_out: bool = True) -> Cut:
    """Merge the two smallest groups until all have ``SMALLEST_GROUP`` people and there are at most ``MOST_GROUPS``.

    If only one group with a name is left, there is nothing to compare: the empty cut is returned.

    Args:
        leaves_out: leave out the people who gave no answer if they are fewer; only the audit can allow that. Without
            it, they are merged with the smallest group.
    """
    silent = [group for group in cut if UNNAMED.issuperset(group.values)]
    named = [group for group in cut if group not in silent]
    rest = [_together(silent)] if silent else []
    if rest and rest[0].size < SMALLEST_GROUP:
        named, rest = (named if leaves_out else [*named, *rest]), []
    found: Cut = _in_order(named)
    while len(found) > 1 and (len(found) + len(rest) > MOST_GROUPS or min(g.size for g in found) < SMALLEST_GROUP):
        pair = sorted(found, key=lambda group: (group.size, group.values))[:MERGED_AT_ONCE]
        found = _in_order([_together(pair), *(group for group in found if group not in pair)])
    return _in_order([*found, *rest]) if len(found) > 1 else ()


def _together(groups: Sequence[Group]) -> Group:
    values = tuple(sorted(value for group in groups for value in group.values))
    return Group(groups[0].dimension, values, reduce(or_, (group.members for group in groups)))


def _in_order(groups: Iterable[Group]) -> Cut:
    return tuple(sorted(groups, key=lambda group: group.values))


def merge_further(cut: Cut, times: int) -> Cut:
    """Return the cut after its two smallest groups were merged some times; empty if only one group is left.

    What passed the gate still passes it: a merged outer cut has fewer sums, and of a merged inner cut no more groups
    lie inside a set.
    """
    for _time in range(times):
        cut = merge_smallest(cut) if len(cut) > 1 else ()
    return cut if len(cut) > 1 else ()


def gate(cuts: Sequence[Cut], fixed: Sequence[Cut] = ()) -> tuple[Cut, ...]:
    """Merge groups until no difference of nested published sets has 1 to ``SMALLEST_GROUP`` - 1 people.

    The cuts are of all dimensions over the same records, and are returned in the same order; a cut that was reduced to
    a single group is empty. ``fixed`` cuts, like {answered both waves, the rest}, are published and never merged.
    Terminates, because each step removes a group.
    """
    open_cuts = list(cuts)
    while (index := _find_breach(open_cuts, fixed)) is not None:
        merged = merge_smallest(open_cuts[index])
        open_cuts[index] = merged if len(merged) > 1 else ()
    return tuple(open_cuts)


def publishable(cuts: Sequence[Cut], answered: int) -> tuple[bool, ...]:
    """Return for each cut whether it can publish a question that some people skipped or were not shown.

    Among those who ``answered`` the question, each group needs at least ``SMALLEST_GROUP`` people, and no difference
    between published cuts may have 1 to ``SMALLEST_GROUP`` - 1. Empty groups are not allowed either: if nobody in a
    group was shown a question, the routing discloses what all of them answered before, and a group of all who answered
    would repeat "everyone". Earlier cuts have priority, so those already frozen come first.
    """
    shown: list[Cut] = []
    flags = []
    for cut in cuts:
        among = tuple(replace(group, members=group.members & answered) for group in cut)
        is_large = all(group.size >= SMALLEST_GROUP for group in among)
        is_close = any(too_close(among, old) or too_close(old, among) for old in shown)
        flags.append(is_large and not is_close)
        shown += [among] if flags[-1] else []
    return tuple(flags)


def _find_breach(cuts: Sequence[Cut], fixed: Sequence[Cut]) -> int | None:
    """Return the index of the first cut that must be merged further, or None."""
    everything = [*cuts, *fixed]
    for outer, inner in permutations(range(len(everything)), 2):
        if min(outer, inner) < len(cuts) and too_close(everything[outer], everything[inner]):
            return inner if inner < len(cuts) else outer
    return None


def too_close(outer: Cut, inner: Cut) -> bool:
    """Return whether subtracting groups of one cut from groups of another leaves 1 to ``SMALLEST_GROUP`` - 1 people.

    Every sum of the outer cut's groups is tried, not only single groups, because a reader can add up the columns of a
    table. Where only people are left whom the inner cut leaves out (see :func:`pool`), the audit decides.
    """
    members = [group.members for group in outer]
    sums = (reduce(or_, some) for size in range(1, len(members) + 1) for some in combinations(members, size))
    return any(_leaves_few(whole, inner) for whole in sums)


def _leaves_few(whole: int, inner: Cut) -> bool:
    inside = reduce(or_, (group.members for group in inner if group.members & ~whole == 0), 0)
    left, named = whole & ~inside, reduce(or_, (group.members for group in inner), 0)
    return inside != 0 and 0 < left.bit_count() < SMALLEST_GROUP and left & named != 0
