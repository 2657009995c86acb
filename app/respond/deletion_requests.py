"""Taking answers back by code: a sealed request in the same letterbox, which looks the same for every code."""

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
    """Put a request into the letterbox to delete everything that was sent with a code.

    Whether the code is a card of ours is not told by anything that follows: for another code a request is put in all
    the same, and the opener finds nothing to delete. Saved drafts go only with their PIN: whoever knows the code could
    have put one there, to see it go.

    The lock of rounds is held from the look for a place on: a survey burned in between would leave a letter that
    nobody can open.

    Args:
        code: canonical, see ``core/codes``.
        pin: of a saved draft that shall go at once.

    Raises:
        KeyMissing: some survey's cards cannot be told from others, so the request might go to a wrong survey.
    """
    cards.check_keys()
    if pin is not None:
        saved_drafts.forget(code, pin)
    survey = cards.survey_of(code)
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        places = _places(session)
        if not places:
            return  # no wave has ever opened: there is nothing that could be stored
        chosen = survey if survey in places else next(iter(places))
        public, wave = places[chosen]
        box = letters.seal_deletion(code, public, chosen)
        session.add(Letter(id=secrets.token_bytes(keys.ID_BYTES), wave_id=wave, box=box))


def _places(session: Session) -> dict[str, tuple[bytes, str]]:
    """Return, for each survey that takes such requests, its public key and the wave whose letters they lie among."""
    query = (
        select(Survey.slug, DeleteKey.public, Wave.id)
        .join(DeleteKey, DeleteKey.survey_slug == Survey.slug)
        .join(Wave, Wave.survey_slug == Survey.slug)
        .where(Wave.state != State.DRAFT.value)
        .order_by(Survey.position, Survey.slug, Wave.number)
    )
    return {slug: (public, wave) for slug, public, wave in session.execute(query)}
