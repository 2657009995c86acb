"""Decides whether the people who answered two waves may be told of as a group, and of which questions.

They are a group like any other: what is told of them is subtracted from all that both waves tell. Why: docs/adr/0007.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.answers import chosen
from app.core.results.pooling import SMALLEST_GROUP, Cut, Group, mask, tellable, too_close
from app.core.results.published import STEP, Dimension, Published, QuestionResult, Reason
from app.core.results.tally import ClosedWave, short_codes

GROUPS_FROM = 50


@dataclass(frozen=True)
class EarlierWave:
    """The wave before: its responses, its frozen release, and the people of the wave before that one (if any).

    The release may tell of people who are not among the responses any more: they took their answers back since.

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
    """Return {the people, the rest} of a wave as a cut; the empty cut when one of them would be everyone."""
    members = mask(record.person in people for record in wave.records)
    rest = mask(record.person not in people for record in wave.records)
    return (Group("panel", ("both",), members), Group("panel", ("rest",), rest)) if members and rest else ()


def panel_reason(wave: ClosedWave, earlier: EarlierWave, allowed: bool) -> Reason | None:
    """Return why the people of both waves cannot be told, or None."""
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
    # What the earlier wave has told is frozen and cannot be pooled any more, so the panel has to give way.
    is_close = any(too_close(panel, old) or too_close(old, panel) for old in _released_cuts(earlier))
    is_safe = not is_close and _hides_the_gone(earlier, both) and _is_known(earlier)
    return None if is_safe else Reason.PANEL_TOO_CLOSE


def withheld(wave: ClosedWave, cuts: Sequence[Cut]) -> list[frozenset[str]]:
    """Return for each cut of a wave the questions that it may not show, as too few of some group answered them."""
    shows = {name: tellable(cuts, _answered(wave, name)) for name in _rated(wave)}
    return [frozenset(name for name, flags in shows.items() if not flags[i]) for i in range(len(cuts))]


def withheld_then(earlier: EarlierWave, both: frozenset[bytes]) -> frozenset[str]:
    """Return the questions of the earlier wave that the people of both waves may not show beside what was told then."""
    wave, panel = earlier.closed, panel_cut(earlier.closed, both)
    shows = {n: tellable([*_released_cuts(earlier, n), panel], _answered(wave, n)) for n in _rated(wave)}
    return frozenset(name for name, flags in shows.items() if not (flags[-1] and _hides_the_gone(earlier, both, name)))


def _hides_the_gone(earlier: EarlierWave, both: frozenset[bytes], variable: str | None = None) -> bool:
    """Tell whether those who have gone stay hidden among others in whatever a told group has more than the panel.

    Nobody knows how many they are (an old copy of the responses may be here) nor which groups they were in. So each
    group must have enough others outside the panel; nobody at all will not do.
    """
    wave = earlier.closed
    everyone = Group("everyone", (), mask(True for _ in wave.records))
    outside = mask(record.person not in both for record in wave.records)
    answered = everyone.members if variable is None else _answered(wave, variable)
    told = [everyone, *(group for cut in _released_cuts(earlier, variable) for group in cut)]
    those = (group.members & answered for group in told)
    return all((some & outside).bit_count() >= SMALLEST_GROUP for some in those if some)


def _is_known(earlier: EarlierWave) -> bool:
    """Tell whether it is still known of whom the earlier release told.

    No more people may be here than were told of (some took their answers back before, and an old copy was put back),
    and the people of its own panel may be no more and no fewer than were told. Both are told rounded.
    """
    here, told = earlier.closed.people, earlier.released
    panel = told.panel.n if told.panel else None
    is_panel_known = panel is None or abs(len(earlier.people_before & here) - panel) <= STEP // 2
    return is_panel_known and len(here) <= (told.n or 0) + STEP // 2


def _rated(wave: ClosedWave) -> list[str]:
    return [question.variable for question in wave.questionnaire.ratings]


def _answered(wave: ClosedWave, variable: str) -> int:
    """Return who gave an answer that bands count: those, and not all who came to the question, are what is told."""
    codes = short_codes(wave.questionnaire.question(variable))
    return mask(not codes.isdisjoint(chosen(record.answers.get(variable))) for record in wave.records)


def _released_cuts(earlier: EarlierWave, variable: str | None = None) -> list[Cut]:
    """Return the cuts whose sizes the earlier wave's release has told, or those that told of one question."""
    released = earlier.released
    cuts = [
        _released_cut(dimension, earlier.closed)
        for dimension in released.dimensions
        if _tells([q for group in dimension.groups for q in group.questions], variable)
    ]
    panel = released.panel if released.panel and released.panel.reason is None else None
    if panel and _tells([q.current for q in panel.questions], variable):
        cuts.append(panel_cut(earlier.closed, earlier.people_before))
    return cuts


def _tells(results: Sequence[QuestionResult], variable: str | None) -> bool:
    return variable is None or any(result.variable == variable and result.reason is None for result in results)


def _released_cut(dimension: Dimension, wave: ClosedWave) -> Cut:
    values = [record.value(dimension.name) for record in wave.records]
    return tuple(Group(dimension.name, g.values, mask(v in g.values for v in values)) for g in dimension.groups)
