"""The calendar: the opener opens and closes waves on their days, and the web process notes it in the audit log."""

from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.waves import COUNTED, State, due_move
from app.models.surveys import Wave
from app.storage import audit, clock, db
from app.surveys import waves


def move_by_calendar() -> tuple[list[str], list[str]]:
    """Open and close waves that are due. Run by the opener.

    Returns:
        The ids of the waves that were closed, and of waves with invalid rows: on SQLite a date can be any text.
    """
    with db.collecting(read_only=True) as session:
        due, invalid = _apply_to_all(session, _find_due)
    if not due:
        return [], invalid
    with db.collecting() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        moved, invalid = _apply_to_all(session, _move_if_due)
    return [name for name, state in moved.items() if state is State.CLOSED], invalid


def note_calendar() -> None:
    """Write to the audit log which waves the calendar has opened and closed; run by the web process at each sign-in.

    The opener has no key of the log.
    """
    with db.writing() as session, audit.acting(audit.CALENDAR):
        db.hold_lock(session, db.ROUND_LOCK)
        opened, closed = audit.list_subjects(waves.OPENED), audit.list_subjects(waves.CLOSED)

        def note(_session: Session, wave: Wave) -> None:
            state = State(wave.state)
            if state is not State.DRAFT and wave.id not in opened:
                audit.record(waves.OPENED, wave.id, first_day=wave.opens_on, own_words=wave.words)
            if state in COUNTED and wave.id not in closed:
                audit.record(waves.CLOSED, wave.id, last_day=wave.closes_on)

        _apply_to_all(session, note)


def _apply_to_all(
    session: Session, step: Callable[[Session, Wave], State | None]
) -> tuple[dict[str, State], list[str]]:
    """Apply a step to every wave, one by one.

    Returns:
        The states that the step returned, by wave id, and the ids of waves with invalid rows.
    """
    found: dict[str, State] = {}
    invalid = []
    for name in list(session.scalars(select(Wave.id).order_by(Wave.survey_slug, Wave.number))):
        try:
            state = step(session, session.get_one(Wave, name))
        except (ValueError, TypeError):
            invalid.append(name)
        else:
            found |= {name: state} if state else {}
    return found, invalid


def _find_due(session: Session, wave: Wave) -> State | None:
    """Return the state that a wave is due to change to, or None if nothing is due or a condition prevents it."""
    days = {"opens_on": wave.opens_on, "closes_on": wave.closes_on}
    due = due_move(State(wave.state), **days, moment=clock.moment(), grace=waves.grace())
    return None if due is State.OPEN and waves.find_obstacle(session, wave) else due


def _move_if_due(session: Session, wave: Wave) -> State | None:
    """Change the state of a wave if it is due, and return its new state, or None."""
    due = _find_due(session, wave)
    if due is not None:
        waves.move(session, wave, due)
    return due
