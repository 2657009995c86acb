"""Who reads people's own words, and what becomes of a wave's questions for them when it opens.

Nobody is asked for words that nobody reads: such questions are asked only in a wave that has its readers, somebody who
decides about harm, and a day from which the words are read.
"""

import enum
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.permissions import Permission, allows
from app.core.waves import State, Words, find_reading_day_fault
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import db
from app.storage.refusals import Refused
from app.surveys import service as surveys

NO_PROMISE = (State.DRAFT.value, State.CANCELLED.value)


class Need(enum.StrEnum):
    """Something that must be there before own words are asked for."""

    READER = "a reader (evaluator or safeguarding lead)"
    SECOND_READER = "a second reader"
    LEAD = "a safeguarding lead"
    READING_DAY = "a reading day"


@dataclass(frozen=True)
class Promises:
    """What was promised about own words: open waves in which they are read, and whether any are read, or kept unread.

    ``is_kept`` is true as long as nothing else was promised anywhere.
    """

    open_waves: tuple[Wave, ...]
    is_read: bool
    is_kept: bool


def find_missing(session: Session, wave: Wave) -> list[Need]:
    """Return what is missing before a wave's questions for own words can be asked; nothing if it has none."""
    if not surveys.asks_for_words(wave):
        return []
    roles = _roles(session, wave)
    readers = sum(allows(role, Permission.READ_WORDS) for role in roles)
    is_there = {
        Need.READER: readers > 0,
        Need.SECOND_READER: readers > 1,
        Need.LEAD: any(allows(role, Permission.DECIDE_HARM) for role in roles),
        Need.READING_DAY: has_reading_day(wave),
    }
    return [need for need, found in is_there.items() if not found]


def require(session: Session, wave: Wave) -> None:
    """Raise Refused, and name what is missing, unless a wave's questions for own words can be asked."""
    if missing := find_missing(session, wave):
        raise Refused(f"Nobody would read what people write in their own words. Missing: {'; '.join(missing)}.")


def has_reading_day(wave: Wave) -> bool:
    """Return whether a wave has a reading day that its dates allow."""
    day = wave.reading_day
    return day is not None and find_reading_day_fault(day, wave.opens_on, wave.closes_on) is None


def decide(session: Session, wave: Wave) -> Words | None:
    """Return what becomes of a draft's questions for own words if it opens now; None if it has none."""
    if not surveys.asks_for_words(wave):
        return None
    return Words.LEFT_OUT if wave.words or find_missing(session, wave) else Words.READ


def find_words(wave: Wave) -> str | None:
    """Return what becomes of a wave's questions for own words; for a draft, what would if it opened now."""
    if State(wave.state) is not State.DRAFT:
        return wave.words
    with db.reading() as session:
        return decide(session, wave)


def find_promises() -> Promises:
    """Return what was promised about own words in the rounds that have opened."""
    with db.reading() as session:
        begun = list(session.scalars(select(Wave).where(Wave.state.not_in(NO_PROMISE)).order_by(Wave.id)))
    read = [wave for wave in begun if wave.words == Words.READ]
    return Promises(
        tuple(wave for wave in read if State(wave.state) is State.OPEN),
        is_read=bool(read),
        is_kept=not read or any(wave.words is None and surveys.asks_for_words(wave) for wave in begun),
    )


def _roles(session: Session, wave: Wave) -> list[str]:
    """Return the roles of the active accounts that see all areas of a wave's survey."""
    seen = StaffUser.survey_slug.is_(None) | (StaffUser.survey_slug == wave.survey_slug)
    query = select(StaffUser.role).where(StaffUser.is_enabled, StaffUser.locality.is_(None), seen)
    return list(session.scalars(query))
