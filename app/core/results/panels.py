"""Decides whether results of the panel (the people who answered two waves) can be published, and for which questions.

The panel is a group like any other: it can be differenced with everything that both waves publish. Why: docs/adr/0007.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.answers import chosen
from app.core.results.pooling import SMALLEST_GROUP, Cut, Group, mask, publishable, too_close
from app.core.results.published import STEP, Published, QuestionResult, Reason
from app.core.results.tally import ClosedWave, band_codes

GROUPS_FROM = 50


@dataclass(frozen=True)
class EarlierWave:
    """The previous wave: its responses, its frozen release, and the people of the wave before it (if any).

    The release may include people whose answers have been deleted since.

    Raises:
        ValueError: the release is of another wave.
    """

    closed: ClosedWave
    released: Published
    people_before: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        if self.released.wave != self.closed.wave:
            raise ValueError(f"the release of {self.released.wave} does not belong to {self.closed.wave}")


def panel_cut(wave: ClosedWave, people: frozenset[bytes]) -> Cut:
    """Return {the people, the rest} of a wave as a cut; the cut is empty if one of them would be everyone."""
    members = mask(record.person in people for record in wave.records)
    rest = mask(record.person not in people for record in wave.records)
    return (Group("panel", ("both",), members), Group("panel", ("rest",), rest)) if members and rest else ()


def panel_reason(wave: ClosedWave, earlier: EarlierWave, allowed: bool) -> Reason | None:
    """Return the reason why the panel cannot be published, or None."""
    now, then = len(wave.records), len(earlier.closed.records)
    both = wave.people & earlier.closed.people
    if min(now, then) < GROUPS_FROM or earlier.released.n is None:
        return Reason.WAVES_TOO_SMALL
    if not allowed:
        return Reason.NOT_AUDITED
    if len(both) < SMALLEST_GROUP:
        return Reason.PANEL_TOO_SMALL
    if min(now, then) - len(both) < SMALLEST_GROUP:
        return Reason.PANEL_REST_TOO_SMALL
    panel = panel_cut(earlier.closed, both)
    # The earlier release is frozen and cannot be pooled any further, so the panel is suppressed instead.
    is_close = any(too_close(panel, old) or too_close(old, panel) for old in released_cuts(earlier))
    is_safe = not is_close and _hides_withdrawn(earlier, both) and _matches_release(earlier)
    return None if is_safe else Reason.PANEL_TOO_CLOSE


def withheld(wave: ClosedWave, cuts: Sequence[Cut]) -> list[frozenset[str]]:
    """Return for each cut of a wave the questions to suppress, because too few people of a group answered them."""
    shows = {name: publishable(cuts, answered_by(wave, name)) for name in _rated(wave)}
    return [frozenset(name for name, flags in shows.items() if not flags[i]) for i in range(len(cuts))]


def withheld_earlier(earlier: EarlierWave, both: frozenset[bytes]) -> frozenset[str]:
    """Return the questions of the earlier wave to suppress in the panel, given what that wave's release published."""
    wave = earlier.closed
    return frozenset(n for n in _rated(wave) if not panel_gate(earlier, both, n)(answered_by(wave, n)))


def panel_gate(earlier: EarlierWave, both: frozenset[bytes], variable: str) -> Callable[[int], bool]:
    """Return what decides, from the people who answered a question, whether the panel can publish it."""
    panel, cuts = panel_cut(earlier.closed, both), released_cuts(earlier, variable)
    released, outside = _released_sets(earlier, cuts), _outside(earlier, both)
    return lambda answered: (
        publishable([*cuts, panel], answered)[-1] and _leaves_enough([some & answered for some in released], outside)
    )


def _hides_withdrawn(earlier: EarlierWave, both: frozenset[bytes]) -> bool:
    return _leaves_enough(_released_sets(earlier, released_cuts(earlier)), _outside(earlier, both))


def _leaves_enough(released: Sequence[int], outside: int) -> bool:
    """Return whether differencing the panel from any released group leaves enough people besides those who withdrew.

    The number of withdrawals and their groups are unknown (the responses may come from an old backup). So each group
    needs at least ``SMALLEST_GROUP`` remaining people outside the panel; zero is not enough.
    """
    return all((some & outside).bit_count() >= SMALLEST_GROUP for some in released if some)


def _released_sets(earlier: EarlierWave, cuts: Sequence[Cut]) -> list[int]:
    return [mask(True for _ in earlier.closed.records), *(group.members for cut in cuts for group in cut)]


def _outside(earlier: EarlierWave, both: frozenset[bytes]) -> int:
    return mask(record.person not in both for record in earlier.closed.records)


def _matches_release(earlier: EarlierWave) -> bool:
    """Return whether the stored responses are consistent with the earlier release, up to rounding.

    There may not be more people than were published (more would mean that deleted answers came back from an old
    backup), and its own panel must have the published size.
    """
    stored, released = earlier.closed.people, earlier.released
    panel = released.panel.n if released.panel else None
    is_panel_equal = panel is None or abs(len(earlier.people_before & stored) - panel) <= STEP // 2
    return is_panel_equal and len(stored) <= (released.n or 0) + STEP // 2


def _rated(wave: ClosedWave) -> list[str]:
    return [question.variable for question in wave.questionnaire.ratings]


def answered_by(wave: ClosedWave, variable: str) -> int:
    """Return the people whose answer is counted in a band; only they are published, not all who saw the question."""
    codes = band_codes(wave.questionnaire.question(variable))
    return mask(not codes.isdisjoint(chosen(record.answers.get(variable))) for record in wave.records)


def released_cuts(earlier: EarlierWave, variable: str | None = None) -> list[Cut]:
    """Return the cuts that the earlier wave's release published, for a ``variable`` only those that published it."""
    released = earlier.released
    cuts = []
    for dimension in released.dimensions:
        if _publishes([q for group in dimension.groups for q in group.questions], variable):
            name, values = dimension.name, [record.value(dimension.name) for record in earlier.closed.records]
            cuts.append(tuple(Group(name, g.values, mask(v in g.values for v in values)) for g in dimension.groups))
    panel = released.panel if released.panel and released.panel.reason is None else None
    if panel and _publishes([q.current for q in panel.questions], variable):
        cuts.append(panel_cut(earlier.closed, earlier.people_before))
    return cuts


def _publishes(results: Sequence[QuestionResult], variable: str | None) -> bool:
    return variable is None or any(result.variable == variable and result.reason is None for result in results)
