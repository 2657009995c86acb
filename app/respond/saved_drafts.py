"""Saved drafts: unfinished answers that can be continued later with the card's code and a PIN of the person's choice.

A card has one saved draft for each PIN, and using one PIN never affects the others: somebody else could have saved them
to see them disappear. A wrong PIN, no saved draft and an unknown card take the same path and the same work. See
docs/adr/0025.

To avoid deadlocks, locks are taken in this order: wave, draft, place of a code, saved draft.
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
    """Return the last day on which answers saved today can be continued."""
    return min(journey.wave.closes_on, clock.today() + dt.timedelta(weeks=journeys.DRAFT_WEEKS))


def save(journey: Journey, pin: str) -> bool:
    """Seal a journey with its code and a PIN, and delete its draft.

    It replaces the saved draft with the same PIN and the one that the journey came from. Others of the code stay.

    Returns:
        False if the draft was sent or deleted in the meantime, or the wave has closed; then nothing is saved.
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
    """Restore a saved draft as an ordinary draft with a new key; return None if the code or PIN is wrong.

    The attempt is counted before the PIN is checked, so that parallel requests have no more attempts than sequential
    ones. It is counted for every saved draft of the code. A correct PIN undoes the count for the draft that it opens,
    and keeps that draft, because the response may be lost. For the other drafts it counts as a wrong PIN. A draft whose
    key the browser already holds (``held``) is deleted if a saved draft is restored.
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
        if held is not None:
            session.execute(select(Draft.id).where(Draft.id == keys.draft_id(held)).with_for_update())
        _hold(session, place)
        undone = session.execute(own.values(tries=SavedDraft.tries - 1).returning(SavedDraft.wave_id)).first()
        _drop_tried_out(place)
        if undone is None:
            return None  # sent, cleared, deleted or saved again while the PIN was checked
        journeys.store(journey, held)
    return journey


def forget(code: str, pin: str) -> None:
    """Delete the saved draft of a code and a PIN, if there is one; the work is the same for every code.

    Do not call it in a transaction: hashing the PIN is slow, and others would wait for the lock.
    """
    with db.writing() as session:
        place, _wave, _row_id = _find(session, code)
    row_id = keys.draft_id(keys.saved_draft_key(code, pin, place))
    with db.writing() as session:
        session.execute(delete(SavedDraft).where(SavedDraft.id == row_id))


def _take_try(code: str) -> tuple[bytes, Wave, dict[bytes, bytes]]:
    """Count an attempt for all saved drafts of a code, and return their place, wave and boxes by id.

    Drafts without attempts left are skipped. If nothing is saved, a decoy row exists until the end of the transaction,
    so that the same statements write the same amount.
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
    """Delete the saved drafts of a code that have no attempts left; the work is the same for every code."""
    with db.writing() as session:
        _hold(session, place)
        session.execute(delete(SavedDraft).where(SavedDraft.place == place, SavedDraft.tries >= MOST_TRIES))


def _find(session: Session, code: str) -> tuple[bytes, Wave, bytes]:
    """Return the place of a code's saved drafts, their open wave, and the id of one of them.

    If nothing is saved, place and id are random. The place is locked until the transaction ends in either case, so that
    another attempt waits while the last attempt deletes the drafts.
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
    """Lock a place until the transaction ends; locks on single rows could deadlock."""
    db.hold_lock(session, int.from_bytes(place[:8], signed=True))
