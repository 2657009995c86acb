"""Opens letters so that nobody can say whose is whose: recover, select, decrypt, sort, store, finish.

While a wave is open nothing happens below 20 letters, and 10 drawn at random stay behind; between its last day and its
close nothing is opened. After the close all are opened; then the wave has ended, and letters that arrive later are set
aside unread (``ended``). ``status`` says how many letters wait, were counted or were set aside.
"""

from collections import Counter
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from app.core.waves import State
from app.counting import deletion, ended, linking, moving, rates, rewriting, sorting
from app.counting.drawing import draw
from app.counting.sorting import Selection, SortedLetters
from app.models.answers import Comment, DetachedAnswer, OpenedLetter, Response, SetAside, Turnout
from app.models.letters import Letter
from app.models.surveys import Wave
from app.storage import clock, db, destroyed_keys
from app.storage.refusals import Refused, RetryLater
from app.surveys import waves

CLOSED_BOXES = (State.DRAFT.value, State.CANCELLED.value)
SET_ASIDE = "Letters of {} set aside: {}. They could not be read, or arrived after the end. See docs/operating.md."
_chance = SystemRandom()


@dataclass(frozen=True)
class BoxStatus:
    """The numbers of one wave."""

    waiting: int
    responses: int
    set_aside: int


def open_letterbox(wave_id: str | None = None) -> dict[str, int]:
    """Open what the rules allow, in one wave or in all, and return how many letters were opened in each.

    Requests for deletion are carried out first. A survey where that fails is left as it is.

    Raises:
        Refused: no such wave, or some wave cannot be opened, or waits with its survey's deletion requests; all others
            are opened first. RetryLater: the same may be tried again.
    """
    found = _list_waves(wave_id)
    deleted = deletion.apply_deletions(None if wave_id is None else found[wave_id])
    opened: dict[str, int] = {}
    failed: list[str] = []
    can_retry = deleted.can_retry
    for name in (name for name, survey in found.items() if survey not in deleted.failed):
        try:
            with db.collecting(read_only=True):
                wave = waves.get_wave(name)
            opened[name] = _open_wave(wave, deleted.letters)
        except Exception as fault:  # trouble with one wave must not keep the others' letters waiting
            failed.append(f"{name} ({type(fault).__name__})")
            can_retry = can_retry or db.is_transient(fault)
    faults = [deletion.describe_failed(deleted.failed)] if deleted.failed else []
    faults += [f"Some letters could not be opened, or comments not moved: {', '.join(failed)}."] if failed else []
    if faults:
        raise (RetryLater if can_retry else Refused)(" ".join([*faults, "All other letters were opened."]))
    return opened


def _open_wave(wave: Wave, may_be_opened: set[bytes]) -> int:
    """Take one wave's letters through the six stages, and then move comments to where they are read.

    A close in the meantime is noticed by the next opening.
    """
    recover(wave)
    with db.counting() as answers:  # one transaction: everything is stored, or nothing
        selection = select_letters(answers, wave, may_be_opened)
        decrypted = sorting.decrypt(wave, selection)
        sorted_letters = sorting.sort(wave, selection, decrypted)
        store(answers, wave, selection, rows=sorted_letters)
    finish(wave, selection)
    moving.move(wave)
    return len(selection.boxes)


def recover(wave: Wave) -> None:
    """Stage 1: delete the letters that are noted as stored, and then the note.

    After a crash, a second try so draws no new letters in their place, and ten stay behind all the same.
    """
    with db.counting() as answers:
        stored = answers.scalars(select(OpenedLetter.id).filter_by(wave_id=wave.id)).all()
        with db.collecting() as portal:
            rewriting.delete_rows(portal, Letter.id, stored)
        answers.execute(delete(OpenedLetter).where(OpenedLetter.wave_id == wave.id))


def select_letters(answers: Session, wave: Wave, may_be_opened: set[bytes]) -> Selection:
    """Stage 2: draw the letters to open now and read what is needed to open them.

    ``answers`` is the transaction that will store them; ``may_be_opened`` has the ids of letters that were read and are
    no deletion requests. Raises KeyMissing if letters were drawn, and the survey's link key is lost or damaged.
    """
    state, row = State(wave.state), ended.find(answers, wave.id)
    is_open, has_ended = state is State.OPEN, row is not None
    is_cancelled = state is State.CANCELLED or (row is not None and row.cancelled_because is not None)
    is_held = is_cancelled or (is_open and clock.today() > wave.closes_on)
    with db.collecting() as portal:
        stored = set(answers.scalars(select(OpenedLetter.id).filter_by(wave_id=wave.id)))  # by another opener
        present = set(portal.scalars(select(Letter.id).filter_by(wave_id=wave.id))) - stored
        drawn = [] if is_held else draw(list(present & may_be_opened), has_ended or not is_open)
        boxes = {
            row.id: row.box
            for some in rewriting.slices(drawn)
            for row in portal.scalars(select(Letter).where(Letter.id.in_(some)))
        }
        places = sorting.places(portal, wave.survey_slug)
    is_last = not is_open and not is_held and present <= set(drawn)
    links = linking.links_of(answers, wave.survey_slug) if drawn and not has_ended else None
    return Selection(boxes, places, links, is_last)


def store(answers: Session, wave: Wave, selection: Selection, *, rows: SortedLetters) -> None:
    """Stage 5: insert each table's rows, shuffled separately, and note which letters are stored.

    A row that is there already is left alone and not counted again. The note lets ``recover`` delete the same letters
    after a crash. With the last letters of a closed wave, the wave has ended.
    """
    new_people = _insert_new(answers, Response, rows.responses, Response.person)
    _insert_new(answers, Comment, rows.comments, Comment.id)
    _insert_new(answers, DetachedAnswer, rows.detached, DetachedAnswer.id)
    _insert_new(answers, SetAside, rows.set_aside, SetAside.id)
    for batch, n in sorted(Counter(rows.batch_of[person] for person in new_people).items()):
        statement = db.insert_into(answers, Turnout).values(wave_id=wave.id, batch_id=batch, n=n)
        added = {"n": Turnout.n + statement.excluded.n}
        answers.execute(statement.on_conflict_do_update(index_elements=["wave_id", "batch_id"], set_=added))
    if selection.boxes:
        noted = [{"id": letter, "wave_id": wave.id} for letter in selection.boxes]
        _insert_new(answers, OpenedLetter, noted, OpenedLetter.id)
        rewriting.reshuffle_rows(answers)
    if selection.is_last:
        with db.collecting() as portal:
            ended.mark(answers, portal, wave, just_opened=bool(new_people))


def finish(wave: Wave, selection: Selection) -> None:
    """Stage 6: delete the stored letters, publish turnout, and remove what was deleted from the files."""
    recover(wave)
    rates.show_turnout(wave)
    rates.show_rates(wave)
    if selection.boxes:
        db.tidy_files("collecting", vacuum=State(wave.state) is not State.OPEN)
        db.tidy_files("counting", vacuum=True)


def status() -> dict[str, BoxStatus]:
    """Return the letterbox of every wave that ever opened and is not cancelled."""
    with db.collecting(read_only=True) as portal:
        query = select(Wave.id).where(Wave.state.not_in(CLOSED_BOXES)).order_by(Wave.survey_slug, Wave.number)
        ids = list(portal.scalars(query))
        waiting = _count_by_wave(portal, Letter)
    with db.counting(read_only=True) as answers:
        responses, aside = _count_by_wave(answers, Response), _count_by_wave(answers, SetAside)
    return {w: BoxStatus(waiting.get(w, 0), responses.get(w, 0), aside.get(w, 0)) for w in ids}


def report_set_aside(reported: dict[str, int]) -> list[str]:
    """Return a sentence for each wave with more letters set aside than ``reported``, which is updated."""
    with db.counting(read_only=True) as answers:
        aside = _count_by_wave(answers, SetAside)
    new = {wave: n for wave, n in sorted(aside.items()) if n > reported.get(wave, 0)}
    reported |= aside
    return [SET_ASIDE.format(wave, n) for wave, n in new.items()]


def _list_waves(wave_id: str | None) -> dict[str, str]:
    """Return the waves that may have letters to open, each with its survey; only one if it is named."""
    query = select(Wave.id, Wave.survey_slug).where(Wave.state.not_in(CLOSED_BOXES))
    query = query.order_by(Wave.survey_slug, Wave.number)
    with db.collecting(read_only=True) as session:
        rows = list(session.execute(query if wave_id is None else query.where(Wave.id == wave_id)))
        destroyed = destroyed_keys.list_begun(destroyed_keys.WAVE)
    found: dict[str, str] = {wave: survey for wave, survey in rows if wave not in destroyed}
    if wave_id is not None and not found:
        raise Refused(f"There is no open or closed round {wave_id}.")
    return found


def _insert_new(session: Session, model: type[DeclarativeBase], rows: list[dict[str, Any]], back: Any) -> list[Any]:
    """Shuffle and insert rows, and return a column of those that were not there before."""
    _chance.shuffle(rows)
    stored: list[Any] = []
    for some in rewriting.slices(rows):
        statement = db.insert_into(session, model).values(list(some)).on_conflict_do_nothing().returning(back)
        stored += session.scalars(statement)
    return stored


def _count_by_wave(session: Session, model: type[Letter] | type[Response] | type[SetAside]) -> dict[str, int]:
    query = select(model.wave_id, func.count()).group_by(model.wave_id)
    return {str(wave): int(n) for wave, n in session.execute(query)}
