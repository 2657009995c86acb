"""Looks after the public halves that the web process seals with.

On PostgreSQL its role cannot change them. On SQLite its user can change any row, and would read what is sealed to a key
of its own: every look of the opener puts the true halves back and says so.
"""

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app import db
from app.core import letters
from app.core.waves import State
from app.models.letters import DeleteKey
from app.models.surveys import Wave
from app.services import keyring


def put_back_changed() -> list[str]:
    """Put public halves back that somebody else has changed, and return one sentence about each."""
    with db.collecting() as portal:
        return [*_waves(portal), *_surveys(portal)]


def _waves(portal: Session) -> Iterator[str]:
    open_ones = select(Wave.id, Wave.letter_pub).where(Wave.state == State.OPEN.value)  # no day: it may be any word
    for wave, held in portal.execute(open_ones).all():
        with suppress(keyring.KeyMissing):
            public = letters.public_half(keyring.letter_secret(wave))
            if held != public:
                portal.execute(update(Wave).where(Wave.id == wave).values(letter_pub=public))
                yield _told(f"of round {wave}", "Answers")


def _surveys(portal: Session) -> Iterator[str]:
    for slug, held in portal.execute(select(DeleteKey.survey_slug, DeleteKey.public)).all():
        with suppress(keyring.KeyMissing):
            public = letters.public_half(keyring.delete_secret(slug))
            if held != public:
                portal.execute(delete(DeleteKey).where(DeleteKey.survey_slug == slug))
                portal.execute(insert(DeleteKey).values(survey_slug=slug, public=public))
                yield _told(f"for deletions in {slug}", "Requests")


def _told(whose: str, what: str) -> str:
    return (
        f"The public key {whose} was changed by somebody who can write to the portal database. It was put back."
        f" {what} that were sent meanwhile may have been read: find out who it was."
    )
