"""The attacker's own measures, on made-up evidence in which each leak is there or not."""

import hashlib
import random
from collections.abc import Callable, Sequence

import pytest

from app.services.attacks.evidence import Evidence, Night, Person, Row, Sending, Truth
from app.services.attacks.thief import moments
from app.services.attacks.ways import order, timing, traces

PEOPLE, PER_NIGHT, OPEN_AT, KEEP = 60, 5, 20, 10
Draw = Callable[[Sequence[int], int], list[int]]


def evidence(draw: Draw, keep: int = KEEP, **columns: Callable[[Person], object]) -> Evidence:
    """Return the evidence of one wave whose letters were drawn in some way and whose answers have some columns."""
    people = [Person(n, f"{372915048266517 + n}", f"127.0.0.{n}", f"Phone/{n}", f"words{n}") for n in range(PEOPLE)]
    sendings = [Sending(n, "w", n // PER_NIGHT, n, 1.7e9 + 60 * n) for n in range(PEOPLE)]
    waiting: list[int] = []
    opened: set[int] = set()
    nights = []
    for night in range(PEOPLE // PER_NIGHT):
        waiting += range(night * PER_NIGHT, (night + 1) * PER_NIGHT)
        if len(waiting) >= OPEN_AT:
            drawn = draw(waiting, len(waiting) - keep)
            opened |= {*drawn}
            waiting = [person for person in waiting if person not in drawn]
        nights.append(Night("w", night, True, {"response": frozenset(map(key, opened))}, [8192] * len(waiting)))
    chance = random.Random(4)
    rows = [
        Row(
            p.number,
            "w",
            {},
            (),
            {"id": key(p.number), "chance": chance.random(), **{k: f(p) for k, f in columns.items()}},
        )
        for p in chance.sample(people, PEOPLE)
    ]
    return Evidence("made up", Truth("s", people, sendings), {"response": rows}, ("response",), nights, [], {})


def key(person: int) -> str:
    """Return the random-looking key of a person's row."""
    return hashlib.sha256(f"row {person}".encode()).hexdigest()


def fairly(waiting: Sequence[int], count: int) -> list[int]:
    """Draw at random."""
    return random.Random(sum(waiting)).sample(list(waiting), count)


def oldest(waiting: Sequence[int], count: int) -> list[int]:
    """Draw those who came first."""
    return list(waiting)[:count]


def newest(waiting: Sequence[int], count: int) -> list[int]:
    """Draw those who came last."""
    return list(waiting)[-count:]


def test_a_fair_draw_is_held_and_an_order_is_not() -> None:
    assert timing.first_come(evidence(fairly)).is_held
    assert [timing.first_come(evidence(draw)).is_held for draw in (oldest, newest)] == [False, False]


def test_letters_that_do_not_stay_behind_are_missed() -> None:
    assert timing.letters_left_behind(evidence(fairly)).value == 0
    assert timing.letters_left_behind(evidence(fairly, keep=0)).value == KEEP
    assert timing.letters_left_behind(evidence(fairly, keep=7)).value == 3


@pytest.mark.parametrize(
    "leak",
    [
        lambda person: int(person.code).to_bytes(16, "big"),
        lambda person: hashlib.sha256(person.code.encode()).digest(),
        lambda person: hashlib.md5(person.address.encode()).hexdigest(),
        lambda person: hashlib.sha256(person.agent.encode()).digest()[:16],
        lambda person: int(person.code),
        lambda person: "-".join(person.code[i : i + 3] for i in range(0, 15, 3)),
    ],
)
def test_a_code_in_disguise_is_found(leak: Callable[[Person], object]) -> None:
    assert traces.disguised(evidence(fairly)).value == 0
    assert traces.disguised(evidence(fairly, leak=leak)).value == PEOPLE


@pytest.mark.parametrize("leak", [lambda person: person.number, lambda person: f"{person.number:04}"])
def test_a_column_that_counts_up_gives_the_order_away(leak: Callable[[Person], object]) -> None:
    assert order.order_of_sending(evidence(fairly)).is_held
    assert not order.order_of_sending(evidence(fairly, leak=leak)).is_held


@pytest.mark.parametrize("unit", [1, 1_000, 1_000_000, 1_000_000_000])
def test_a_moment_is_read_in_every_unit(unit: int) -> None:
    assert moments({"rkey": 77, "at": 1_700_000_000 * unit}) == (1_700_000_000.0,)
