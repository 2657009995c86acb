"""The opener's half of taking answers back: finds everything that a code left, in both rooms, and deletes it.

Done before letters are counted or drawn, so requests count neither towards the twenty nor towards the ten left behind.
Each survey stands alone. The work is cut into lots, each a transaction of its own, so that nobody waits for long. The
requests go last of all: after a crash between two lots the same is done once more.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.core import letters
from app.core.waves import State
from app.counting import linking, rewriting, sorting
from app.models.answers import Comment, DetachedAnswer, Response, SetAside
from app.models.letters import DeleteKey, Letter
from app.models.surveys import Survey, Wave
from app.storage import db, destroyed_keys, keyring
from app.storage.refusals import Late, Refused
from app.surveys import service as surveys

ROWS_AT_ONCE, LOT, CODES_AT_ONCE = 500, 100, 25
PAUSE_SECONDS = 0.05
NAMELESS = "a survey of an impossible name"


@dataclass
class Looked:
    """What came of a look at the requests.

    ``letters`` are the ids of those that were looked at and are no requests: only these may be drawn, and a request
    that comes in later waits for the next look. ``failed`` are the surveys whose requests could not be carried out,
    each with the kind of fault: no letter of theirs is among ``letters``. ``is_late`` says that the same may be
    tried again.
    """

    letters: set[bytes] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    is_late: bool = False


def make_key(survey: str) -> None:
    """Make a survey's pair, unless it has one, and tell the front room the public half. Safe to repeat.

    Raises:
        KeyMissing: no key can have this survey's name, or its secret cannot be used.
    """
    with db.collecting() as portal:
        if portal.get(DeleteKey, survey) is None:
            keyring.make_delete_secret(survey)
            public = letters.public_half(keyring.delete_secret(survey))
            portal.add(DeleteKey(survey_slug=survey, public=public))


def apply_deletions(only: str | None = None) -> Looked:
    """Delete what people asked to have deleted, in every living survey or in one; a fault in one stops no other."""
    looked = Looked()
    for survey in _living():
        if only not in (None, survey):
            continue
        try:
            make_key(survey)
            looked.letters.update(_apply(survey))
        except Exception as fault:
            looked.failed[survey] = type(fault).__name__
            looked.is_late = looked.is_late or db.passes(fault)
    return looked


def apply_or_refuse(survey: str) -> None:
    """Delete what people asked to have deleted in one survey; in one that is burned, or not there, nothing is done.

    Raises:
        Refused: it could not be done, so nothing of this survey may be told or burned.
    """
    looked = apply_deletions(survey)
    if looked.failed:
        raise (Late if looked.is_late else Refused)(say_failed(looked.failed))


def say_failed(failed: dict[str, str]) -> str:
    """Return one sentence about surveys whose requests could not be carried out; a strange name is not repeated."""
    named = dict.fromkeys(
        f"{name if surveys.SLUG.fullmatch(str(name)) else NAMELESS} ({kind})" for name, kind in failed.items()
    )
    where = ", ".join(named)
    return (
        f"Letters and results are on hold until requests to delete can be processed in {where}. See docs/operating.md."
    )


def list_letters(portal: Session, living: str, waves: Sequence[str]) -> list[bytes]:
    """Return the letters of some waves; of a living survey without the requests, which its key opens still.

    Raises:
        KeyMissing: that key cannot be used.
    """
    is_living = living and not destroyed_keys.is_begun(destroyed_keys.SURVEY, living)
    secret = keyring.delete_secret(living) if is_living else None
    found = portal.execute(select(Letter.id, Letter.box).where(Letter.wave_id.in_(waves)))
    return [key for key, box in found if secret is None or _read(box, secret, living) is None]


class _Senders:
    """Tells under which code a letter was sent. ``untried``: those that no key is here for, though their wave lives."""

    def __init__(self) -> None:
        self.untried: set[bytes] = set()
        self.aside: dict[bytes, str | None] = {}
        self._secrets: dict[str, bytes | None] = {}

    def find(self, letter: bytes, wave: str, box: bytes) -> str | None:
        """Return the code of a letter, or None when it cannot be read."""
        secret = self._secret(wave)
        if secret is None:
            if not destroyed_keys.is_begun(destroyed_keys.WAVE, wave):
                self.untried.add(letter)
            return None
        try:
            return letters.unseal(box, secret, wave).code
        except letters.LetterError:
            return None

    def look_aside(self, answers: Session, waves: Sequence[Wave]) -> None:
        """Look into the letters that were set aside, each one once."""
        held = answers.scalars(select(SetAside.id).where(SetAside.wave_id.in_([wave.id for wave in waves])))
        for some in _slices([key for key in held if key not in self.aside], LOT):
            for row in answers.scalars(select(SetAside).where(SetAside.id.in_(some))):
                self.aside[row.id] = self.find(row.id, row.wave_id, row.box)

    def _secret(self, wave: str) -> bytes | None:
        if wave not in self._secrets:
            try:
                self._secrets[wave] = keyring.letter_secret(wave)
            except keyring.KeyMissing:
                self._secrets[wave] = None
        return self._secrets[wave]


def _living() -> list[str]:
    with db.collecting(read_only=True) as portal:
        found = list(portal.scalars(select(Survey.slug).order_by(Survey.position, Survey.slug)))
        burned = destroyed_keys.list_begun(destroyed_keys.SURVEY)
    return [slug for slug in found if slug not in burned]


def _apply(survey: str) -> set[bytes]:
    """Delete what is asked for in a survey and return its letters that are no requests.

    Requests stay while somebody reads the answers' file all the time, so that old rows are still in it, and while some
    letters could not be looked into.
    """
    secret = keyring.delete_secret(survey)
    with db.collecting(read_only=True) as portal:
        begun = select(Wave).filter_by(survey_slug=survey).where(Wave.state != State.DRAFT.value)
        waves = list(portal.scalars(begun))
        held = list(portal.scalars(select(Letter.id).where(Letter.wave_id.in_([wave.id for wave in waves]))))
    said = {key: _read(box, secret, survey) for key, _wave, box in _open(held)}
    asked = {key: code for key, code in said.items() if code is not None}
    if not asked:
        return set(said)
    codes, senders = set(asked.values()), _Senders()
    sent = {key: senders.find(key, wave, box) for key, wave, box in _open(list(said.keys() - asked.keys()))}
    theirs = {key: code for key, code in sent.items() if code in codes}
    for some in _lots(sorted(codes), CODES_AT_ONCE):
        _delete_lot(survey, waves, set(some), theirs, senders)
    with db.counting() as answers:
        rewriting.lay_anew(answers)
    if db.tidy_files("counting", vacuum=True) and not senders.untried:
        _delete_letters(list(asked))
        db.tidy_files("collecting", vacuum=all(State(wave.state) is not State.OPEN for wave in waves))
    return said.keys() - asked.keys() - theirs.keys() - senders.untried


def _delete_lot(
    survey: str, waves: Sequence[Wave], codes: set[str], theirs: Mapping[bytes, str | None], senders: _Senders
) -> None:
    """Delete what some codes left. No other opener draws their letters meanwhile: it waits for the answers' lock."""
    with db.counting() as answers:
        _delete_letters([key for key, code in theirs.items() if code in codes])
        _delete_answers(answers, survey, waves, codes)
        senders.look_aside(answers, waves)
        _delete(answers, SetAside.id, [key for key, code in senders.aside.items() if code in codes])


def _delete_answers(answers: Session, survey: str, waves: Sequence[Wave], codes: Iterable[str]) -> None:
    links = linking.links_of(answers, survey)
    people = {code: links.person(survey, code) for code in codes}
    for wave in waves:
        in_words, in_codes = sorting.parts_of(surveys.document_of(wave))
        for some in _slices([links.veil(wave.id, person) for person in people.values()], ROWS_AT_ONCE):
            answers.execute(delete(Response).where(Response.wave_id == wave.id, Response.person.in_(some)))
        _delete(answers, Comment.id, [part for code in people for part in links.part_ids(wave.id, code, in_words)])
        _delete(
            answers, DetachedAnswer.id, [part for code in people for part in links.part_ids(wave.id, code, in_codes)]
        )


def _open(held: Sequence[bytes]) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield id, wave and box of letters, a lot at a time: a large wave is a hundred megabytes, and nobody waits."""
    for some in _slices(held, LOT):
        with db.collecting(read_only=True) as portal:
            query = select(Letter.id, Letter.wave_id, Letter.box).where(Letter.id.in_(some))
            rows = [(row.id, row.wave_id, row.box) for row in portal.execute(query)]
        yield from rows


def _read(box: bytes, secret: bytes, survey: str) -> str | None:
    """Return the code of a request, or None for any other letter."""
    try:
        return letters.unseal_deletion(box, secret, survey)
    except letters.LetterError:
        return None


def _delete_letters(which: Sequence[bytes]) -> None:
    for some in _lots(which, LOT):
        with db.collecting() as portal:
            _delete(portal, Letter.id, some)


def _delete(session: Session, column: InstrumentedAttribute[bytes], values: Sequence[bytes]) -> None:
    for some in _slices(values, ROWS_AT_ONCE):
        session.execute(delete(column.class_).where(column.in_(some)))


def _lots(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Cut rows into lots, each for a transaction of its own, with a pause between in which others have their turn."""
    for number, some in enumerate(_slices(rows, size)):
        if number:
            time.sleep(PAUSE_SECONDS)
        yield some


def _slices(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (rows[i : i + size] for i in range(0, len(rows), size))
