"""Dates that people type: none that cannot be meant is taken, and saving one never opens a round."""

import datetime as dt
from typing import Any

import pytest
from flask import Flask

from app.counting import opener
from app.fieldwork import frames
from app.models.fieldwork import Frame, FrameCount
from app.models.surveys import Wave
from app.storage import audit, clock, db, destroyed_keys, keyring, requests
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.keys.destroyed import both_rooms
from tests.staff.test_audit import entries
from tests.support.client import StrictClient
from tests.support.office import Office, post
from tests.support.readers import have_readers

NEW, DATES = "/staff/rounds/new", "/staff/rounds/family-2/dates"
DAY = dt.timedelta(days=1)
RIGHT = {"opens_on": f"{TOMORROW}", "closes_on": f"{TODAY + MONTH}"}
IMPOSSIBLE = [
    ({"opens_on": f"0027-{TODAY:%m-%d}"}, "opens_on", f"The first day must be {TOMORROW:%-d %B %Y} or later."),
    ({"opens_on": f"{TODAY}"}, "opens_on", "To open a round today, save it first, and then open it."),
    ({"opens_on": f"{TODAY - DAY}"}, "opens_on", "or later."),
    ({"closes_on": f"2207-{TODAY:%m}-01"}, "closes_on", "a year after the first."),
    ({"opens_on": "9999-12-31", "closes_on": "9999-12-31"}, "opens_on", "or earlier."),
]


@pytest.fixture
def lead(quiet: Office) -> StrictClient:
    """A browser in which an evaluator is signed in, while no round is open."""
    return quiet.asker


def states() -> list[str]:
    """Return the states of all rounds of families, after the calendar has looked at them."""
    opener.answer_requests()
    opener.apply_schedule()
    return [wave.state for wave in waves.list_waves("family")]


@pytest.mark.parametrize(("days", "field", "words"), IMPOSSIBLE)
@pytest.mark.parametrize("path", [NEW, DATES])
def test_a_page_refuses_a_day_that_cannot_be_meant(
    lead: StrictClient, path: str, days: dict[str, str], field: str, words: str
) -> None:
    if path == DATES:
        assert post(lead, NEW, survey="family", **RIGHT).status == 303
    before = states()

    answer = post(lead, path, survey="family", **{**RIGHT, **days})

    assert answer.status == 422
    assert words in answer.words
    assert answer.find("a", href=f"#{field}") is not None, "the summary leads to the field that is wrong"
    assert {**RIGHT, **days}[field] in [e.get("value") for e in answer.tree.iter("input")], "it is kept"
    assert states() == before, "nothing was made, and nothing has opened"


@pytest.mark.parametrize("days", [pair[0] for pair in IMPOSSIBLE if pair[0].get("opens_on") != f"{TODAY}"])
def test_the_command_refuses_a_day_that_cannot_be_meant(app: Flask, tiny: TinySurvey, days: dict[str, str]) -> None:
    typed = {**RIGHT, **days}
    words = ["wave", "create", "family", "--opens", typed["opens_on"], "--closes", typed["closes_on"]]
    done = app.test_cli_runner().invoke(args=words)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "day must be" in done.stderr
    assert states() == ["open"]


def test_the_command_takes_today_and_opens_nothing_before_it_is_asked(app: Flask, tiny: TinySurvey) -> None:
    tiny.close_wave()
    runner = app.test_cli_runner()
    done = runner.invoke(args=["wave", "create", "family", "--opens", f"{TODAY}", "--closes", f"{TODAY + MONTH}"])
    assert (done.exit_code, done.stdout) == (0, "family-2\n")
    assert "To open it today, run: flask wave open family-2" in done.stderr
    assert states() == ["closed", "draft"]

    assert runner.invoke(args=["wave", "open", "family-2"]).exit_code == 0
    assert (states(), waves.get_wave("family-2").opens_on) == (["closed", "open"], TODAY)


def test_a_saved_round_opens_the_next_day_at_the_earliest(lead: StrictClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert post(lead, NEW, survey="family", **RIGHT).status == 303
    assert states() == ["closed", "draft"]
    with clock.on_day(TODAY, dt.time(23, 59)):
        assert states() == ["closed", "draft"]
    with clock.on_day(TOMORROW, dt.time(0)):
        assert states() == ["closed", "open"]


def test_a_round_is_opened_today_by_an_act_of_its_own(lead: StrictClient) -> None:
    post(lead, NEW, survey="family", **RIGHT)
    assert states() == ["closed", "draft"]
    have_readers("family-2", TOMORROW)
    assert post(lead, "/staff/rounds/family-2/open").status == 303
    assert (states(), waves.get_wave("family-2").opens_on) == (["closed", "open"], TODAY)


def test_a_round_that_is_opened_late_begins_today(tiny: TinySurvey) -> None:
    tiny.close_wave()
    with clock.on_day(TODAY - MONTH):
        wave, _request = waves.create_wave("family", TODAY - DAY, TODAY + MONTH)
    opener.answer_requests()
    waves.open_wave(wave)
    assert waves.get_wave(wave).opens_on == TODAY


def test_a_round_that_would_last_too_long_is_not_opened_early(tiny: TinySurvey) -> None:
    tiny.close_wave()
    far = TODAY + 300 * DAY
    wave, _request = waves.create_wave("family", far, far + 300 * DAY)
    opener.answer_requests()
    with pytest.raises(Refused, match="a year after the first"):
        waves.open_wave(wave)
    assert waves.get_wave(wave).opens_on == far


def test_a_round_that_is_closed_by_hand_ends_on_that_day(tiny: TinySurvey) -> None:
    wave = waves.get_wave(tiny.wave)
    assert wave.closes_on > TODAY

    waves.close_wave(tiny.wave)

    assert waves.get_wave(tiny.wave).closes_on == TODAY
    (line,) = [entry for entry in entries() if entry.action == "changed dates"]
    assert (line.subject, f"{wave.opens_on} to {TODAY}" in str(line.detail)) == (tiny.wave, True)


def test_a_round_that_is_closed_after_its_last_day_keeps_it(tiny: TinySurvey) -> None:
    before = waves.get_wave(tiny.wave).closes_on
    with clock.on_day(before + DAY):
        waves.close_wave(tiny.wave)
    assert waves.get_wave(tiny.wave).closes_on == before


@pytest.mark.parametrize("day", ["2099-01-01", f"{TOMORROW}", f"{TODAY - 731 * DAY}", "0027-01-01"])
def test_a_headcount_is_of_the_past_two_years(quiet: Office, day: str) -> None:
    kept = {"definition": "All", "group-0": "Plans", "n-0-north": "40"}
    answer = post(quiet.asker, "/staff/rounds/family-1/frame", counted_on=day, **kept)
    assert answer.status == 422
    assert f"to {TODAY:%-d %B %Y}." in answer.words
    assert answer.find("a", href="#counted_on") is not None
    assert frames.find_frame("family-1") is None


def planned(tiny: TinySurvey) -> str:
    """Close the open round, plan the next one and say who can take part in it."""
    tiny.close_wave()
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    opener.answer_requests()
    frames.set_frame(wave, definition="All", counted_on=TODAY, counts={("All", "north"): 30})
    return wave


def left(wave: str) -> list[Any]:
    """Return the rows and key files of a round that are left."""
    with db.reading() as session:
        rows = [session.get(Wave, wave), session.get(Frame, wave), session.get(FrameCount, (wave, "All", "north"))]
    files = [*keyring.front_files("wave", wave), *keyring.counting_files("wave", wave)]
    return [row for row in rows if row] + files


@pytest.mark.both_databases
def test_a_draft_is_deleted_with_its_population_and_keys_and_its_number_stays_unused(tiny: TinySurvey) -> None:
    wave = planned(tiny)
    assert len(left(wave)) == 5
    number = waves.delete_wave(wave)
    both_rooms()

    assert (requests.get_request(number).refusal, left(wave)) == (None, [])
    assert destroyed_keys.is_done("wave", wave)
    assert waves.create_wave("family", TOMORROW, TODAY + MONTH)[0] == "family-3", "an old key must fit no new round"
    opener.answer_requests()
    waves.open_wave("family-3")
    assert audit.verify() == []
    assert [entry.subject for entry in entries() if entry.action == "asked to delete a wave"] == [wave]


def test_a_deleted_round_takes_no_turn_of_the_rotating_modules(app: Flask) -> None:
    staff = next(path for path in surveys.shipped_documents() if path.name == "staff.json")
    surveys.import_questionnaire(staff.read_text(encoding="utf-8"), staff.name)
    first, second = (waves.create_wave("staff", TOMORROW, TOMORROW)[0] for _twice in range(2))
    assert waves.get_wave(first).module != waves.get_wave(second).module
    module = waves.get_wave(second).module
    waves.delete_wave(second)
    both_rooms()
    assert waves.get_wave(waves.create_wave("staff", TOMORROW, TOMORROW)[0]).module == module


def test_only_a_draft_can_be_deleted(tiny: TinySurvey) -> None:
    with pytest.raises(Refused, match="family-1 is open, so it can no longer be deleted"):
        waves.delete_wave(tiny.wave)
    number = requests.ask("delete_wave", tiny.wave)  # it opened while the request was waiting
    opener.answer_requests()
    assert "is open by now" in (requests.get_request(number).refusal or "")
    assert len(left(tiny.wave)) == 3


@pytest.mark.both_databases
@pytest.mark.parametrize("step", ["destroy_letter_secret", "destroy_wave_key"])
@pytest.mark.parametrize("is_after", [False, True])
def test_a_deletion_that_a_crash_ended_goes_on(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    wave, whole = planned(tiny), getattr(keyring, step)

    def dying(*given: Any) -> None:
        if is_after:
            whole(*given)
        raise SystemExit

    waves.delete_wave(wave)
    with monkeypatch.context() as patch:
        patch.setattr(keyring, step, dying)
        with pytest.raises(SystemExit):
            both_rooms()
    both_rooms()

    assert left(wave) == []
    assert waves.create_wave("family", TOMORROW, TODAY + MONTH)[0] == "family-3"


def test_a_draft_is_deleted_from_its_page(lead: StrictClient) -> None:
    post(lead, NEW, survey="family", **RIGHT)
    opener.answer_requests()
    assert lead.request("GET", "/staff/rounds/family-2").links("Delete round") == ["/staff/rounds/family-2/delete"]
    assert "Only a round that has not opened" in lead.request("GET", "/staff/rounds/family-2/delete").words
    assert lead.request("GET", "/staff/rounds/family-1/delete").status == 303, "a closed round has no such page"
    answer = post(lead, "/staff/rounds/family-2/delete")
    assert (answer.status, answer.headers["location"]) == (303, "/staff/rounds")
    both_rooms()
    page = lead.request("GET", "/staff/rounds")
    assert "Families, round 2 is deleted" in page.words
    assert "/staff/rounds/family-2" not in page.body.decode()
