"""Waves: every move, both dates inclusive, and the day in London over the nights when the clocks change."""

import datetime as dt

import pytest

from app.core.waves import MOVES, State, due_move, london_day, takes_answers

ALLOWED = {(State.DRAFT, State.OPEN), (State.OPEN, State.CLOSED), (State.CLOSED, State.PUBLISHED)}
FIRST, LAST = dt.date(2026, 3, 2), dt.date(2026, 3, 27)
DAY = dt.timedelta(days=1)


@pytest.mark.parametrize("now", State)
@pytest.mark.parametrize("to", State)
def test_only_the_next_state_is_allowed(now: State, to: State):
    assert (to in MOVES[now]) == ((now, to) in ALLOWED)


def test_moves_cover_every_state():
    assert set(MOVES) == set(State)


@pytest.mark.parametrize(
    ("today", "expected"),
    [(FIRST - DAY, False), (FIRST, True), (LAST, True), (LAST + DAY, False)],
)
def test_takes_answers_on_whole_days(today: dt.date, expected: bool):
    assert takes_answers(State.OPEN, opens_on=FIRST, closes_on=LAST, today=today) is expected


@pytest.mark.parametrize("state", [State.DRAFT, State.CLOSED, State.PUBLISHED])
def test_takes_answers_only_while_open(state: State):
    assert not takes_answers(state, opens_on=FIRST, closes_on=LAST, today=FIRST)


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
    ],
)
def test_due_move_follows_the_calendar(state: State, today: dt.date, expected: State | None):
    assert due_move(state, opens_on=FIRST, closes_on=LAST, today=today) is expected


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("days", range(-2, 30))
def test_due_move_is_always_an_allowed_move(state: State, days: int):
    move = due_move(state, opens_on=FIRST, closes_on=LAST, today=FIRST + days * DAY)
    if move is not None:
        assert move in MOVES[state]


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
