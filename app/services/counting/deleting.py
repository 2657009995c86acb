"""The opener's half of taking answers back: finds everything that a code left, in both rooms, and deletes it.

Done before letters are counted or drawn, so requests count neither towards the twenty nor towards the ten left behind.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import db
from app.core import letters
from app.core.questionnaires import Questionnaire
from app.models.answers import Comment, DetachedAnswer, Response, SetAside
from app.models.letters import DeleteKey, Letter
from app.models.surveys import Survey, Wave
from app.services import keyring, surveys
from app.services.counting import linking, rewriting, sorting
from app.services.keycare import marks

ROWS_AT_ONCE, AT_A_TIME = 500, 100


def make_keys() -> None:
    """Make the pair of every living survey that has none, and tell the front room the public half. Safe to repeat."""
    with db.collecting() as portal:
        held = set(portal.scalars(select(DeleteKey.survey_slug)))
        for slug in portal.scalars(select(Survey.slug)):
            if slug in held or marks.is_begun(marks.SURVEY, slug):
                continue
            keyring.make_delete_secret(slug)
            public = letters.public_half(keyring.delete_secret(slug))
            portal.add(DeleteKey(survey_slug=slug, public=public))


def apply_deletions() -> set[bytes]:
    """Delete what people asked to have deleted, in every living survey.

    Returns:
        The ids of the letters that were looked at and are no requests: only these may be drawn. A request that comes
        in after this look waits for the next one.
    """
    with db.collecting() as portal:
        keyed = list(portal.scalars(select(DeleteKey.survey_slug)))
    return {letter for slug in keyed if not marks.is_begun(marks.SURVEY, slug) for letter in _apply(slug)}


def _apply(survey: str) -> set[bytes]:
    """Delete from the answers first; the requests go last, so that a crash between leads to the same once more.

    They also stay while somebody reads the answers' file all the time, so that old rows are still in it.
    """
    with db.counting() as answers:
        with db.collecting() as portal:
            waves = list(portal.scalars(select(Wave).filter_by(survey_slug=survey)))
            secret = keyring.delete_secret(survey)
            said = {key: _read(box, secret, survey) for key, _wave, box in _letters(portal, waves)}
            asked = {key: code for key, code in said.items() if code is not None}
            codes = set(asked.values())
            theirs = (
                {key for key, wave, box in _letters(portal, waves) if _sender(box, wave) in codes} if asked else set()
            )
        if not asked:
            return set(said)
        _delete_answers(answers, survey, waves, codes)
        rewriting.lay_anew(answers)
    if db.tidy_files("counting", vacuum=True):
        with db.collecting() as portal:
            for some in _slices([*asked, *theirs]):
                portal.execute(delete(Letter).where(Letter.id.in_(some)))
        db.tidy_files("collecting", vacuum=True)
    return said.keys() - asked.keys() - theirs


def list_letters(portal: Session, living: str, waves: Sequence[str]) -> list[bytes]:
    """Return the letters of some waves; of a living survey without the requests, which its key opens still."""
    secret = None
    with suppress(keyring.KeyMissing):  # the survey was burned before, and its requests with it
        secret = keyring.delete_secret(living) if living else None
    found = portal.execute(select(Letter.id, Letter.box).where(Letter.wave_id.in_(waves)))
    return [key for key, box in found if secret is None or _read(box, secret, living) is None]


def _letters(portal: Session, waves: Sequence[Wave]) -> Iterator[tuple[bytes, str, bytes]]:
    """Yield id, wave and box of all letters of some waves, a few at a time: a large wave is a hundred megabytes."""
    query = select(Letter.id, Letter.wave_id, Letter.box).where(Letter.wave_id.in_([wave.id for wave in waves]))
    for row in portal.execute(query.execution_options(yield_per=AT_A_TIME)):
        yield row.id, row.wave_id, row.box


def _read(box: bytes, secret: bytes, survey: str) -> str | None:
    """Return the code of a request, or None for any other letter."""
    try:
        return letters.unseal_deletion(box, secret, survey)
    except letters.LetterError:
        return None


def _sender(box: bytes, wave: str) -> str | None:
    """Return the code under which a letter was sent, or None when it cannot be read."""
    try:
        return letters.unseal(box, keyring.letter_secret(wave), wave).code
    except (letters.LetterError, keyring.KeyMissing):
        return None


def _delete_answers(answers: Session, survey: str, waves: Sequence[Wave], codes: Iterable[str]) -> None:
    links = linking.links_of(answers, survey)
    aside = list(answers.scalars(select(SetAside).where(SetAside.wave_id.in_(wave.id for wave in waves))))
    for code in codes:
        person = links.person(survey, code)
        stored = [links.veil(wave.id, person) for wave in waves]
        answers.execute(delete(Response).where(Response.person.in_(stored)))
        for some in _slices([links.part_id(w.id, code, p) for w in waves for p in _parts(surveys.document_of(w))]):
            for model in (Comment, DetachedAnswer):
                answers.execute(delete(model).where(model.id.in_(some)))
        for row in aside:
            if _sender(row.box, row.wave_id) == code:
                answers.delete(row)
    answers.flush()


def _parts(document: Questionnaire) -> Iterator[str]:
    """Yield every name under which a part of an answer may have been cut off."""
    yield sorting.MODE_QUESTION
    for question in document.questions:
        yield question.variable
        yield from (f"{question.variable}|{code}" for code in question.codes)


def _slices(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[i : i + ROWS_AT_ONCE] for i in range(0, len(rows), ROWS_AT_ONCE))
