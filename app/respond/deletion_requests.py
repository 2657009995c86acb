"""Deletion of answers by code: a sealed request in the same letterbox, indistinguishable between codes."""

import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core import keys, letters
from app.core.waves import State
from app.models.letters import DeleteKey, Letter
from app.models.surveys import Survey, Wave
from app.respond import saved_drafts
from app.storage import db


def ask_to_delete(code: str, pin: str | None = None) -> None:
    """Store a request to delete everything that was sent with a code (canonical, see ``core/codes``).

    The result does not reveal whether the code is known: an unknown code is stored as a request too, and the opener
    finds nothing to delete. A saved draft is deleted at once, but only with its PIN. Otherwise somebody who knows the
    code could save a draft, and see from its disappearance that a deletion was requested.

    The round lock is held from choosing a wave until the letter is stored: if the survey's keys were destroyed in
    between, nobody could open the letter.

    Raises:
        KeyMissing: a survey's cards cannot be recognised, so the request might be stored for the wrong survey.
    """
    cards.check_keys()
    if pin is not None:
        saved_drafts.forget(code, pin)
    survey = cards.survey_of(code)
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        places = _places(session)
        if not places:
            return  # no wave has ever opened, so there is nothing to delete
        chosen = survey if survey in places else next(iter(places))
        public, wave = places[chosen]
        box = letters.seal_deletion(code, public, chosen)
        session.add(Letter(id=secrets.token_bytes(keys.ID_BYTES), wave_id=wave, box=box))


def _places(session: Session) -> dict[str, tuple[bytes, str]]:
    """Return, for each survey that accepts deletion requests, its public key and the wave to store them in."""
    query = (
        select(Survey.slug, DeleteKey.public, Wave.id)
        .join(DeleteKey, DeleteKey.survey_slug == Survey.slug)
        .join(Wave, Wave.survey_slug == Survey.slug)
        .where(Wave.state != State.DRAFT.value)
        .order_by(Survey.position, Survey.slug, Wave.number)
    )
    return {slug: (public, wave) for slug, public, wave in session.execute(query)}
