"""One pass of the audit over everything that a release would publish. Why: docs/adr/0045."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.results.audit.search import Search
from app.core.results.audit.sides import panel_of, sides_of
from app.core.results.audit.solver import OverTime
from app.core.results.coarsening import Coarsening
from app.core.results.disclosure import protect
from app.core.results.panels import EarlierWave
from app.core.results.published import Published
from app.core.results.tally import ClosedWave

PANEL = "panel"
Found = tuple[str, str, int]
"""The wave and question of a set that is determined, and its size."""


@dataclass(frozen=True)
class Verdict:
    """The outcome of a pass.

    Attributes:
        determined: the sets found; the search in a question ends with the first.
        remaining: for each part of the release, how many of them stay determined if it is published one step coarser.
        from_everyone: the questions that stay determined if only everyone's results are published.
        is_over: the time was used up, or the pass did not end.
    """

    determined: tuple[Found, ...] = ()
    remaining: Mapping[str, int] = field(default_factory=dict)
    from_everyone: tuple[str, ...] = ()
    is_over: bool = False

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Verdict":
        """Return a verdict from its fields as JSON types."""
        determined = tuple((str(wave), str(name), int(size)) for wave, name, size in raw["determined"])
        return cls(determined, dict(raw["remaining"]), tuple(raw["from_everyone"]), bool(raw["is_over"]))


def candidate(wave: ClosedWave, earlier: EarlierWave | None, coarser: Coarsening) -> Published:
    """Return the release that is to be audited."""
    return protect(wave, earlier, breakdowns_allowed=True, coarser=coarser)


def parts_of(published: Published) -> list[str]:
    """Return what a release could publish coarser: dimensions with groups, and the panel."""
    shown = [dimension.name for dimension in published.dimensions if dimension.groups]
    return [*shown, *([PANEL] if panel_of(published) else [])]


def one_step(coarser: Coarsening, part: str) -> Coarsening:
    """Return the next coarsening of a part: its two smallest groups are merged, or the panel is left out."""
    return coarser.without_panel() if part == PANEL else coarser.merge(part, 1)


def audit_once(wave: ClosedWave, earlier: EarlierWave | None, coarser: Coarsening, *, seconds: float) -> Verdict:
    """Return what a release would determine, together with the earlier wave's release."""
    deadline = time.monotonic() + seconds
    published, found = candidate(wave, earlier, coarser), list[Found]()
    try:
        for one in _determined(wave, earlier, published, deadline=deadline):
            found.append(one)
        names = {variable for _wave, variable, _size in found}
        remaining = {}
        for part in parts_of(published) if names else ():
            other = candidate(wave, earlier, one_step(coarser, part))
            remaining[part] = len(list(_determined(wave, earlier, other, names, deadline=deadline)))
        alone = protect(wave, earlier, breakdowns_allowed=False, coarser=coarser)
        always = [name for _wave, name, _size in _determined(wave, earlier, alone, names, deadline=deadline)]
    except OverTime:
        return Verdict(tuple(found), is_over=True)
    return Verdict(tuple(found), remaining, tuple(always))


def _determined(
    wave: ClosedWave,
    earlier: EarlierWave | None,
    published: Published,
    names: Iterable[str] | None = None,
    *,
    deadline: float,
) -> Iterable[Found]:
    """Yield what is determined about all questions, or about some."""
    for side in sides_of(wave, earlier, published):
        targets = side.targets()
        for variable in side.variables:
            if names is None or variable in names:
                found = Search(side.system(variable), deadline).determined(targets)
                if found is not None:
                    yield side.wave.wave, variable, found.bit_count()
