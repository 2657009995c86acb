"""What a wave does about people's own words: its reading day, and whether it asks for them; settled before it opens."""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.waves import State, Words, find_reading_day_fault
from app.models.surveys import Wave
from app.storage import audit, db
from app.storage.refusals import Refused
from app.surveys import readers, waves
from app.surveys import service as surveys


@dataclass(frozen=True)
class OwnWords:
    """Whether a wave's questionnaire asks for own words, what becomes of them, and what is missing to ask for them."""

    is_asked: bool
    words: str | None
    missing: tuple[readers.Need, ...]

    @property
    def needs(self) -> list[tuple[readers.Need, bool]]:
        """Everything that is needed, and whether it is there."""
        return [(need, need not in self.missing) for need in readers.Need]


def find_own_words(wave: Wave) -> OwnWords:
    """Return what a wave does about own words; before it opens, what is missing now."""
    with db.reading() as session:
        missing = readers.find_missing(session, wave) if State(wave.state) is State.DRAFT else []
    return OwnWords(surveys.asks_for_words(wave), wave.words, tuple(missing))


def set_reading_day(wave_id: str, day: dt.date) -> None:
    """Set the day from which own words of a wave are read.

    Raises:
        Refused: the wave has opened, or the day is not one of its own.
    """
    with db.writing() as session:
        wave = _draft(session, wave_id)
        if fault := find_reading_day_fault(day, wave.opens_on, wave.closes_on):
            raise Refused(fault, field="reading_day")
        wave.reading_day = day
        audit.record("set a reading day", wave_id, reading_day=day)


def leave_out(wave_id: str) -> None:
    """Leave a wave's questions for own words out.

    Raises:
        Refused: the wave has opened, or no question would remain.
    """
    with db.writing() as session:
        wave = _draft(session, wave_id)
        if surveys.fault_of(wave, Words.LEFT_OUT):
            raise Refused("This questionnaire has no other questions that everybody sees, so they cannot be left out.")
        wave.words = Words.LEFT_OUT.value
        audit.record("left own words out", wave_id)


def ask(wave_id: str) -> None:
    """Ask for own words again after all; Refused if the wave has opened."""
    with db.writing() as session:
        _draft(session, wave_id).words = None
        audit.record("asks for own words", wave_id)


def _draft(session: Session, wave_id: str) -> Wave:
    db.hold_lock(session, db.ROUND_LOCK)
    wave = waves.get_wave(wave_id)
    if State(wave.state) is not State.DRAFT:
        raise Refused(f"{wave_id} is {wave.state}, so what it does about own words can no longer be changed.")
    return wave
