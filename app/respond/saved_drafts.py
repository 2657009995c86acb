"""Half-finished answers put aside and taken up again with the card and a PIN of the person's choice.

A card has a saved draft for each PIN, and no act of its holder touches another one: it could be a stranger's, put there
to see it go. A wrong PIN, nothing saved and a card that is none of ours take the same way and the same work. See
docs/adr/0025.

Whoever needs several of them takes them in this order, else two would wait for each other: wave, draft, place of a
code, saved draft.
"""

import datetime as dt
import secrets
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core import keys, letters
from app.core.waves import State
from app.models.letters import Draft, SavedDraft
from app.models.surveys import Wave
from app.respond import journeys
from app.respond.journeys import Journey
from app.storage import clock, db, keyring
from app.surveys import waves

MOST_TRIES = 5
NOWHERE = "none"
_BOX_BYTES = keys.NONCE_BYTES + letters.SIZES[0] + 16


def last_day(journey: Journey) -> dt.date:
    """Return the last day on which answers that are saved today can be taken up again."""
    return min(journey.wave.closes_on, clock.today() + dt.timedelta(weeks=journeys.DRAFT_WEEKS))


def save(journey: Journey, pin: str) -> bool:
    """Seal a journey under its code and a PIN, and delete its draft; what was saved under the same PIN gives way.

    So does the saved draft that the journey came from. Others of the code stay.

    Returns:
        False if the draft was sent or dropped in the meantime, or the wave has closed; then nothing is saved.
    """
    wave_id = journey.wave.id
    place = keys.saved_place(keyring.wave_key(wave_id), wave_id, journey.code)
    key = keys.saved_draft_key(journey.code, pin, place)
    sealed = journeys.seal_journey(replace(journey, draft_key=key, saved=None))
    values = {"wave_id": wave_id, "box": sealed, "tries": 0, "week": clock.week()}
    with db.writing() as session:
        if not waves.hold_answerable(session, wave_id):
            return False
        draft = delete(Draft).where(Draft.id == keys.draft_id(journey.draft_key)).returning(Draft.wave_id)
        if session.execute(draft).first() is None:
            return False
        _hold(session, place)
        journeys.drop_saved(session, journey)
        statement = db.insert_into(session, SavedDraft).values(id=keys.draft_id(key), place=place, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    return True


def come_back(code: str, pin: str, held: bytes | None = None) -> Journey | None:
    """Make an ordinary draft of a saved one, under a fresh key; None if card and PIN open nothing.

    The try is counted before the PIN is looked at, so that many at once have no more tries than one after the other. It
    is counted at everything that was saved with the code. A right PIN takes it back at what it opens, and leaves that
    where it is: the answer may be lost on the way. For the others it was a wrong one.

    Args:
        code: the card's code (canonical, see ``core/codes``).
        pin: what was typed as the PIN.
        held: the key of a draft that the browser holds already; that draft goes when this one comes.
    """
    place, wave, boxes = _take_try(code)
    key = keys.saved_draft_key(code, pin, place)
    row_id = keys.draft_id(key)
    box = boxes.get(row_id, secrets.token_bytes(_BOX_BYTES))
    found = journeys.open_journey(key, wave, box)
    if found is None or found.code != code or cards.find_card(code) is None:
        _drop_tried_out(place)
        return None
    journey = replace(found, draft_key=secrets.token_bytes(keys.KEY_BYTES), saved=row_id)
    own = update(SavedDraft).where(SavedDraft.id == row_id, SavedDraft.box == box)
    with db.writing() as session:
        journeys.hold_draft(session, held)
        _hold(session, place)
        given_back = session.execute(own.values(tries=SavedDraft.tries - 1).returning(SavedDraft.wave_id)).first()
        _drop_tried_out(place)
        if given_back is None:
            return None  # sent, cleared, taken back or saved anew while the PIN was looked at
        journeys.store(journey, held)
    return journey


def forget(code: str, pin: str) -> None:
    """Delete what is saved under a code and a PIN, if anything is; the same is done for every code.

    Not in a transaction of the caller's: the PIN takes its time, and all others would wait.
    """
    with db.writing() as session:
        place, _wave, _row_id = _find(session, code)
    row_id = keys.draft_id(keys.saved_draft_key(code, pin, place))
    with db.writing() as session:
        session.execute(delete(SavedDraft).where(SavedDraft.id == row_id))


def _take_try(code: str) -> tuple[bytes, Wave, dict[bytes, bytes]]:
    """Count a try at all saved drafts of a code and return their place, wave and boxes by id; those tried out are left.

    Where nothing is saved, a decoy takes its place for as long as the transaction lasts, so that the same statements
    write the same amount.
    """
    with db.writing() as session:
        place, wave, row_id = _find(session, code)
        decoy = {
            "id": row_id,
            "place": place,
            "wave_id": NOWHERE,
            "box": secrets.token_bytes(_BOX_BYTES),
            "tries": MOST_TRIES - 1,
            "week": clock.week(),
        }
        session.execute(db.insert_into(session, SavedDraft).values(decoy).on_conflict_do_nothing())
        counted = update(SavedDraft).where(SavedDraft.place == place, SavedDraft.tries < MOST_TRIES)
        rows = session.execute(counted.values(tries=SavedDraft.tries + 1).returning(SavedDraft.id, SavedDraft.box))
        boxes = {found: box for found, box in rows}
        session.execute(delete(SavedDraft).where(SavedDraft.id == row_id, SavedDraft.wave_id == NOWHERE))
    return place, wave, boxes


def _drop_tried_out(place: bytes) -> None:
    """Delete the saved drafts of a code whose last try has failed; the same is done for every code."""
    with db.writing() as session:
        _hold(session, place)
        session.execute(delete(SavedDraft).where(SavedDraft.place == place, SavedDraft.tries >= MOST_TRIES))


def _find(session: Session, code: str) -> tuple[bytes, Wave, bytes]:
    """Return the place of a code's saved drafts, its wave, in any open wave, and the id of one of them.

    Where nothing is saved, place and id are random. The place is held until the transaction ends, whether it has
    anything or not: while one person's last try deletes what is there, another's waits.
    """
    places = {}
    for wave in session.scalars(select(Wave).filter_by(state=State.OPEN.value)):
        with suppress(keyring.KeyMissing):
            if waves.is_answerable(wave):
                places[keys.saved_place(keyring.wave_key(wave.id), wave.id, code)] = wave
    for place in sorted(places):
        _hold(session, place)
    saved = select(SavedDraft.place, SavedDraft.id).where(SavedDraft.place.in_(places), SavedDraft.tries < MOST_TRIES)
    found = session.execute(saved).first()
    if found is None:
        return secrets.token_bytes(keys.ID_BYTES), Wave(id=NOWHERE), secrets.token_bytes(keys.ID_BYTES)
    return found.place, places[found.place], found.id


def _hold(session: Session, place: bytes) -> None:
    """Let nobody else at a place until the transaction ends: locks of single rows, taken by many, would cross."""
    db.hold_lock(session, int.from_bytes(place[:8], signed=True))
