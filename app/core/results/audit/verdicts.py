"""What a pass of the audit finds, and how a release is made coarser by one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.results.audit.sides import panel_of
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
