"""The results of attacks on our design and on the naive twin."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from app.attacker.evidence import Evidence

CONTROL = "control"
"""Marks a control, in the name of a finding before the colon."""


@dataclass(frozen=True)
class Measured:
    """The result of an attack: the design holds if ``value`` is at most ``bound``."""

    value: float
    bound: float

    @property
    def is_held(self) -> bool:
        """Whether the design held."""
        return self.value <= self.bound


@dataclass(frozen=True)
class Attack:
    """One attack on stored data.

    Args:
        name: its number in the threat model, and a short title.
        metric: what the value measures.
        measure: runs the attack on the evidence of one design.
    """

    name: str
    metric: str
    measure: Callable[[Evidence], Measured]


@dataclass(frozen=True)
class Finding:
    """The outcome of an attack. ``passed`` is meaningful only if ``naive_broken`` shows that the attack works."""

    name: str
    metric: str
    value: float
    bound: float
    passed: bool
    naive_value: float | None
    naive_broken: bool | None

    @property
    def is_control(self) -> bool:
        """Whether this is a control, which shows that the search works or has no side effects; it must pass too."""
        return CONTROL in self.name.split(":")[0].split()

    def as_row(self) -> dict[str, Any]:
        """Return the finding as a row for JSON."""
        return asdict(self)


def judge(attack: Attack, ours: Evidence, twin: Evidence) -> Finding:
    """Run an attack on both designs and compare the results."""
    found, naive = attack.measure(ours), attack.measure(twin)
    return compare(attack.name, attack.metric, found=found, naive=naive)


def compare(name: str, metric: str, *, found: Measured, naive: Measured | None) -> Finding:
    """Return a finding from the results of both designs, or of ours only."""
    return Finding(
        name,
        metric,
        round(found.value, 3),
        round(found.bound, 3),
        found.is_held,
        None if naive is None else round(naive.value, 3),
        None if naive is None else not naive.is_held,
    )
