"""Kappa and alpha: values worked by hand, and the same as other programs give."""

import random

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa

from app.core.agreement import alpha, kappa


def pairs(*table: tuple[str, str, int]) -> list[tuple[str, str]]:
    """Return the codes of two coders from a table of counts."""
    return [(one, other) for one, other, n in table for _time in range(n)]


def test_kappa_worked_by_hand() -> None:
    """20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: observed .7, by chance .5 * .6 + .5 * .4 = .5, so .2 / .5 = .4."""
    found = kappa(pairs(("y", "y", 20), ("y", "n", 5), ("n", "y", 10), ("n", "n", 15)))
    assert found.value == pytest.approx(0.4)
    assert (found.n, found.agreed) == (50, 35)
    assert found.low is not None
    assert found.low < 0.4 < found.high <= 1


def test_alpha_worked_by_hand() -> None:
    """Krippendorff 2011, example B: nominal, two observers, ten units, alpha 0.095."""
    one, other = "0100000010", "1110010000"
    units = [{"a": x, "b": y} for x, y in zip(one, other, strict=True)]
    assert alpha(units).value == pytest.approx(0.095, abs=0.001)


def test_alpha_of_several_coders_with_missing_codes_worked_by_hand() -> None:
    """Krippendorff 2011, example C: four observers, twelve units, missing values, alpha 0.743."""
    reliability = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]
    units = [{i: row[u] for i, row in enumerate(reliability) if row[u] is not None} for u in range(12)]
    found = alpha(units)
    assert found.value == pytest.approx(0.743, abs=0.001)
    assert found.n == 11


@pytest.mark.parametrize("seed", range(20))
def test_the_same_as_other_programs(seed: int) -> None:
    chance = random.Random(seed)
    codes, n = "abcd"[: 2 + seed % 3], 20 + seed
    one = [chance.choice(codes) for _unit in range(n)]
    other = [code if chance.random() < 0.6 else chance.choice(codes) for code in one]
    found = kappa(list(zip(one, other, strict=True)))
    assert found.value == pytest.approx(cohen_kappa_score(one, other))
    places = {code: place for place, code in enumerate(codes)}
    table = np.zeros((len(codes), len(codes)))
    for x, y in zip(one, other, strict=True):
        table[places[x], places[y]] += 1
    theirs = cohens_kappa(table)
    assert found.high - found.low == pytest.approx(min(1, theirs.kappa_upp) - max(-1, theirs.kappa_low))
    third = [code if chance.random() < 0.8 else None for code in other]
    units = [
        {name: code for name, code in zip("xyz", codes_of, strict=True) if code is not None}
        for codes_of in zip(one, other, third, strict=True)
    ]
    data = [[np.nan if code is None else places[code] for code in coder] for coder in (one, other, third)]
    assert alpha(units).value == pytest.approx(
        krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")
    )


@pytest.mark.parametrize("same", [[], [("a", "a")] * 9])
def test_without_any_difference_nothing_can_be_said(same: list[tuple[str, str]]) -> None:
    assert kappa(same).value is None
    assert alpha([{"x": one, "y": other} for one, other in same]).value is None


def test_the_interval_of_alpha_is_always_the_same_and_holds_the_value() -> None:
    units = [{"x": "a", "y": "a"}] * 15 + [{"x": "a", "y": "b"}] * 4 + [{"x": "b", "y": "b"}] * 9
    found = alpha(units)
    assert found == alpha(units)
    assert found.low < found.value < found.high
