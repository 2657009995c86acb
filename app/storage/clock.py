"""The present day and time, asked only here, so that demonstration data and tests can use another day."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from app.core.waves import london_day

_day: ContextVar[dt.date | None] = ContextVar("day", default=None)


def now() -> dt.datetime:
    """Return this moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Return the calendar day in Europe/London."""
    return _day.get() or london_day(now())


def week() -> int:
    """Return the number of the week (whole weeks since the year 1): the precision with which drafts are dated."""
    return today().toordinal() // 7


@contextmanager
def on_day(day: dt.date) -> Iterator[None]:
    """Use another day for the code inside."""
    mark = _day.set(day)
    try:
        yield
    finally:
        _day.reset(mark)
