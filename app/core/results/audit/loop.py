"""Makes a release coarser until an audit finds nothing determined. Why: docs/adr/0045."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version

from app.core.results.audit.verdicts import PANEL, Verdict, candidate, parts_of
from app.core.results.certificate import RULES, Certificate, Step
from app.core.results.coarsening import FINEST, Coarsening
from app.core.results.disclosure import certified, protect
from app.core.results.panels import EarlierWave
from app.core.results.published import Published
from app.core.results.tally import ClosedWave

Check = Callable[[Coarsening, int], Verdict]
"""Audits the release with a coarsening; the number is that of the pass."""
EVERYTHING = "groups"
POOLED, LEFT_OUT = "pooled", "left_out"
DETERMINED, OVER_TIME = "determined", "over_time"


@dataclass
class _Protocol:
    """What the certificate says, as the audit goes on."""

    started: float = field(default_factory=time.monotonic)
    passes: int = 0
    found: int = 0
    steps: list[Step] = field(default_factory=list)

    def certificate(self, *, audited: bool) -> Certificate:
        seconds = math.ceil(time.monotonic() - self.started)
        return Certificate(
            RULES, audited, self.found, self.passes, seconds, f"HiGHS {version('highspy')}", tuple(self.steps)
        )


def audited_release(wave: ClosedWave, earlier: EarlierWave | None, check: Check) -> Published:
    """Return the finest release that ``check`` finds nothing determined in, with its certificate.

    If even everyone's results cannot be checked in time, they are published without groups and without an audit, as
    in a round that is too small for groups.
    """
    protocol, coarser = _Protocol(), FINEST
    while True:
        protocol.passes += 1
        verdict = check(coarser, protocol.passes)
        protocol.found += len(verdict.determined)
        published = candidate(wave, earlier, coarser)
        if not verdict.determined and not verdict.is_over:
            return certified(published, protocol.certificate(audited=True))
        step, next_coarser = _coarser(coarser, published, verdict)
        protocol.steps.append(step)
        if next_coarser is None:
            everyone = protect(wave, earlier, breakdowns_allowed=False, coarser=coarser)
            return certified(everyone, protocol.certificate(audited=False))
        coarser = next_coarser


def _coarser(coarser: Coarsening, published: Published, verdict: Verdict) -> tuple[Step, Coarsening | None]:
    """Return what to publish coarser, and the coarsening with it; None where nothing more can be left out."""
    reason = OVER_TIME if verdict.is_over else DETERMINED
    if verdict.from_everyone:
        names = sorted(verdict.from_everyone)
        return Step(", ".join(names), LEFT_OUT, reason), coarser.leave_out(names)
    groups = {dimension.name: len(dimension.groups) for dimension in published.dimensions}
    parts = parts_of(published)
    if not parts:
        return Step(EVERYTHING, LEFT_OUT, reason), None
    part = min(
        parts, key=lambda name: (verdict.remaining.get(name, math.inf), -groups.get(name, 0), -parts.index(name))
    )
    if part == PANEL:
        return Step(part, LEFT_OUT, reason), coarser.without_panel()
    times = groups[part] - 1 if verdict.is_over else 1
    return Step(part, POOLED if times < groups[part] - 1 else LEFT_OUT, reason), coarser.merge(part, times)
