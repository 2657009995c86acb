"""Carries out deletion requests: finds everything that was sent with a code, in both databases, and deletes it.

This is done before letters are counted or drawn, so requests count neither towards the twenty nor towards the ten left
behind. Each survey is handled separately, in batches with a transaction each, so that nobody waits for long. The
requests themselves are deleted last: after a crash between two batches the same is done again.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import letters
from app.core.waves import State
from app.counting import linking, moving, rewriting, sorting
from app.models.answers import DetachedAnswer, Response, SetAside
from app.models.letters import DeleteKey, Letter
from app.models.surveys import Survey, Wave
from app.storage import db, destroyed_keys, keyring
from app.storage.refusals import Refused, RetryLater
from app.surveys import service as surveys

LETTERS_AT_ONCE, CODES_AT_ONCE = 100, 25
PAUSE_SECONDS = 0.05
NAMELESS = "a survey of an impossible name"


@dataclass
class DeletionResult:
    """The outcome of carrying out deletion requests.

    ``letters``: ids of letters that were read and are no deletion requests; only these may be drawn, so that a request
    that arrives later is found by the next run. ``failed``: surveys whose requests could not be carried out, each with
    the kind of error; none of their letters is in ``letters``. ``can_retry``: the same may be tried again.
    """

    letters: set[bytes] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)
    can_retry: bool = False


def make_key(survey: str) -> None:
    """Make and publish a survey's key pair for deletion requests, once; KeyMissing if name or secret cannot be used."""
    with db.collecting() as portal:
        if portal.get(DeleteKey, survey) is None:
            keyring.make_delete_secret(survey)
            public = letters.public_half(keyring.delete_secret(survey))
            portal.add(DeleteKey(survey_slug=survey, public=public))


def apply_deletions(only: str | None = None) -> DeletionResult:
    """Carry out deletion requests, in every survey that has its keys or in one; a failure in one stops no other."""
    result = DeletionResult()
    with db.collecting(read_only=True) as portal:
        surveys_found = portal.scalars(select(Survey.slug).order_by(Survey.position, Survey.slug)).all()
        destroyed = destroyed_keys.list_begun(destroyed_keys.SURVEY)
    for survey in surveys_found:
        if survey in destroyed or only not in (None, survey):
            continue
        try:
            make_key(survey)
            result.letters.update(_apply(survey))
        except Exception as fault:
            result.failed[survey] = type(fault).__name__
            result.can_retry = result.can_retry or db.is_transient(fault)
    return result


def apply_or_refuse(survey: str) -> None:
    """Carry out a survey's deletion requests; where its keys are destroyed, or it does not exist, do nothing.

    Raises:
        Refused: it failed, so no results of this survey may be published and no keys destroyed.
    """
    result = apply_deletions(survey)
    if result.failed:
        raise (RetryLater if result.can_retry else Refused)(describe_failed(result.failed))


def describe_failed(failed: dict[str, str]) -> str:
    """Return one sentence about surveys whose requests failed; a name that is not valid is not repeated."""
    names = (f"{name if surveys.SLUG.fullmatch(str(name)) else NAMELESS} ({kind})" for name, kind in failed.items())
    where = ", ".join(dict.fromkeys(names))
    return (
        f"Letters and results are on hold until requests to delete can be processed in {where}. See docs/operating.md."
    )


def list_letters(portal: Session, active_survey: str, waves: Sequence[str]) -> list[bytes]:
    """Return the ids of letters of some waves, without deletion requests that can still be carried out.

    ``active_survey`` is the waves' survey if it keeps its keys; if it is empty, deletion requests are returned too.
    Raises KeyMissing if its key for deletion requests cannot be used.
    """
    is_active = active_survey and not destroyed_keys.is_begun(destroyed_keys.SURVEY, active_survey)
    secret = keyring.delete_secret(active_survey) if is_active else None
    found = portal.execute(select(Letter.id, Letter.box).where(Letter.wave_id.in_(waves)))
    return [key for key, box in found if secret is None or _read(box, secret, active_survey) is None]


class _Senders:
    """Finds the code that a letter was sent with. ``untried``: letters of waves whose key is missing, not destroyed."""

    def __init__(self, waves: Sequence[Wave]) -> None:
        self.untried: set[bytes] = set()
        self.set_aside: dict[bytes, str | None] = {}
        self._secrets: dict[str, bytes] = {}
        for wave in waves:
            with suppress(keyring.KeyMissing):
                self._secrets[wave.id] = keyring.letter_secret(wave.id)

    def find(self, letter: bytes, wave: str, box: bytes) -> str | None:
        """Return the code of a letter, or None when it cannot be read."""
        if wave in self._secrets:
            with suppress(letters.LetterError):
                return letters.unseal(box, self._secrets[wave], wave).code
        elif not destroyed_keys.is_begun(destroyed_keys.WAVE, wave):
            self.untried.add(letter)
        return None

    def read_set_aside(self, answers: Session, waves: Sequence[Wave]) -> None:
        """Read the letters that were set aside, each one once."""
        held = answers.scalars(select(SetAside.id).where(SetAside.wave_id.in_([wave.id for wave in waves])))
        for some in rewriting.slices([key for key in held if key not in self.set_aside], LETTERS_AT_ONCE):
            for row in answers.scalars(select(SetAside).where(SetAside.id.in_(some))):
                self.set_aside[row.id] = self.find(row.id, row.wave_id, row.box)


def _apply(survey: str) -> set[bytes]:
    """Carry out a survey's deletion requests and return its letters that are no requests.

    The requests stay while readers keep the SQLite file busy, so that old rows are still in it, and while some letters
    could not be read.
    """
    secret = keyring.delete_secret(survey)
    with db.collecting(read_only=True) as portal:
        opened = select(Wave).filter_by(survey_slug=survey).where(Wave.state != State.DRAFT.value)
        waves = list(portal.scalars(opened))
        held = list(portal.scalars(select(Letter.id).where(Letter.wave_id.in_([wave.id for wave in waves]))))
    read = {key: _read(box, secret, survey) for key, _wave, box in _open(held)}
    requests = {key: code for key, code in read.items() if code is not None}
    if not requests:
        return set(read)
    codes, senders = set(requests.values()), _Senders(waves)
    sent = {key: senders.find(key, wave, box) for key, wave, box in _open(list(read.keys() - requests.keys()))}
    theirs = {key: code for key, code in sent.items() if code in codes}
    for some in _batches(sorted(codes), CODES_AT_ONCE):
        _delete_batch(survey, waves, set(some), theirs=theirs, senders=senders)
    with db.counting() as answers:
        rewriting.reshuffle_rows(answers)
    is_tidy = db.tidy_files("counting", vacuum=True) and db.tidy_files("collecting")
    if is_tidy and not senders.untried:
        _delete_letters(list(requests))
        db.tidy_files("collecting", vacuum=all(State(wave.state) is not State.OPEN for wave in waves))
    return read.keys() - requests.keys() - theirs.keys() - senders.untried


def _delete_batch(
    survey: str, waves: Sequence[Wave], codes: set[str], *, theirs: Mapping[bytes, str | None], senders: _Senders
) -> None:
    """Delete what was sent with some codes. Meanwhile no other opener draws their letters: it waits for the lock."""
    with db.counting() as answers:
        _delete_letters([key for key, code in theirs.items() if code in codes])
        _delete_answers(answers, survey, waves, codes=codes)
        senders.read_set_aside(answers, waves)
        rewriting.delete_rows(answers, SetAside.id, [key for key, code in senders.set_aside.items() if code in codes])


def _delete_answers(answers: Session, survey: str, waves: Sequence[Wave], *, codes: Iterable[str]) -> None:
    links = linking.links_of(answers, survey)
    people = {code: links.person(survey, code) for code in codes}
    comments: list[bytes] = []
    for wave in waves:
        for some in rewriting.slices([links.wave_pseudonym(wave.id, person) for person in people.values()]):
            answers.execute(delete(Response).where(Response.wave_id == wave.id, Response.person.in_(some)))
        in_words, in_codes = sorting.parts_of(surveys.document_of(wave))
        comments += [part for code in people for part in links.part_ids(wave.id, code, in_words)]
        detached = [part for code in people for part in links.part_ids(wave.id, code, in_codes)]
        rewriting.delete_rows(answers, DetachedAnswer.id, detached)
    moving.withdraw(answers, comments)


def _open(held: Sequence[bytes]) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield id, wave and box of letters, read in batches: a large wave has a hundred megabytes of them."""
    for some in rewriting.slices(held, LETTERS_AT_ONCE):
        with db.collecting(read_only=True) as portal:
            query = select(Letter.id, Letter.wave_id, Letter.box).where(Letter.id.in_(some))
            rows = [(row.id, row.wave_id, row.box) for row in portal.execute(query)]
        yield from rows


def _read(box: bytes, secret: bytes, survey: str) -> str | None:
    """Return the code of a request, or None for any other letter."""
    with suppress(letters.LetterError):
        return letters.unseal_deletion(box, secret, survey)
    return None


def _delete_letters(which: Sequence[bytes]) -> None:
    for some in _batches(which, LETTERS_AT_ONCE):
        with db.collecting() as portal:
            rewriting.delete_rows(portal, Letter.id, some)


def _batches(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Yield rows in batches for a transaction each, with a pause between them in which others can write."""
    for number, some in enumerate(rewriting.slices(rows, size)):
        if number:
            time.sleep(PAUSE_SECONDS)
        yield some
