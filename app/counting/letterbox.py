"""The opener's work: make a wave's keys, and open letters so that nobody can say whose is whose.

While a wave is open nothing happens below 20 letters and 10 drawn at random stay behind. After the close all are
opened; then the wave has ended, and what comes later is set aside unread (``ended``).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import DeclarativeBase, Session

from app.core import letters
from app.core.waves import State
from app.counting import deletion, ended, linking, rates, rewriting, sorting
from app.models.answers import Comment, DetachedAnswer, OpenedLetter, Response, SetAside, Turnout
from app.models.letters import Letter
from app.models.releases import ShownTurnout
from app.models.surveys import Wave
from app.storage import clock, db, destroyed_keys, keyring, requests
from app.storage.refusals import Late, NotFound, Refused
from app.surveys import waves

OPEN_AT, KEEP_BACK = 20, 10
SHOWN_STEP_OPEN, SHOWN_STEP_CLOSED = 10, 5
ROWS_AT_ONCE = 500
_chance = SystemRandom()


@dataclass(frozen=True)
class BoxStatus:
    """One wave's letterbox: letters that wait, responses stored, letters set aside."""

    waiting: int
    responses: int
    set_aside: int


def make_wave_keys(wave_id: str) -> None:
    """Make a wave's pair: the secret stays in the counting room, the public half goes to the wave. Safe to repeat.

    Raises:
        Refused: the wave has ended, it or its survey is burned, or its public half was not made here. KeyMissing: a
            key of the survey or of the wave was made before and is lost; no other is made in its place. NotFound:
            there is no such wave.
    """
    with db.counting() as answers, db.collecting() as session:
        wave = session.get(Wave, wave_id)
        if wave is None:
            raise NotFound(f"There is no round {wave_id}.")
        destroyed_keys.check_alive(wave.survey_slug)
        if destroyed_keys.is_begun(destroyed_keys.WAVE, wave_id):
            raise Refused(f"The keys of round {wave_id} are destroyed.")
        if ended.find(answers, wave_id) is not None:
            raise Refused(
                f"A round {wave_id} has already ended, so its name cannot be used again. Create the next one."
            )
        linking.make_key(answers, wave.survey_slug)
    with db.collecting() as session:  # after the answers remember the link key: it is never made twice
        wave = session.get_one(Wave, wave_id)
        deletion.make_key(wave.survey_slug)  # first: no answer comes in that nobody can take back
        if wave.letter_pub is None:
            keyring.make_letter_secret(wave_id)
            wave.letter_pub = letters.public_half(keyring.letter_secret(wave_id))
        _check_key(wave)


def make_missing_keys() -> list[str]:
    """Make the keys of waves that have none, though nobody asks for them any more, and tell of those that get none."""
    drafts = select(Wave.id, Wave.survey_slug).where(Wave.state == State.DRAFT.value, Wave.letter_pub.is_(None))
    drafts = drafts.where(Wave.closes_on >= clock.today()).order_by(Wave.id)
    with db.collecting() as session:
        asked, burned = requests.list_unfinished("make_keys"), destroyed_keys.list_begun(destroyed_keys.SURVEY)
        found = [w for w, survey in session.execute(drafts) if w not in asked and survey not in burned]
    told = []
    for name in found:
        try:
            make_wave_keys(name)
        except Exception as fault:  # one wave's trouble must not keep the others without keys
            why = str(fault) if isinstance(fault, (Refused, keyring.KeyMissing)) else type(fault).__name__
            told.append(f"Round {name} has no encryption key yet. {why}")
    return told


def _check_key(wave: Wave) -> None:
    """Refuse a wave whose letters would be sealed to a key that is not ours: somebody else could read them."""
    if wave.letter_pub != letters.public_half(keyring.letter_secret(wave.id)):
        raise Refused(f"The public key of round {wave.id} was not made here. Close the round and find out who set it.")


def open_letterbox(wave_id: str | None = None) -> dict[str, int]:
    """Open what the rules allow, in one wave or in all, and return how many letters each gave up.

    Raises:
        Refused: no such wave, or some wave cannot be opened, or waits with its survey's requests to delete; all others
            are opened first. Late: the same may be tried again.
    """
    with db.collecting() as session:
        query = select(Wave.id, Wave.survey_slug).where(Wave.state != State.DRAFT.value)
        query = query.order_by(Wave.survey_slug, Wave.number)
        rows = list(session.execute(query if wave_id is None else query.where(Wave.id == wave_id)))
        burned = destroyed_keys.list_begun(destroyed_keys.WAVE)
    found: dict[str, str] = {wave: survey for wave, survey in rows if wave not in burned}
    if wave_id is not None and not found:
        raise Refused(f"There is no open or closed round {wave_id}.")
    looked = deletion.apply_deletions(None if wave_id is None else found[wave_id])
    opened: dict[str, int] = {}
    failed: list[str] = []
    is_late = looked.is_late
    for name in (wave for wave, survey in found.items() if survey not in looked.failed):
        try:
            opened[name] = _open_wave_box(_read_wave(name), looked.letters)
        except Exception as fault:  # one wave's trouble must not keep the others' letters waiting
            failed.append(f"{name} ({type(fault).__name__})")
            is_late = is_late or db.passes(fault)
    faults = [deletion.say_failed(looked.failed)] if looked.failed else []
    faults += [f"Some letters could not be opened: {', '.join(failed)}."] if failed else []
    if faults:
        raise (Late if is_late else Refused)(" ".join([*faults, "All other letters were opened."]))
    return opened


def _read_wave(wave_id: str) -> Wave:
    with db.collecting():
        return waves.get_wave(wave_id)


def status() -> dict[str, BoxStatus]:
    """Return the letterbox of every wave that ever opened."""
    with db.collecting() as portal:
        query = select(Wave.id).where(Wave.state != State.DRAFT.value).order_by(Wave.survey_slug, Wave.number)
        ids = list(portal.scalars(query))
        waiting = _count_by_wave(portal, Letter)
    with db.counting() as answers:
        responses, aside = _count_by_wave(answers, Response), _count_by_wave(answers, SetAside)
    return {w: BoxStatus(waiting.get(w, 0), responses.get(w, 0), aside.get(w, 0)) for w in ids}


def tell_set_aside(told: dict[str, int]) -> list[str]:
    """Return a sentence for each wave with more letters set aside than ``told`` says; ``told`` is updated."""
    with db.counting() as answers:
        aside = _count_by_wave(answers, SetAside)
    new = {wave: n for wave, n in sorted(aside.items()) if n > told.get(wave, 0)}
    told |= aside
    words = "Letters of {} set aside: {}. They could not be read, or arrived after the end. See docs/operating.md."
    return [words.format(wave, n) for wave, n in new.items()]


def draw(waiting: Sequence[bytes], is_closed: bool) -> list[bytes]:
    """Return the letters to open now, in random order: all after the close, else all but 10 once 20 wait."""
    if is_closed:
        return _chance.sample(waiting, len(waiting))
    if len(waiting) < OPEN_AT:
        return []
    return _chance.sample(waiting, len(waiting) - KEEP_BACK)


def _open_wave_box(wave: Wave, sorted_out: set[bytes]) -> int:
    """Store first, delete second. What was stored is written down, so that a crash between them doubles nothing and
    a second try deletes the same letters instead of drawing new ones: ten stay behind all the same."""
    is_open = State(wave.state) is State.OPEN
    _delete_opened(wave)
    with db.counting() as answers:
        has_ended = ended.find(answers, wave.id) is not None
        with db.collecting() as portal:
            noted = set(answers.scalars(select(OpenedLetter.id).filter_by(wave_id=wave.id)))  # by another opener
            present = set(portal.scalars(select(Letter.id).filter_by(wave_id=wave.id))) - noted
            drawn = draw(list(present & sorted_out), has_ended or not is_open)
            boxes = _boxes(portal, drawn)
            places = sorting.places(portal, wave.survey_slug)
        new = 0
        if has_ended:
            _keep(answers, wave, sorting.set_aside(wave, boxes))
        elif drawn:
            links = linking.links_of(answers, wave.survey_slug)
            new = _keep(answers, wave, sorting.read_letters(wave, boxes, places, links))
        if drawn:
            rows = [{"id": letter, "wave_id": wave.id} for letter in drawn]
            _insert_new(answers, OpenedLetter, rows, OpenedLetter.id)
            rewriting.lay_anew(answers)
        if not is_open and present <= set(drawn):  # none came, or stays, that was not looked at
            with db.collecting() as portal:
                ended.mark(answers, portal, wave, just_opened=new > 0)
    _delete_opened(wave)
    _show_turnout(wave)
    rates.show_rates(wave)
    if drawn:
        db.tidy_files("collecting", vacuum=not is_open)
        db.tidy_files("counting", vacuum=True)
    return len(drawn)


def _delete_opened(wave: Wave) -> None:
    """Delete the letters that an opening has stored, and then the note of it."""
    with db.counting() as answers:
        opened = list(answers.scalars(select(OpenedLetter.id).filter_by(wave_id=wave.id)))
        with db.collecting() as portal:
            for some in _slices(opened):
                portal.execute(delete(Letter).where(Letter.id.in_(some)))
        answers.execute(delete(OpenedLetter).where(OpenedLetter.wave_id == wave.id))


def _boxes(portal: Session, drawn: list[bytes]) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for some in _slices(drawn):
        found |= {row.id: row.box for row in portal.scalars(select(Letter).where(Letter.id.in_(some)))}
    return found


def _keep(session: Session, wave: Wave, opened: sorting.Opened) -> int:
    """Insert each pile, shuffled by itself; what is there already is left alone and not counted again.

    Returns:
        How many responses are new.
    """
    new = _insert_new(session, Response, opened.responses, Response.person)
    _insert_new(session, Comment, opened.comments, Comment.id)
    _insert_new(session, DetachedAnswer, opened.detached, DetachedAnswer.id)
    _insert_new(session, SetAside, opened.set_aside, SetAside.id)
    for batch, n in sorted(Counter(opened.batch_of[person] for person in new).items()):
        row = {"wave_id": wave.id, "batch_id": batch, "n": n}
        statement = db.insert_into(session, Turnout).values(row)
        counted = statement.on_conflict_do_update(
            index_elements=["wave_id", "batch_id"], set_={"n": Turnout.n + statement.excluded.n}
        )
        session.execute(counted)
    return len(new)


def _insert_new(session: Session, model: type[DeclarativeBase], rows: list[dict[str, Any]], back: Any) -> list[Any]:
    _chance.shuffle(rows)
    stored: list[Any] = []
    for some in _slices(rows):
        statement = db.insert_into(session, model).values(list(some)).on_conflict_do_nothing().returning(back)
        stored += session.scalars(statement)
    return stored


def _show_turnout(wave: Wave) -> None:
    """Tell the front room how many answers were opened: in tens while it is open, in fives after, never 1 to 9."""
    with db.counting() as answers:
        total = answers.scalar(select(func.sum(Turnout.n)).filter_by(wave_id=wave.id)) or 0  # deleting lowers nothing
    is_coarse = State(wave.state) is State.OPEN or total < SHOWN_STEP_OPEN
    shown = total // SHOWN_STEP_OPEN * SHOWN_STEP_OPEN if is_coarse else _nearest(total, SHOWN_STEP_CLOSED)
    with db.collecting() as portal:
        portal.merge(ShownTurnout(wave_id=wave.id, opened=shown))


def _nearest(number: int, step: int) -> int:
    return (number + step // 2) // step * step


def _count_by_wave(session: Session, model: Any) -> dict[str, int]:
    query = select(model.wave_id, func.count()).group_by(model.wave_id)
    return {str(wave): int(n) for wave, n in session.execute(query)}


def _slices(rows: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (rows[i : i + ROWS_AT_ONCE] for i in range(0, len(rows), ROWS_AT_ONCE))
