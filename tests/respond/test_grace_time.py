"""The last day of a round: it is shown, nobody starts after it, and who has started can send for a while."""

import datetime as dt
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.waves import LONDON
from app.counting import letterbox, opener
from app.models.letters import Draft, Letter
from app.models.surveys import Wave
from app.respond import journeys, saved_drafts
from app.respond.journeys import Outcome
from app.storage import clock, db
from app.surveys import schedule, waves
from app.web.i18n import LANGUAGES
from config import SettingsError, load_settings
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.counting.test_letterbox import count, send
from tests.support.client import Seen, StrictClient, browser, press
from tests.support.http_journey import enter_code
from tests.support.office import Office, post

LAST = TODAY + MONTH
AFTER = LAST + dt.timedelta(1)
LATE, ENDS = dt.time(0, 59), dt.time(1)
NOTICE = "This round has ended. You can send your answers until 01:00."


class Hands:
    """The hands of a clock that every request looks at."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch

    def point(self, day: dt.date, time: str) -> None:
        """Let it be a day and time in London."""
        moment = dt.datetime.combine(day, dt.time.fromisoformat(time), LONDON)
        self._patch.setattr(clock, "moment", lambda: moment)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    """A clock for the requests of a test."""
    return Hands(monkeypatch)


def started(code: str) -> journeys.Journey:
    """Start to answer with a code."""
    journey = journeys.find_journey(journeys.begin(code))
    assert journey is not None
    return journey


@pytest.mark.both_databases
def test_who_started_in_time_can_send_for_an_hour_and_nobody_starts(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    with clock.on_day(LAST, dt.time(23, 59)):
        journey, late = started(codes[0]), started(codes[1])
    with clock.on_day(AFTER, dt.time(0)), pytest.raises(journeys.CodeRefused):
        journeys.begin(codes[2])
    with clock.on_day(AFTER, LATE):
        journey = journeys.save_page(journey, {"heard": "5"})
        assert journeys.submit(journey, journeys.new_submission_id()) is Outcome.SENT
        assert journeys.begin(codes[1], late.draft_key) == late.draft_key, "the same code goes on in the same browser"
    with clock.on_day(AFTER, ENDS):
        assert journeys.find_journey(late.draft_key) is None
        assert journeys.submit(late, journeys.new_submission_id()) is Outcome.CLOSED


@pytest.mark.both_databases
def test_answers_are_saved_and_continued_in_the_grace_time(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    with clock.on_day(LAST, dt.time(23, 59)):
        journey = started(code)
    with clock.on_day(AFTER, LATE):
        assert saved_drafts.save(journey, "4711")
        assert saved_drafts.come_back(code, "4711") is not None
    with clock.on_day(AFTER, ENDS):
        assert saved_drafts.come_back(code, "4711") is None


@pytest.mark.both_databases
def test_nothing_is_opened_between_the_last_day_and_the_close(
    tiny: TinySurvey, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in tiny.codes(40)[:25]:
        send(code)
    monkeypatch.setattr(opener, "NIGHT_HOUR", 0)
    with clock.on_day(AFTER, LATE):
        opener.apply_schedule()
        opener.run_nightly_jobs(pytest.fail)
        assert letterbox.open_letterbox() == {tiny.wave: 0}
        assert letterbox.open_letterbox(tiny.wave) == {tiny.wave: 0}
        assert "between its last day and its close" in app.test_cli_runner().invoke(args=["letterbox", "open"]).stderr
        assert waves.get_wave(tiny.wave).state == "open"
    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(25, 0, 0)

    with clock.on_day(AFTER, ENDS):
        opener.apply_schedule()
    assert waves.get_wave(tiny.wave).state == "closed"
    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(0, 25, 0)
    assert count(Draft, "reading") == 0


def test_an_opener_that_was_away_opens_nothing_before_it_has_closed(tiny: TinySurvey) -> None:
    for code in tiny.codes(40)[:25]:
        send(code)
    with clock.on_day(AFTER + dt.timedelta(3)):
        assert letterbox.open_letterbox() == {tiny.wave: 0}
        opener.apply_schedule()
    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(0, 25, 0)


def test_a_close_by_hand_closes_at_once(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    with clock.on_day(LAST, dt.time(23, 59)):
        journey = started(codes[0])
    with clock.on_day(AFTER, LATE):
        tiny.close_wave()
        assert journeys.submit(journey, journeys.new_submission_id()) is Outcome.CLOSED
    assert count(Draft, "reading") == 0


def test_a_last_day_that_is_moved_in_the_grace_time_lets_people_start_again(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    with clock.on_day(AFTER, LATE):
        waves.change_dates(tiny.wave, waves.get_wave(tiny.wave).opens_on, AFTER)
        assert started(code)
        assert waves.ends_at(waves.get_wave(tiny.wave)) is None


def test_a_grace_time_of_none(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.rooms(), "settings", replace(db.rooms().settings, grace_minutes=0))
    journey = started(tiny.codes(30)[0])
    with clock.on_day(AFTER, dt.time(0)):
        assert journeys.find_journey(journey.draft_key) is None
        assert schedule.move_by_calendar() == ([tiny.wave], [])


@pytest.mark.parametrize(("typed", "minutes"), [("", 60), ("0", 0), ("240", 240), ("241", None), ("-1", None)])
@pytest.mark.parametrize("more", ["", "1.5", "an hour"])
def test_the_grace_time_is_a_setting(tmp_path: object, typed: str, minutes: int | None, more: str) -> None:
    given = {"PORTAL_HOME": str(tmp_path), "PORTAL_ENV": "development", "GRACE_MINUTES": more or typed}
    if more or minutes is None:
        with pytest.raises(SettingsError, match="GRACE_MINUTES must be a whole number"):
            load_settings(given)
    else:
        assert load_settings(given).grace_minutes == minutes


def on_start_page(app: Flask, code: str, language: str = "en") -> tuple[StrictClient, Seen]:
    """Enter a code and return the browser and the start page."""
    client = browser(app, language=language)
    enter_code(client, code)
    return client, client.request("GET", "/r/start")


def test_the_start_page_names_the_last_day_and_in_the_grace_time_the_hour(
    app: Flask, tiny: TinySurvey, hands: Hands
) -> None:
    hands.point(LAST, "23:59")
    client, page = on_start_page(app, tiny.codes(30)[0])
    assert f"Last day: {LAST:%-d %B %Y}" in page.words
    assert NOTICE not in page.body.decode()

    hands.point(AFTER, "00:00")
    for path in ("/r/start", "/r/page/1", "/r/check", "/r/save"):
        page = client.request("GET", path)
        assert (page.status, NOTICE in page.body.decode(), "Last day" in page.words) == (200, True, False), path
    sent = press(client, client.request("GET", "/r/check"))
    assert sent.headers["location"] == "/r/done"
    assert NOTICE not in client.request("GET", "/r/done").body.decode()

    hands.point(AFTER, "00:30")
    assert client.request("GET", "/r/start").data_page == "nothing-here"


def test_the_page_of_saved_answers_names_the_day_and_in_the_grace_time_the_hour(
    app: Flask, tiny: TinySurvey, hands: Hands
) -> None:
    code = tiny.codes(30)[0]
    for day, time, words in (
        (LAST - dt.timedelta(3), "12:00", f"Last day: {LAST:%-d %B %Y}"),
        (LAST, "23:59", f"Last day: {LAST:%-d %B %Y}"),
    ):
        hands.point(day, time)
        client, _page = on_start_page(app, code)
        saved = press(client, client.request("GET", "/r/save"), pin="4711")
        assert words in saved.words
    hands.point(LAST, "23:59")
    client, _page = on_start_page(app, code)
    hands.point(AFTER, "00:10")
    saved = press(client, client.request("GET", "/r/save"), pin="4711")
    assert f"Last day: {AFTER:%-d %B %Y}, 01:00" in saved.words


@pytest.mark.parametrize("language", [tag for tag in LANGUAGES if tag != "en"])
def test_both_sentences_are_translated(app: Flask, tiny: TinySurvey, hands: Hands, language: str) -> None:
    hands.point(LAST, "12:00")
    client, page = on_start_page(app, tiny.codes(30)[0], language)
    assert "Last day" not in page.words
    hands.point(AFTER, "00:00")
    page = client.request("GET", "/r/start")
    assert "This round has ended" not in page.body.decode()
    assert "01:00" in page.body.decode()


def test_no_start_time_is_stored(tiny: TinySurvey) -> None:
    columns = {column.name for table in (Draft, Letter) for column in table.__table__.columns}
    assert columns == {"id", "wave_id", "box", "week"}


def test_the_poster_and_the_page_of_new_cards_name_the_last_day_and_the_cards_do_not(quiet: Office) -> None:
    client = quiet.asker
    fields = {"survey": "family", "channel": "visit", "cards-north": "30", "kind": "standard"}
    fields |= {"language": "en", "look": "cards"}
    early = post(client, "/staff/cards/new", batch="early", **fields)
    assert "<dt>Last day of the round</dt><dd></dd>" in early.body.decode(), "no round is planned"
    assert post(client, "/staff/rounds/new", survey="family", opens_on=f"{TOMORROW}", closes_on=f"{LAST}").status == 303

    page = post(client, "/staff/cards/new", batch="later", **fields)
    assert f"<dt>Last day of the round</dt><dd>{LAST:%-d %B %Y}</dd>" in page.body.decode()
    cards = ["".join(card.itertext()) for card in page.tree.iter("article")]
    assert len(cards) == 30
    assert not [card for card in cards if str(LAST.year) in card]
    poster = client.request("GET", "/staff/paper/family-2?style=poster")
    assert f"Last day: {LAST:%-d %B %Y}" in poster.words
    over = client.request("GET", "/staff/paper/family-1?style=poster")
    assert "Last day" not in over.words


def test_the_staff_page_says_how_long_answers_can_still_be_sent(office: Office, hands: Hands) -> None:
    hands.point(AFTER, "00:30")
    page = office.asker.request("GET", "/staff/rounds/family-1")
    assert "Until 01:00, people who have started can send their answers." in page.words
    page = post(office.asker, "/staff/rounds/family-1/close", form="/staff/rounds/family-1/close")
    assert page.status == 303
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Wave).filter_by(state="closed")) == 1


def test_the_page_before_a_close_by_hand_says_that_it_closes_at_once(office: Office) -> None:
    words = office.asker.request("GET", "/staff/rounds/family-1/close").words
    assert "It closes at once and for good" in words
    assert "60 more minutes" in words
    assert "people who are answering now cannot send their answers" in words
