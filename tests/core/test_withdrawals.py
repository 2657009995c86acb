"""What an earlier release has published: neither its panel nor those who withdrew since may be what is left over."""

import dataclasses
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.questionnaires import MISSING
from app.core.results.panels import EarlierWave
from app.core.results.published import Published, Reason
from app.core.results.tally import ClosedWave, Record
from tests.core.test_disclosure import DOCUMENT, WAVES, earlier_of, few_left, person, publish, wave_of, with_others
from tests.core.test_routed_questions import few_who_answered


def without(wave: ClosedWave, gone: frozenset[bytes]) -> ClosedWave:
    """Return what is left of a wave when some people have taken their answers back."""
    return ClosedWave(wave.wave, wave.questionnaire, [r for r in wave.records if r.person not in gone])


def released_later(before: ClosedWave, now: ClosedWave, gone: frozenset[bytes]) -> Published:
    """Return the release of a wave where some people withdrew after the release of the one before."""
    return publish(without(now, gone), EarlierWave(without(before, gone), publish(before)))


@pytest.mark.parametrize(
    ("stay_away", "gone", "reason"),
    [
        (0, 5, Reason.PANEL_REST_TOO_SMALL),  # the panel would be the release without these five
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
    """Thirty of the north stay away; of the south nobody or ten, and four who withdrew."""
    before = wave_of("family-1", ["5"] * 114, ["north"] * 60 + ["south"] * 54)
    now = wave_of("family-2", ["5"] * 114, ["north"] * 30 + ["south"] * 54 + ["north"] * 30, first=30)
    gone = frozenset(record.person for record in before.records[-4:])
    away = frozenset(record.person for record in before.records[-14:-4])
    panels = [released_later(before, some, gone).panel for some in (now, without(now, away))]
    assert [panel.reason for panel in panels if panel] == [Reason.PANEL_TOO_CLOSE, None]


@pytest.mark.parametrize("silent", [{}, {"listened": MISSING}], ids=["led past", "blank"])
@pytest.mark.parametrize(("few", "is_published"), [(0, False), (9, False), (10, True)])
def test_a_question_that_only_they_answered_beside_the_panel_is_not_published(
    few: int, is_published: bool, silent: dict[str, str]
) -> None:
    """Of twenty who stay away few answered a question, and five who withdrew did."""
    before = wave_of("family-1", ["5"] * 85)
    records = [
        dataclasses.replace(r, answers={"trust": "7", **silent}) if n in range(few, 20) else r
        for n, r in enumerate(before.records)
    ]
    before = ClosedWave(before.wave, before.questionnaire, records)
    last = frozenset(sorted(before.people)[80:])
    panel = released_later(before, wave_of("family-2", ["5"] * 100, first=20), last).panel
    assert panel is not None
    assert panel.reason is None
    then = {question.variable: question.earlier for question in panel.questions}["listened"]
    assert (then.reason is None) is is_published


def test_a_panel_gives_way_to_the_panel_of_the_wave_before() -> None:
    first, middle = with_others(60), wave_of("family-2", ["5"] * 80)
    released = publish(middle, earlier_of(first))
    assert released.panel is not None
    assert released.panel.reason is None
    last = wave_of("family-3", ["5"] * 65 + ["4"] * 40)
    last = without(last, frozenset(sorted(last.people)[65:80]))
    panel = publish(last, EarlierWave(middle, released, first.people)).panel
    assert panel is not None
    assert panel.reason is Reason.PANEL_TOO_CLOSE


@pytest.mark.parametrize(("missing", "reason"), [(0, None), (2, None), (3, Reason.PANEL_TOO_CLOSE)])
def test_no_panel_is_published_where_the_one_before_is_not_known_any_more(missing: int, reason: Reason | None) -> None:
    """Their answers to the wave before that are gone, so nobody can see whether the next panel leaves few of them."""
    first, middle = with_others(60), wave_of("family-2", ["5"] * 80)
    last = wave_of("family-3", ["5"] * 80)
    last = ClosedWave("family-3", DOCUMENT, [*last.records[:40], *wave_of("family-3", ["4"] * 40, first=700).records])
    known = frozenset(sorted(first.people)[missing:])
    panel = publish(last, EarlierWave(middle, publish(middle, earlier_of(first)), known)).panel
    assert panel is not None
    assert panel.reason is reason


@pytest.mark.parametrize(("back", "reason"), [(0, None), (2, None), (3, Reason.PANEL_TOO_CLOSE)])
def test_no_panel_is_published_beside_people_whom_the_release_cannot_have_covered(
    back: int, reason: Reason | None
) -> None:
    """They took their answers back before it, and an old copy of the answers was restored since: they hide nobody."""
    before, again = wave_of("family-1", ["5"] * 100), wave_of("family-1", ["5"] * back, first=900).records
    now = ClosedWave("family-2", DOCUMENT, [*before.records[:80], *wave_of("family-2", ["4"] * 50, first=700).records])
    here = ClosedWave(before.wave, DOCUMENT, [*before.records, *again])
    panel = publish(now, EarlierWave(here, publish(before))).panel
    assert panel is not None
    assert panel.reason is reason


def test_a_panel_gives_way_to_groups_of_which_the_size_alone_is_published() -> None:
    """Few of the south answered, so no locality has a published question; but 55 of the 60 in the north came back."""
    before = wave_of("family-1", ["5"] * 65 + [MISSING] * 35, ["north"] * 60 + ["south"] * 40)
    now = ClosedWave("family-2", DOCUMENT, [*before.records[:55], *wave_of("family-2", ["4"] * 60, first=700).records])
    released = publish(before)
    assert [g.n for d in released.dimensions if d.name == "locality" for g in d.groups] == [60, 40]
    panel = publish(now, EarlierWave(before, released)).panel
    assert panel is not None
    assert panel.reason is Reason.PANEL_TOO_CLOSE


def test_the_panel_of_the_release_before_is_what_that_release_published_of_its_own_wave() -> None:
    """It published a question that it withheld for the wave before; the next panel must not cut five off."""

    def answered(wave: str, listened: dict[int, str | None]) -> ClosedWave:
        groups = {"locality": "north", "channel": "visit", "fam_role": "parent"}
        said = {n: {"trust": "7"} | ({"listened": word} if word else {}) for n, word in listened.items()}
        return ClosedWave(wave, DOCUMENT, [Record(person(n), groups, answers) for n, answers in said.items()])

    first = answered("family-1", {n: "5" if n < 4 or n >= 200 else None for n in [*range(100), *range(200, 240)]})
    own = {n: ("1" if n in range(55, 60) else "5") if n < 60 else None for n in range(100)}
    second = answered("family-2", own | dict.fromkeys(range(300, 400), "3"))
    released = publish(second, EarlierWave(first, publish(first)))
    stayed = [n for n in range(100) if n not in range(55, 70)]
    third = answered("family-3", dict.fromkeys([*stayed, *range(500, 600)], "5"))
    panel = publish(third, EarlierWave(second, released, first.people)).panel
    assert panel is not None
    now = {question.variable: question.earlier for question in panel.questions}
    assert panel.reason or now["listened"].reason, "five people are left between the two panels"


@settings(deadline=None, max_examples=60)
@given(WAVES, st.integers(1, 12), st.booleans(), st.booleans())
def test_nothing_published_leaves_one_to_nine_of_those_who_were_there(
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
    assert few_left(before, publish(before), *([both] if shown else [])) == []
    for variable in ("listened", "trust"):
        assert variable not in few_who_answered(before, publish(before), both if variable in shown else frozenset())
