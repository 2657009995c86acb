"""Response rates: what may be told of which group, checked with sets of cards, and how a change splits."""

import random
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.results.turnout import SMALLEST, BatchCount, CellCount, Rate, protect_turnout, split_change


def cells_of(batches: list[BatchCount], completed: dict[str, int]) -> list[CellCount]:
    """Return the cells that some batches make up; ``completed`` says how many letters each batch had."""
    places = sorted({(b.locality, b.channel) for b in batches})
    return [
        CellCount(
            *place,
            sum(b.issued for b in batches if (b.locality, b.channel) == place),
            sum(completed[b.batch] for b in batches if (b.locality, b.channel) == place),
        )
        for place in places
    ]


def told(*rows: tuple[str, str, str, int, int]) -> tuple[Rate, ...]:
    """Return what is told of batches given as (name, locality, channel, issued, completed)."""
    counts = {name: done for name, _l, _c, _n, done in rows}
    batches = [BatchCount(b, place, way, n, done if n >= SMALLEST else None) for b, place, way, n, done in rows]
    return protect_turnout(cells_of(batches, counts), batches)


def names(rates: tuple[Rate, ...]) -> list[str]:
    """Return the names of the groups that are told, with their dimensions."""
    return [f"{rate.dimension} {rate.name}".strip() for rate in rates]


def test_large_groups_are_told() -> None:
    rates = told(("a", "north", "post", 100, 20), ("b", "south", "post", 60, 30))
    assert names(rates) == ["everyone", "locality north", "locality south", "channel post", "batch a", "batch b"]
    assert [rate.percent for rate in rates] == [30, 20, 50, 30, 20, 50]


def test_nothing_is_told_below_thirty_cards() -> None:
    assert told(("a", "north", "post", 29, 20)) == ()
    assert names(told(("a", "north", "post", 30, 20))) == ["everyone", "locality north", "channel post", "batch a"]


def test_a_rest_of_few_cards_hides_the_group_beside_it() -> None:
    """The batch has 100 of north's 110 cards: its rate and north's would tell of ten cards."""
    rates = told(("a", "north", "post", 100, 20), ("b", "north", "post", 10, 9), ("c", "south", "post", 40, 4))
    assert names(rates) == ["everyone", "locality north", "locality south", "channel post", "batch c"]


def test_a_small_locality_hides_a_neighbour() -> None:
    rates = told(("a", "north", "post", 50, 20), ("b", "south", "post", 40, 5), ("c", "east", "visit", 10, 9))
    assert "locality east" not in names(rates)
    assert "locality south" not in names(rates)
    assert "channel post" not in names(rates)


@pytest.mark.parametrize(
    ("completed", "percent", "word"),
    [(0, None, "under"), (2, None, "under"), (3, 5, None), (97, 95, None), (98, None, "over"), (100, None, "over")],
)
def test_no_rate_is_nought_or_all(completed: int, percent: int | None, word: str | None) -> None:
    (everyone, *_others) = told(("a", "north", "post", 100, completed))
    assert (everyone.percent, everyone.word) == (percent, word)


def random_batches(seed: int, size: int) -> tuple[list[BatchCount], dict[str, int]]:
    """Return batches of all sizes in skewed places."""
    rng = random.Random(seed)
    batches, counts = [], {}
    for number in range(size):
        issued = rng.choice([1, 5, 10, 29, 30, 31, 40, 59, 60, 100])
        name = f"b{number}"
        counts[name] = rng.randint(0, issued)
        kept = counts[name] if issued >= SMALLEST else None
        batches.append(BatchCount(name, rng.choice("nnsc"), rng.choice("vvvp"), issued, kept))
    return batches, counts


def few_left(rates: tuple[Rate, ...], batches: list[BatchCount]) -> list[int]:
    """Return, with sets of single cards, every rest of 1 to 29 cards that told groups leave of one another."""
    cards = [(b.batch, b.locality, b.channel, i) for b in batches for i in range(b.issued)]
    position = {"batch": 0, "locality": 1, "channel": 2}

    def members(rate: Rate) -> frozenset[tuple[str, str, str, int]]:
        if rate.dimension == "everyone":
            return frozenset(cards)
        return frozenset(card for card in cards if card[position[rate.dimension]] == rate.name)

    sets = [(rate.dimension, members(rate)) for rate in rates]
    rests = [len(outer - inner) for (_d, outer), (_e, inner) in permutations(sets, 2) if inner < outer]
    for dimension, outer in sets:
        for other in position:
            inside = [inner for name, inner in sets if name == other != dimension and inner <= outer]
            rests += [len(outer - frozenset().union(*inside))] if inside else []
    return [rest for rest in rests if 0 < rest < SMALLEST]


@settings(deadline=None, max_examples=120)
@given(st.integers(0, 2**32), st.integers(1, 8))
def test_told_groups_leave_no_few_cards_over(seed: int, size: int) -> None:
    batches, counts = random_batches(seed, size)
    rates = protect_turnout(cells_of(batches, counts), batches)
    assert few_left(rates, batches) == []
    assert all(rate.issued >= SMALLEST and rate.percent not in (0, 100) for rate in rates)


def test_a_naive_table_leaves_few_cards_over() -> None:
    """Positive control: all groups of 30 cards and more, without a look at the rest."""
    batches = [BatchCount("a", "n", "p", 100, 20), BatchCount("b", "n", "p", 10, None)]
    naive = tuple(Rate(d, name, 100, 20, None) for d, name in (("everyone", ""), ("locality", "n"), ("batch", "a")))
    assert 10 in few_left(naive, batches)


def test_the_fall_of_2016_was_a_bigger_list() -> None:
    change = split_change(112, 487, 106, 589)
    assert change.points == -5.0
    assert change.by_answers == pytest.approx(-1.1, abs=0.05)
    assert change.by_list == pytest.approx(-3.9, abs=0.05)


@settings(deadline=None)
@given(*[st.integers(0, 5000), st.integers(1, 5000)] * 2)
def test_the_parts_add_up_to_the_change(before: int, heads: int, now: int, heads_now: int) -> None:
    change = split_change(before, heads, now, heads_now)
    assert change.by_answers + change.by_list == pytest.approx(change.points, abs=1e-6)
    assert change.points == pytest.approx(100 * (now / heads_now - before / heads), abs=0.051)
    exact = 100 * (before + now) / 2 * (1 / heads_now - 1 / heads)
    assert change.by_list == pytest.approx(exact, abs=0.11)


def test_a_list_without_people_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        split_change(1, 0, 1, 10)
