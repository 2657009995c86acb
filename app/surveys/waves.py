"""Waves: create, open, close, cancel and list. State transitions follow the table in ``core/waves``."""

import datetime as dt

from sqlalchemy import Row, delete, insert, select
from sqlalchemy.orm import Session

from app.core.typed import TypedError, clean_line
from app.core.waves import LONDON, MOVES, State, find_day_fault, may_begin, may_send
from app.models.letters import Draft, SavedDraft
from app.models.releases import ShownTurnout
from app.models.surveys import Wave
from app.storage import audit, clock, db, destroyed_keys, keyring, requests
from app.storage.refusals import NotFound, Refused
from app.surveys import readers
from app.surveys import service as surveys

OPENED, CLOSED = "opened a wave", "closed a wave"
MAX_REASON = 300


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
        before = list_waves(survey)
        number = 1 + max([wave.number for wave in before] + _deleted_numbers(survey), default=0)
        wave_id = f"{survey}-{number}"
        turn = sum(State(wave.state) is not State.CANCELLED for wave in before)
        module = modules[turn % len(modules)] if modules else None
        if fault := surveys.find_fault(stored.document, module):
            raise Refused(f"The newest questionnaire of {survey} cannot be used. {fault} Import a corrected version.")
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
        db.hold_lock(session, db.ROUND_LOCK)
        wave = get_wave(wave_id)
        is_open = State(wave.state) is State.OPEN
        if State(wave.state) not in (State.DRAFT, State.OPEN):
            raise Refused(f"{wave_id} is {wave.state}, so its dates can no longer be changed.")
        if is_open and opens_on != wave.opens_on:
            raise Refused("The first day of an open round cannot be changed.", field="opens_on")
        _check_days(opens_on, closes_on, is_begun=is_open)
        destroyed_keys.check_alive(wave.survey_slug)
        _set_dates(wave, opens_on, closes_on)
        session.flush()


def open_wave(wave_id: str, *, must_be_read: bool = False) -> None:
    """Open a wave for answers now, and make today its first day. A wave that is already open is left unchanged.

    Raises:
        Refused: the wave has closed or has no key yet, another wave of its survey is open, or its own words
            ``must_be_read`` and nobody would. Without that, questions that nobody would read are left out.
    """
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        wave = get_wave(wave_id)
        if State(wave.state) is State.OPEN:
            return
        if State(wave.state) is State.DRAFT and wave.opens_on != clock.today() <= wave.closes_on:
            _check_days(clock.today(), wave.closes_on, is_begun=True)
            _set_dates(wave, clock.today(), wave.closes_on)
        if must_be_read and not wave.words:
            readers.require(session, wave)
        move(session, wave, State.OPEN)
        audit.record(OPENED, wave_id, own_words=wave.words)


def close_wave(wave_id: str) -> int:
    """Close a wave, delete its drafts, and ask the opener to open all its letters. Today is its last day at the latest.

    Returns:
        The number of the request.
    """
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        wave = get_wave(wave_id)
        move(session, wave, State.CLOSED)
        if wave.opens_on <= clock.today() < wave.closes_on:
            _set_dates(wave, wave.opens_on, clock.today())
        audit.record(CLOSED, wave_id)
        return requests.ask("close_wave", wave_id)


def cancel_wave(wave_id: str, reason: str) -> int:
    """Cancel an open wave, delete its drafts, and ask the opener to destroy its letters, answers and keys, unread.

    Returns:
        The number of the request.

    Raises:
        Refused: the wave is not open, or there is no reason.
    """
    try:
        reason = clean_line(" ".join(reason.split()), MAX_REASON)
    except TypedError as error:
        raise Refused(f"Enter the reason, in 1 to {MAX_REASON} characters. {error}", field="reason") from error
    if not reason:
        raise Refused(f"Enter the reason, in 1 to {MAX_REASON} characters.", field="reason")
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        wave = get_wave(wave_id)
        wave.cancelled_because = reason
        move(session, wave, State.CANCELLED)
        audit.record("cancelled a wave", wave_id, reason=reason)
        return requests.ask("cancel_wave", wave_id)


def delete_wave(wave_id: str) -> int:
    """Ask the opener to delete a wave that has not opened, and its keys; return the number of the request."""
    with db.writing():
        wave = get_wave(wave_id)
        if State(wave.state) is not State.DRAFT:
            raise Refused(f"{wave_id} is {wave.state}, so it can no longer be deleted.")
        audit.record("asked to delete a wave", wave_id)
        return requests.ask("delete_wave", wave_id)


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
    """Return the wave of a survey that people can start to answer now, or None."""
    return next((wave for wave in list_waves(survey) if _may_begin(wave)), None)


def is_answerable(wave: Wave) -> bool:
    """Return whether answers of a wave can be saved and sent now, if they were started in time."""
    return _may_send(wave) and surveys.fault_of(wave) is None


def _may_send(wave: Wave | Row[str, dt.date, dt.date]) -> bool:
    days = {"opens_on": wave.opens_on, "closes_on": wave.closes_on}
    return may_send(State(wave.state), **days, moment=clock.moment(), grace=grace())


def hold_answerable(session: Session, wave_id: str) -> bool:
    """Return whether answers of a wave can be sent now, and lock it against closing until the transaction ends."""
    held = select(Wave.state, Wave.opens_on, Wave.closes_on).where(Wave.id == wave_id).with_for_update(read=True)
    return _may_send(session.execute(held).one())


def grace() -> dt.timedelta:
    """Return for how long after the last day answers that were started in time can be sent."""
    return dt.timedelta(minutes=db.rooms().settings.grace_minutes)


def ends_at(wave: Wave) -> dt.datetime | None:
    """Return when the grace time ends, in London, if an open wave's last day is over; None for any other wave."""
    if not is_answerable(wave) or _may_begin(wave):
        return None
    midnight = dt.datetime.combine(clock.today(), dt.time(), LONDON)
    return (midnight.astimezone(dt.UTC) + grace()).astimezone(LONDON)


def is_coming(wave: Wave) -> bool:
    """Return whether people can still answer a wave, today or later."""
    return State(wave.state) in (State.DRAFT, State.OPEN) and wave.closes_on >= clock.today()


def find_last_day(survey: str) -> dt.date | None:
    """Return the last day of a survey's open wave, or of its next one; None if there is none."""
    return next((wave.closes_on for wave in list_waves(survey) if is_coming(wave)), None)


def shown_state(wave: Wave) -> str:
    """Return the state of a wave as pages show it: results that wait for their day are ready, not published."""
    waits = State(wave.state) is State.PUBLISHED and (wave.public_on is None or wave.public_on > clock.today())
    return "ready" if waits else wave.state


def shown_turnout() -> dict[str, int]:
    """Return the published number of opened answers for each wave; nobody learns that of a cancelled one."""
    query = select(ShownTurnout).join(Wave, Wave.id == ShownTurnout.wave_id)
    with db.reading() as session:
        rows = session.scalars(query.where(Wave.state != State.CANCELLED.value))
        return {row.wave_id: row.opened for row in rows}


def _check_days(opens_on: dt.date, closes_on: dt.date, *, is_begun: bool = False) -> None:
    if fault := find_day_fault(opens_on, closes_on, today=clock.today(), is_begun=is_begun):
        field, sentence = fault
        raise Refused(sentence, field=field)


def _set_dates(wave: Wave, opens_on: dt.date, closes_on: dt.date) -> None:
    was, now = f"{wave.opens_on} to {wave.closes_on}", f"{opens_on} to {closes_on}"
    audit.record("changed dates", wave.id, was=was, now=now)
    wave.opens_on, wave.closes_on = opens_on, closes_on


def _deleted_numbers(survey: str) -> list[int]:
    """Return the numbers of waves whose keys are destroyed, deleted ones too: a number is never given again."""
    names = (name.rpartition("-") for name in destroyed_keys.list_begun(destroyed_keys.WAVE))
    return [int(number) for slug, _dash, number in names if slug == survey and number.isdecimal()]


def _may_begin(wave: Wave) -> bool:
    days = {"opens_on": wave.opens_on, "closes_on": wave.closes_on}
    return may_begin(State(wave.state), **days, moment=clock.moment()) and surveys.fault_of(wave) is None


def _other_open(session: Session, wave: Wave) -> bool:
    query = select(Wave.id).filter_by(survey_slug=wave.survey_slug, state=State.OPEN.value).where(Wave.id != wave.id)
    return session.scalar(query) is not None


def _later_begun(session: Session, wave: Wave) -> bool:
    later = select(Wave.id).filter_by(survey_slug=wave.survey_slug).where(Wave.number > wave.number)
    return session.scalar(later.where(Wave.state.not_in((State.DRAFT.value, State.CANCELLED.value)))) is not None


def find_obstacle(session: Session, wave: Wave) -> str | None:
    """Return why a wave cannot open now, in a sentence, or None."""
    if wave.letter_pub is None:
        return f"{wave.id} has no encryption key yet, because the opener has not answered. Check that it is running."
    if fault := surveys.fault_of(wave, readers.decide(session, wave)):
        return f"The questionnaire of {wave.id} cannot be used. {fault} Delete it and import a corrected version."
    if wave.closes_on < clock.today():
        return f"The last day of {wave.id} is in the past. Change its dates first."
    if _later_begun(session, wave):
        return f"A later round of {wave.survey_slug} has already opened. Rounds open in order."
    if _other_open(session, wave):
        return f"Another round of {wave.survey_slug} is open. Close it first."
    return None


def move(session: Session, wave: Wave, to: State) -> None:
    """Change the state of a wave, or raise Refused; its drafts go when it takes no more answers."""
    if to not in MOVES[State(wave.state)]:
        raise Refused(f"{wave.id} is {wave.state}, so it cannot become {to.value}.")
    if to is State.OPEN and (obstacle := find_obstacle(session, wave)):
        raise Refused(obstacle)
    if to is State.OPEN:
        wave.words = readers.decide(session, wave)
    wave.state = to.value
    session.flush()  # lock the wave before its drafts, in the same order as submissions, to avoid deadlock
    if to is not State.OPEN:
        _drop_drafts(session, wave)


def _drop_drafts(session: Session, wave: Wave) -> None:
    for table in (Draft, SavedDraft):
        session.execute(delete(table).where(table.wave_id == wave.id))
