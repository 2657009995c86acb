"""Waves open and close by command and by the calendar, and the requests to the counting room are answered."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select

from app.counting import letterbox, opener, public_keys
from app.fieldwork import checklist
from app.models.letters import Draft
from app.models.releases import Request
from app.models.surveys import Wave
from app.respond import journeys
from app.storage import clock, db, keyring, requests
from app.storage.refusals import NotFound, Refused
from app.surveys import schedule, waves
from app.surveys import service as surveys
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey


def states() -> dict[str, str]:
    """Return the state of each wave of families."""
    return {wave.id: wave.state for wave in waves.list_waves("family")}


def test_a_wave_without_a_key_cannot_open(tiny: TinySurvey) -> None:
    tiny.close_wave()
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)

    with pytest.raises(Refused, match="no encryption key yet"):
        waves.open_wave(wave)

    opener.answer_requests()
    waves.open_wave(wave)
    assert states() == {"family-1": "closed", "family-2": "open"}


@pytest.mark.both_databases
def test_two_waves_of_a_survey_are_never_open_together(tiny: TinySurvey) -> None:
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    opener.answer_requests()

    with pytest.raises(Refused, match="Close it first"):
        waves.open_wave(wave)


def test_a_closed_wave_never_opens_again(tiny: TinySurvey) -> None:
    tiny.close_wave()

    with pytest.raises(Refused, match="family-1 is closed, so it cannot become open"):
        waves.open_wave("family-1")
    with pytest.raises(Refused, match="cannot become closed"):
        waves.close_wave("family-1")


def test_a_wave_that_closes_before_it_opens_is_refused(tiny: TinySurvey) -> None:
    with pytest.raises(Refused, match="before the first day"):
        waves.create_wave("family", TODAY, TODAY - MONTH)
    with pytest.raises(Refused, match="before the first day"):
        waves.create_wave("family", TODAY + MONTH, TODAY)
    assert waves.create_wave("family", TOMORROW, TOMORROW)[0] == "family-2"
    with pytest.raises(NotFound):
        waves.create_wave("nobody", TOMORROW, TOMORROW)


@pytest.mark.both_databases
def test_the_calendar_opens_on_the_first_day_and_closes_after_the_last(tiny: TinySurvey) -> None:
    tiny.close_wave()
    first, last = dt.date(2030, 3, 1), dt.date(2030, 3, 31)
    with clock.on_day(first - MONTH):
        wave, _request = waves.create_wave("family", first, last)
    opener.answer_requests()
    seen = {}
    for day in (first - dt.timedelta(1), first, last, last + dt.timedelta(1)):
        with clock.on_day(day):
            opener.apply_schedule()
            seen[day] = (states()[wave], waves.is_answerable(waves.get_wave(wave)))

    assert list(seen.values()) == [("draft", False), ("open", True), ("open", True), ("closed", False)]


def test_the_calendar_opens_no_second_wave_of_a_survey_and_stops_no_other(tiny: TinySurvey) -> None:
    later, _request = waves.create_wave("family", TODAY + 2 * MONTH, TODAY + 3 * MONTH)
    opener.answer_requests()
    with db.writing() as session:
        session.get_one(Wave, later).opens_on = TODAY  # no service allows this overlap
    assert schedule.move_by_calendar() == ([], [])
    assert (waves.get_wave(tiny.wave).state, waves.get_wave(later).state) == ("open", "draft")


@pytest.mark.both_databases
def test_the_calendar_close_opens_every_letter_and_drops_drafts(tiny: TinySurvey) -> None:
    sent, half = tiny.codes(30)[:2]
    journey = journeys.find_journey(journeys.begin(sent))
    assert journey is not None
    journeys.submit(journey, journeys.new_submission_id())
    journeys.begin(half)
    with clock.on_day(TODAY + MONTH + dt.timedelta(1)):
        opener.apply_schedule()

    assert states() == {"family-1": "closed"}
    assert letterbox.status()["family-1"].responses == 1
    with db.reading() as session:
        assert session.scalars(select(Draft)).all() == []


@pytest.mark.both_databases
def test_old_drafts_are_thrown_away(tiny: TinySurvey) -> None:
    with clock.on_day(TODAY - dt.timedelta(weeks=4)):
        journeys.begin(tiny.codes(30)[0])
    journeys.begin(tiny.codes(30, "more")[0])

    journeys.purge_drafts()

    with db.reading() as session:
        assert len(session.scalars(select(Draft)).all()) == 1


def test_the_night_round_runs_once_a_night(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds = []
    monkeypatch.setattr(letterbox, "open_letterbox", lambda: rounds.append(clock.today()))
    morning = dt.datetime(2030, 5, 5, 3, tzinfo=dt.UTC)
    for moment in (morning, morning + dt.timedelta(hours=1), morning + dt.timedelta(days=1)):
        with monkeypatch.context() as patch, clock.on_day(moment.date()):
            patch.setattr(clock, "now", lambda moment=moment: moment)
            opener.run_nightly_jobs(pytest.fail)

    assert rounds == [dt.date(2030, 5, 5), dt.date(2030, 5, 6)]


def test_a_refused_request_carries_its_sentence(tiny: TinySurvey) -> None:
    number = requests.ask("make_release", "family-1")

    opener.answer_requests()

    done = requests.get_request(number)
    assert done.state == "refused"
    assert "after it has closed" in (done.refusal or "")


@pytest.mark.both_databases
def test_a_request_that_an_opener_left_behind_is_taken_again(tiny: TinySurvey) -> None:
    number = requests.ask("close_wave", "family-1")
    taken = requests.take_next()
    assert taken is not None
    assert requests.take_next() is None

    requests.requeue_taken()
    opener.answer_requests()

    with db.reading() as session:
        assert session.get_one(Request, number).state == "done"


def test_wave_keys_are_private_files_and_never_made_twice(tiny: TinySurvey) -> None:
    folder = db.rooms().settings.counting_keys
    assert sorted(path.name for path in folder.iterdir()) == ["family-1.secret", "family.delete", "family.link"]
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    assert folder.stat().st_mode & 0o777 == 0o700
    before = keyring.letter_secret("family-1"), waves.get_wave("family-1").letter_pub
    public_keys.make_wave_keys("family-1")
    assert (keyring.letter_secret("family-1"), waves.get_wave("family-1").letter_pub) == before


def test_staff_waves_take_the_rotating_modules_in_turn(app: Flask) -> None:
    staff = next(path for path in surveys.shipped_documents() if path.name == "staff.json")
    surveys.import_questionnaire(staff.read_text(encoding="utf-8"), staff.name)
    modules = []
    for number in range(5):
        day = TOMORROW + number * MONTH
        wave, _request = waves.create_wave("staff", day, day)
        document = surveys.document_of(waves.get_wave(wave))
        modules.append(document.modules)

    assert modules == [("restorative",), ("front_door",), ("locality",), ("learning",), ("restorative",)]


def test_an_opener_that_died_between_secret_and_public_key_is_mended_by_the_next(tiny: TinySurvey) -> None:
    tiny.close_wave()
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    keyring.make_letter_secret(wave)

    opener.answer_requests()
    waves.open_wave(wave)

    journey = journeys.find_journey(journeys.begin(tiny.codes(30)[0]))
    assert journey is not None
    journeys.submit(journey, journeys.new_submission_id())
    tiny.close_wave()
    assert letterbox.status()[wave] == letterbox.BoxStatus(waiting=0, responses=1, set_aside=0)


def test_opening_an_open_wave_changes_nothing(tiny: TinySurvey) -> None:
    waves.open_wave("family-1")
    assert states() == {"family-1": "open"}


def test_a_wave_whose_secret_is_gone_does_not_stop_the_others(tiny: TinySurvey) -> None:
    for slug in ("family", "staff"):
        survey = tiny if slug == "family" else TinySurvey("staff")
        for code in survey.codes(30)[:20]:
            journey = journeys.find_journey(journeys.begin(code))
            assert journey is not None
            journeys.submit(journey, journeys.new_submission_id())
    (db.rooms().settings.counting_keys / "family-1.secret").unlink()

    with pytest.raises(Refused, match="family-1"):
        letterbox.open_letterbox()

    assert letterbox.status()["family-1"].waiting == 20
    assert letterbox.status()["staff-1"].responses == 10


def test_codes_of_an_ended_survey_open_nothing_and_others_still_do(tiny: TinySurvey) -> None:
    old = TinySurvey("staff").codes(30)[0]
    (db.rooms().settings.front_keys / "staff.card").unlink()

    with pytest.raises(journeys.CodeRefused):
        journeys.begin(old)
    assert journeys.begin(tiny.codes(30)[0])


@pytest.mark.parametrize(("answers", "shown"), [(0, 0), (3, 0), (9, 0), (12, 10), (13, 15)])
def test_after_the_close_small_turnout_is_not_shown(tiny: TinySurvey, answers: int, shown: int) -> None:
    for code in tiny.codes(30)[:answers]:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        journeys.submit(journey, journeys.new_submission_id())
    tiny.close_wave()

    assert waves.shown_turnout() == {"family-1": shown}


def test_a_wave_that_is_over_before_it_begins_is_refused(tiny: TinySurvey) -> None:
    with pytest.raises(Refused, match="last day must be today or later"):
        waves.create_wave("family", TODAY - 2 * MONTH, TODAY - MONTH)


def test_waves_open_in_their_order(tiny: TinySurvey) -> None:
    """A wave that opens after a later one could never be released."""
    tiny.close_wave()
    earlier, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    later, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    opener.answer_requests()
    waves.open_wave(later)
    waves.close_wave(later)

    with pytest.raises(Refused, match="later round"):
        waves.open_wave(earlier)
    assert schedule.move_by_calendar() == ([], [])
    assert waves.get_wave(earlier).state == "draft"


def test_a_wave_that_is_opened_before_its_day_begins_today(tiny: TinySurvey) -> None:
    tiny.close_wave()
    wave, _request = waves.create_wave("family", TODAY + MONTH, TODAY + 2 * MONTH)
    opener.answer_requests()

    waves.open_wave(wave)

    assert waves.is_answerable(waves.get_wave(wave))


def test_the_calendar_shows_each_round_in_its_months(tiny: TinySurvey) -> None:
    with clock.on_day(dt.date(2026, 11, 30)):
        waves.create_wave("family", dt.date(2027, 1, 31), dt.date(2027, 3, 1))
    with clock.on_day(dt.date(2026, 12, 24)):
        months, lines = checklist.calendar([waves.get_wave("family-2")])

    assert (months[0], months[-1], len(months)) == (dt.date(2026, 10, 1), dt.date(2027, 9, 1), 12)
    busy = [month.month for month, cell in zip(months, lines["family"], strict=True) if cell]
    assert busy == [1, 2, 3]


def test_rounds_that_ask_the_same_homes_on_the_same_days_clash(tiny: TinySurvey) -> None:
    ids = [tiny.wave, *(TinySurvey(slug).wave for slug in ("young", "staff", "partner"))]
    last = waves.get_wave(tiny.wave).closes_on
    day = dt.timedelta(days=1)
    ids += [waves.create_wave("family", *days)[0] for days in ((last, last + MONTH), (last + day, last + day))]
    found = [waves.get_wave(wave) for wave in ids]
    asked = {wave.id: " ".join(other.id for other in checklist.clashes(wave, found)) for wave in found[:4]}
    homes = {"family-1": "young-1 family-2", "young-1": "family-1 family-2"}  # and not family-3, from the day after
    assert asked == {**homes, "staff-1": "partner-1", "partner-1": "staff-1"}
