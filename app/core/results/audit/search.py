"""Finds the sets of people whose answer split is forced by what is published about a question.

The true answers are known here, so one other solution with another split proves that a set is not determined. Random
walks settle nearly all sets; for each of the rest an integer programme looks for a solution of its own.
Why: docs/adr/0045.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.core.results.audit.solver import OverTime, other_solution
from app.core.results.audit.system import System
from app.core.results.audit.walk import Walks

STEPS = 60
RESTS = 8
"""The walks end when they have found nothing new this often."""


@dataclass
class Search:
    """The search in one system; ``deadline`` is a moment of ``time.process_time``.

    Raises:
        OverTime: the deadline has passed.
    """

    system: System
    deadline: float

    def determined(self, targets: Sequence[int]) -> int | None:
        """Return the first of some sets that is determined, or None."""
        left = self._walk(targets)
        while left:
            other = self._other_solution(left[0])
            if other is None:
                return left[0]
            left = self._without_open(left[1:], other)
        return None

    def _without_open(self, targets: Sequence[int], other: Sequence[int]) -> list[int]:
        opened = set(self.system.with_other_split(targets, other))
        return [target for target in targets if target not in opened]

    def _walk(self, targets: Sequence[int]) -> list[int]:
        """Return the sets that no random walk shows to be open."""
        if not targets:
            return []
        walks, rests, left = Walks(self.system, [*targets]), 0, np.arange(len(targets))
        while len(left) and rests < RESTS:
            if time.process_time() > self.deadline:
                raise OverTime
            walks.steps(STEPS, left)
            before, left = len(left), walks.still_closed(left)
            rests = rests + 1 if len(left) == before else 0
        return [targets[int(number)] for number in left]

    def _other_solution(self, target: int) -> list[int] | None:
        """Return everybody's categories in another solution with another split of a set, or None if there is none.

        A solution after which the gate would withhold other parts is no solution; then one is sought in which as many
        people of each kind answer as in truth. If there is none either, the set counts as determined.
        """
        for same_gate in (False, True):
            found = other_solution(self.system, target, self.deadline, same_gate=same_gate)
            if found is None or self.system.passes_gate(found):
                return found
        return None
