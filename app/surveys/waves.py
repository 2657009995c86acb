"""Waves: create, open, close and list. State transitions follow the table in ``core/waves``."""

import datetime as dt
from collections.abc import Callable

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from app.core.waves import MOVES, State, due_move, takes_answers
from app.models.letters import Draft, SavedDraft
from app.models.releases import ShownTurnout
from app.models.surveys import Wave
from app.storage import audit, clock, db, destroyed_keys, keyring, requests
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys


def create_wave(survey: str, opens_on: dt.date, closes_on: dt.date) -> tuple[str, int]:
    """Create a survey's next wave with its newest questionnaire, and request the wave's keys from the opener.

    Returns:
        The wave's id (``SURVEY-NUMBER``) and the number of the request for keys.

    Raises:
        Refused: the dates are in the wrong order or past, or the survey's keys are destroyed. NotFound: no such survey.
    """
    _check_days(opens_on, closes_on)
    stored = surveys.newest_questionnaire(survey)
    modules = surveys.document(stored).modules
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        destroyed_keys.check_alive(survey)
        number = 1 + (session.scalar(select(func.max(Wave.number)).filter_by(survey_slug=survey)) or 0)
        wave_id = f"{survey}-{number}"
        module = modules[(number - 1) % len(modules)] if modules else None
        row = {"id": wave_id, "survey_slug": survey, "number": number, "questionnaire_id": stored.id, "module": module}
        # no other columns: the web process has no right to set letter_pub
        session.execute(insert(Wave).values(**row, opens_on=opens_on, closes_on=closes_on))
        audit.record("made a wave", wave_id, opens_on=opens_on, closes_on=closes_on)
        asked = requests.ask("make_keys", wave_id)
        keyring.make_wave_key(wave_id)  # last: a round that is refused leaves no key
        return wave_id, asked


def change_dates(wave_id: str, opens_on: dt.date, closes_on: dt.date) -> None:
    """Change a wave's dates. For an open wave, only the last day can change, to today or later.

    Raises:
        Refused: the dates are not valid, or the wave has closed.
    """
    with db.writing() as session:
        wave = get_wave(wave_id)
        is_open = State(wave.state) is State.OPEN
        if State(wave.state) not in (State.DRAFT, State.OPEN):
            raise Refused(f"{wave_id} is {wave.state}, so its dates can no longer be changed.")
        if is_open and (opens_on != wave.opens_on or closes_on < clock.today()):
            raise Refused("The first day of an open round cannot be changed, and its last day must be today or later.")
        _check_days(opens_on, closes_on)
        destroyed_keys.check_alive(wave.survey_slug)
        audit.record(
            "changed dates", wave_id, was=f"{wave.opens_on} to {wave.closes_on}", now=f"{opens_on} to {closes_on}"
        )
        wave.opens_on, wave.closes_on = opens_on, closes_on
        session.flush()


def open_wave(wave_id: str) -> None:
    """Open a wave for answers. A wave that is already open, for example by the calendar, is left unchanged.

    Raises:
        Refused: the wave has closed or has no key yet, or another wave of its survey is open.
    """
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        wave = get_wave(wave_id)
        if State(wave.state) is not State.OPEN:
            _move(session, wave, State.OPEN)
            audit.record("opened a wave", wave_id)


def open_wave_today(wave_id: str) -> None:
    """Open a wave now; a first day in the future is changed to today."""
    with db.writing():
        wave = get_wave(wave_id)
        if wave.opens_on > clock.today():
            change_dates(wave_id, clock.today(), wave.closes_on)
        open_wave(wave_id)


def close_wave(wave_id: str) -> int:
    """Close a wave, delete its drafts, and ask the opener to open all its letters.

    Returns:
        The number of the request.
    """
    with db.writing() as session:
        _move(session, get_wave(wave_id), State.CLOSED)
        audit.record("closed a wave", wave_id)
        return requests.ask("close_wave", wave_id)


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


def restore_state(session: Session, wave: Wave, state: State) -> None:
    """Restore the state of an ended wave to the one that the opener has recorded. Called by the opener."""
    wave.state = state.value
    session.flush()  # lock the wave before its drafts, in the same order as submissions
    _drop_drafts(session, wave)


def get_wave(wave_id: str) -> Wave:
    """Return a wave, or raise NotFound."""
    with db.reading() as session:
        wave = session.get(Wave, wave_id)
    if wave is None:
        raise NotFound(f"There is no round {wave_id}.")
    return wave


def list_waves(survey: str) -> list[Wave]:
    """Return a survey's waves, oldest first."""
    with db.reading() as session:
        return list(session.scalars(select(Wave).filter_by(survey_slug=survey).order_by(Wave.number)))


def list_all_waves() -> list[Wave]:
    """Return the waves of all surveys, newest first."""
    with db.reading() as session:
        return list(session.scalars(select(Wave).order_by(Wave.opens_on.desc(), Wave.survey_slug)))


def find_overlap(survey: str, *, opens_on: dt.date, closes_on: dt.date, except_id: str = "") -> Wave | None:
    """Return a draft or open wave of the survey whose days overlap these, or None; ``except_id`` is left out."""
    running = [w for w in list_waves(survey) if State(w.state) in (State.DRAFT, State.OPEN) and w.id != except_id]
    return next((w for w in running if w.opens_on <= closes_on and opens_on <= w.closes_on), None)


def find_answerable(survey: str) -> Wave | None:
    """Return the wave of a survey that accepts answers today, or None."""
    return next((wave for wave in list_waves(survey) if is_answerable(wave)), None)


def is_answerable(wave: Wave) -> bool:
    """Return whether a wave accepts answers today."""
    return takes_answers(State(wave.state), opens_on=wave.opens_on, closes_on=wave.closes_on, today=clock.today())


def hold_answerable(session: Session, wave_id: str) -> bool:
    """Return whether a wave accepts answers now, and lock it against closing until the transaction ends."""
    held = select(Wave.state, Wave.opens_on, Wave.closes_on).where(Wave.id == wave_id).with_for_update(read=True)
    state, opens_on, closes_on = session.execute(held).one()
    return takes_answers(State(state), opens_on=opens_on, closes_on=closes_on, today=clock.today())


def shown_turnout() -> dict[str, int]:
    """Return the published number of opened answers for each wave."""
    with db.reading() as session:
        return {row.wave_id: row.opened for row in session.scalars(select(ShownTurnout))}


def _check_days(opens_on: dt.date, closes_on: dt.date) -> None:
    if closes_on < opens_on:
        raise Refused("The last day must not be before the first day.")
    if closes_on < clock.today():
        raise Refused("The last day must be today or later.")


def _other_open(session: Session, wave: Wave) -> bool:
    query = select(Wave.id).filter_by(survey_slug=wave.survey_slug, state=State.OPEN.value).where(Wave.id != wave.id)
    return session.scalar(query) is not None


def _later_begun(session: Session, wave: Wave) -> bool:
    later = select(Wave.id).filter_by(survey_slug=wave.survey_slug).where(Wave.number > wave.number)
    return session.scalar(later.where(Wave.state != State.DRAFT.value)) is not None


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
    due = due_move(State(wave.state), opens_on=wave.opens_on, closes_on=wave.closes_on, today=clock.today())
    if due is State.OPEN and (wave.letter_pub is None or _other_open(session, wave) or _later_begun(session, wave)):
        return None
    return due


def _move_if_due(session: Session, wave: Wave) -> State | None:
    """Change the state of a wave if it is due, and return its new state, or None."""
    due = _find_due(session, wave)
    if due is not None:
        _move(session, wave, due)
    return due


def _move(session: Session, wave: Wave, to: State) -> None:
    if to not in MOVES[State(wave.state)]:
        raise Refused(f"{wave.id} is {wave.state}, so it cannot become {to.value}.")
    if to is State.OPEN and wave.letter_pub is None:
        raise Refused(
            f"{wave.id} has no encryption key yet, because the opener has not answered. Check that it is running."
        )
    if to is State.OPEN and wave.closes_on < clock.today():
        raise Refused(f"The last day of {wave.id} is in the past. Change its dates first.")
    if to is State.OPEN and _later_begun(session, wave):
        raise Refused(f"A later round of {wave.survey_slug} has already opened. Rounds open in order.")
    if to is State.OPEN and _other_open(session, wave):
        raise Refused(f"Another round of {wave.survey_slug} is open. Close it first.")
    wave.state = to.value
    session.flush()  # lock the wave before its drafts, in the same order as submissions, to avoid deadlock
    if to is State.CLOSED:
        _drop_drafts(session, wave)


def _drop_drafts(session: Session, wave: Wave) -> None:
    for table in (Draft, SavedDraft):
        session.execute(delete(table).where(table.wave_id == wave.id))
