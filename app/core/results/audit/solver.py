"""The integer programmes that look for another solution, solved by HiGHS.

Source: Huangfu and Hall, "Parallelizing the dual revised simplex method", Mathematical Programming Computation 10
(2018). HiGHS is imported when it is needed, since only the child process of an audit may load it.
"""

import math
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import accumulate
from typing import Any

from app.core.results.audit.system import System

Row = tuple[float, float, list[int]]
"""The lower and upper limit of a sum, and the variables in it."""


class OverTime(Exception):
    """The audit has used up its time."""


class Programme:
    """Solutions of a system: how many people of each class are in each category.

    People of a class are of the same kind, and interchangeable in what the programme is asked.
    """

    def __init__(self, system: System, side: Callable[[int], object]) -> None:
        """``side`` splits the people of a kind into classes."""
        self.system = system
        classes: dict[tuple[int, object], list[int]] = {}
        for person, kind in enumerate(system.kinds):
            classes.setdefault((kind, side(person)), []).append(person)
        self.classes = list(classes.values())
        self._width = len(system.categories.codes)

    def variables(self, number: int, counted: int) -> list[int]:
        """Return the variables of a class in some categories."""
        return [number * self._width + c for c in range(self._width) if counted >> c & 1]

    def rows(self, *, same_gate: bool) -> list[Row]:
        """Return everything that is published; with ``same_gate`` the gate also sees as many answers of each class."""
        categories, found = self.system.categories, list[Row]()
        for number, people in enumerate(self.classes):
            found.append((len(people), len(people), self.variables(number, categories.everything)))
            if same_gate:
                seen = sum(categories.in_gate >> categories.of_person[i] & 1 for i in people)
                found.append((seen, seen, self.variables(number, categories.in_gate)))
        effects = [self.system.effects[people[0]] for people in self.classes]
        for line, (low, high) in enumerate(self.system.bounds):
            row = [v for number, counted in enumerate(effects) for v in self.variables(number, counted[line])]
            found.append((low, high, row))
        return found

    def solve(self, rows: Sequence[Row], deadline: float) -> list[int] | None:
        """Return everybody's categories in a solution of some rows, None if none.

        Raises:
            OverTime: it was not decided before the deadline.
        """
        sizes = [len(people) for people in self.classes for _category in range(self._width)]
        values = _solve(rows, sizes, deadline)
        return None if values is None else self._assign(values)

    def _assign(self, values: Sequence[int]) -> list[int]:
        found = [0] * self.system.people
        for number, people in enumerate(self.classes):
            counts = values[number * self._width : (number + 1) * self._width]
            chosen = [category for category, count in enumerate(counts) for _ in range(count)]
            for person, category in zip(people, chosen, strict=True):
                found[person] = category
        return found


def other_solution(system: System, target: int, deadline: float, *, same_gate: bool) -> list[int] | None:
    """Return everybody's categories in a solution in which a set has another split than in truth; None if none has.

    Raises:
        OverTime: it was not decided before the deadline.
    """
    programme = Programme(system, lambda person: target >> person & 1)
    inside = [number for number, people in enumerate(programme.classes) if target >> people[0] & 1]
    rows, categories = programme.rows(same_gate=same_gate), system.categories
    for part, true in zip(categories.parts, system.split(target, categories.of_person), strict=True):
        counted = [v for number in inside for v in programme.variables(number, part)]
        more, fewer = (true + 1, math.inf, counted), (0, true - 1, counted)
        for row in (more,) if categories.bands or not true else (more, fewer):  # bands and the rest have a fixed sum
            found = programme.solve([*rows, row], deadline)
            if found is not None:
                return found
    return None


def _solve(rows: Sequence[Row], sizes: Sequence[int], deadline: float) -> list[int] | None:
    """Return whole numbers from 0 to ``sizes`` that satisfy all rows, or None if there are none."""
    seconds = deadline - time.process_time()
    if seconds <= 0:
        raise OverTime
    highspy: Any = import_module("highspy")
    solver = highspy.Highs()
    options = {"output_flag": False, "threads": 1, "random_seed": 1, "time_limit": seconds}
    for name, value in options.items():
        solver.setOptionValue(name, value)
    solver.passModel(_model(highspy, rows, sizes))
    solver.run()
    status = solver.getModelStatus()
    if status == highspy.HighsModelStatus.kInfeasible:
        return None
    values = [round(value) for value in solver.getSolution().col_value]
    is_solution = status == highspy.HighsModelStatus.kOptimal
    if not is_solution or not all(low <= sum(values[i] for i in row) <= high for low, high, row in rows):
        raise OverTime
    return values


def _model(highspy: Any, rows: Sequence[Row], sizes: Sequence[int]) -> Any:
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(sizes), len(rows)
    model.col_cost_ = [0.0] * len(sizes)
    model.col_lower_, model.col_upper_ = [0.0] * len(sizes), [float(size) for size in sizes]
    model.row_lower_ = [float(low) for low, _high, _row in rows]
    model.row_upper_ = [float(high) for _low, high, _row in rows]
    model.integrality_ = [highspy.HighsVarType.kInteger] * len(sizes)
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = [0, *accumulate(len(row) for _low, _high, row in rows)]
    model.a_matrix_.index_ = [i for _low, _high, row in rows for i in row]
    model.a_matrix_.value_ = [1.0] * sum(len(row) for _low, _high, row in rows)
    return model
