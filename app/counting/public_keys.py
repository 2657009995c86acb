"""Looks after the public halves that the web process seals with.

On PostgreSQL its role cannot change them. On SQLite its user can change any row, and would read what is sealed to a key
of its own: every look of the opener puts the true halves back and says so.
"""

from collections.abc import Iterator
from contextlib import suppress

from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from app.core import letters
from app.core.waves import State
from app.models.letters import DeleteKey
from app.models.surveys import Wave
from app.storage import db, keyring


def put_back_changed() -> list[str]:
    """Put public halves back that somebody else has changed, and return one sentence about each."""
    with db.collecting() as portal:
        return [*_waves(portal), *_surveys(portal)]


def _waves(portal: Session) -> Iterator[str]:
    """Nothing is read of the rows: on SQLite somebody could write one that cannot be read, and stop this for all."""
    for name in keyring.counting_names("secret"):
        with suppress(keyring.KeyMissing):
            public = letters.public_half(keyring.letter_secret(name))
            wrong = update(Wave).where(Wave.id == name, Wave.state == State.OPEN.value)
            wrong = wrong.where(Wave.letter_pub.is_distinct_from(public))
            if portal.scalars(wrong.values(letter_pub=public).returning(Wave.id)).first() is not None:
                yield _told(f"of round {name}", "Answers")


def _surveys(portal: Session) -> Iterator[str]:
    for name in keyring.counting_names("delete"):
        with suppress(keyring.KeyMissing):
            public = letters.public_half(keyring.delete_secret(name))
            wrong = delete(DeleteKey).where(DeleteKey.survey_slug == name, DeleteKey.public.is_distinct_from(public))
            if portal.scalars(wrong.returning(DeleteKey.survey_slug)).first() is not None:
                portal.execute(insert(DeleteKey).values(survey_slug=name, public=public))
                yield _told(f"for deletions in {name}", "Requests")


def _told(whose: str, what: str) -> str:
    return (
        f"The public key {whose} was changed by somebody who can write to the portal database. It was restored."
        f" {what} sent in the meantime may have been read: find out who changed it."
    )
