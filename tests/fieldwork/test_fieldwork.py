"""Fieldwork: who a wave is about, how cards were offered, and what can be published about who took part, and when."""

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask import Flask

from app.cards import service as cards
from app.core.results.turnout import RateChange
from app.counting import letterbox, opener
from app.fieldwork import checklist, frames, offer_log, turnout
from app.respond import journeys
from app.results import service as releases
from app.staff import accounts
from app.storage import db
from app.storage.refusals import NotFound, Refused
from app.surveys import waves
from config import Contact
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.counting.test_letterbox import send
from tests.support.client import StrictClient
from tests.support.staff import Person, signed_in

DAY = dt.timedelta(days=1)
HEADS = {("All", "north"): 80, ("All", "south"): 20}


def answer(codes: list[str]) -> None:
    """Answer the open wave with each code."""
    assert {send(code) for code in codes} <= {journeys.Outcome.SENT}


def issue(name: str, locality: str, channel: str, count: int = 30) -> list[str]:
    """Issue a batch to families and return its codes."""
    return list(cards.issue_cards("family", batch=name, locality=locality, channel=channel, count=count).codes)


def describe(wave: str, heads: Mapping[tuple[str, str], int] = HEADS, words: str = "Families with a plan") -> None:
    """Say who a wave is about."""
    frames.set_frame(wave, definition=words, counted_on=TODAY, counts=heads)


def shown(wave: str) -> turnout.WaveTurnout:
    """Return what can be published about a wave."""
    return turnout.turnout_of(waves.get_wave(wave))


def draft(first: dt.date = TOMORROW, last: dt.date = TODAY + MONTH) -> str:
    """Make the next wave of families and leave it a draft."""
    wave, _request = waves.create_wave("family", first, last)
    opener.answer_requests()
    return wave


@pytest.mark.parametrize(
    ("words", "heads"),
    [("  ", HEADS), ("x" * 1001, HEADS), ("x", {}), ("x", {("All", "north"): 0})]
    + [("x", {("All", "north"): 5, ("All", "south"): n}) for n in (-1, 1_000_001)]
    + [("x", {(f"group {n}", "north"): 1 for n in range(13)})],
)
def test_a_frame_that_says_nothing_is_refused(tiny: TinySurvey, words: str, heads: dict[tuple[str, str], int]) -> None:
    with pytest.raises(Refused):
        describe(tiny.wave, heads, words)
    assert frames.find_frame(tiny.wave) is None


@pytest.mark.both_databases
def test_a_frame_is_replaced_as_a_whole_until_its_wave_is_published(tiny: TinySurvey) -> None:
    heads = {("Early help", "north"): 7, ("Child protection", "north"): 3}
    describe(tiny.wave)
    describe(tiny.wave, heads, " Open cases ")
    on_time = frames.find_frame(tiny.wave)
    tiny.close_wave()
    describe(tiny.wave, heads, " Open cases ")
    releases.ask_for_release(tiny.wave)
    opener.answer_requests()
    with pytest.raises(Refused, match="published"):
        describe(tiny.wave)

    frame = frames.WaveFrame("Open cases", TODAY, heads, is_late=True)
    assert on_time == frames.WaveFrame("Open cases", TODAY, heads), "only what is written after the close is marked"
    assert frames.find_frame(tiny.wave) == frame
    assert (frame.groups, frame.total, frame.of_locality("south")) == (["Child protection", "Early help"], 10, 0)


@pytest.mark.both_databases
def test_a_tally_counts_and_takes_back_but_never_below_nought(tiny: TinySurvey) -> None:
    tiny.codes(30)
    (tally,) = offer_log.list_offers(tiny.wave)
    assert (tally.has_counts, tally.locality) == (False, "north")
    for outcome, change in (("offered", 1), ("offered", 1), ("language", 1), ("language", -1), ("forgot", 1)):
        offer_log.count(tiny.wave, tally.batch.id, outcome, change=change)
    for outcome in ("language", "safety"):
        with pytest.raises(Refused, match="nothing to undo"):
            offer_log.count(tiny.wave, tally.batch.id, outcome, change=-1)
    tally = offer_log.get_offers(tiny.wave, tally.batch.id)
    assert (tally.offered, tally.not_offered, tally.has_counts) == (2, 1, True)


def test_only_what_there_is_is_counted_and_only_while_the_wave_is_open(tiny: TinySurvey) -> None:
    tiny.codes(30)
    TinySurvey("staff").codes(30, "of staff")
    batch, foreign = (offer_log.list_offers(f"{slug}-1")[0].batch.id for slug in ("family", "staff"))
    wrong = [(tiny.wave, batch, "shouted at", 1), (tiny.wave, batch, "forgot", 2), (tiny.wave, foreign, "forgot", 1)]
    for *what, change in [*wrong, (tiny.wave, "no batch", "forgot", 1), ("family-9", batch, "forgot", 1)]:
        with pytest.raises(NotFound):
            offer_log.count(*what, change=change)
    later = draft(first=TODAY + MONTH, last=TODAY + 2 * MONTH)
    waves.close_wave(tiny.wave)
    for wave in (later, tiny.wave):
        with pytest.raises(Refused, match="while the round is open"):
            offer_log.count(wave, batch, offer_log.OFFERED)


@pytest.mark.both_databases
def test_an_open_wave_keeps_its_first_day_and_may_get_another_last(tiny: TinySurvey) -> None:
    first = waves.get_wave(tiny.wave).opens_on
    for opens, closes in ((first + DAY, TODAY), (first, TODAY - DAY), (first, first - DAY)):
        with pytest.raises(Refused):
            waves.change_dates(tiny.wave, opens, closes)
    for last in (TODAY + 3 * MONTH, TODAY):
        waves.change_dates(tiny.wave, first, last)
        assert waves.get_wave(tiny.wave).closes_on == last
    waves.close_wave(tiny.wave)
    with pytest.raises(Refused, match="dates can no longer be changed"):
        waves.change_dates(tiny.wave, first, TODAY + MONTH)


def test_a_draft_may_move_to_any_days_that_are_not_over(tiny: TinySurvey) -> None:
    wave = draft()
    waves.change_dates(wave, TODAY + MONTH, TODAY + 2 * MONTH)
    assert waves.get_wave(wave).opens_on == TODAY + MONTH

    for first, last in ((TODAY + MONTH, TODAY), (TODAY - MONTH, TODAY - DAY)):
        with pytest.raises(Refused):
            waves.change_dates(wave, first, last)


def open_points(wave: str) -> str:
    """Return what a wave still needs, one point after the other."""
    return " | ".join(point.text for point in checklist.checklist(waves.get_wave(wave)) if not point.is_done)


@pytest.mark.parametrize(("days", "is_old"), [(0, False), (90, False), (91, True)])
def test_the_checklist_names_old_emergency_numbers(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch, days: int, is_old: bool
) -> None:
    contacts = (Contact("danger", "999", (TODAY - days * DAY).isoformat()),)
    monkeypatch.setattr(db.rooms(), "settings", replace(db.rooms().settings, contacts=contacts))
    assert ("numbers need a check" in open_points(tiny.wave)) is is_old


def test_the_checklist_names_areas_with_fewer_than_ten_expected_answers(tiny: TinySurvey) -> None:
    for name, place, count in (("a", "north", 50), ("b", "south", 45), ("c", "central", 5)):
        issue(name, place, "visit", count)
    points = open_points(draft())
    assert "South: about 9 answers expected from 45 cards." in points
    assert "Not tied to one area: about 1 answer expected from 5 cards." in points
    assert "North:" not in points


def test_while_a_wave_is_open_one_figure_is_shown(tiny: TinySurvey) -> None:
    describe(tiny.wave)
    answer(tiny.codes(60)[:35])
    assert shown(tiny.wave).opened == 0
    letterbox.open_letterbox()
    reason = turnout.FrameRate(reason="Response rates are shown after the round has closed.")
    coverage = (turnout.Coverage("north", reason="No tally yet."),)
    assert shown(tiny.wave) == turnout.WaveTurnout(20, (), reason, None, None, coverage)


def test_after_the_close_rates_are_shown_for_thirty_cards_and_more(tiny: TinySurvey) -> None:
    describe(tiny.wave, {("All", "north"): 100, ("All", "south"): 31})
    answer([*issue("a", "north", "visit", 60)[:20], *issue("b", "south", "post", 40)])
    issue("c", "central", "centre", 30)
    tiny.close_wave()

    rates = {f"{rate.dimension} {rate.name}".strip(): rate.percent or rate.word for rate in shown(tiny.wave).rates}
    assert rates == {"everyone": 45, "locality north": 35, "channel visit": 35, "batch a": 35}, (
        "south: all, central: none"
    )
    assert (shown(tiny.wave).opened, shown(tiny.wave).frame_rate) == (60, turnout.FrameRate(131, 46))


def test_after_the_close_few_cards_are_shown_nowhere(tiny: TinySurvey) -> None:
    answer([*issue("a", "north", "visit", 100)[:30], *issue("b", "south", "post", 29)[:10]])
    tiny.close_wave()
    assert [(rate.dimension, rate.issued, rate.percent) for rate in shown(tiny.wave).rates] == [("everyone", 129, 30)]


@pytest.mark.parametrize("answers", [1, 3, 9])
def test_fewer_than_ten_answers_are_shown_by_no_rate(tiny: TinySurvey, answers: int) -> None:
    """Three of thirty cards would be shown as "about 10%", which is three and nothing else."""
    describe(tiny.wave)
    answer(tiny.codes(30)[:answers])
    tiny.close_wave()

    assert shown(tiny.wave).frame_rate.reason == "Fewer than 10 people answered."
    assert [rate for rate in shown(tiny.wave).rates if rate.percent is not None] == []


def test_a_rate_without_a_frame_or_with_too_small_a_one_is_not_computable(tiny: TinySurvey) -> None:
    answer(tiny.codes(30)[:12])
    tiny.close_wave()
    assert shown(tiny.wave).frame_rate.reason == "The target population has not been entered."
    for heads, percent, words in ((9, None, "more answers than people"), (10, 100, ""), (12, 83, ""), (5000, 0, "")):
        describe(tiny.wave, {("All", "north"): heads})
        found = shown(tiny.wave).frame_rate
        assert (found.percent, words in (found.reason or "")) == (percent, True)


def test_coverage_is_shown_only_where_every_batch_was_counted_and_heads_are_known(tiny: TinySurvey) -> None:
    missing = ("No tally yet.", "The tally is incomplete:", "The target population has not been entered.")
    for name, place in (("a", "north"), ("b", "north"), ("c", "south")):
        issue(name, place, "visit")
    a, b, c = (tally.batch.id for tally in offer_log.list_offers(tiny.wave))
    for batch in (a, a, a, b, c):
        assert {row.percent for row in shown(tiny.wave).coverage} == {None}
        assert all((row.reason or "").startswith(missing) for row in shown(tiny.wave).coverage)
        offer_log.count(tiny.wave, batch, offer_log.OFFERED)
    assert shown(tiny.wave).coverage[0].reason == "The target population has not been entered."

    describe(tiny.wave)
    rows = [(row.locality, row.offered, row.eligible, row.percent) for row in shown(tiny.wave).coverage]
    assert rows == [("north", 4, 80, 5), ("south", 1, 20, 5), ("", 5, 100, 5)]
    describe(tiny.wave, {("All", "north"): 3, ("All", "south"): 20})
    assert (shown(tiny.wave).coverage[0].reason or "").startswith("More cards were offered than there are people")


def test_a_change_between_two_waves_is_split_into_answers_and_list(tiny: TinySurvey) -> None:
    codes = tiny.codes(100)
    describe(tiny.wave)
    answer(codes[:40])
    tiny.close_wave()
    draft()  # it never opens
    later = tiny.open_wave()
    answer(codes[:40])
    tiny.close_wave()
    assert shown(later).change is None, "nobody has said who it is about"
    describe(later, {("All", "north"): 160})
    assert shown(tiny.wave).previous_wave is None
    assert shown(later).previous_wave == tiny.wave
    assert shown(later).change == RateChange(-15.0, 0.0, -15.0)


@pytest.mark.both_databases
def test_rates_are_written_once(tiny: TinySurvey) -> None:
    answer(tiny.codes(60)[:30])
    tiny.close_wave()
    before = shown(tiny.wave).rates
    tiny.codes(300, "afterwards")
    letterbox.open_letterbox()
    assert shown(tiny.wave).rates == before
    assert [(rate.issued, rate.percent) for rate in before] == [(60, 50)] * 4


PLACES = [(place, way) for place in ("north", "central", "south", "boroughwide") for way in ("visit", "post")]
PAGES = ("", "rounds", "rounds/family-1", "cards", "tally", "results/family")
ONE_TIME = re.compile(rb'(csrf_token" value="|data-token=")[^"]*')


def staff_pages(client: StrictClient) -> list[bytes]:
    """Return every page that speaks of an open wave, one-time values blanked."""
    pages = [client.request("GET", f"/staff/{path}") for path in PAGES]
    assert {page.status for page in pages} == {200}
    return [ONE_TIME.sub(rb"\1", page.body) for page in pages]


def test_while_a_wave_is_open_pages_move_by_its_figure_in_tens_and_by_nothing_else(
    app: Flask, tiny: TinySurvey
) -> None:
    batches = [issue(f"batch {i}", place, way) for i, (place, way) in enumerate(PLACES)]
    person = Person("eva@example.org", secrets.token_urlsafe(12))
    accounts.create_user(person.email, "evaluator", password=person.password)
    client = signed_in(app, person)
    before = staff_pages(client)

    answer(batches[0][:15] + [batch[0] for batch in batches[1:]] + batches[3][1:4])
    assert staff_pages(client) == before, "letters that wait show nowhere"
    assert letterbox.open_letterbox() == {tiny.wave: 15}

    after = staff_pages(client)
    assert [page.replace(b'data-value="10">10<', b'data-value="0">0<') for page in after] == before
    assert [old != new for old, new in zip(before, after, strict=True)] == [True] * 3 + [False] * 3
