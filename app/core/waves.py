"""The states of a wave, the transitions between them, and dates in the time zone of the United Kingdom."""

import datetime as dt
import enum
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


class State(enum.StrEnum):
    """The state of a wave."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"


MOVES = {
    State.DRAFT: frozenset({State.OPEN}),
    State.OPEN: frozenset({State.CLOSED}),
    State.CLOSED: frozenset({State.PUBLISHED}),
    State.PUBLISHED: frozenset[State](),
}


def takes_answers(state: State, *, opens_on: dt.date, closes_on: dt.date, today: dt.date) -> bool:
    """Return whether answers are accepted on a day; both dates are inclusive."""
    return state is State.OPEN and opens_on <= today <= closes_on


def due_move(state: State, *, opens_on: dt.date, closes_on: dt.date, today: dt.date) -> State | None:
    """Return the state that is due on a day by the wave's dates, or None; a draft past its last day stays a draft."""
    if state is State.DRAFT and opens_on <= today <= closes_on:
        return State.OPEN
    if state is State.OPEN and today > closes_on:
        return State.CLOSED
    return None


def is_missed(state: State, closes_on: dt.date, today: dt.date) -> bool:
    """Return whether a wave was never opened and its last day is past."""
    return state is State.DRAFT and today > closes_on


def london_day(moment: dt.datetime) -> dt.date:
    """Return the date in Europe/London of a timezone-aware datetime."""
    return moment.astimezone(LONDON).date()
