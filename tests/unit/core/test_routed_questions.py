"""A question that a rule leads most people past must not tell about the few who came to it."""

import pytest

from app.core.disclosure import EarlierWave, protect
from app.core.published import Published, Reason
from app.core.tally import ClosedWave, Record
from tests.unit.core.test_disclosure import DOCUMENT, person


def wave_of(name: str, came_in_south: int, first: int = 0, people: int = 60) -> ClosedWave:
    """Return a wave of which half live in the south, where only some came to the question and all disagree."""
    records = []
    for number in range(people):
        is_south = number % 2 == 1
        came = not is_south or number // 2 < came_in_south
        answers = {"listened": "1" if is_south else "5"} if came else {}
        groups = {"locality": "south" if is_south else "north", "channel": "visit", "fam_role": "parent"}
        records.append(Record(person(first + number), groups, answers))
    return ClosedWave(name, DOCUMENT, records)


def reasons(published: Published) -> dict[str, Reason | None]:
    """Return, for each locality that is told, why the question is not."""
    locality = next(d for d in published.dimensions if d.name == "locality")
    return {g.values[0]: next(q.reason for q in g.questions if q.variable == "listened") for g in locality.groups}


@pytest.mark.parametrize("few", [1, 4, 9])
def test_what_few_of_a_group_came_to_is_told_of_no_group(few: int) -> None:
    found = reasons(protect(wave_of("family-1", few), breakdowns_allowed=True))

    assert set(found) == {"north", "south"}
    assert set(found.values()) == {Reason.TOO_FEW_ANSWERS}


@pytest.mark.parametrize("many", [10, 30])
def test_what_ten_of_every_group_came_to_is_told(many: int) -> None:
    assert set(reasons(protect(wave_of("family-1", many), breakdowns_allowed=True)).values()) == {None}


def test_what_nobody_of_a_group_came_to_is_told_of_the_others() -> None:
    found = reasons(protect(wave_of("family-1", 0), breakdowns_allowed=True))

    assert found["north"] is None
    assert found["south"] is not None


@pytest.mark.parametrize(("came", "is_told"), [(1, False), (9, False), (10, True)])
def test_what_few_beside_the_panel_came_to_is_not_told_of_the_panel(came: int, is_told: bool) -> None:
    before = wave_of("family-1", 30)
    panel = [Record(r.person, r.groups, {"listened": "5"}) for r in before.records[:40]]
    others = [
        Record(person(500 + n), before.records[0].groups, {"listened": "1"} if n < came else {}) for n in range(20)
    ]
    later = ClosedWave("family-2", DOCUMENT, [*panel, *others])

    release = protect(later, EarlierWave(before, protect(before, breakdowns_allowed=True)), breakdowns_allowed=True)

    assert release.panel is not None
    assert release.panel.reason is None
    now = {q.variable: q.current for q in release.panel.questions}["listened"]
    assert (now.reason is None) is is_told
