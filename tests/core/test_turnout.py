"""Response rates: what can be published about which group, checked with sets of cards."""

import random
from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.results.turnout import BatchCount, CellCount, Rate, _rate, _shown

Cards = frozenset[int]
Row = tuple[str, str, str, int, int]
"""A batch as (name, locality, channel, issued, completed)."""

K = 30
FEWEST = 10
DIMENSIONS = ("locality", "channel", "batch")


def counts_of(rows: Sequence[Row]) -> tuple[list[CellCount], list[BatchCount]]:
    """Return the cells and batches of some rows; batches under 30 cards are not counted by themselves."""
    places = dict.fromkeys((place, way) for _b, place, way, _n, _done in rows)
    own = {cell: [row for row in rows if row[1:3] == cell] for cell in places}
    cells = [CellCount(*cell, sum(r[3] for r in mine), sum(r[4] for r in mine)) for cell, mine in own.items()]
    return cells, [BatchCount(b, place, way, n, done if n >= K else None) for b, place, way, n, done in rows]


def publish(*rows: Row) -> tuple[Rate, ...]:
    """Return the rates of some batches that the rule about cards lets be published."""
    return tuple(_rate(group) for group in _shown(*counts_of(rows)))


def names(rates: Sequence[Rate]) -> list[str]:
    """Return the names of the groups that are publish, with their dimensions."""
    return [f"{rate.dimension} {rate.name}".strip() for rate in rates]


def cards_by_group(rows: Sequence[Row]) -> dict[tuple[str, str], Cards]:
    """Return the set of cards in every group, each card a number."""
    found: dict[tuple[str, str], set[int]] = {("everyone", ""): set()}
    first = 0
    for batch, place, way, issued, _done in rows:
        for key in (("everyone", ""), ("locality", place), ("channel", way), ("batch", batch)):
            found.setdefault(key, set()).update(range(first, first + issued))
        first += issued
    return {key: frozenset(cards) for key, cards in found.items()}


def few_left(rates: Sequence[Rate], rows: Sequence[Row]) -> list[int]:
    """Return every rest of 1 to 29 cards that published groups, or sums of one dimension's, leave of one."""
    cards = cards_by_group(rows)
    shown = {(rate.dimension, rate.name): cards[rate.dimension, rate.name] for rate in rates}
    rests = [len(outer - inner) for outer, inner in permutations(shown.values(), 2) if inner <= outer]
    for dimension in DIMENSIONS:
        groups = [members for (other, _name), members in shown.items() if other == dimension]
        sums = chain.from_iterable(combinations(groups, size) for size in range(1, len(groups) + 1))
        unions = {frozenset[int]().union(*some) for some in sums}
        rests += [len(outer - union) for outer in shown.values() for union in unions if union <= outer]
    return [rest for rest in rests if 0 < rest < K]


def naive(rows: Sequence[Row]) -> list[Rate]:
    """Return a rate for every group of 30 cards and more, of 10 answers and more, without a look at the rest."""
    if sum(done for *_key, done in rows) < FEWEST:
        return []
    order = ("everyone", *DIMENSIONS)
    groups = sorted(cards_by_group(rows).items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    return [Rate(*key, len(members), None, None) for key, members in groups if len(members) >= K]


ISSUED = st.sampled_from([1, 5, 10, 29, 30, 31, 40, 59, 60, 100])
PLACE_WAY = st.tuples(st.sampled_from("nnsc"), st.sampled_from("vvvp"))


@st.composite
def batch_rows(draw: st.DrawFn) -> list[Row]:
    """Return up to eight batches of all sizes in skewed places."""
    places = draw(st.lists(PLACE_WAY, min_size=1, max_size=8))
    sizes = [draw(ISSUED) for _place in places]
    return [(f"b{i}", *places[i], n, draw(st.integers(0, n))) for i, n in enumerate(sizes)]


def test_large_groups_are_published_by_dimension_and_name() -> None:
    rates = publish(("b", "south", "visit", 60, 30), ("a", "north", "post", 100, 20))
    assert rates == (
        Rate("everyone", "", 160, 30, None),
        Rate("locality", "north", 100, 20, None),
        Rate("locality", "south", 60, 50, None),
        Rate("channel", "post", 100, 20, None),
        Rate("channel", "visit", 60, 50, None),
        Rate("batch", "a", 100, 20, None),
        Rate("batch", "b", 60, 50, None),
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], []),
        ([("a", "n", "p", 29, 20)], []),
        ([("a", "n", "p", 30, 20)], ["everyone", "locality n", "channel p", "batch a"]),
        # The batch has all of north but ten cards; channel and everyone have no such neighbour.
        (
            [("a", "n", "p", 100, 20), ("b", "n", "p", 10, 9), ("c", "s", "p", 40, 4)],
            ["everyone", "locality n", "locality s", "channel p", "batch c"],
        ),
        # A rest of exactly 30, of batches too small to be publish, does no harm; 29 would.
        (
            [("a", "n", "p", 40, 2), ("b", "n", "p", 15, 9), ("c", "n", "p", 15, 4)],
            ["everyone", "locality n", "channel p", "batch a"],
        ),
        (
            [("a", "n", "p", 40, 2), ("b", "n", "p", 15, 9), ("c", "n", "p", 14, 4)],
            ["everyone", "locality n", "channel p"],
        ),
        # Of a and b the smaller gives way, then all is tested again: beside b are 45 cards.
        (
            [("a", "n", "p", 35, 2), ("b", "n", "p", 40, 9), ("c", "n", "p", 10, 4)],
            ["everyone", "locality n", "channel p", "batch b"],
        ),
        # Ties go by name.
        (
            [("b", "n", "p", 40, 2), ("a", "n", "p", 40, 9), ("c", "n", "p", 10, 4)],
            ["everyone", "locality n", "channel p", "batch b"],
        ),
        # The small locality c hides its neighbour s; post, which lies in n and s, hides for the ten visits left.
        (
            [("a", "n", "p", 50, 20), ("b", "s", "p", 40, 5), ("c", "c", "v", 10, 9)],
            ["everyone", "locality n", "batch a"],
        ),
        # All visits lie in north, which leaves ten of it by post; south would leave the same ten of all post.
        (
            [("a", "n", "v", 40, 20), ("b", "n", "p", 10, 5), ("c", "s", "p", 90, 9)],
            ["everyone", "locality n", "channel p"],
        ),
        # With visits in south too that channel lies in neither locality, so it may stand beside both.
        (
            [("a", "n", "v", 40, 20), ("b", "n", "p", 31, 5), ("c", "s", "p", 90, 9), ("d", "s", "v", 30, 3)],
            [
                *("everyone", "locality n", "locality s", "channel p", "channel v"),
                *("batch a", "batch b", "batch c", "batch d"),
            ],
        ),
    ],
)
def test_a_rest_of_few_cards_hides_the_smallest_beside_it(rows: list[Row], expected: list[str]) -> None:
    rates = publish(*rows)
    assert names(rates) == expected
    assert few_left(rates, rows) == []


def test_nothing_is_published_of_a_wave_with_nine_answers() -> None:
    assert publish(("a", "n", "p", 100, 5), ("b", "n", "v", 100, 4)) == ()
    assert len(publish(("a", "n", "p", 100, 5), ("b", "n", "v", 100, 5))) == 6


def test_a_batch_without_cards_does_not_stretch_a_channel() -> None:
    """All visits are in north, as above; an empty batch of visits in south must not hide that."""
    rows = [("a", "n", "v", 40, 20), ("b", "n", "p", 10, 5), ("c", "s", "p", 90, 9)]
    assert publish(*rows, ("d", "s", "v", 0, 0)) == publish(*rows)


def test_a_batch_that_was_not_counted_is_never_published() -> None:
    cell = CellCount("n", "p", 100, 50)
    batches = [BatchCount("a", "n", "p", 50, None), BatchCount("b", "n", "p", 50, 0)]
    rates = [_rate(group) for group in _shown([cell], batches)]
    assert names(rates) == ["everyone", "locality n", "channel p", "batch b"]


def test_letters_of_small_batches_count_in_the_totals() -> None:
    rates = publish(("a", "n", "p", 60, 0), ("b", "n", "p", 20, 20), ("c", "n", "p", 20, 20))
    assert {rate.name: rate.percent or rate.word for rate in rates} == {"": 40, "n": 40, "p": 40, "a": "under"}


OTHERS: Row = ("b", "south", "visit", 100, 50)
"""A batch with answers enough for a wave, beside the one that is looked at."""


@pytest.mark.parametrize(
    ("completed", "issued", "percent", "word"),
    [
        (0, 100, None, "under"),
        (24, 1000, None, "under"),
        (1, 40, 5, None),  # exactly 2.5%
        (3, 100, 5, None),
        (7, 100, 5, None),
        (8, 100, 10, None),
        (50, 100, 50, None),
        (97, 100, 95, None),
        (39, 40, 95, None),  # exactly 97.5%
        (976, 1000, None, "over"),
        (100, 100, None, "over"),
        (101, 100, None, "over"),
    ],
)
def test_percent_goes_in_fives_and_never_to_nought_or_all(
    completed: int, issued: int, percent: int | None, word: str | None
) -> None:
    rates = publish(("a", "north", "post", issued, completed), OTHERS)
    assert [(r.percent, r.word) for r in rates if r.name in ("north", "post", "a")] == [(percent, word)] * 3


@given(st.integers(K, 5000), st.data())
def test_a_percent_is_at_most_two_and_a_half_off(issued: int, data: st.DataObject) -> None:
    completed = data.draw(st.integers(0, issued + 5))
    share = Fraction(100 * completed, issued)
    rate = next(rate for rate in publish(("a", "north", "post", issued, completed), OTHERS) if rate.name == "a")
    if rate.percent is None:
        assert rate.word == ("under" if share < 50 else "over")
        assert share < 2.5 or share > 97.5
    else:
        assert rate.word is None
        assert rate.percent in range(5, 96, 5)
        assert abs(rate.percent - share) <= 2.5


@settings(deadline=None, max_examples=300)
@given(batch_rows())
def test_published_groups_leave_no_few_cards_over(rows: list[Row]) -> None:
    rates = publish(*rows)
    cards = cards_by_group(rows)
    assert few_left(rates, rows) == []
    assert all(rate.issued == len(cards[rate.dimension, rate.name]) >= K for rate in rates)
    assert all((rate.percent is None) != (rate.word is None) for rate in rates)
    is_enough = len(cards["everyone", ""]) >= K and sum(row[4] for row in rows) >= FEWEST
    assert ("everyone" in names(rates)) == is_enough


@settings(deadline=None, max_examples=300)
@given(batch_rows())
def test_nothing_is_hidden_without_need(rows: list[Row]) -> None:
    """What is published is part of the naive table, in its order; all of it when that leaves no few cards over."""
    every = names(naive(rows))
    shown = names(publish(*rows))
    assert shown == [name for name in every if name in shown]
    assert (shown == every) == (few_left(naive(rows), rows) == [])


@settings(deadline=None)
@given(batch_rows(), st.integers(0, 2**32))
def test_the_order_of_counts_does_not_matter(rows: list[Row], seed: int) -> None:
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert publish(*shuffled) == publish(*rows)


def test_a_naive_table_leaves_few_cards_over() -> None:
    """Positive control: all groups of 30 cards and more must fail the brute-force check."""
    rows = [("a", "n", "p", 60, 20), ("b", "n", "p", 40, 9), ("c", "n", "p", 10, 9), ("d", "s", "v", 77, 9)]
    assert set(few_left(naive(rows), rows)) == {10}
    assert few_left(publish(*rows), rows) == []
