"""Looks after the public keys that the web process seals with.

On PostgreSQL its role cannot change them. On SQLite its user can change any row, and would read what is sealed to a key
of its own: the opener compares them every two seconds, restores what was changed and reports it.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from app.core import letters
from app.core.waves import State
from app.models.letters import DeleteKey
from app.models.surveys import Wave
from app.storage import db, keyring


def restore_changed() -> list[str]:
    """Restore public keys that somebody else has changed, and return one sentence about each."""
    waves = _public_keys("secret", keyring.letter_secret)
    surveys = _public_keys("delete", keyring.delete_secret)
    conditions = [_wave_differs(*key) for key in waves.items()] + [_survey_differs(*key) for key in surveys.items()]
    with db.collecting(read_only=True) as portal:
        if not any(portal.scalar(select(exists().where(condition))) for condition in conditions):
            return []
    with db.collecting() as portal:
        return [*_restore_waves(portal, waves), *_restore_surveys(portal, surveys)]


def _restore_waves(portal: Session, keys: dict[str, bytes]) -> Iterator[str]:
    for name, public in keys.items():
        statement = update(Wave).where(_wave_differs(name, public)).values(letter_pub=public).returning(Wave.id)
        if portal.scalars(statement).first() is not None:
            yield _report(f"of round {name}", "Answers")


def _restore_surveys(portal: Session, keys: dict[str, bytes]) -> Iterator[str]:
    for name, public in keys.items():
        statement = delete(DeleteKey).where(_survey_differs(name, public)).returning(DeleteKey.survey_slug)
        if portal.scalars(statement).first() is not None:
            portal.execute(insert(DeleteKey).values(survey_slug=name, public=public))
            yield _report(f"for deletions in {name}", "Requests")


def _wave_differs(name: str, public: bytes) -> ColumnElement[bool]:
    """Return the condition under which an open wave has another key.

    The database compares, and no row is read: on SQLite one that cannot be read would stop this for all waves.
    """
    is_open = (Wave.id == name) & (Wave.state == State.OPEN.value)
    return is_open & Wave.letter_pub.is_distinct_from(public)


def _survey_differs(name: str, public: bytes) -> ColumnElement[bool]:
    return (DeleteKey.survey_slug == name) & DeleteKey.public.is_distinct_from(public)


def _public_keys(kind: str, secret_of: Callable[[str], bytes]) -> dict[str, bytes]:
    """Return the public keys of the waves or surveys whose secret is here."""
    found = {}
    for name in keyring.counting_names(kind):
        with suppress(keyring.KeyMissing):
            found[name] = letters.public_half(secret_of(name))
    return found


def _report(whose: str, what: str) -> str:
    return (
        f"The public key {whose} was changed by somebody who can write to the portal database. It was restored."
        f" {what} sent in the meantime may have been read: find out who changed it."
    )
