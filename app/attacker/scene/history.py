"""Runs synthetic people through several waves of a temporary installation, and records the ground truth."""

import datetime as dt
import time
from random import Random

from app.attacker.evidence import History, Night, Person, Sending, Truth
from app.attacker.scene import ours
from app.attacker.scene.ours import DOCUMENT, SURVEY
from app.attacker.scene.stage import Stage
from app.attacker.scene.visitor import Visitor
from app.storage import clock

PER_NIGHT = 5
MOST_WAITING, PIN = 30, "482913"
"""The number of letters and of drafts in the open wave, and the PIN for saved drafts."""
WAVE_DAYS = dt.timedelta(days=300)
READERS = ("first-reader@example.org", "second-reader@example.org")


def issue(stage: Stage, respondents: int) -> list[Person]:
    """Set up an installation and issue a card to every synthetic person."""
    stage.prepare()
    stage.run("survey", "import", str(DOCUMENT))
    for reader in READERS:  # without them no wave asks for own words
        stage.run("user", "create", reader, "--role", "safeguarding lead")
    cards = ("cards", "issue", SURVEY, "--batch", "one", "--locality", "north", "--channel", "visit")
    codes = stage.run(*cards, "--count", str(respondents)).splitlines()
    return [_person(number, code.replace(" ", "")) for number, code in enumerate(codes)]


def live(stage: Stage, people: list[Person], *, waves: int, seed: int) -> History:
    """Let everybody answer every wave, in a different order each time, and open the letterbox each night.

    The web process of the installation must be running. ``seed`` is that of the order in which people answer.
    """
    chance = Random(seed)  # noqa: S311 (simulated orders, not a secret)
    sendings: list[Sending] = []
    lived = History(Truth(people, sendings), [], [])
    for _wave in range(waves):
        wave = open_wave(stage)
        for rank, person in enumerate(chance.sample(people, len(people))):
            visitor, night = Visitor(stage.base, person.address, person.agent), rank // PER_NIGHT
            lived.thanks.append(len(visitor.walk(person.code, chance.randrange(6), person.words).body))
            sendings.append(Sending(person.number, wave, night, rank, time.time()))
            if rank % PER_NIGHT == PER_NIGHT - 1:
                lived.nights.append(_open_letters(stage, wave, night))
        lived.nights.append(_open_letters(stage, wave, len(people) // PER_NIGHT, closes=True))
    return lived


def leave_waiting(stage: Stage, lived: History, seed: int) -> None:
    """Let some people send answers in a new wave, and others start, save and start again; add this to the history."""
    chance, people = Random(seed + 1), lived.truth.people  # noqa: S311 (simulated orders, not a secret)
    lived.wave, some = open_wave(stage), min(MOST_WAITING, 2 * len(people) // 3)  # fewer than 20 give little power
    for person in chance.sample(people, some):
        Visitor(stage.base, person.address, person.agent).walk(person.code, chance.randrange(6), person.words)
    for person in chance.sample(people, some):
        for table in ("saved_draft", "draft"):
            before, visitor = ours.ids(stage, table), Visitor(stage.base, person.address, person.agent)
            visitor.walk_to_check(person.code, chance.randrange(6), person.words)
            if table == "saved_draft":
                visitor.save(PIN)
            lived.drafts |= dict.fromkeys(ours.ids(stage, table) - before, person.number)


def open_wave(stage: Stage) -> str:
    """Create and open the next wave, and return its id."""
    days = ("--opens", str(clock.today()), "--closes", str(clock.today() + WAVE_DAYS))
    wave = stage.run("wave", "create", SURVEY, *days).strip()
    stage.run("wave", "open", wave, "--reading-day", str(clock.today() + WAVE_DAYS))
    return wave


def _open_letters(stage: Stage, wave: str, night: int, *, closes: bool = False) -> Night:
    """Open the letterbox of a night, or all letters by closing the wave, with snapshots before and after."""
    before = ours.waiting_letters(stage, wave)
    stage.run(*(("wave", "close", wave) if closes else ("letterbox", "open")))
    seen = {table: ours.ids(stage, table, wave) for table in ours.ANSWERS}
    return Night(wave, night, not closes, seen, before, ours.waiting_letters(stage, wave))


def _person(number: int, code: str) -> Person:
    address = f"127.{10 + number // 200}.{7 + number % 7}.{1 + number % 200}"
    return Person(number, code, address, f"CanaryPhone/{7919 * (number + 3)}", f"canary{104729 * (number + 5)}words")
