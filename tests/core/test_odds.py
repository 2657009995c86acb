"""What luck alone explains: against values that can be worked out by hand or are printed in tables."""

import itertools
import math
import random

import pytest

from app.core.odds import kendall_tau, most_by_luck, pairs_bound, same_source, tau_bound


def test_tau_is_one_for_the_same_order_and_minus_one_for_the_reverse() -> None:
    assert kendall_tau(range(20)) == 1.0
    assert kendall_tau(range(20)[::-1]) == -1.0
    assert kendall_tau([0, 2, 1]) == pytest.approx(1 / 3)
    assert kendall_tau([7]) == 0.0


def test_tau_of_chance_passes_its_bound_as_rarely_as_it_says() -> None:
    source = random.Random(1)
    taus = [abs(kendall_tau(source.sample(range(40), 40))) for _draw in range(2000)]
    beyond = sum(tau > tau_bound(40, 1, luck=0.05) for tau in taus)
    assert 60 <= beyond <= 140, "five in a hundred of two thousand are a hundred"
    assert tau_bound(120, 1, luck=0.0027) == pytest.approx(3 * math.sqrt(2 * 245 / (9 * 120 * 119)), rel=0.001)


def test_more_looks_need_a_larger_tau() -> None:
    assert tau_bound(120, 100) > tau_bound(120, 1)
    assert tau_bound(4, 1000) == 1.0


@pytest.mark.parametrize(
    ("tries", "chance", "luck", "most"), [(1, 0.5, 0.001, 1), (10, 0.5, 0.02, 8), (120, 0.1, 0.001, 23)]
)
def test_the_most_hits_by_luck_leave_less_than_luck_above_them(
    tries: int, chance: float, luck: float, most: int
) -> None:
    def above(hits: int) -> float:
        return sum(math.comb(tries, k) * chance**k * (1 - chance) ** (tries - k) for k in range(hits + 1, tries + 1))

    found = most_by_luck(tries, chance, luck)
    assert found == most
    assert above(found) < luck <= above(found - 1)


def test_two_samples_of_one_source_are_rarely_distinguished_and_shifted_ones_always() -> None:
    source = random.Random(2)

    def draw(shift: float) -> list[float]:
        return [source.gauss(shift, 1) for _value in range(200)]

    alike = [same_source(draw(0), draw(0)) for _pair in range(200)]
    assert sum(p < 0.05 for p in alike) <= 22
    assert same_source(draw(0), draw(1)) < 0.001
    assert same_source([1.0] * 50, [1.0] * 50) == 1.0


def test_pairs_of_one_group_are_bounded_as_its_tau() -> None:
    """A share of pairs in order is (1 + tau) / 2."""
    for n in (10, 30, 120):
        assert pairs_bound([n]) == pytest.approx((1 + tau_bound(n, 1)) / 2)
    assert pairs_bound([]) == pairs_bound([1]) == 1.0


def test_chance_passes_the_bound_of_pairs_as_often_as_it_says() -> None:
    chance, sizes, rounds, luck, passed = random.Random(8), [30, 25, 5], 1500, 0.05, 0
    bound = pairs_bound(sizes, luck)
    for _round in range(rounds):
        orders = [chance.sample(range(n), n) for n in sizes]
        pairs = [(one, other) for order in orders for one, other in itertools.combinations(order, 2)]
        share = sum(one < other for one, other in pairs) / len(pairs)
        passed += max(share, 1 - share) > bound
    assert 0.03 * rounds < passed < 0.07 * rounds
