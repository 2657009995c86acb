"""Quotes: masked comments that two readers agree to publish, with their audience and nothing else."""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, select, update

from app.comments import masking, service
from app.core.keys import ID_BYTES
from app.core.waves import COUNTED, State
from app.models.comments import DestroyPrints, HarmReport, InboxComment, MaskedComment, Quote
from app.models.releases import ShownTurnout
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused

LEAST_ANSWERS = 30
"""A comment of a round with fewer answers is never quoted."""
PAGE = 20
GONE = (
    "This quote is no longer here. It was withdrawn, its writer took the comment back, or the comment may tell of harm."
)


@dataclass(frozen=True)
class PublishedQuote:
    """A quote as everybody may see it. Its audience is that of its survey."""

    id: bytes
    survey: str
    question: str
    text: str
    language: str | None


@dataclass(frozen=True)
class ShownQuote:
    """A quote as readers see it; ``is_own``: this reader proposed it, so somebody else has to agree."""

    id: bytes
    wave_id: str
    question: str
    text: str
    language: str | None
    is_own: bool
    is_published: bool


def propose(person: StaffUser, comment_id: bytes) -> None:
    """Propose to quote the masked version of a comment; a second proposal adds nothing.

    Raises:
        Refused: the round is not over or has fewer than 30 answers, there is no masked version, or the comment may
            tell of harm and has no outcome. NotFound: it is not there for this person.
    """
    with db.writing() as session:
        comment = service.get(person, comment_id)
        masked = session.get(MaskedComment, comment_id)
        if masked is None:
            raise Refused("Save the public version first.")
        if session.scalar(select(HarmReport.comment_id).filter_by(comment_id=comment_id, outcome=None)) is not None:
            raise Refused(masking.UNDECIDED)
        wave = session.get_one(Wave, comment.wave_id)
        shown = session.get(ShownTurnout, comment.wave_id)
        if State(wave.state) not in COUNTED or shown is None or shown.opened < LEAST_ANSWERS:
            raise Refused(f"Only comments of a closed round with at least {LEAST_ANSWERS} answers can be quoted.")
        words = {"wave_id": comment.wave_id, "question": comment.question, "text": masked.text}
        language = "en" if masked.is_paraphrase else comment.language
        row = {"id": secrets.token_bytes(ID_BYTES), "comment_id": comment_id, "language": language, **words}
        add = db.insert_into(session, Quote).values(proposed_by=person.id, agreed_by=None, **row)
        if session.scalar(add.on_conflict_do_nothing().returning(Quote.id)) is not None:
            audit.record("proposed a quote", comment.wave_id)


def agree(person: StaffUser, quote_id: bytes) -> None:
    """Publish a quote that another reader proposed; if somebody has agreed already, nothing changes.

    Raises:
        Refused: this reader proposed it. NotFound: it is not there, or its comment may tell of harm and has no outcome.
    """
    with db.writing() as session:
        quote = session.scalar(_seen_by(person, Quote).where(Quote.id == quote_id))
        if quote is None:
            raise NotFound(GONE)
        if quote.proposed_by == person.id:
            raise Refused("You proposed this quote. A second reader has to agree.")
        change = update(Quote).where(Quote.id == quote_id, Quote.agreed_by.is_(None)).values(agreed_by=person.id)
        if session.scalar(change.returning(Quote.id)) is not None:
            audit.record("agreed to a quote", quote.wave_id)


def withdraw(person: StaffUser, quote_id: bytes) -> None:
    """Decline a quote, or take a published one from every page; nothing happens if it is gone.

    Where it was published, prints and backups with it have to be destroyed.
    """
    with db.writing() as session:
        quote = session.scalar(_seen_by(person, Quote).where(Quote.id == quote_id))
        if quote is None:
            return
        gone = delete(Quote).where(Quote.id == quote_id).returning(Quote.agreed_by)
        if any(agreed_by is not None for agreed_by in session.scalars(gone)):
            add = db.insert_into(session, DestroyPrints).values(before=clock.next_month())
            session.execute(add.on_conflict_do_nothing())
        audit.record("withdrew a quote", quote.wave_id)


def list_waiting(person: StaffUser) -> tuple[list[ShownQuote], bool]:
    """Return quotes that wait for a second reader, at most 20, and whether there are more."""
    return _list(person, Quote.agreed_by.is_(None), 0)


def list_agreed(person: StaffUser, page: int) -> tuple[list[ShownQuote], bool]:
    """Return a page of the published quotes of the surveys that a reader sees, and whether there are more."""
    return _list(person, Quote.agreed_by.is_not(None), page)


def state_of(comment_id: bytes) -> str:
    """Return "waiting" or "published" for a comment that is quoted, else ""."""
    with db.reading() as session:
        row = session.execute(select(Quote.agreed_by).filter_by(comment_id=comment_id)).first()
    return "" if row is None else "waiting" if row.agreed_by is None else "published"


def count_waiting(person: StaffUser) -> int:
    """Return how many quotes wait for this reader to agree."""
    is_for_them = Quote.agreed_by.is_(None) & (Quote.proposed_by != person.id)
    with db.reading() as session:
        return session.scalar(_seen_by(person, func.count()).where(is_for_them)) or 0


def list_published(survey: str | None = None) -> list[PublishedQuote]:
    """Return the published quotes of one survey, or of all."""
    query = _published().order_by(Quote.id)
    with db.reading() as session:
        return [
            PublishedQuote(*row)
            for row in session.execute(query.where(Wave.survey_slug == survey) if survey else query)
        ]


def get_published(ids: Collection[bytes]) -> dict[bytes, PublishedQuote]:
    """Return those of some quotes that are published, by id."""
    if not ids:
        return {}
    with db.reading() as session:
        return {row.id: PublishedQuote(*row) for row in session.execute(_published().where(Quote.id.in_(ids)))}


def list_prints() -> Sequence[dt.date]:
    """Return the days before which prints and backups may have a quote that its writer took back."""
    with db.reading() as session:
        return session.scalars(select(DestroyPrints.before).order_by(DestroyPrints.before)).all()


def note_destroyed(before: dt.date) -> None:
    """Note that prints and backups made before a day were destroyed."""
    with db.writing() as session:
        if session.scalar(delete(DestroyPrints).where(DestroyPrints.before == before).returning(DestroyPrints.before)):
            audit.record("destroyed prints and backups with a quote", "quotes", before=before)


def _published() -> Select[Any]:
    columns: tuple[Any, ...] = (Quote.id, Wave.survey_slug, Quote.question, Quote.text, Quote.language)
    query = select(*columns).select_from(Quote).join(Wave, Wave.id == Quote.wave_id)
    query = query.where(Quote.agreed_by.is_not(None), Wave.state != State.CANCELLED.value)
    return query.where(Quote.comment_id.not_in(masking.undecided()))


def _list(person: StaffUser, where: ColumnElement[bool], page: int) -> tuple[list[ShownQuote], bool]:
    query = _seen_by(person, Quote).where(where).order_by(Wave.opens_on.desc(), Quote.id)
    with db.reading() as session:
        found = [
            ShownQuote(
                *(one.id, one.wave_id, one.question, one.text, one.language),
                is_own=one.proposed_by == person.id,
                is_published=one.agreed_by is not None,
            )
            for one in session.scalars(query.offset(page * PAGE).limit(PAGE + 1))
        ]
    return found[:PAGE], len(found) > PAGE


def _seen_by(person: StaffUser, *columns: Any) -> Select[Any]:
    """Return a query for quotes of the surveys that somebody sees, without comments that may tell of harm."""
    query = service.seen_waves(person, *columns).join(Quote, Quote.comment_id == InboxComment.id)
    return query.where(InboxComment.id.not_in(masking.undecided()))
