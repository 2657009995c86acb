"""Makes a wave's key pair, and looks after the public keys that the web process seals with.

On PostgreSQL its role cannot change them. On SQLite its user can change any row, and would read what is sealed to a key
of its own: the opener compares them every two seconds, restores what was changed and reports it.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import starmap

from sqlalchemy import ColumnElement, delete, exists, insert, select, update
from sqlalchemy.orm import Session

from app.core import letters
from app.core.waves import State
from app.counting import deletion, ended, linking
from app.models.letters import DeleteKey
from app.models.surveys import Wave
from app.storage import clock, db, destroyed_keys, keyring, requests
from app.storage.refusals import Refused
from app.surveys import waves


def make_wave_keys(wave_id: str) -> None:
    """Make a wave's key pair and publish its public key in the wave's row. Safe to repeat.

    Raises:
        Refused: the wave has ended, its keys or its survey's are destroyed, or its public key was not made here.
            KeyMissing: a key of the survey or of the wave was made before and is lost; no other is made in its place.
            NotFound: there is no such wave.
    """
    with db.counting() as answers, db.collecting():
        wave = waves.get_wave(wave_id)
        destroyed_keys.check_alive(wave.survey_slug)
        if destroyed_keys.is_begun(destroyed_keys.WAVE, wave_id):
            raise Refused(f"The keys of round {wave_id} are destroyed.")
        if ended.find(answers, wave_id) is not None:
            raise Refused(
                f"A round {wave_id} has already ended, so its name cannot be used again. Create the next one."
            )
        linking.make_key(answers, wave.survey_slug)
    with db.collecting() as session:  # after the answers database has recorded the link key: it is never made twice
        wave = session.get_one(Wave, wave_id)
        deletion.make_key(wave.survey_slug)  # first: no answer comes in that nobody can delete
        if wave.letter_pub is None:
            keyring.make_letter_secret(wave_id)
            wave.letter_pub = letters.public_half(keyring.letter_secret(wave_id))
        # else its letters would be sealed to a key that is not ours, and somebody else could read them
        if wave.letter_pub != letters.public_half(keyring.letter_secret(wave_id)):
            raise Refused(
                f"The public key of round {wave_id} was not made here. Close the round and find out who set it."
            )


def make_missing_keys() -> list[str]:
    """Make the keys of waves without any whose request has failed; return a sentence about each that still fails."""
    drafts = select(Wave.id, Wave.survey_slug).where(Wave.state == State.DRAFT.value, Wave.letter_pub.is_(None))
    drafts = drafts.where(Wave.closes_on >= clock.today()).order_by(Wave.id)
    with db.collecting(read_only=True) as session:
        asked, destroyed = requests.list_unfinished("make_keys"), destroyed_keys.list_begun(destroyed_keys.SURVEY)
        found = [w for w, survey in session.execute(drafts) if w not in asked and survey not in destroyed]
    reports = []
    for name in found:
        try:
            make_wave_keys(name)
        except Exception as fault:  # trouble with one wave must not keep the others without keys
            why = str(fault) if isinstance(fault, (Refused, keyring.KeyMissing)) else type(fault).__name__
            reports.append(f"Round {name} has no encryption key yet. {why}")
    return reports


def restore_changed() -> list[str]:
    """Restore public keys that somebody else has changed, and return one sentence about each."""
    of_waves = _public_keys("secret", keyring.letter_secret)
    of_surveys = _public_keys("delete", keyring.delete_secret)
    conditions = [*starmap(_wave_differs, of_waves.items()), *starmap(_survey_differs, of_surveys.items())]
    with db.collecting(read_only=True) as portal:
        if not any(portal.scalar(select(exists().where(condition))) for condition in conditions):
            return []
    with db.collecting() as portal:
        return [*_restore_waves(portal, of_waves), *_restore_surveys(portal, of_surveys)]


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
