"""The results of attacks on our design and on the naive twin."""

from collections.abc import Callable
from dataclasses import dataclass

from app.attacker.evidence import Evidence


@dataclass(frozen=True)
class Measured:
    """The result of an attack: the design holds if ``value`` is at most ``bound``."""

    value: float
    bound: float = 0

    @property
    def is_held(self) -> bool:
        """Whether the design held."""
        return self.value <= self.bound


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
        return "control" in self.name.split(":")[0].split()


@dataclass(frozen=True)
class Attack:
    """One attack on stored data: its number in the threat model with a short title, what its value is, and how."""

    name: str
    metric: str
    measure: Callable[[Evidence], Measured]

    def judge(self, ours: Evidence, twin: Evidence | None = None) -> Finding:
        """Return what this attack measures on our design, and on the naive twin if it is given."""
        return compare(self.name, self.metric, found=self.measure(ours), naive=self.measure(twin) if twin else None)


def compare(name: str, metric: str, *, found: Measured, naive: Measured | None = None) -> Finding:
    """Return a finding from the results of both designs, or of ours only."""
    naive_value, naive_broken = (round(naive.value, 3), not naive.is_held) if naive else (None, None)
    return Finding(name, metric, round(found.value, 3), round(found.bound, 3), found.is_held, naive_value, naive_broken)
