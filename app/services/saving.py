"""Half-finished answers put aside and taken up again with the card and a PIN of the person's choice.

A wrong PIN, nothing saved and a card that is none of ours take the same way and the same work. See docs/adr/0025.
"""

import datetime as dt
import secrets
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import db
from app.core import keys, letters
from app.core.waves import State
from app.models.letters import Draft, SavedDraft
from app.models.surveys import Wave
from app.services import cards, clock, keyring, responding, waves
from app.services.responding import Journey

MOST_TRIES = 5
NOWHERE = "none"
_BOX_BYTES = keys.NONCE_BYTES + letters.SIZES[0] + 16


def last_day(journey: Journey) -> dt.date:
    """Return the last day on which answers that are saved today can be taken up again."""
    return min(journey.wave.closes_on, clock.today() + dt.timedelta(weeks=responding.DRAFT_WEEKS))


def save(journey: Journey, pin: str) -> bool:
    """Seal a journey under its code and a PIN, in the place of anything saved before, and delete its draft.

    Returns:
        False if the draft was sent or dropped in the meantime, or the wave has closed; then nothing is saved.
    """
    wave_id = journey.wave.id
    row_id = keys.saved_draft_id(keyring.wave_key(wave_id), wave_id, journey.code)
    sealed = responding.seal_journey(
        replace(journey, draft_key=keys.saved_draft_key(journey.code, pin, row_id)),
    )
    values = {"wave_id": wave_id, "box": sealed, "tries": 0, "week": clock.week()}
    with db.writing() as session:
        if not waves.hold_answerable(session, wave_id):
            return False
        draft = delete(Draft).where(Draft.id == keys.draft_id(journey.draft_key)).returning(Draft.wave_id)
        if session.execute(draft).first() is None:
            return False
        statement = db.insert_into(session, SavedDraft).values(id=row_id, **values)
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    return True


def come_back(code: str, pin: str, held: bytes | None = None) -> Journey | None:
    """Make an ordinary draft of a saved one, under a fresh key; None if card and PIN open nothing.

    The try is counted before the PIN is looked at, so that many at once have no more tries than one after the other. A
    right PIN takes its own try back and leaves what is saved where it is: the answer to it may be lost on the way.

    Args:
        code: the card's code (canonical, see ``core/codes``).
        pin: what was typed as the PIN.
        held: the key of a draft that the browser holds already; that draft goes when this one comes.
    """
    row_id, wave, box = _take_try(code)
    found = responding.open_journey(keys.saved_draft_key(code, pin, row_id), wave, box)
    if found is None or found.code != code or cards.find_card(code) is None:
        _drop_tried_out(row_id)
        return None
    journey = replace(found, draft_key=secrets.token_bytes(keys.KEY_BYTES))
    own = update(SavedDraft).where(SavedDraft.id == row_id, SavedDraft.box == box)
    with db.writing() as session:
        given_back = session.execute(own.values(tries=SavedDraft.tries - 1).returning(SavedDraft.wave_id))
        if given_back.first() is None:
            return None  # sent, cleared, taken back or saved anew while the PIN was looked at
        responding.store(journey, held)
    return journey


def forget(code: str) -> None:
    """Delete what is saved under a code, if anything is; the same is done for every code."""
    with db.writing() as session:
        row_id, _wave = _find(session, code)
        session.execute(delete(SavedDraft).where(SavedDraft.id == row_id))


def _take_try(code: str) -> tuple[bytes, Wave, bytes]:
    """Count a try at a code's saved draft and return its id, wave and box; a draft with no try left is not found.

    Where nothing is saved, a decoy takes its place for as long as the transaction lasts, so that the same statements
    write the same amount.
    """
    with db.writing() as session:
        row_id, wave = _find(session, code)
        decoy = {
            "id": row_id,
            "wave_id": NOWHERE,
            "box": secrets.token_bytes(_BOX_BYTES),
            "tries": MOST_TRIES - 1,
            "week": clock.week(),
        }
        session.execute(db.insert_into(session, SavedDraft).values(decoy).on_conflict_do_nothing())
        counted = update(SavedDraft).where(SavedDraft.id == row_id).values(tries=SavedDraft.tries + 1)
        box = session.execute(counted.returning(SavedDraft.box)).scalar_one()
        session.execute(delete(SavedDraft).where(SavedDraft.id == row_id, SavedDraft.wave_id == NOWHERE))
    return row_id, wave, box


def _drop_tried_out(row_id: bytes) -> None:
    """Delete a saved draft whose last try has failed; the same is done for every code."""
    with db.writing() as session:
        session.execute(delete(SavedDraft).where(SavedDraft.id == row_id, SavedDraft.tries >= MOST_TRIES))


def _find(session: Session, code: str) -> tuple[bytes, Wave]:
    """Return the id of a code's saved draft and its wave, in any open wave; a random id where nothing is saved.

    The row is held until the transaction ends: while one person's last try deletes it, another's waits.
    """
    places = {}
    for wave in session.scalars(select(Wave).filter_by(state=State.OPEN.value)):
        with suppress(keyring.KeyMissing):
            if waves.is_answerable(wave):
                places[keys.saved_draft_id(keyring.wave_key(wave.id), wave.id, code)] = wave
    saved = select(SavedDraft.id).where(SavedDraft.id.in_(places), SavedDraft.tries < MOST_TRIES)
    row_id = session.scalar(saved.with_for_update())
    if row_id is None:
        return secrets.token_bytes(keys.ID_BYTES), Wave(id=NOWHERE)
    return row_id, places[row_id]
