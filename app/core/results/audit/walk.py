"""Random walks from the true answers to other solutions: they show most sets to be open without a solver.

Many walks go side by side. A walk may leave the solutions and come back: it takes a step with a probability that falls
with the number of people by which the published numbers would be missed. Source: Metropolis and others, "Equation of
state calculations by fast computing machines", Journal of Chemical Physics 21 (1953).
"""

from typing import Any

import numpy as np

from app.core.results.audit.system import System

Array = Any
"""An array of NumPy."""
WALKS = 192
HEATS = (0.12, 0.2, 0.3, 0.45)
"""Temperatures, in people missed."""
GATE_TRIES = 40
LOOKED_AT = 64
"""How many walks are looked at in each turn, of those at a solution."""
GATE_SHARE = 0.05
"""How often every second walk tries a change after which the gate sees fewer or more people answer."""


class Walks:
    """Everybody's categories in each walk; ``now`` has a row for each walk and a column for each person."""

    def __init__(self, system: System, targets: list[int]) -> None:
        """``targets`` are the sets of people that the walks look at."""
        self.system, categories = system, system.categories
        self._rng = np.random.default_rng(1)
        self._truth = np.array(categories.of_person)
        self._numbers, self._chances = np.arange(WALKS), np.array([1 / h for h in HEATS])[np.arange(WALKS) % len(HEATS)]
        bounds = np.array(system.bounds, dtype=np.int16).reshape(-1, 2)
        self._low, self._high = bounds[:, 0], bounds[:, 1]
        width, counted = len(categories.codes), np.array(system.effects, dtype=object)
        self._effects = np.stack([(counted >> c & 1).astype(np.int16) for c in range(width)], axis=1)
        self._in_gate = np.array([categories.in_gate >> c & 1 for c in range(width)], dtype=bool)
        self._parts = np.array([[part >> c & 1 for part in categories.parts] for c in range(width)], dtype=np.float32)
        self._kinds, self._inside = np.array(system.kinds), _matrix(targets, system.people)
        self._true_split = self._inside @ self._parts[self._truth]
        self._gates: dict[bytes, bool] = {}
        self.now = np.tile(self._truth, (WALKS, 1))
        self._counts = np.tile(np.array(system.exact, dtype=np.int16), (WALKS, 1))
        self._missing = self._missed(self._counts)

    def steps(self, number: int, left: Array) -> None:
        """Try some steps in each walk: a change of one person, or an exchange of two.

        Half of the time somebody is taken of the targets that are ``left``.
        """
        rng, everyone, size = self._rng, self.system.people, (number, WALKS)
        people = np.flatnonzero(self._inside[left].any(axis=0))
        some = people[rng.integers(len(people), size=size)]
        ones = np.where(rng.random(size) < 0.5, some, rng.integers(everyone, size=size))
        others, new = rng.integers(everyone, size=size), rng.integers(len(self._in_gate), size=size)
        is_swap, luck = rng.random(size) < 0.5, rng.random(size)
        may_pass = (rng.random(size) < GATE_SHARE) & (self._numbers % 2 == 0)
        for step in range(number):
            self._step(
                ones[step],
                np.where(is_swap[step], others[step], -1),
                new=new[step],
                luck=luck[step],
                may_pass=may_pass[step],
            )

    def _step(self, one: Array, other: Array, *, new: Array, luck: Array, may_pass: Array) -> None:
        numbers, is_swap = self._numbers, other >= 0
        before = self.now[numbers, one]
        exchanged = self.now[numbers, other]
        after = np.where(is_swap, exchanged, new)
        shift = self._effects[one, after] - self._effects[one, before]
        back = self._effects[other, before] - self._effects[other, exchanged]
        counts = self._counts + shift + back * is_swap[:, None]
        missed = self._missed(counts)
        same_gate = (self._in_gate[after] == self._in_gate[before]) | (
            is_swap & (self._kinds[one] == self._kinds[other])
        )
        is_taken = (
            (after != before) & (same_gate | may_pass) & (luck < np.exp((self._missing - missed) * self._chances))
        )
        taken, swapped = numbers[is_taken], numbers[is_taken & is_swap]
        self.now[taken, one[is_taken]] = after[is_taken]
        self.now[swapped, other[swapped]] = before[swapped]
        self._counts[taken], self._missing[taken] = counts[is_taken], missed[is_taken]

    def _missed(self, counts: Array) -> Array:
        return (np.maximum(self._low - counts, 0) + np.maximum(counts - self._high, 0)).sum(axis=1)

    def still_closed(self, left: Array) -> Array:
        """Return those of some targets (their numbers) whose split is the true one in all walks at a solution now."""
        at = np.flatnonzero(self._missing == 0)
        passing = at[[self._passes_gate(self.now[number]) for number in at]] if len(at) else at
        failing = np.setdiff1d(at, passing)
        self.now[failing], self._counts[failing], self._missing[failing] = self._truth, self.system.exact, 0
        for number in self._rng.permutation(passing)[:LOOKED_AT]:
            if not len(left):
                break
            split = self._inside[left] @ self._parts[self.now[number]]
            left = left[(split == self._true_split[left]).all(axis=1)]
        return left

    def _passes_gate(self, of_person: Array) -> bool:
        seen = np.bincount(self._kinds, weights=self._in_gate[of_person]).astype(np.int16).tobytes()
        if seen not in self._gates:
            self._gates[seen] = len(self._gates) < GATE_TRIES and self.system.passes_gate(of_person.tolist())
        return self._gates[seen]


def _matrix(targets: list[int], people: int) -> Array:
    size = (people + 7) // 8
    packed = np.frombuffer(b"".join(t.to_bytes(size, "little") for t in targets), dtype=np.uint8).reshape(-1, size)
    return np.unpackbits(packed, axis=1, bitorder="little")[:, :people].astype(np.float32)
