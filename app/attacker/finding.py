"""What an attack found, on our design and on the naive twin."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from app.attacker.evidence import Evidence

CONTROL = "control"
"""In the name of a finding, before its colon."""


@dataclass(frozen=True)
class Measured:
    """What an attack reached: ``value`` may be ``bound`` at most."""

    value: float
    bound: float

    @property
    def is_held(self) -> bool:
        """Tell whether the design held."""
        return self.value <= self.bound


@dataclass(frozen=True)
class Attack:
    """One way of attacking stored data.

    Args:
        name: its number in the threat model, and what it tries.
        metric: what the value counts.
        measure: makes the attempt on the evidence of one design.
    """

    name: str
    metric: str
    measure: Callable[[Evidence], Measured]


@dataclass(frozen=True)
class Finding:
    """An attack's outcome. ``naive_broken`` shows that the attack works at all; without it ``passed`` means little."""

    name: str
    metric: str
    value: float
    bound: float
    passed: bool
    naive_value: float | None
    naive_broken: bool | None

    @property
    def is_control(self) -> bool:
        """Tell whether this is no attack: it shows that the search works, or harms nobody else. It has to pass too."""
        return CONTROL in self.name.split(":")[0].split()

    def as_row(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def judge(attack: Attack, ours: Evidence, twin: Evidence) -> Finding:
    """Make an attempt on both designs."""
    found, naive = attack.measure(ours), attack.measure(twin)
    return compare(attack.name, attack.metric, found=found, naive=naive)


def compare(name: str, metric: str, *, found: Measured, naive: Measured | None) -> Finding:
    """Return a finding from what was measured on both designs, or on ours alone."""
    return Finding(
        name,
        metric,
        round(found.value, 3),
        round(found.bound, 3),
        found.is_held,
        None if naive is None else round(naive.value, 3),
        None if naive is None else not naive.is_held,
    )
