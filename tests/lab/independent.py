"""An attacker of published results who has exported files only: a release, the list of who took part, and the options.

Nothing here is taken from the portal, and it must stay so: what it finds is the check of the portal's own audit. For
each question it looks for sets of 1 to 9 people whose whole answer split is the same in all whole-number solutions of
what is published, by the smallest and the largest number that an integer programme allows.

Files, all JSON:
- a release, as `flask release show` prints it, and perhaps that of the round before
- people of a round: a list of {"groups": {dimension: value}, "also": whether they answered the other round}
- bands: {question: {option: band or null}} in the order of the questionnaire, for questions with one answer
"""

import json
import random
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import highspy

STARTS = 5
FEW, BLANK = 10, "blank"
ORDER = ("positive", "neutral", "negative")
Bands = dict[str, dict[str, str | None]]
Inside = Callable[[dict[str, Any]], bool]


@dataclass
class Attack:
    """What is published about one question to the people of one round; ``slack`` is how far rounding may reach."""

    people: list[dict[str, Any]]
    options: dict[str, str | None]
    slack: int = 2
    rows: list[tuple[frozenset[int], frozenset[str], float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        cells: dict[tuple[object, ...], list[int]] = defaultdict(list)
        for i, person in enumerate(self.people):
            cells[(*sorted(person["groups"].items()), person["also"])].append(i)
        self.atoms = list(cells.values())
        self.answers = [*self.options, BLANK]

    def learn(self, result: dict[str, Any], inside: Inside) -> None:
        """Add what a published result says about those inside."""
        people = frozenset(i for i, person in enumerate(self.people) if inside(person))
        banded = result["detail"] == "bands"
        named = {name: self._answers_of(name, banded) for name in (ORDER if banded else self.options)}
        answered = frozenset().union(*named.values())
        if result["reason"] in ("base_zero", "too_few_answers"):
            low, high = (0, 2) if result["reason"] == "base_zero" else (3, FEW - 1)
            self.rows.append((people, answered, low, high))
        elif result["reason"] is None:
            for cell in result["cells"]:
                self._around(people, named[cell["code"]], cell["count"])
            self._around(people, answered, result["base"])
            self._around(people, frozenset(self.answers) - answered, result["not_answered"])
            self.rows.append((people, answered, FEW if self.slack else 0, len(people)))

    def _answers_of(self, name: str, banded: bool) -> frozenset[str]:
        return frozenset(option for option, band in self.options.items() if (band if banded else option) == name)

    def _around(self, people: frozenset[int], answers: frozenset[str], count: int) -> None:
        self.rows.append((people, answers, count - self.slack, count + self.slack))

    def targets(self) -> list[frozenset[int]]:
        """Return the sets of 1 to 9 people: combinations, cells of one to three dimensions, differences of sets."""
        names = [*sorted({name for person in self.people for name in person["groups"]}), None]
        found = {frozenset(atom) for atom in self.atoms}
        for some in (c for n in (1, 2, 3) for c in combinations(names, n)):
            cells: dict[tuple[object, ...], set[int]] = defaultdict(set)
            for i, person in enumerate(self.people):
                cells[tuple(person["groups"].get(n) if n else person["also"] for n in some)].add(i)
            found |= {frozenset(cell) for cell in cells.values()}
        sets = {people for people, *_rest in self.rows}
        found |= {one - other for one, other in permutations(sets, 2)} | sets
        return sorted((s for s in found if 0 < len(s) < FEW), key=lambda s: (len(s), sorted(s)))

    def determined(self) -> Iterator[frozenset[int]]:
        """Yield the sets whose split is the same in every solution."""
        solver, left, before = Solver(self), self.targets(), -1
        while len(left) != before:  # a few solutions at random show most sets to be open
            before = len(left)
            for _solution in range(STARTS):
                solver.find_any()
            left = solver.same_in_all(left)
        while left:
            target, *left = left
            if solver.is_forced(target):
                yield target
            left = solver.same_in_all(left)

    def parts(self) -> list[frozenset[str]]:
        """Return the parts of a split: three bands, and everything else."""
        bands = [self._answers_of(band, True) for band in ORDER]
        return [*bands, frozenset(self.answers) - frozenset().union(*bands)]


class Solver:
    """The integer programme: for each atom how many of its people gave each answer."""

    def __init__(self, attack: Attack) -> None:
        self.attack, self.atoms = attack, [frozenset(atom) for atom in attack.atoms]
        self.parts, self.random = attack.parts(), random.Random(1)
        self.model = highspy.Highs()
        self.model.setOptionValue("output_flag", False)
        self.model.setOptionValue("threads", 1)
        self.x = [{a: self.model.addIntegral(lb=0, ub=len(atom)) for a in attack.answers} for atom in self.atoms]
        for atom, row in zip(self.atoms, self.x, strict=True):
            self.model.addConstr(sum(row.values()) == len(atom))
        for people, answers, low, high in attack.rows:
            terms = [row[a] for atom, row in zip(self.atoms, self.x, strict=True) if atom <= people for a in answers]
            if terms:
                self.model.addConstr(low <= sum(terms) <= high)
        self.solutions: list[list[dict[str, int]]] = []

    def is_forced(self, target: frozenset[int]) -> bool:
        """Return whether the smallest number of each part is its largest."""
        for part in self.parts[:-1]:
            terms = [row[a] for atom, row in zip(self.atoms, self.x, strict=True) if atom <= target for a in part]
            if not terms:
                continue
            found = {self._solve(solve, sum(terms)) for solve in (self.model.minimize, self.model.maximize)}
            if len(found) > 1:
                return False
        return True

    def find_any(self) -> None:
        """Find a solution at random."""
        terms = [self.random.choice((-1, 1)) * v for row in self.x for v in row.values()]
        self.model.setOptionValue("mip_rel_gap", 0.5)
        self._solve(self.model.minimize, sum(terms))
        self.model.setOptionValue("mip_rel_gap", 0.0)

    def _solve(self, solve: Callable[[Any], Any], terms: Any) -> int:
        solve(terms)
        if self.model.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"what is published has no solution: {self.model.getModelStatus()}")
        values = self.model.getSolution().col_value
        self.solutions.append([{a: round(values[v.index]) for a, v in row.items()} for row in self.x])
        return round(self.model.getObjectiveValue())

    def same_in_all(self, targets: list[frozenset[int]]) -> list[frozenset[int]]:
        """Return the sets whose split is the same in all solutions found so far, and forget these."""
        for solution in self.solutions[1:]:
            targets = [t for t in targets if self.split(solution, t) == self.split(self.solutions[0], t)]
        self.solutions = self.solutions[:1]
        return targets

    def split(self, solution: list[dict[str, int]], target: frozenset[int]) -> tuple[int, ...]:
        """Return the split of a set in a solution."""
        rows = [row for atom, row in zip(self.atoms, solution, strict=True) if atom <= target]
        return tuple(sum(row[a] for row in rows for a in part) for part in self.parts)


Found = Iterator[tuple[str, Attack]]


def attacks(release: dict[str, Any], people: list[dict[str, Any]], bands: Bands, slack: int = 2) -> Found:
    """Yield for each question what a release says about the answers of its own round."""
    for variable, options in bands.items():
        attack = Attack(people, options, slack)
        for group, result in _results(release, variable):
            attack.learn(result, group)
        yield variable, attack


def attacks_before(
    release: dict[str, Any],
    before: dict[str, Any],
    people: list[dict[str, Any]],
    bands: Bands,
) -> Found:
    """Yield what a release and the one before it say together about the answers of the round before."""
    panel = release["panel"] if release["panel"] and release["panel"]["reason"] is None else {"questions": []}
    for variable, attack in attacks(before, people, bands):
        for question in panel["questions"]:
            if question["variable"] == variable:
                attack.learn(question["earlier"], lambda person: person["also"])
        yield variable, attack


def _results(release: dict[str, Any], variable: str) -> Iterator[tuple[Inside, dict[str, Any]]]:
    everyone = [r for r in release["questions"] if r["variable"] == variable]
    yield from ((lambda _person: True, result) for result in everyone)
    for dimension in release["dimensions"]:
        for group in dimension["groups"]:
            name, values = dimension["name"], frozenset(group["values"])
            for result in group["questions"]:
                if result["variable"] == variable:
                    yield (lambda p, name=name, values=values: p["groups"].get(name, "-9") in values), result
    panel = release["panel"]
    for question in panel["questions"] if panel and panel["reason"] is None else []:
        if question["variable"] == variable:
            yield (lambda person: person["also"]), question["current"]


def count_determined(found: Found) -> int:
    """Return how many sets are determined over all questions."""
    return sum(1 for _variable, attack in found for _set in attack.determined())


def main(arguments: list[str]) -> int:
    """Attack the files named: bands, a release, its people, and perhaps the release and people of the round before."""
    bands, release, people, *before = [json.loads(Path(name).read_text()) for name in arguments]
    found = count_determined(attacks(release, people, bands))
    if before:
        found += count_determined(attacks_before(release, before[0], before[1], bands))
    print(json.dumps({"determined_sets": found}))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
