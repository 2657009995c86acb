"""What an audit had published coarser than the fixed rules would allow."""

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Coarsening:
    """``merged``: dimensions and how often their two smallest groups are merged after the gate.

    ``left_out``: the questions of which nothing is published.
    """

    merged: tuple[tuple[str, int], ...] = ()
    is_without_panel: bool = False
    left_out: frozenset[str] = frozenset()

    def merges(self, dimension: str) -> int:
        """Return how often the smallest groups of a dimension are merged."""
        return dict(self.merged).get(dimension, 0)

    def merge(self, dimension: str, times: int) -> "Coarsening":
        """Return a coarsening that merges groups of a dimension some more times."""
        merged = {**dict(self.merged), dimension: self.merges(dimension) + times}
        return replace(self, merged=tuple(sorted(merged.items())))

    def without_panel(self) -> "Coarsening":
        """Return a coarsening that publishes no panel, too."""
        return replace(self, is_without_panel=True)

    def leave_out(self, variables: Iterable[str]) -> "Coarsening":
        """Return a coarsening that publishes nothing of some questions, too."""
        return replace(self, left_out=self.left_out | {*variables})


FINEST = Coarsening()
