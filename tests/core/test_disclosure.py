"""The gate out of the counting room: what is published at which size, and that it gives no few people away."""

import dataclasses
import json
import random
from itertools import chain, combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.answers import KINDS
from app.core.questionnaires import MISSING, NOT_APPLICABLE, Option, Page, Question, Questionnaire
from app.core.results.disclosure import protect, round_to_step
from app.core.results.panels import EarlierWave
from app.core.results.published import Detail, Level, Published, QuestionResult, Reason, Word, from_json
from app.core.results.tally import ClosedWave, Record

AGREE = Question("listened", "agree5", KINDS["agree5"].fixed or ())
SCORE = Question("trust", "score", KINDS["score"].fixed or ())
WAYS = Question("ways", "multi", (Option("a", "m.a"), Option("b", "m.b")))
ROLE = Question("fam_role", "single", (Option("parent", "r.p"), Option("carer", "r.c")), about=True)
DOCUMENT = Questionnaire("family", "1", 5, (Page("p", (AGREE, SCORE, WAYS, ROLE)),), {"en": {}})
NEW, OTHER_KIND = dataclasses.replace(AGREE, variable="new_one"), dataclasses.replace(AGREE, variable="trust")
LATER = Questionnaire("family", "2", 5, (Page("p", (AGREE, NEW, OTHER_KIND, ROLE)),), {"en": {}})


def person(number: int) -> bytes:
    """Return the pseudonym of a person."""
    return number.to_bytes(16, "big")


def wave_of(name: str, answers: list[str], places: list[str] | None = None, first: int = 0) -> ClosedWave:
    """Return a wave of people who live in places (all in the north if not given) and answer one question."""
    groups = [{"locality": p, "channel": "visit", "fam_role": "parent"} for p in places or ["north"] * len(answers)]
    rows = enumerate(zip(answers, groups, strict=True), start=first)
    return ClosedWave(name, DOCUMENT, [Record(person(i), g, {"listened": a}) for i, (a, g) in rows])


def publish(wave: ClosedWave, earlier: EarlierWave | None = None) -> Published:
    """Return a release with breakdowns."""
    return protect(wave, earlier, breakdowns_allowed=True)


def counts(result: QuestionResult) -> dict[str, int]:
    """Return the published counts by code."""
    return {cell.code: cell.count for cell in result.cells}


def with_others(people: int) -> ClosedWave:
    """Return a first wave of some people, and of ten others who never come back."""
    records = [*wave_of("family-1", ["5"] * people).records, *wave_of("family-1", ["5"] * 10, first=500).records]
    return ClosedWave("family-1", DOCUMENT, records)


def earlier_of(wave: ClosedWave) -> EarlierWave:
    """Return a wave with its release."""
    return EarlierWave(wave, publish(wave))


@pytest.mark.parametrize(
    ("size", "n", "level", "detail"),
    [
        (9, None, Level.NOTHING, None),
        (10, 10, Level.BANDS, Detail.BANDS),
        (29, 30, Level.BANDS, Detail.BANDS),
        (30, 30, Level.OPTIONS, Detail.OPTIONS),
        (49, 50, Level.OPTIONS, Detail.OPTIONS),
        (50, 50, Level.GROUPS, Detail.OPTIONS),
    ],
)
def test_what_is_published_at_which_size(size: int, n: int | None, level: Level, detail: Detail | None) -> None:
    published = publish(wave_of("family-1", ["5"] * size, (["north", "south"] * size)[:size]))
    assert (published.n, published.level) == (n, level)
    assert {q.detail for q in published.questions} == ({detail} - {None})
    shown = [d.name for d in published.dimensions if d.groups]
    assert shown == (["locality"] if level is Level.GROUPS else [])
    reason = Reason.ONE_GROUP_LEFT if level is Level.GROUPS else Reason.TOO_FEW_FOR_GROUPS
    assert {d.reason for d in published.dimensions} - {None} == {reason}
    assert (published.reason is Reason.TOO_FEW_ANSWERS) == (size < 10)


def test_without_an_audit_only_everyone_is_published() -> None:
    before, now = wave_of("family-1", ["5"] * 80), wave_of("family-2", ["5"] * 80, ["north", "south"] * 40)
    published = protect(now, earlier_of(before), breakdowns_allowed=False, unaudited=True)
    assert published.level is Level.OPTIONS
    assert published.unaudited
    assert {d.reason for d in published.dimensions} == {Reason.NOT_AUDITED}
    assert published.panel is not None
    assert published.panel.reason is Reason.NOT_AUDITED


def test_one_who_disagrees_a_lot_cannot_be_seen() -> None:
    published = publish(wave_of("family-1", ["5"] * 59 + ["1"]))
    first, *_, last = published.questions[0].cells
    assert (first.code, first.count, first.word) == ("5", 60, Word.NEARLY_ALL)
    assert (last.code, last.count, last.word) == ("1", 0, Word.ALMOST_NONE)
    assert published == publish(wave_of("family-1", ["5"] * 60))


def test_a_unanimous_group_is_published_as_nearly_all() -> None:
    published = publish(wave_of("family-1", ["1"] * 12 + ["5"] * 48, ["south"] * 12 + ["north"] * 48))
    south = published.dimensions[0].groups[1]
    assert (south.values, south.n) == (("south",), 10)
    cell = south.questions[0].cells[2]
    assert (cell.code, cell.count, cell.percent, cell.word) == ("negative", 10, 100, Word.NEARLY_ALL)
    assert cell.low < 100 == cell.high


def test_a_group_of_nine_is_pooled() -> None:
    published = publish(wave_of("family-1", ["5"] * 60, ["a"] * 9 + ["b"] * 21 + ["c"] * 30))
    assert [group.values for group in published.dimensions[0].groups] == [("a", "b"), ("c",)]


def test_percentages_are_of_those_who_answered() -> None:
    published = publish(wave_of("family-1", ["5"] * 31 + ["1"] * 11 + [MISSING] * 8 + [NOT_APPLICABLE] * 10))
    result = published.questions[0]
    assert (result.base, result.not_answered) == (40, 20)
    assert [(cell.count, cell.percent) for cell in result.cells] == [(30, 75), (0, 0), (0, 0), (0, 0), (10, 25)]


def test_why_a_question_is_not_published() -> None:
    records = [Record(person(i), {}, {"listened": MISSING, "ways": ("a",)}) for i in range(40)]
    records[:8] = [Record(person(i), {}, {"trust": "7", "ways": ("a", "b")}) for i in range(8)]
    published = publish(ClosedWave("family-1", DOCUMENT, records))
    assert [q.reason for q in published.questions] == [Reason.BASE_ZERO, Reason.TOO_FEW_ANSWERS, None]
    assert [q.reason for q in published.bands] == [Reason.BASE_ZERO, Reason.TOO_FEW_ANSWERS, Reason.NO_BANDS]
    assert [(c.code, c.count, c.percent) for c in published.questions[2].cells] == [("a", 40, 100), ("b", 10, 25)]
    assert (published.questions[0].cells, published.questions[0].base) == ((), None)


@pytest.mark.parametrize(("answered", "reason"), [(9, Reason.TOO_FEW_ANSWERS), (10, None), (2, Reason.BASE_ZERO)])
def test_what_fewer_than_ten_answered_is_not_published(answered: int, reason: Reason | None) -> None:
    """Everybody came to the question and most left it out: the promise is about answers, not about who was asked."""
    published = publish(wave_of("family-1", ["5"] * answered + [MISSING] * (60 - answered)))
    assert {q.reason for q in (published.questions[0], published.bands[0])} == {reason}


def test_a_panel_shows_then_and_now_for_what_both_waves_asked() -> None:
    before, now = wave_of("family-1", ["1"] * 60), wave_of("family-2", ["5"] * 60, first=20)
    published = publish(ClosedWave("family-2", LATER, now.records), earlier_of(before))
    assert published.panel is not None
    assert (published.panel.earlier_wave, published.panel.n, published.panel.reason) == ("family-1", 40, None)
    (question,) = published.panel.questions
    assert question.variable == "listened"
    assert counts(question.earlier) == {"positive": 0, "neutral": 0, "negative": 40}
    assert counts(question.current) == {"positive": 40, "neutral": 0, "negative": 0}
    assert published.repeat is not None
    assert (published.repeat.earlier_n, published.repeat.count, published.repeat.reason) == (60, 40, None)


@pytest.mark.parametrize(
    ("before", "now", "first", "reason"),
    [
        (60, 61, 0, Reason.PANEL_REST_TOO_SMALL),  # wave 2 = wave 1 + 1 person
        (60, 60, 5, Reason.PANEL_REST_TOO_SMALL),
        (60, 60, 51, Reason.PANEL_TOO_SMALL),
        (49, 60, 0, Reason.WAVES_TOO_SMALL),
        (60, 49, 0, Reason.WAVES_TOO_SMALL),
        (60, 70, 0, Reason.PANEL_REST_TOO_SMALL),  # nobody is left to hide those who withdrew
        (70, 60, 0, Reason.PANEL_REST_TOO_SMALL),  # the panel would be everyone
        (69, 60, 1, Reason.PANEL_REST_TOO_SMALL),
        (60, 60, 50, None),
    ],
)
def test_when_a_panel_is_published(before: int, now: int, first: int, reason: Reason | None) -> None:
    earlier = earlier_of(wave_of("family-1", ["5"] * before))
    published = publish(wave_of("family-2", ["4"] * now, first=first), earlier)
    assert published.panel is not None
    assert published.panel.reason is reason
    assert bool(published.panel.questions) is (reason is None)


def test_groups_are_pooled_until_they_do_not_cut_the_panel_small() -> None:
    """Without pooling the panel less a and b would be 8 people of c."""
    places = ["a"] * 40 + ["b"] * 12 + ["c"] * 30 + ["d"] * 15
    now, earlier = wave_of("family-2", ["5"] * 97, places), earlier_of(with_others(60))
    alone, beside = ([group.values for group in publish(now, e).dimensions[0].groups] for e in (None, earlier))
    assert alone == [("a",), ("b",), ("c",), ("d",)]
    assert beside == [("a",), ("b", "d"), ("c",)]


def test_a_panel_gives_way_to_groups_that_are_published_already() -> None:
    before = wave_of("family-1", ["5"] * 80, ["north"] * 45 + ["south"] * 35)
    published = publish(wave_of("family-2", ["5"] * 60, ["north"] * 30 + ["south"] * 30, first=40), earlier_of(before))
    assert published.panel is not None
    assert published.panel.reason is Reason.PANEL_TOO_CLOSE


@pytest.mark.parametrize(("before", "now", "first"), [(9, 30, 0), (30, 9, 0), (30, 30, 21), (30, 30, 30)])
def test_fewer_than_ten_repeats_are_not_published(before: int, now: int, first: int) -> None:
    published = publish(wave_of("family-2", ["5"] * now, first=first), earlier_of(wave_of("family-1", ["5"] * before)))
    assert published.repeat is not None
    assert (published.repeat.count, published.repeat.reason) == (None, Reason.TOO_FEW_ANSWERS)
    assert published.repeat.earlier_n == (None if before < 10 else 30)


def test_a_release_of_another_wave_is_refused() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        EarlierWave(wave_of("family-1", []), publish(wave_of("family-2", [])))


@pytest.mark.parametrize(("exact", "rounded"), [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (12, 10), (13, 15)])
def test_rounding(exact: int, rounded: int) -> None:
    assert round_to_step(exact) == rounded


def random_waves(seed: int, size: int, nested: bool) -> tuple[ClosedWave, ClosedWave]:
    """Return two waves of a skewed population that overlap by chance."""
    rng = random.Random(seed)
    start, skew = rng.randrange(size), rng.choice([0.2, 0.5, 0.9])
    waves = []
    for name, people in (("family-1", range(size)), ("family-2", range(start, start + size))):
        records = []
        for i in people:
            live = random.Random(f"{seed}{i}")
            locality = live.choices("abc", weights=[5, 3, skew])[0]
            channel = (
                "y" if nested and locality == "b" and live.random() < 0.9 else live.choices("uvw", [5, 3, skew])[0]
            )
            role = live.choice(["parent", "carer", MISSING]) if nested else "parent"
            answers = {"listened": rng.choice(["5", "4", "1", MISSING]), "trust": str(rng.randrange(11))}
            kept = {name: value for name, value in answers.items() if rng.random() < 0.9}
            records.append(Record(person(i), {"locality": locality, "channel": channel, "fam_role": role}, kept))
        waves.append(ClosedWave(name, DOCUMENT, records))
    return waves[0], waves[1]


def few_left(wave: ClosedWave, published: Published, *panels: frozenset[bytes]) -> list[int]:
    """Return by brute force the sizes of 1 to 9 left over between all sums of published groups and the panels."""
    sets = {wave.people, *panels, *(wave.people - panel for panel in panels)}
    for dimension in published.dimensions:
        groups = [{r.person for r in wave.records if r.value(dimension.name) in g.values} for g in dimension.groups]
        sums = chain.from_iterable(combinations(groups, n) for n in range(1, len(groups) + 1))
        sets |= {frozenset().union(*some) for some in sums}
        assert all(len(group) >= 10 for group in groups)
    return [len(a - b) for a, b in permutations(sets - {frozenset()}, 2) if b < a and len(a - b) < 10]


WAVES = st.builds(random_waves, st.integers(0, 2**32), st.integers(5, 200), st.booleans())


@settings(deadline=None, max_examples=40)
@given(WAVES)
def test_nothing_published_leaves_one_to_nine_in_either_wave(waves: tuple[ClosedWave, ClosedWave]) -> None:
    before, now = waves
    earlier = earlier_of(before)
    published = publish(now, earlier)
    panels = [before.people & now.people] if published.panel and published.panel.questions else []
    assert few_left(now, published, *panels) == []
    assert few_left(before, earlier.released, *panels) == []


def test_a_pooled_group_names_values_that_nobody_has_too() -> None:
    """Else the name of a pooled group would tell which of the small ones occurred."""
    wave = wave_of("family-1", ["5"] * 60, ["a"] * 30 + ["b"] * 30)
    listed = dataclasses.replace(wave, listed={"locality": ("a", "b", "c", "d")})
    one_of_c = wave_of("family-1", ["5"] * 61, ["a"] * 30 + ["b"] * 30 + ["c"])
    with_one = dataclasses.replace(one_of_c, listed=listed.listed)

    assert [group.values for group in publish(wave).dimensions[0].groups] == [("a",), ("b",)]
    for wave_with_more in (listed, with_one):
        assert [group.values for group in publish(wave_with_more).dimensions[0].groups] == [("a", "c", "d"), ("b",)]


def test_bands_beside_options_tell_no_more_than_the_options() -> None:
    """Two who disagree a lot and two a little: each option is rounded away, so the band must be, too."""
    published = publish(wave_of("family-1", ["5"] * 40 + ["2"] * 2 + ["1"] * 2))

    assert counts(published.questions[0]) == {"5": 40, "4": 0, "3": 0, "2": 0, "1": 0}
    assert counts(published.bands[0]) == {"positive": 40, "neutral": 0, "negative": 0}
    assert (published.bands[0].base, published.bands[0].not_answered) == (40, 5)


def numbers(value: object, names: tuple[str, ...]) -> list[int]:
    """Return all numbers that stand under some names anywhere in a JSON value."""
    if isinstance(value, dict):
        here = [v for k, v in value.items() if k in names and v is not None]
        return here + [n for v in value.values() for n in numbers(v, names)]
    return [n for v in value for n in numbers(v, names)] if isinstance(value, list) else []


@settings(deadline=None, max_examples=40)
@given(WAVES, st.integers(0, 2**32))
def test_numbers_are_rounded_frozen_and_free_of_order(waves: tuple[ClosedWave, ClosedWave], seed: int) -> None:
    before, now = waves
    published = publish(now, earlier_of(before))
    text = json.dumps(published.to_json())
    assert all(n % 5 == 0 for n in numbers(published.to_json(), ("n", "count", "base", "not_answered", "earlier_n")))
    assert all(0 <= n <= 100 for n in numbers(published.to_json(), ("percent", "low", "high")))
    assert from_json(json.loads(text)) == published
    shuffled = [
        ClosedWave(w.wave, w.questionnaire, random.Random(seed).sample(w.records, len(w.records))) for w in waves
    ]
    assert json.dumps(publish(shuffled[1], earlier_of(shuffled[0])).to_json()) == text
