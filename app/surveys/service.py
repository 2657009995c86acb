"""Surveys and their questionnaire versions: import, list, read."""

import json
import re
from functools import lru_cache
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import foreign_files
from app.core.documents import DocumentError, find_stored_fault, load, read_stored
from app.core.questionnaires import Questionnaire
from app.core.typed import TypedError
from app.core.waves import Words
from app.models.surveys import StoredQuestionnaire, Survey, Wave
from app.storage import audit, db, destroyed_keys, keyring
from app.storage.refusals import NotFound, Refused

SHIPPED = Path(__file__).parent.parent / "questionnaires"
SLUG = re.compile(r"[a-z][a-z0-9-]{1,39}")
MAX_FILE = 4_000_000
find_fault = lru_cache(maxsize=64)(find_stored_fault)
AUDIENCES = ("family", "young", "school", "partner", "staff")


def text_of_file(data: bytes, source: str) -> str:
    """Return the text of a questionnaire file; Refused if it is another program's file, no UTF-8 text, or too large."""
    if len(data) > MAX_FILE:
        raise Refused(f"{source} is larger than {MAX_FILE:,} bytes.")
    kind = foreign_files.kind_of(data)
    if kind is not None:
        raise Refused(f"{source} is {kind}. Only questionnaire documents of this portal (JSON) can be imported.")
    try:
        return foreign_files.decode(data)
    except TypedError as error:
        raise Refused(f"{source} is not UTF-8 text.") from error


def import_questionnaire(content: str, source: str, *, survey: str | None = None, synthetic: bool = False) -> str:
    """Store a JSON document as a new version of its survey, creating the survey if needed; return the survey's slug.

    A refused import leaves nothing behind, neither rows nor a key.

    Args:
        source: the file name, for error messages.
        survey: the survey's slug, if it differs from the document's own.
        synthetic: mark a new survey as demo data.

    Raises:
        Refused: the document is invalid, or its version already exists with other content.
    """
    try:
        document = load(content, source)
    except DocumentError as error:
        raise Refused(str(error)) from error
    slug = survey or document.survey
    if not SLUG.fullmatch(slug):
        raise Refused(f"{source}: the name of a survey may have lower-case letters, digits and hyphens, at most 40.")
    content = json.dumps({**json.loads(content), "survey": slug}, ensure_ascii=False)
    destroyed_keys.check_alive(slug)
    is_key_new = False
    try:
        with db.writing() as session:
            _add_version(session, slug, document.version, content=content, source=source, synthetic=synthetic)
            session.flush()
            is_key_new = keyring.make_card_key(slug)
    except Exception:
        if is_key_new:
            keyring.destroy_card_keys(slug)
        raise
    return slug


def _add_version(session: Session, slug: str, version: str, *, content: str, source: str, synthetic: bool) -> None:
    """Add a version, and its survey if it is the first; Refused if the version exists with other content."""
    if session.get(Survey, slug) is None:
        position = AUDIENCES.index(slug) if slug in AUDIENCES else len(AUDIENCES)
        session.add(Survey(slug=slug, position=position, synthetic=synthetic))
        session.flush()
    same = session.scalar(select(StoredQuestionnaire).filter_by(survey_slug=slug, version=version))
    if same is None:
        session.add(StoredQuestionnaire(survey_slug=slug, version=version, document=content))
        audit.record("imported a questionnaire", slug, version=version)
    elif json.loads(same.document) != json.loads(content):
        raise Refused(f"{source}: version {version} of {slug} already exists with other content. Use a new version.")


def shipped_documents() -> list[Path]:
    """Return the questionnaires that are shipped with the portal, one file for each audience."""
    return [SHIPPED / f"{audience}.json" for audience in AUDIENCES]


def list_surveys() -> list[Survey]:
    """Return all surveys in display order."""
    with db.reading() as session:
        return list(session.scalars(select(Survey).order_by(Survey.position, Survey.slug)))


def has_synthetic() -> bool:
    """Return whether any survey holds demonstration data."""
    with db.reading() as session:
        return session.scalar(select(Survey.slug).filter_by(synthetic=True).limit(1)) is not None


def get_survey(slug: str) -> Survey:
    """Return a survey, or raise NotFound."""
    with db.reading() as session:
        survey = session.get(Survey, slug) if SLUG.fullmatch(slug) else None
    if survey is None:
        raise NotFound(f"There is no survey {slug}.")
    return survey


def newest_questionnaire(slug: str) -> StoredQuestionnaire:
    """Return the newest version of a survey's questionnaire, or raise NotFound."""
    with db.reading() as session:
        query = select(StoredQuestionnaire).filter_by(survey_slug=slug).order_by(StoredQuestionnaire.id.desc())
        found = session.scalars(query).first()
    if found is None:
        raise NotFound(f"There is no survey {slug}.")
    return found


def document_of(wave: Wave) -> Questionnaire:
    """Return a wave's questionnaire: the version it was created with, without other waves' modules.

    It is without its questions for own words in a wave that leaves them out.

    Raises:
        NotFound: it cannot be read.
    """
    return _parsed(wave.questionnaire.document, wave.module, is_left_out=wave.words == Words.LEFT_OUT)


def asks_for_words(wave: Wave) -> bool:
    """Return whether a wave's questionnaire has questions for own words, whatever becomes of them in the wave."""
    content, module = wave.questionnaire.document, wave.module
    return find_fault(content, module) is None and _parsed(content, module).asks_for_words


def fault_of(wave: Wave, words: Words | None = None) -> str | None:
    """Return why nobody can be shown a wave's questionnaire, in a sentence, or None.

    It was checked at its import, but an earlier version may have had fewer rules.

    Args:
        words: what will become of its questions for own words, if that is not what stands in the wave.
    """
    return find_fault(wave.questionnaire.document, wave.module, (words or wave.words) == Words.LEFT_OUT)


def document(stored: StoredQuestionnaire) -> Questionnaire:
    """Return a stored version as a ``Questionnaire``, including all modules; raises NotFound if it cannot be read."""
    return _parsed(stored.document, None, has_all_modules=True)


@lru_cache(maxsize=64)
def _parsed(
    content: str, module: str | None, *, has_all_modules: bool = False, is_left_out: bool = False
) -> Questionnaire:
    try:
        found = read_stored(content)
    except DocumentError as error:
        raise NotFound(str(error)) from error
    found = found if has_all_modules else found.with_module(module)
    return found.without_own_words() if is_left_out else found
