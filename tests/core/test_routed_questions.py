"""A question that most people were led past, or left blank, must not tell about the few who answered it."""

import dataclasses
import random
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.answers import Answer
from app.core.questionnaires import MISSING, NOT_APPLICABLE
from app.core.results.disclosure import EarlierWave, protect
from app.core.results.published import Published, Reason
from app.core.results.tally import ClosedWave, Record
from tests.core.test_disclosure import DOCUMENT, WAVES, person, publish

SILENT: list[dict[str, Answer]] = [{}, {"listened": MISSING}, {"listened": NOT_APPLICABLE}]
silently = pytest.mark.parametrize("silent", SILENT, ids=["led past", "blank", "does not apply"])


def wave_of(name: str, answer_in_south: int, silent: dict[str, Answer], first: int = 0, people: int = 60) -> ClosedWave:
    """Return a wave of which half live in the south, where only some answered the question and all disagree."""
    records = []
    for number in range(people):
        is_south = number % 2 == 1
        has_answered = not is_south or number // 2 < answer_in_south
        answers: dict[str, Answer] = {"listened": "1" if is_south else "5"} if has_answered else silent
        groups = {"locality": "south" if is_south else "north", "channel": "visit", "fam_role": "parent"}
        records.append(Record(person(first + number), groups, answers))
    return ClosedWave(name, DOCUMENT, records)


def reasons(published: Published) -> dict[str, Reason | None]:
    """Return, for each locality that is publish, why the question is not."""
    locality = next(d for d in published.dimensions if d.name == "locality")
    return {g.values[0]: next(q.reason for q in g.questions if q.variable == "listened") for g in locality.groups}


@silently
@pytest.mark.parametrize("few", [1, 4, 9])
def test_what_few_of_a_group_answered_is_published_for_no_group(few: int, silent: dict[str, Answer]) -> None:
    found = reasons(protect(wave_of("family-1", few, silent), breakdowns_allowed=True))

    assert set(found) == {"north", "south"}
    assert set(found.values()) == {Reason.TOO_CLOSE}


@silently
@pytest.mark.parametrize("some", [0, 1, 2])
def test_groups_do_not_tell_nobody_from_one_or_two(some: int, silent: dict[str, Answer]) -> None:
    wave = wave_of("family-1", 30, silent)
    records = [
        Record(r.person, r.groups, {"listened": "1"} if n < some else silent) for n, r in enumerate(wave.records)
    ]
    release = protect(ClosedWave("family-1", DOCUMENT, records), breakdowns_allowed=True)

    assert next(q for q in release.questions if q.variable == "listened").reason is Reason.BASE_ZERO
    assert set(reasons(release).values()) == {Reason.TOO_CLOSE}


@silently
@pytest.mark.parametrize("many", [10, 30])
def test_what_ten_of_every_group_answered_is_published(many: int, silent: dict[str, Answer]) -> None:
    assert set(reasons(protect(wave_of("family-1", many, silent), breakdowns_allowed=True)).values()) == {None}


@silently
def test_what_one_group_alone_answered_is_published_for_everyone_only(silent: dict[str, Answer]) -> None:
    """The group's bands come from exact counts, everyone's from rounded options: beside each other they tell more."""
    release = protect(wave_of("family-1", 0, silent), breakdowns_allowed=True)

    assert set(reasons(release).values()) == {Reason.TOO_CLOSE}
    assert next(q for q in release.questions if q.variable == "listened").reason is None


@silently
def test_what_nobody_of_a_third_group_answered_is_published_for_everyone_only(silent: dict[str, Answer]) -> None:
    """Where a rule leads those to it who said no before, "nobody of the west" would tell what the west said before."""
    wave = wave_of("family-1", 30, silent)
    led_past = [Record(person(900 + n), {**wave.records[0].groups, "locality": "west"}, silent) for n in range(20)]
    found = reasons(protect(ClosedWave("family-1", DOCUMENT, [*wave.records, *led_past]), breakdowns_allowed=True))

    assert found == dict.fromkeys(("north", "south", "west"), Reason.TOO_CLOSE)


@silently
@pytest.mark.parametrize(("few", "is_published"), [(0, False), (1, False), (9, False), (10, True)])
def test_what_few_beside_the_panel_answered_is_not_published_for_the_panel(
    few: int, is_published: bool, silent: dict[str, Answer]
) -> None:
    before = wave_of("family-1", 30, silent)
    panel = [Record(r.person, r.groups, {"listened": "5"}) for r in before.records[:40]]
    others = [
        Record(person(500 + n), before.records[0].groups, {"listened": "1"} if n < few else silent) for n in range(20)
    ]
    later = ClosedWave("family-2", DOCUMENT, [*panel, *others])

    release = protect(later, EarlierWave(before, protect(before, breakdowns_allowed=True)), breakdowns_allowed=True)

    assert release.panel is not None
    assert release.panel.reason is None
    now = {q.variable: q.current for q in release.panel.questions}["listened"]
    assert (now.reason is None) is is_published


def few_who_answered(wave: ClosedWave, published: Published, panel: frozenset[bytes]) -> list[str]:
    """Return the questions whose groups, or sums of them, leave 1 to 9 who answered, or of which one is all of them."""
    found = []
    for variable in ("listened", "trust"):
        those = {r.person for r in wave.records if r.answers.get(variable, MISSING) != MISSING}
        sets = {frozenset(those), frozenset(those & panel), frozenset(those - panel)}
        found += [variable] if those and those <= panel else []
        for dimension in published.dimensions:
            if any(q.variable == variable and q.reason is None for g in dimension.groups for q in g.questions):
                places = [
                    {r.person for r in wave.records if r.value(dimension.name) in g.values} for g in dimension.groups
                ]
                found += [variable for place in places if those and those <= place]
                sums = chain.from_iterable(combinations(places, n) for n in range(1, len(places) + 1))
                sets |= {frozenset(set().union(*some) & those) for some in sums}
        found += [variable for s in sets - {frozenset()} if len(s) < 10 and len(those) >= 10]
        found += [variable for a, b in permutations(sets - {frozenset()}, 2) if b < a and len(a - b) < 10]
    return found


def test_bands_of_options_that_were_all_rounded_away_do_not_say_that_nobody_answered() -> None:
    records = [Record(person(n), {}, {"trust": str(n % 11)} if n < 22 else {}) for n in range(40)]
    release = protect(ClosedWave("family-1", DOCUMENT, records), breakdowns_allowed=True)
    options, bands = (next(q for q in some if q.variable == "trust") for some in (release.questions, release.bands))
    assert (options.base, {cell.count for cell in options.cells}) == (20, {0})
    assert bands.reason is Reason.TOO_CLOSE


@settings(deadline=None, max_examples=60)
@given(WAVES, st.sampled_from([0.2, 0.4, 0.7, None]))
def test_no_question_tells_of_one_to_nine_who_answered_it(
    waves: tuple[ClosedWave, ClosedWave], part: float | None
) -> None:
    """As in test_disclosure, with a question that many were led past or left blank, or all but one locality."""
    rng = random.Random(len(waves[0].records))
    before, now = (
        ClosedWave(
            w.wave,
            w.questionnaire,
            [
                _led_past(record, record.value("locality") == "a" if part is None else rng.random() < part)
                for record in w.records
            ],
        )
        for w in waves
    )
    released = publish(before)
    published = publish(now, EarlierWave(before, released))
    panel = published.panel
    for wave, release, side in ((now, published, "current"), (before, released, "earlier")):
        shown = [getattr(q, side) for q in panel.questions] if panel else []
        for variable in ("listened", "trust"):
            is_published = any(q.variable == variable and q.reason is None for q in shown)
            both = before.people & now.people if is_published else frozenset[bytes]()
            assert variable not in few_who_answered(wave, release, both)


def _led_past(record: Record, came: bool) -> Record:
    """Lead somebody past one question, or let it blank."""
    silent = {"trust": MISSING} if record.person[-1] % 2 else {}
    kept = {name: answer for name, answer in record.answers.items() if name != "trust"}
    return record if came else dataclasses.replace(record, answers=kept | silent)
