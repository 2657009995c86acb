"""The states of a wave, the transitions between them, its days, and dates in the time zone of the United Kingdom."""

import datetime as dt
import enum
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
DAY, YEAR = dt.timedelta(days=1), dt.timedelta(days=365)
YEARS_AHEAD, YEARS_OLD = 2, 2
"""How many years ahead a wave can be planned, and how old a headcount can be."""
READ_WITHIN = dt.timedelta(days=31)
"""How long after the last day of a wave people may begin to read its own words at the latest."""


class State(enum.StrEnum):
    """The state of a wave."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


MOVES = {
    State.DRAFT: frozenset({State.OPEN}),
    State.OPEN: frozenset({State.CLOSED, State.CANCELLED}),
    State.CLOSED: frozenset({State.PUBLISHED}),
    State.PUBLISHED: frozenset[State](),
    State.CANCELLED: frozenset[State](),
}


class Words(enum.StrEnum):
    """What becomes of the questions for people's own words in a wave, from its opening on."""

    READ = "read"
    LEFT_OUT = "left out"


COUNTED = frozenset({State.CLOSED, State.PUBLISHED})
"""The states of a wave that is over and whose answers count."""


def may_begin(state: State, *, opens_on: dt.date, closes_on: dt.date, moment: dt.datetime) -> bool:
    """Return whether a person can start to answer at a moment; both dates are inclusive."""
    return state is State.OPEN and opens_on <= london_day(moment) <= closes_on


def may_send(state: State, *, opens_on: dt.date, closes_on: dt.date, moment: dt.datetime, grace: dt.timedelta) -> bool:
    """Return whether answers can be saved and sent at a moment: also for a grace time after the last day."""
    return state is State.OPEN and opens_on <= london_day(moment) and london_day(moment - grace) <= closes_on


def due_move(
    state: State, *, opens_on: dt.date, closes_on: dt.date, moment: dt.datetime, grace: dt.timedelta
) -> State | None:
    """Return the state that is due at a moment by the wave's dates, or None; a missed draft stays a draft."""
    if state is State.DRAFT and opens_on <= london_day(moment) <= closes_on:
        return State.OPEN
    if state is State.OPEN and london_day(moment - grace) > closes_on:
        return State.CLOSED
    return None


def is_missed(state: State, closes_on: dt.date, today: dt.date) -> bool:
    """Return whether a wave was never opened and its last day is past."""
    return state is State.DRAFT and today > closes_on


def find_day_fault(opens_on: dt.date, closes_on: dt.date, *, today: dt.date, is_begun: bool) -> tuple[str, str] | None:
    """Return what is wrong with the days of a wave: the name of the date, and a sentence that names the limit.

    The first day of a wave that has not begun is tomorrow or later: a wave never opens because its dates are saved.
    """
    latest_first = today + YEARS_AHEAD * YEAR
    if closes_on < opens_on:
        return "closes_on", "The last day must not be before the first day."
    if closes_on < today:
        return "closes_on", "The last day must be today or later."
    if not is_begun and opens_on <= today:
        when = f"The first day must be {day_words(today + DAY)} or later."
        return "opens_on", f"{when} To open a round today, save it first, and then open it."
    if opens_on > latest_first:
        return "opens_on", f"The first day must be {day_words(latest_first)} or earlier."
    if closes_on > opens_on + YEAR:
        return "closes_on", f"The last day must be {day_words(opens_on + YEAR)} or earlier, a year after the first."
    return None


def find_reading_day_fault(reading_day: dt.date, opens_on: dt.date, closes_on: dt.date) -> str | None:
    """Return what is wrong with the day from which own words are read, in a sentence that names the limit, or None."""
    latest = closes_on + READ_WITHIN
    if opens_on <= reading_day <= latest:
        return None
    return f"The reading day must be from {day_words(opens_on)} to {day_words(latest)}."


def find_count_fault(counted_on: dt.date, today: dt.date) -> str | None:
    """Return what is wrong with the day of a headcount, in a sentence that names the limit, or None."""
    oldest = today - YEARS_OLD * YEAR
    if oldest <= counted_on <= today:
        return None
    return f"The date of the count must be from {day_words(oldest)} to {day_words(today)}."


def day_words(day: dt.date) -> str:
    """Return a date in English words: 3 April 2026."""
    return f"{day:%-d %B %Y}"


def london_day(moment: dt.datetime) -> dt.date:
    """Return the date in Europe/London of a timezone-aware datetime."""
    return moment.astimezone(LONDON).date()
