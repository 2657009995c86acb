"""The certificate of an audit, frozen with the release. Why: docs/adr/0045."""

from dataclasses import dataclass

RULES = 1
"""The version of the audit's rules."""


@dataclass(frozen=True)
class Step:
    """What was published coarser: ``part`` was ``pooled`` further or ``left_out``, because of ``reason``.

    A part is a dimension, "panel", "groups" (all groups and the panel), or a question's variable. The reason is
    ``determined`` or ``over_time``.
    """

    part: str
    change: str
    reason: str


@dataclass(frozen=True)
class Certificate:
    """How a release was audited.

    Attributes:
        audited: whether the last pass ended and found nothing.
        found: sets that earlier passes found determined, at most one for each question and pass.
        seconds: of all passes, rounded up.
    """

    rules: int
    audited: bool
    found: int
    passes: int
    seconds: int
    solver: str
    pooled: tuple[Step, ...]
