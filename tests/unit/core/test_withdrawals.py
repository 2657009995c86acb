"""People who take their answers back after a release must not be what the next release leaves over."""

import dataclasses
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.results.panels import EarlierWave
from app.core.results.published import Published, Reason
from app.core.results.tally import ClosedWave
from tests.unit.core.test_disclosure import WAVES, few_left, told, wave_of
from tests.unit.core.test_routed_questions import few_who_came


def without(wave: ClosedWave, gone: frozenset[bytes]) -> ClosedWave:
    """Return what is left of a wave when some people have taken their answers back."""
    return ClosedWave(wave.wave, wave.questionnaire, [r for r in wave.records if r.person not in gone])


def released_later(before: ClosedWave, now: ClosedWave, gone: frozenset[bytes]) -> Published:
    """Return the release of a wave where some people withdrew after the release of the one before."""
    gone &= before.people
    return told(without(now, gone), EarlierWave(without(before, gone), told(before), gone=len(gone)))


@pytest.mark.parametrize(
    ("stay_away", "gone", "reason"),
    [
        (0, 5, Reason.PANEL_TOO_CLOSE),  # the panel would be the release without these five
        (6, 5, Reason.PANEL_REST_TOO_SMALL),
        (20, 5, None),
        (20, 0, None),
    ],
)
def test_those_who_withdrew_are_not_what_the_panel_leaves_over(
    stay_away: int, gone: int, reason: Reason | None
) -> None:
    answers = (["5", "4", "3", "2"] * 60)[: 200 + stay_away] + ["1"] * gone
    before = wave_of("family-1", answers)
    last = sorted(before.people)[len(answers) - gone :]
    now = wave_of("family-2", ["5"] * 220, first=stay_away)
    panel = released_later(before, now, frozenset(last)).panel
    assert panel is not None
    assert panel.reason is reason


def test_a_group_that_all_came_back_hides_nobody_who_withdrew() -> None:
    """Thirty of the north stay away and nobody of the south, but for the four who withdrew."""
    before = wave_of("family-1", ["5"] * 104, ["north"] * 60 + ["south"] * 44)
    now = wave_of("family-2", ["5"] * 104, ["north"] * 30 + ["south"] * 44 + ["north"] * 30, first=30)
    gone = frozenset(record.person for record in before.records[-4:])
    panels = [released_later(before, now, some).panel for some in (frozenset[bytes](), gone)]
    assert [panel.reason for panel in panels if panel] == [None, Reason.PANEL_TOO_CLOSE]


@pytest.mark.parametrize(("gone", "is_told"), [(5, False), (0, True)])
def test_a_question_that_only_they_came_to_beside_the_panel_is_not_told(gone: int, is_told: bool) -> None:
    """Twenty who stay away were led past a question; beside the panel nobody but those who withdrew came to it."""
    before = wave_of("family-1", ["5"] * (80 + gone))
    before = ClosedWave(
        before.wave,
        before.questionnaire,
        [dataclasses.replace(r, answers={"trust": "7"}) if n < 20 else r for n, r in enumerate(before.records)],
    )
    last = frozenset(sorted(before.people)[80:])
    panel = released_later(before, wave_of("family-2", ["5"] * 100, first=20), last).panel
    assert panel is not None
    assert panel.reason is None
    then = {question.variable: question.earlier for question in panel.questions}["listened"]
    assert (then.reason is None) is is_told


@settings(deadline=None, max_examples=60)
@given(WAVES, st.integers(1, 12), st.booleans(), st.booleans())
def test_nothing_told_leaves_one_to_nine_of_those_who_were_there(
    waves: tuple[ClosedWave, ClosedWave], many: int, is_local: bool, all_come_back: bool
) -> None:
    before, now = waves
    if all_come_back:
        away = without(before, now.people).records
        now = ClosedWave(now.wave, now.questionnaire, [*now.records, *away])
    rng = random.Random(many)
    order = {r.person: (r.groups["locality"] if is_local else "", rng.random()) for r in before.records}
    gone = frozenset(sorted(order, key=lambda one: order[one])[:many])
    published = released_later(before, now, gone)
    shown = [q.variable for q in published.panel.questions if not q.earlier.reason] if published.panel else []
    both = (before.people & now.people) - gone
    assert few_left(before, told(before), *([both] if shown else [])) == []
    for variable in ("listened", "trust"):
        assert variable not in few_who_came(before, told(before), both if variable in shown else frozenset())
