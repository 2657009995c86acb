"""Invented populations for audits: skewed, nested and with people who answer two waves."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.answers import KINDS
from app.core.questionnaires import MISSING, Option, Page, Question, Questionnaire
from app.core.results.tally import ClosedWave, Record

ROLES = ("mother", "father", "carer", "other")
AGES = ("under5", "5to10", "11plus")
CODES = ("5", "4", "3", "2", "1")
HELP = tuple(Option(code, f"help.{code}") for code in "abcd")


def questionnaire(questions: int) -> Questionnaire:
    """Return a questionnaire of some five-point questions, one of several options, and two about the person."""
    rated = [Question(f"q{number}", "agree5", KINDS["agree5"].fixed or ()) for number in range(questions - 1)]
    several = Question("help", "multi", HELP)
    about = [Question("role", "single", tuple(Option(r, r) for r in ROLES), about=True)]
    about.append(Question("age", "single", tuple(Option(a, a) for a in AGES), about=True))
    return Questionnaire("family", "1", 5, (Page("p", (*rated, several, *about)),), {"en": {}})


@dataclass
class Population:
    """People with fixed places and roles, whose answers are drawn anew in each wave."""

    seed: int
    nested: bool
    questions: int = 20

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.document = questionnaire(self.questions)
        self.people: dict[int, dict[str, str]] = {}
        self.leaning = [
            self.rng.choice([(60, 25, 8, 4, 3), (85, 8, 4, 2, 1), (20, 30, 25, 15, 10), (95, 3, 1, 1, 0)])
            for _question in range(self.questions - 1)
        ]
        self.blank = [self.rng.choice([0, 0.03, 0.15]) for _question in range(self.questions)]

    def person(self, number: int) -> dict[str, str]:
        """Return the groups of a person."""
        if number not in self.people:
            rng = self.rng
            locality = rng.choices(("north", "central", "south", "west"), (45, 30, 17, 8))[0]
            inside = self.nested and locality == "south" and rng.random() < 0.9
            channel = "school" if inside else rng.choices(("visit", "centre", "post", "school"), (50, 30, 15, 2))[0]
            role = rng.choices((*ROLES, MISSING), (60, 20, 10, 5, 5))[0]
            age = rng.choices((*AGES, MISSING), (40, 35, 20, 5))[0]
            self.people[number] = {"locality": locality, "channel": channel, "role": role, "age": age}
        return self.people[number]

    def wave(self, name: str, numbers: Sequence[int]) -> ClosedWave:
        """Return the answers of some people in a wave."""
        groups = {number: self.person(number) for number in numbers}
        records = [Record(n.to_bytes(16, "big"), groups[n], self._answers(groups[n])) for n in numbers]
        listed = {"role": (*ROLES, MISSING), "age": (*AGES, MISSING)}
        return ClosedWave(name, self.document, records, listed)

    def _answers(self, groups: dict[str, str]) -> dict[str, str | tuple[str, ...]]:
        given: dict[str, str | tuple[str, ...]] = {}
        for number, weights in enumerate(self.leaning):
            code = self.rng.choices(CODES, weights)[0]
            given[f"q{number}"] = MISSING if self.rng.random() < self.blank[number] else code
        chosen = tuple(code for code in "abcd" if self.rng.random() < 0.35)
        given["help"] = chosen or MISSING
        return {**given, **{name: groups[name] for name in ("role", "age")}}
