"""The audit: what published numbers force about a few people is found, and is published coarser."""

import dataclasses
import itertools
import json
import random
import time
from types import SimpleNamespace

import pytest

from app.core.questionnaires import MISSING
from app.core.results.audit.loop import audited_release
from app.core.results.audit.passes import audit_once
from app.core.results.audit.search import Search
from app.core.results.audit.sides import move_lines, sides_of
from app.core.results.audit.system import Line, System, categories_of, lines_of
from app.core.results.audit.targets import small_sets
from app.core.results.audit.verdicts import Verdict
from app.core.results.certificate import Certificate, Step
from app.core.results.coarsening import FINEST, Coarsening
from app.core.results.disclosure import protect
from app.core.results.panels import EarlierWave
from app.core.results.published import Published, Reason, from_json
from app.core.results.tally import ClosedWave, Record
from tests.core.test_disclosure import AGREE, DOCUMENT, person, publish, wave_of
from tests.support.populations import Population

SECONDS = 60.0


def audit(wave: ClosedWave, earlier: EarlierWave | None = None) -> Published:
    """Return the audited release of a wave, checked in this process."""
    return audited_release(wave, earlier, lambda coarser, _number: audit_once(wave, earlier, coarser, seconds=SECONDS))


def shown(published: Published) -> dict[str, list[tuple[str, ...]]]:
    """Return the published groups of each dimension that has some."""
    return {d.name: [group.values for group in d.groups] for d in published.dimensions if d.groups}


def certificate(published: Published) -> Certificate:
    """Return the certificate, which there must be."""
    assert published.certificate is not None
    return published.certificate


MIXED = ["5", "4", "3", "2", "1"]


@pytest.mark.parametrize(("size", "is_determined"), [(12, False), (13, True), (14, False), (18, True)])
def test_a_unanimous_group_whose_size_is_rounded_up_by_two_is_determined(size: int, is_determined: bool) -> None:
    """All 13 say yes: about 15 of about 15 are 13 to 17, and there are 13. Of 14 one could have said no."""
    places = ["a"] * size + ["b"] * 40 + ["c"] * 30
    wave = wave_of("family-1", ["5"] * size + MIXED * 14, places)
    verdict = audit_once(wave, None, FINEST, seconds=SECONDS)
    assert bool(verdict.determined) is is_determined
    assert verdict.from_everyone == ()
    published = audit(wave)
    assert shown(published) == {"locality": [("a", "c"), ("b",)] if is_determined else [("a",), ("b",), ("c",)]}
    steps = (Step("locality", "pooled", "determined"),) if is_determined else ()
    assert (certificate(published).pooled, certificate(published).audited) == (steps, True)


def test_what_everyone_s_results_alone_determine_is_left_out() -> None:
    """Of 53 people 53 say yes: no pooling helps, and another question keeps its groups."""
    answers = [{"listened": "5", "trust": str(i % 11)} for i in range(53)]
    places = ["north"] * 20 + ["south"] * 33
    records = [Record(person(i), {"locality": places[i], "channel": "visit"}, answers[i]) for i in range(53)]
    published = audit(ClosedWave("family-1", DOCUMENT, records))
    reasons = {result.variable: result.reason for result in published.questions}
    assert reasons["listened"] is Reason.TOO_CLOSE
    assert reasons["trust"] is None
    assert shown(published) == {"locality": [("north",), ("south",)]}
    assert certificate(published).pooled == (Step("listened", "left_out", "determined"),)


def test_all_skipped_and_an_option_that_nobody_chose_determine_nothing() -> None:
    for answers in ([MISSING] * 53, ["5", "4"] * 30):
        places = (["north", "south", "south"] * len(answers))[: len(answers)]
        assert certificate(audit(wave_of("family-1", answers, places))).passes == 1


def test_time_that_runs_out_drops_whole_dimensions_and_then_all_groups() -> None:
    wave = wave_of("family-1", MIXED * 12, ["a", "b", "c"] * 20)
    published = audited_release(wave, None, lambda _coarser, _number: Verdict(is_over=True))
    assert shown(published) == {}
    assert {d.reason for d in published.dimensions} == {Reason.NOT_AUDITED}
    steps = (Step("locality", "left_out", "over_time"), Step("groups", "left_out", "over_time"))
    assert (certificate(published).pooled, certificate(published).audited) == (steps, False)
    assert audit_once(wave, None, FINEST, seconds=0).is_over


def test_a_panel_that_determines_what_the_earlier_round_said_is_left_out() -> None:
    """The earlier release is frozen, so only the panel can give way: 23 of 23 who came back had said yes."""
    before = wave_of("family-1", ["5"] * 23 + MIXED * 8, ["north"] * 63)
    now = wave_of("family-2", (MIXED * 13)[:63], ["north"] * 63)
    now = dataclasses.replace(now, records=[*now.records[:23], *wave_of("x", MIXED * 8, first=200).records])
    earlier = EarlierWave(before, publish(before))
    published = audit(now, earlier)
    assert publish(now, earlier).panel.reason is None  # type: ignore[union-attr]
    assert published.panel is not None
    assert published.panel.reason is Reason.PANEL_TOO_CLOSE
    assert certificate(published).pooled == (Step("panel", "left_out", "determined"),)


def test_after_withdrawals_no_number_of_the_earlier_release_may_change() -> None:
    """Those who withdrew could have had any answer, so an interval may no longer be wide around what is stored."""
    before = wave_of("family-1", MIXED * 20, ["north", "south"] * 50)
    earlier = EarlierWave(before, publish(before))
    gone = dataclasses.replace(before, records=before.records[8:])
    now = wave_of("family-2", MIXED * 20, ["north", "south"] * 50, first=50)
    both = EarlierWave(gone, earlier.released)
    published = protect(now, both, breakdowns_allowed=True)
    assert published.panel is not None
    assert published.panel.reason is None
    system = sides_of(now, both, published)[1].system("listened")
    frozen = system.bounds[len(system.lines) :]
    assert frozen
    assert all(low == high for low, high in frozen)


def test_an_earlier_release_made_under_older_rules_is_read_and_used() -> None:
    before = wave_of("family-1", MIXED * 16, ["north", "south"] * 40)
    raw = json.loads(json.dumps(publish(before).to_json()))
    del raw["certificate"]
    old = from_json({**raw, "unaudited": True})
    now = wave_of("family-2", MIXED * 16, ["north", "south"] * 40, first=40)
    published = audit(now, EarlierWave(before, old))
    assert (old.certificate, certificate(published).audited) == (None, True)
    assert published.panel is not None
    assert from_json(json.loads(json.dumps(published.to_json()))) == published


def by_brute_force(system: System, targets: list[int]) -> list[int]:
    """Return the determined sets by trying every answer of every person."""
    splits = {target: set() for target in targets}
    for of_person in itertools.product(range(len(system.categories.codes)), repeat=system.people):
        counts = system.counts(of_person)
        if all(low <= n <= high for n, (low, high) in zip(counts, system.bounds, strict=True)):
            for target in targets:
                splits[target].add(tuple(system.split(target, of_person)))
    return [target for target, found in splits.items() if len(found) == 1]


@pytest.mark.parametrize("seed", range(6))
def test_the_search_finds_what_brute_force_finds(seed: int) -> None:
    """Six people, three possible answers, random lines that are much tighter than real ones."""
    rng = random.Random(seed)
    question = dataclasses.replace(AGREE, options=AGREE.options[1:4])
    records = [Record(person(i), {}, {"listened": rng.choice(["4", "3", "2", "9"])}) for i in range(6)]
    categories = categories_of(question, records)
    lines = []
    for _line in range(6):
        people, counted = rng.randrange(1, 64), rng.choice(categories.parts)
        exact = sum(people >> i & 1 and counted >> c & 1 for i, c in enumerate(categories.of_person))
        lines.append(Line(((people, counted),), exact - rng.randrange(2), exact + rng.randrange(2)))
    system = System("listened", categories, tuple(lines), (), sets=(), gate=lambda _answered: None)
    targets = small_sets([range(6), [0, 0, 0, 1, 1, 1], [0, 1] * 3], [])
    found = [t for t in targets if Search(system, time.process_time() + SECONDS).determined([t]) is not None]
    assert found == by_brute_force(system, targets)


def test_moves_of_the_panel_bind_the_answers_of_both_rounds() -> None:
    """Bands of six people in the other round; three of them moved up now."""
    moves = SimpleNamespace(up=5, same=5, down=0)
    people, bands = (0b000011, 0b001100, 0b110000), (0b0001, 0b0010, 0b0100)
    total, up, same, down = move_lines(moves, people, bands, is_now=True)
    assert (up.terms[2], down.terms[0]) == ((0b110000, 0b0011), (0b000011, 0b0110))
    assert [(line.low, line.high) for line in (up, same, down)] == [(3, 7), (3, 7), (-2, 2)]
    assert (total.low, total.high) == (10, 6)
    assert move_lines(moves, people, bands, is_now=False)[1].terms[0] == (0b000011, 0b0110)
    (few,) = move_lines(None, people, bands, is_now=True)
    assert (few.low, few.high) == (0, 9)


def test_reasons_say_something_about_how_many_answered() -> None:
    records = [Record(person(i), {}, {"listened": "5" if i < 9 else MISSING}) for i in range(60)]
    published = publish(ClosedWave("family-1", DOCUMENT, records))
    categories = categories_of(AGREE, records)
    (line,) = lines_of(published.questions[0], (1 << 60) - 1, categories)
    assert (published.questions[0].reason, line.low, line.high) == (Reason.TOO_FEW_ANSWERS, 3, 9)


def test_coarsening_only_ever_adds() -> None:
    coarser = Coarsening().merge("role", 1).merge("role", 2).leave_out(["q"]).leave_out(["r"]).without_panel()
    assert (coarser.merges("role"), coarser.merges("age"), coarser.left_out) == (3, 0, {"q", "r"})
    assert coarser.is_without_panel


def test_an_audit_of_a_real_size_ends_and_is_the_same_each_time() -> None:
    wave = Population(7, nested=True, questions=4).wave("family-1", range(60))
    first, again = audit(wave), audit(wave)
    assert dataclasses.replace(certificate(first), seconds=0) == dataclasses.replace(certificate(again), seconds=0)
    assert first.dimensions == again.dimensions
