"""The attacker's own measures, on made-up evidence in which each leak is there or not."""

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence

import pytest

from app.attacker.evidence import Evidence, Night, Person, Row, Sending, Truth
from app.attacker.thief import moments
from app.attacker.ways import order, timing, traces

PEOPLE, PER_NIGHT, OPEN_AT, KEEP = 60, 5, 20, 10
Draw = Callable[[Sequence[int], int], list[int]]


def evidence(draw: Draw, keep: int = KEEP, **columns: Callable[[Person], object]) -> Evidence:
    """Return the evidence of one wave whose letters were drawn in some way and whose answers have some columns."""
    return rounds(1, draw, keep, **columns)


def rounds(waves: int, draw: Draw, keep: int = KEEP, **columns: Callable[[Person], object]) -> Evidence:
    """Return the same of some waves, in each of which people come in another order."""
    chance = random.Random(4)
    people = [Person(n, f"{372915048266517 + n}", f"127.0.0.{n}", f"Phone/{n}", f"words{n}") for n in range(PEOPLE)]
    sendings, nights, rows = [], [], []
    for wave in map(str, range(waves)):
        order = chance.sample(range(PEOPLE), PEOPLE) if waves > 1 else list(range(PEOPLE))
        sendings += [Sending(n, wave, at // PER_NIGHT, at, 1.7e9 + 60 * at) for at, n in enumerate(order)]
        nights += _nights(wave, order, draw, keep)
        for one in chance.sample(people, PEOPLE):
            more = {name: of(one) for name, of in columns.items()}
            values = {"id": key(wave, one.number), "chance": chance.random(), **more}
            rows.append(Row(one.number, wave, {}, (), values))
    return Evidence(Truth(people, sendings), {"response": rows}, ("response",), nights, [], {})


def _nights(wave: str, order: Sequence[int], draw: Draw, keep: int) -> Iterator[Night]:
    waiting: list[int] = []
    opened: set[int] = set()
    for night in range(PEOPLE // PER_NIGHT + 1):
        waiting += order[night * PER_NIGHT : (night + 1) * PER_NIGHT]
        before, is_open = dict.fromkeys(waiting, 8192), night < PEOPLE // PER_NIGHT
        if not is_open or len(waiting) >= OPEN_AT:
            drawn = draw(waiting, len(waiting) - keep) if is_open else waiting
            opened |= {*drawn}
            waiting = [person for person in waiting if person not in drawn]
        seen = {"response": frozenset(key(wave, person) for person in opened)}
        yield Night(wave, night, is_open, seen, before, dict.fromkeys(waiting, 8192))


def key(wave: str, person: int) -> str:
    """Return the random-looking key of a person's row in a wave."""
    return hashlib.sha256(f"row {wave} {person}".encode()).hexdigest()


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


def test_letters_that_are_watched_tell_no_more_than_one_in_ten() -> None:
    for draw in (fairly, oldest):
        assert 0.03 < timing.copies_of_two_nights(evidence(draw)).value <= 0.1
    everything_at_once = timing.copies_of_two_nights(evidence(fairly, keep=0, seen=lambda person: person.number))
    assert everything_at_once.value <= 0.1, "ten rows appear together all the same"
    assert not timing.copies_of_two_nights(evidence(oldest, keep=17)).is_held, "three at a time"


def test_what_joins_rounds_finds_people() -> None:
    assert timing.copies_over_rounds(rounds(3, fairly)).value <= 0.1
    named = timing.copies_over_rounds(rounds(3, fairly, person=lambda person: person.code))
    assert named.value > 0.3
    by_pseudonym = rounds(3, fairly)
    for row in by_pseudonym.tables["response"]:
        assert row.wave is not None
        row.values["person"] = key(row.wave, row.owner)  # type: ignore[index]
    assert timing.copies_over_rounds(by_pseudonym).value <= 0.1


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
