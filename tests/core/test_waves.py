"""Waves: every move, both dates inclusive, and the day in London over the nights when the clocks change."""

import datetime as dt

import pytest

from app.core.waves import (
    DAY,
    LONDON,
    MOVES,
    State,
    due_move,
    find_count_fault,
    find_day_fault,
    london_day,
    may_begin,
    may_send,
)

ALLOWED = {
    *((State.DRAFT, State.OPEN), (State.OPEN, State.CLOSED), (State.CLOSED, State.PUBLISHED)),
    (State.OPEN, State.CANCELLED),
}
FIRST, LAST = dt.date(2026, 3, 2), dt.date(2026, 3, 27)
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize("now", State)
@pytest.mark.parametrize("to", State)
def test_only_the_next_state_is_allowed(now: State, to: State):
    assert (to in MOVES[now]) == ((now, to) in ALLOWED)


def test_moves_cover_every_state():
    assert set(MOVES) == set(State)


def at(day: dt.date, time: str = "12:00") -> dt.datetime:
    """Return a moment in London."""
    return dt.datetime.combine(day, dt.time.fromisoformat(time), LONDON)


@pytest.mark.parametrize(
    ("moment", "begins", "sends"),
    [
        (at(FIRST - DAY, "23:59"), False, False),
        (at(FIRST, "00:00"), True, True),
        (at(LAST, "23:59"), True, True),
        (at(LAST + DAY, "00:00"), False, True),
        (at(LAST + DAY, "00:59"), False, True),
        (at(LAST + DAY, "01:00"), False, False),
        (at(LAST + DAY), False, False),
    ],
)
def test_answers_begin_on_whole_days_and_may_be_sent_an_hour_longer(moment: dt.datetime, begins: bool, sends: bool):
    days = {"opens_on": FIRST, "closes_on": LAST, "moment": moment}
    assert (may_begin(State.OPEN, **days), may_send(State.OPEN, **days, grace=HOUR)) == (begins, sends)
    assert due_move(State.OPEN, **days, grace=HOUR) is (State.CLOSED if moment > at(LAST) and not sends else None)


@pytest.mark.parametrize("last", ["2026-03-28", "2026-10-24", "2026-07-01"])  # two nights when the clocks change
@pytest.mark.parametrize("grace", [dt.timedelta(minutes=1), HOUR, 4 * HOUR])
def test_a_grace_time_has_its_length_on_every_night(last: str, grace: dt.timedelta):
    day, second = dt.date.fromisoformat(last), dt.timedelta(seconds=1)
    end = at(day + DAY, "00:00").astimezone(dt.UTC) + grace
    days = {"opens_on": FIRST, "closes_on": day, "grace": grace}
    assert [may_send(State.OPEN, **days, moment=moment) for moment in (end - second, end)] == [True, False]


def test_without_a_grace_time_a_wave_ends_at_midnight():
    days = {"opens_on": FIRST, "closes_on": LAST, "grace": dt.timedelta(0)}
    moments = (at(LAST, "23:59"), at(LAST + DAY, "00:00"))
    assert [may_send(State.OPEN, **days, moment=moment) for moment in moments] == [True, False]


@pytest.mark.parametrize("state", [state for state in State if state is not State.OPEN])
def test_takes_answers_only_while_open(state: State):
    days = {"opens_on": FIRST, "closes_on": LAST, "moment": at(FIRST)}
    assert not may_begin(state, **days)
    assert not may_send(state, **days, grace=HOUR)


@pytest.mark.parametrize(
    ("state", "today", "expected"),
    [
        (State.DRAFT, FIRST - DAY, None),
        (State.DRAFT, FIRST, State.OPEN),
        (State.DRAFT, LAST, State.OPEN),
        (State.DRAFT, LAST + DAY, None),
        (State.OPEN, FIRST - DAY, None),
        (State.OPEN, FIRST, None),
        (State.OPEN, LAST, None),
        (State.OPEN, LAST + DAY, State.CLOSED),
        (State.CLOSED, LAST + DAY, None),
        (State.PUBLISHED, FIRST, None),
        (State.CANCELLED, FIRST, None),
        (State.CANCELLED, LAST + DAY, None),
    ],
)
def test_due_move_follows_the_calendar(state: State, today: dt.date, expected: State | None):
    assert due_move(state, opens_on=FIRST, closes_on=LAST, moment=at(today), grace=HOUR) is expected


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("days", range(-2, 30))
def test_due_move_is_always_an_allowed_move(state: State, days: int):
    move = due_move(state, opens_on=FIRST, closes_on=LAST, moment=at(FIRST + days * DAY), grace=HOUR)
    if move is not None:
        assert move in MOVES[state]


@pytest.mark.parametrize(
    ("opens_on", "closes_on", "is_begun", "field", "words"),
    [
        (FIRST + DAY, LAST, False, None, ""),
        (FIRST + DAY, FIRST + DAY, False, None, ""),
        (FIRST, LAST, False, "opens_on", "must be 3 March 2026 or later. To open a round today, save it first"),
        (dt.date(27, 3, 1), LAST, False, "opens_on", "must be 3 March 2026 or later"),
        (dt.date(1, 1, 1), dt.date.max, False, "opens_on", "must be 3 March 2026 or later"),
        (FIRST + 730 * DAY, FIRST + 730 * DAY, False, None, ""),
        (FIRST + 731 * DAY, FIRST + 731 * DAY, False, "opens_on", "must be 1 March 2028 or earlier"),
        (dt.date.max, dt.date.max, False, "opens_on", "must be 1 March 2028 or earlier"),
        (FIRST + DAY, FIRST + 366 * DAY, False, None, ""),
        (FIRST + DAY, FIRST + 367 * DAY, False, "closes_on", "must be 3 March 2027 or earlier"),
        (FIRST + DAY, dt.date(2207, 3, 1), False, "closes_on", "must be 3 March 2027 or earlier"),
        (FIRST + DAY, FIRST, False, "closes_on", "must not be before the first day"),
        (FIRST - 9 * DAY, FIRST - DAY, True, "closes_on", "must be today or later"),
        (FIRST - 9 * DAY, FIRST, True, None, ""),
        (FIRST, FIRST, True, None, ""),
        (FIRST, FIRST + 366 * DAY, True, "closes_on", "must be 2 March 2027 or earlier"),
    ],
)
def test_days_that_cannot_be_meant_are_refused_with_the_limit(
    opens_on: dt.date, closes_on: dt.date, is_begun: bool, field: str | None, words: str
):
    found = find_day_fault(opens_on, closes_on, today=FIRST, is_begun=is_begun)
    assert (found[0] if found else None) == field
    assert words in (found[1] if found else "")


@pytest.mark.parametrize(("days", "is_right"), [(-(10**5), False), (-731, False), (-730, True), (0, True), (1, False)])
def test_a_headcount_is_of_the_last_two_years(days: int, is_right: bool):
    fault = find_count_fault(FIRST + days * DAY, FIRST)
    assert fault is None if is_right else fault == "The date of the count must be from 2 March 2024 to 2 March 2026."


@pytest.mark.parametrize(
    ("utc", "day"),
    [
        ("2026-01-15 23:59", "2026-01-15"),  # winter: London is UTC
        ("2026-07-15 22:59", "2026-07-15"),
        ("2026-07-15 23:00", "2026-07-16"),  # summer: an hour ahead
        ("2026-07-15 23:30", "2026-07-16"),
        ("2026-03-28 23:30", "2026-03-28"),  # the night before the clocks go forward
        ("2026-03-29 00:59", "2026-03-29"),
        ("2026-03-29 01:00", "2026-03-29"),
        ("2026-03-29 22:59", "2026-03-29"),
        ("2026-03-29 23:00", "2026-03-30"),  # that day has 23 hours
        ("2026-10-24 22:59", "2026-10-24"),
        ("2026-10-24 23:00", "2026-10-25"),  # the night the clocks go back
        ("2026-10-25 00:30", "2026-10-25"),
        ("2026-10-25 01:30", "2026-10-25"),
        ("2026-10-25 23:59", "2026-10-25"),  # that day has 25 hours
        ("2026-10-26 00:00", "2026-10-26"),
    ],
)
def test_london_day_over_the_year(utc: str, day: str):
    moment = dt.datetime.fromisoformat(f"{utc}+00:00")
    assert london_day(moment) == dt.date.fromisoformat(day)


def test_london_day_from_another_zone():
    karachi = dt.timezone(dt.timedelta(hours=5))
    assert london_day(dt.datetime(2026, 1, 2, 4, 30, tzinfo=karachi)) == dt.date(2026, 1, 1)


def test_london_day_counts_the_hours_of_the_long_and_the_short_day():
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    days = [london_day(start + dt.timedelta(hours=n)) for n in range(365 * 24)]
    hours = {day: days.count(day) for day in (dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 6, 1))}
    assert list(hours.values()) == [23, 25, 24]
