"""Pooling and the gate, checked by brute force with sets of people instead of bit masks."""

import random
from collections.abc import Iterable, Sequence
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.questionnaires import MISSING
from app.core.results.pooling import Cut, Group, gate, mask, merge_smallest, pool, split, too_close

People = frozenset[int]
K = 10


def people(members: int) -> People:
    """Return a bit mask as a set of positions."""
    return frozenset(i for i in range(members.bit_length()) if members >> i & 1)


def few_left(published: Iterable[People]) -> list[int]:
    """Return the sizes of 1 to 9 that are left over when one published set lies inside another."""
    pairs = permutations(set(published), 2)
    return [len(outer - inner) for outer, inner in pairs if inner < outer and len(outer - inner) < K]


def sums(cut: Cut) -> set[People]:
    """Return every sum of the groups of a cut, as sets of people."""
    members = [people(group.members) for group in cut]
    chosen = chain.from_iterable(combinations(members, n) for n in range(1, len(members) + 1))
    return {frozenset().union(*some) for some in chosen}


def published_sets(cuts: Sequence[Cut], everyone: int) -> set[People]:
    """Return everyone and all sums of groups."""
    return {frozenset(range(everyone)), *chain.from_iterable(sums(cut) for cut in cuts)}


def cut_of(dimension: str, **sizes: int) -> Cut:
    """Return a cut whose groups lie one after the other."""
    return split(dimension, [name for name, size in sizes.items() for _ in range(size)])


def shape(cut: Cut) -> list[tuple[tuple[str, ...], int]]:
    """Return the labels and sizes of a cut."""
    return [(group.values, group.size) for group in cut]


def population(seed: int, n: int, nested: bool) -> dict[str, list[str]]:
    """Return skewed values of four dimensions; ``nested`` puts nearly all of one channel into one locality."""
    rng = random.Random(seed)
    locality = rng.choices("abc", weights=[6, 3, rng.choice([0.3, 1, 3])], k=n)
    channel = rng.choices("uvwx", weights=[5, 3, 2, rng.choice([0.2, 1])], k=n)
    if nested:
        channel = ["y" if p == "b" and rng.random() < 0.95 else c for p, c in zip(locality, channel, strict=True)]
    role = [rng.choice("prst") if rng.random() < 0.4 else c for c in channel]
    return {"locality": locality, "channel": channel, "role": role, "stage": rng.choices("123456789", k=n)}


def test_a_dimension_is_split_by_the_values_that_occur() -> None:
    cut = split("locality", ["south", "north", "south"])
    assert cut == (Group("locality", ("north",), 0b010), Group("locality", ("south",), 0b101))


def test_an_empty_mask_is_nobody() -> None:
    assert mask([]) == 0
    assert split("locality", []) == ()


def test_a_group_of_nine_is_pooled_with_the_next_smallest() -> None:
    cut = pool(cut_of("locality", central=9, north=30, south=21))
    assert shape(cut) == [(("central", "south"), 30), (("north",), 30)]


def test_a_group_of_ten_stands_alone() -> None:
    assert len(pool(cut_of("locality", central=10, north=30))) == 2


def test_two_small_groups_are_pooled_with_each_other_first() -> None:
    cut = pool(cut_of("locality", a=5, b=30, c=6))
    assert shape(cut) == [(("a", "c"), 11), (("b",), 30)]


def test_ties_are_broken_by_name() -> None:
    assert shape(merge_smallest(cut_of("x", c=5, b=5, a=5))) == [(("a", "b"), 10), (("c",), 5)]


@pytest.mark.parametrize("sizes", [{"north": 60}, {"north": 55, "south": 5}, {"a": 9, "b": 9}, {}])
def test_one_group_left_is_not_shown(sizes: dict[str, int]) -> None:
    assert pool(cut_of("locality", **sizes)) == ()


def test_more_than_six_groups_are_pooled_to_six() -> None:
    cut = pool(cut_of("x", a=20, b=21, c=22, d=23, e=24, f=25, g=26, h=27))
    assert len(cut) == 6
    assert (("a", "b"), 41) in shape(cut)


NESTED_LOCALITY = ["north"] * 40 + ["south"] * 23
NESTED_CHANNEL = ["post"] * 20 + ["visit"] * 20 + ["school"] * 18 + ["post"] * 5
"""School lies inside south, and five people of south have another channel."""


def nested() -> tuple[Cut, Cut]:
    """Return two pooled dimensions, one channel contained in one locality."""
    return pool(split("locality", NESTED_LOCALITY)), pool(split("channel", NESTED_CHANNEL))


def test_without_the_gate_the_nested_example_gives_five_people_away() -> None:
    """Positive control: pooling alone must fail the brute-force check."""
    assert 5 in few_left(published_sets(nested(), 63))


def test_the_gate_mends_the_nested_example() -> None:
    cuts = gate(nested())
    assert few_left(published_sets(cuts, 63)) == []
    assert shape(cuts[0]) == [(("north",), 40), (("south",), 23)]
    assert shape(cuts[1]) == [(("post",), 25), (("school", "visit"), 38)]


def test_equal_groups_in_two_dimensions_need_no_pooling() -> None:
    cuts = (cut_of("locality", a=20, b=30), cut_of("channel", x=20, y=30))
    assert gate(cuts) == cuts


def test_a_cut_that_comes_down_to_one_group_is_empty() -> None:
    cuts = gate((cut_of("locality", a=20, b=30), cut_of("channel", x=21, y=29)))
    assert [len(cut) for cut in cuts] == [2, 0]


def test_a_fixed_cut_is_never_merged() -> None:
    panel = cut_of("panel", both=20, rest=40)
    (cut,) = gate([cut_of("locality", a=21, b=29, c=10)], [panel])
    assert few_left({*sums(cut), *sums(panel)}) == []


def test_sums_of_groups_count_as_published() -> None:
    """Two localities together hold two channels and three people more: no single group shows it."""
    locality = split("locality", ["a", "b"] * 20 + ["a", "b", "b"] + ["c", "d"] * 20)
    channel = split("channel", ["x"] * 20 + ["y"] * 20 + ["z"] * 13 + ["w"] * 30)
    singles = [people(g.members) for g in (*locality, *channel)]
    assert few_left(singles) == []
    assert too_close(locality, channel)
    assert few_left(published_sets(gate([locality, channel]), 83)) == []


POPULATION = st.builds(population, st.integers(0, 2**32), st.integers(10, 300), st.booleans())


@settings(deadline=None, max_examples=60)
@given(POPULATION)
def test_no_published_set_leaves_one_to_nine(values: dict[str, list[str]]) -> None:
    everyone = len(values["locality"])
    cuts = gate([pool(split(name, column)) for name, column in values.items()])
    assert few_left(published_sets(cuts, everyone)) == []
    for cut in cuts:
        assert len(cut) != 1
        assert len(cut) <= 6
        assert all(group.size >= K for group in cut)
        assert sum(group.size for group in cut) in (0, everyone)


@settings(deadline=None, max_examples=40)
@given(POPULATION, st.integers(0, 2**32))
def test_the_order_of_people_does_not_matter(values: dict[str, list[str]], seed: int) -> None:
    order = list(range(len(values["locality"])))
    random.Random(seed).shuffle(order)
    shuffled = {name: [column[i] for i in order] for name, column in values.items()}
    once, again = (gate([pool(split(n, c)) for n, c in v.items()]) for v in (values, shuffled))
    assert [shape(cut) for cut in once] == [shape(cut) for cut in again]


@settings(deadline=None, max_examples=40)
@given(POPULATION, st.integers(0, 2**32))
def test_a_panel_is_part_of_the_gate(values: dict[str, list[str]], seed: int) -> None:
    everyone = len(values["locality"])
    rng = random.Random(seed)
    chance = {"a": 0.98, "b": rng.random(), "c": 0.02}
    panel = split("panel", ["both" if rng.random() < chance[p] else "rest" for p in values["locality"]])
    cuts = gate([pool(split(name, column)) for name, column in values.items()], [panel])
    if all(group.size >= K for group in panel):
        assert few_left(published_sets([*cuts, panel], everyone)) == []


@pytest.mark.parametrize(
    ("sizes", "kept", "shown"),
    [
        ({"a": 40, "b": 30, MISSING: 12}, True, {("a",): 40, ("b",): 30, (MISSING,): 12}),
        ({"a": 40, "b": 30, MISSING: 4}, True, {("a",): 40, ("b",): 30}),
        ({"a": 40, "b": 30, MISSING: 4}, False, {("a",): 40, (MISSING, "b"): 34}),
        ({"a": 40, "b": 30, MISSING: 6, "rather_not": 5}, True, {("a",): 40, ("b",): 30, (MISSING, "rather_not"): 11}),
        ({"a": 40, "b": 7, "c": 6, MISSING: 4}, True, {("a",): 40, ("b", "c"): 13}),
        ({"a": 40, "b": 7, MISSING: 20}, True, {}),
        ({"a": 9, MISSING: 60}, True, {}),
    ],
)
def test_people_without_an_answer_are_a_group_of_their_own(
    sizes: dict[str, int], kept: bool, shown: dict[tuple[str, ...], int]
) -> None:
    cut = split("role", [name for name, size in sizes.items() for _ in range(size)])
    assert {group.values: group.size for group in pool(cut, leaves_out=kept)} == shown


def test_the_gate_merges_no_named_group_with_people_without_an_answer() -> None:
    cut = pool(split("role", ["a"] * 20 + ["b"] * 20 + [MISSING] * 12))
    assert [group.values for group in merge_smallest(cut)] == [(MISSING,), ("a", "b")]
    assert merge_smallest(merge_smallest(cut)) == ()
