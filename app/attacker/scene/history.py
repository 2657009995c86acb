"""Runs synthetic people through several waves of a temporary installation, and records the ground truth."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from app.attacker.evidence import Night, Person, Sending, Truth
from app.attacker.scene.stage import ROOT, Stage
from app.attacker.scene.visitor import Visitor

SURVEY = "partner"
DOCUMENT = ROOT / "app" / "questionnaires" / f"{SURVEY}.json"
PER_NIGHT = 5
MOST_WAITING, PIN = 30, "482913"
"""The number of letters and of drafts in the open wave, and the PIN for saved drafts."""
FIRST_DAY, LAST_DAY = "2020-01-01", "2099-12-31"
Ids = Callable[[str], set[bytes]]


class Camera(Protocol):
    """Takes snapshots of an installation's databases."""

    def letters(self, wave: str) -> dict[bytes, int]:
        """Return the waiting letters of a wave."""

    def take(self, wave: str, night: int, *, is_open: bool, before: dict[bytes, int]) -> Night:
        """Return the snapshot after a night."""


@dataclass
class History:
    """A recorded run: the ground truth, a snapshot for each night, and the sizes of thank-you pages.

    Attributes:
        wave: the open wave after those of the ground truth, with letters and drafts of some people.
        drafts: the owner of each draft, by row id.
    """

    truth: Truth
    nights: list[Night]
    thanks: list[int]
    wave: str = ""
    drafts: dict[bytes, int] = field(default_factory=dict)


def issue(stage: Stage, respondents: int) -> list[Person]:
    """Set up an installation and issue a card to every synthetic person."""
    stage.prepare()
    stage.run("survey", "import", str(DOCUMENT))
    cards = ("cards", "issue", SURVEY, "--batch", "one", "--locality", "north", "--channel", "visit")
    codes = stage.run(*cards, "--count", str(respondents)).splitlines()
    return [_person(number, code.replace(" ", "")) for number, code in enumerate(codes)]


def live(stage: Stage, *, people: list[Person], waves: int, seed: int, camera: Camera) -> History:
    """Let everybody answer every wave, in a different order each time, and open the letterbox each night.

    Args:
        stage: an installation with a running web process.
        people: the respondents.
        waves: the number of waves.
        seed: seed of the order in which people answer.
        camera: takes snapshots before and after each opening.
    """
    chance, thanks = Random(seed), []  # noqa: S311 (simulated orders, not a secret)
    sendings: list[Sending] = []
    nights: list[Night] = []
    for _wave in range(waves):
        wave = open_wave(stage)
        order = chance.sample(people, len(people))
        for rank, person in enumerate(order):
            visitor = Visitor(stage.base, person.address, person.agent)
            thanks.append(len(visitor.walk(person.code, chance.randrange(6), person.words).body))
            sendings.append(Sending(person.number, wave, rank // PER_NIGHT, rank, time.time()))
            if rank % PER_NIGHT == PER_NIGHT - 1:
                before = camera.letters(wave)
                stage.run("letterbox", "open")
                nights.append(camera.take(wave, rank // PER_NIGHT, is_open=True, before=before))
        before = camera.letters(wave)
        stage.run("wave", "close", wave)
        nights.append(camera.take(wave, len(order) // PER_NIGHT, is_open=False, before=before))
    return History(Truth(SURVEY, people, sendings), nights, thanks)


def leave_waiting(stage: Stage, lived: History, *, seed: int, ids: Ids) -> None:
    """Let some people send answers in a new wave, and others start, save and start again.

    Args:
        stage: an installation with a running web process.
        lived: the recorded run; it is updated.
        seed: seed of the order in which people answer.
        ids: returns the ids of all rows of a table of the front room.
    """
    chance, people = Random(seed + 1), lived.truth.people  # noqa: S311 (simulated orders, not a secret)
    lived.wave, some = open_wave(stage), min(MOST_WAITING, 2 * len(people) // 3)  # fewer than 20 give little power
    for person in chance.sample(people, some):
        Visitor(stage.base, person.address, person.agent).walk(person.code, chance.randrange(6), person.words)
    for person in chance.sample(people, some):
        for table in ("saved_draft", "draft"):
            before, visitor = ids(table), Visitor(stage.base, person.address, person.agent)
            visitor.walk_to_check(person.code, chance.randrange(6), person.words)
            if table == "saved_draft":
                visitor.save(PIN)
            lived.drafts |= dict.fromkeys(ids(table) - before, person.number)


def open_wave(stage: Stage) -> str:
    """Create and open the next wave, and return its id."""
    wave = stage.run("wave", "create", SURVEY, "--opens", FIRST_DAY, "--closes", LAST_DAY).strip()
    stage.run("wave", "open", wave)
    return wave


def _person(number: int, code: str) -> Person:
    address = f"127.{10 + number // 200}.{7 + number % 7}.{1 + number % 200}"
    return Person(number, code, address, f"CanaryPhone/{7919 * (number + 3)}", f"canary{104729 * (number + 5)}words")
