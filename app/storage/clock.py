"""The present day and time, asked only here, so that demonstration data and tests can use another day."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.core.waves import LONDON, london_day

NOON = dt.time(12)
_moment: ContextVar[dt.datetime | None] = ContextVar("moment", default=None)


def now() -> dt.datetime:
    """Return this moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def moment() -> dt.datetime:
    """Return the moment by which waves open and close: this one, or that of ``on_day``."""
    return _moment.get() or now()


def today() -> dt.date:
    """Return the calendar day in Europe/London."""
    return london_day(moment())


def next_month() -> dt.date:
    """Return the first day of the next month: a day that says little about when something was done."""
    return (today().replace(day=1) + dt.timedelta(days=31)).replace(day=1)


def week() -> int:
    """Return the number of the week (whole weeks since the year 1): the precision with which drafts are dated."""
    return today().toordinal() // 7


@contextmanager
def on_day(day: dt.date, time: dt.time = NOON) -> Iterator[None]:
    """Use another day for the code inside, at a time in Europe/London."""
    mark = _moment.set(dt.datetime.combine(day, time, LONDON))
    try:
        yield
    finally:
        _moment.reset(mark)
