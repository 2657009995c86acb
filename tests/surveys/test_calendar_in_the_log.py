"""What the calendar does to rounds stands in the audit log, written by the web process at the next sign-in."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import text

from app.counting import opener
from app.storage import audit, clock, db
from app.surveys import schedule, waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.staff.test_audit import entries
from tests.support.staff import make_person, signed_in

OPENED, CLOSED = "opened a wave", "closed a wave"


def noted() -> list[tuple[str, str, str]]:
    """Return who opened and closed which rounds, as the log says."""
    return [(entry.actor, entry.action, entry.subject) for entry in entries() if entry.action in (OPENED, CLOSED)]


@pytest.mark.both_databases
def test_a_round_that_the_calendar_opened_and_closed_has_a_line_for_each(app: Flask, tiny: TinySurvey) -> None:
    tiny.close_wave()
    waves.create_wave("family", TOMORROW, TODAY + MONTH)
    opener.answer_requests()
    by_hand = noted()
    assert by_hand == [("shell", OPENED, "family-1"), ("shell", CLOSED, "family-1")]
    for day in (TOMORROW, TODAY + MONTH + dt.timedelta(1)):
        with clock.on_day(day):
            opener.apply_schedule()
    person = make_person()
    signed_in(app, person)

    assert noted() == [*by_hand, (audit.CALENDAR, OPENED, "family-2"), (audit.CALENDAR, CLOSED, "family-2")]
    details = [entry.detail for entry in entries() if entry.actor == audit.CALENDAR]
    opened = f'{{"first_day": "{TOMORROW}", "own_words": "left out"}}'
    assert details == [opened, f'{{"last_day": "{TODAY + MONTH}"}}']
    signed_in(app, person)
    assert len(noted()) == 4, "each is noted once"
    assert audit.verify() == []


def test_a_round_that_was_cancelled_is_not_said_to_be_closed(tiny: TinySurvey) -> None:
    waves.cancel_wave(tiny.wave, "the wrong questions")
    schedule.note_calendar()
    assert noted() == [("shell", OPENED, tiny.wave)]


def test_a_round_whose_dates_cannot_be_read_stops_nobody_from_signing_in(app: Flask, tiny: TinySurvey) -> None:
    other = TinySurvey("young")
    with db.writing() as session:
        session.execute(text(f"UPDATE wave SET closes_on = 'x' WHERE id = '{tiny.wave}'"))
        session.execute(text(f"UPDATE wave SET state = 'closed' WHERE id = '{other.wave}'"))
    signed_in(app, make_person())
    assert (audit.CALENDAR, CLOSED, other.wave) in noted()


def test_the_page_of_the_log_says_when_the_calendar_is_entered(app: Flask) -> None:
    page = client_of(app, "data protection officer").request("GET", "/staff/audit")
    assert "Rounds that the calendar opened or closed" in page.words
    assert "are entered when somebody next signs in." in page.words
