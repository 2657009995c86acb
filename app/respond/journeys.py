"""The journey of one response: a code starts a draft, pages are saved to it, and Send seals it into a letter.

A request stores nothing about a person but a sealed draft, a spent mark and a sealed letter.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum

from cryptography.exceptions import InvalidTag
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core import keys, letters, routing
from app.core.answers import Answer
from app.core.questionnaires import Questionnaire
from app.models.letters import Draft, Letter, SavedDraft, Spent
from app.models.surveys import Wave
from app.storage import clock, db, keyring
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves

DRAFT_WEEKS = 2


class CodeRefused(Refused):
    """The code cannot be used now: it is unknown or void, or no wave is open. The reason is never revealed."""


class Outcome(Enum):
    """The outcome of pressing Send."""

    SENT = "sent"
    ALREADY_USED = "already used"
    CLOSED = "closed"


@dataclass(frozen=True)
class Journey:
    """One person's journey through one wave, as stored in their draft.

    ``saved`` is the id of the saved draft that it was restored from, or None.
    """

    draft_key: bytes
    wave: Wave
    code: str
    batch: str
    cell: str
    answers: Mapping[str, Answer]
    saved: bytes | None = None

    @property
    def document(self) -> Questionnaire:
        """The questionnaire of the journey's wave."""
        return surveys.document_of(self.wave)


def begin(code: str, held: bytes | None = None) -> bytes:
    """Start a draft for a card's code (canonical, see ``core/codes``) and return the draft's key for the cookie.

    Whether the code has been used is not checked here: anyone could then test a code without spending it. If the
    browser already holds the key of a draft (``held``), a draft of the same code is continued; a draft of another code
    is deleted, because its only key is about to be overwritten.

    Raises:
        CodeRefused: the code cannot be used now.
    """
    card = cards.find_card(code)
    before = find_journey(held) if card else None
    if held is not None and before is not None and before.code == code:  # also in the grace time of its wave
        if before.saved is not None:  # whoever enters the code may not be who restored the saved draft
            _keep(replace(before, saved=None))
        return held
    wave = waves.find_answerable(card.survey) if card else None
    if card is None or wave is None:
        raise CodeRefused("The code cannot be used now.")
    journey = Journey(secrets.token_bytes(keys.KEY_BYTES), wave, code, card.batch, card.cell, {})
    store(journey, held)
    return journey.draft_key


def find_journey(draft_key: bytes | None) -> Journey | None:
    """Return the journey of a draft key; None if the draft was sent, deleted or expired, or its wave has closed."""
    if draft_key is None:
        return None
    with db.reading() as session:
        draft = session.get(Draft, keys.draft_id(draft_key))
        wave = session.get(Wave, draft.wave_id) if draft else None
    if draft is None or wave is None or not waves.is_answerable(wave):
        return None
    return open_journey(draft_key, wave, draft.box)


def is_of_code(draft_key: bytes | None, code: str) -> bool:
    """Return whether a draft key is that of a draft of this code, so that entering the code goes on with it."""
    found = find_journey(draft_key)
    return found is not None and found.code == code


def open_journey(key: bytes, wave: Wave, box: bytes) -> Journey | None:
    """Return the journey in a sealed draft, or None if the key is wrong or the box was altered."""
    try:
        content = json.loads(letters.unpad(keys.open_draft(key, box)))
    except (InvalidTag, ValueError):
        return None
    answers = {name: tuple(a) if isinstance(a, list) else a for name, a in content["answers"].items()}
    saved = bytes.fromhex(content.get("saved", "")) or None
    return Journey(key, wave, content["code"], content["batch"], content["cell"], answers, saved)


def seal_journey(journey: Journey) -> bytes:
    """Return the journey, sealed with its own key."""
    content = {"code": journey.code, "batch": journey.batch, "cell": journey.cell, "answers": dict(journey.answers)}
    if journey.saved is not None:
        content["saved"] = journey.saved.hex()
    padded = letters.pad(json.dumps(content, ensure_ascii=False).encode())
    return keys.seal_draft(journey.draft_key, secrets.token_bytes(keys.NONCE_BYTES), padded)


def store(journey: Journey, instead_of: bytes | None) -> None:
    """Store a journey as a new draft, and delete the draft whose key is ``instead_of``."""
    draft_id, box = keys.draft_id(journey.draft_key), seal_journey(journey)
    with db.writing() as session:
        if instead_of is not None:
            session.execute(delete(Draft).where(Draft.id == keys.draft_id(instead_of)))
        session.add(Draft(id=draft_id, wave_id=journey.wave.id, box=box, week=clock.week()))


def save_page(journey: Journey, answers: Mapping[str, Answer]) -> Journey:
    """Save a page's answers to the draft and return the updated journey."""
    changed = replace(journey, answers={**journey.answers, **answers})
    _keep(changed)
    return changed


def clear_answers(journey: Journey) -> Journey:
    """Delete all answers of a draft, and the saved draft that it came from; the code stays entered."""
    cleared = replace(journey, answers={}, saved=None)
    with db.writing() as session:
        _keep(cleared)
        drop_saved(session, journey)
    return cleared


def submission_id_of(journey: Journey) -> str:
    """Return the submission id of a draft, 16 bytes in hexadecimal.

    It is derived from the draft. If a client could choose it, two cards could be sent with the same id at the same
    time, and the conflict would reveal whether the other card was used, without spending it.
    """
    return keys.mark(journey.draft_key, "press").hex()


def new_submission_id() -> str:
    """Return a random submission id, 16 bytes in hexadecimal, for answers that are not sent from a page."""
    return secrets.token_hex(16)


def was_received(submission_id: str) -> bool:
    """Return whether this submission id is already stored, in any wave whose key exists."""
    with db.reading() as session:
        open_waves = session.scalars(select(Wave.id).where(Wave.state != "draft"))
        marks = []
        for wave in open_waves:
            try:
                marks.append(keys.receipt(keyring.wave_key(wave), wave, submission_id))
            except keyring.KeyMissing:
                continue
        return session.scalar(select(Spent.wave_id).where(Spent.receipt.in_(marks)).limit(1)) is not None


def submit(journey: Journey, submission_id: str, mode: str = "self") -> Outcome:
    """Seal the answers into a letter, mark the code as spent and delete the draft, in one transaction.

    The saved draft that it came from is deleted too, but no other saved draft of the code: somebody else who knows the
    code could have saved it, and would see it disappear. If the code was already used in this wave, the first answers
    stay unchanged, and the draft is deleted as well.

    Raises:
        letters.LetterError: the answers do not fit into the largest letter.
    """
    wave_id, key = journey.wave.id, keyring.wave_key(journey.wave.id)
    answers = routing.on_path(journey.document, journey.answers)
    content = letters.Submission(journey.code, journey.batch, journey.cell, mode, answers)
    box = letters.seal(content, journey.wave.letter_pub or b"", wave_id)
    spent = {
        "wave_id": wave_id,
        "nullifier": keys.nullifier(key, wave_id, journey.code),
        "receipt": keys.receipt(key, wave_id, submission_id),
    }
    with db.writing() as session:
        if not waves.hold_answerable(session, wave_id) or cards.find_card(journey.code) is None:
            return Outcome.CLOSED
        is_new = _spend(session, spent)
        if is_new:
            session.add(Letter(id=secrets.token_bytes(keys.ID_BYTES), wave_id=wave_id, box=box))
        session.execute(delete(Draft).where(Draft.id == keys.draft_id(journey.draft_key)))
        drop_saved(session, journey)
        is_same_press = not is_new and session.get_one(Spent, (wave_id, spent["nullifier"])).receipt == spent["receipt"]
    return Outcome.SENT if is_new or is_same_press else Outcome.ALREADY_USED


def drop_saved(session: Session, journey: Journey) -> None:
    """Delete the saved draft that a journey came from, if any."""
    if journey.saved is not None:
        session.execute(delete(SavedDraft).where(SavedDraft.id == journey.saved))


def purge_drafts() -> None:
    """Delete drafts and saved drafts that have not changed for two weeks. Run by the opener."""
    with db.collecting() as session:
        for table in (Draft, SavedDraft):
            session.execute(delete(table).where(table.week < clock.week() - DRAFT_WEEKS))


def _spend(session: Session, row: Mapping[str, object]) -> bool:
    """Insert a spent mark and return whether it was new. ON CONFLICT keeps the values out of error logs."""
    statement = db.insert_into(session, Spent).values(row).on_conflict_do_nothing().returning(Spent.wave_id)
    return session.execute(statement).first() is not None


def _keep(journey: Journey) -> None:
    """Update an existing draft. A draft that was sent or deleted in the meantime is not created again."""
    kept = update(Draft).where(Draft.id == keys.draft_id(journey.draft_key))
    with db.writing() as session:
        session.execute(kept.values(box=seal_journey(journey), week=clock.week()))
