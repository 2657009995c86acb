"""Versions of comments that others may see: with parts left out, or a paraphrase.

Who may read comments makes them; who has only ``READ_MASKED``, such as a practitioner researcher, sees nothing else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from app.comments import service
from app.core import masking
from app.core.masking import Mark
from app.models.comments import HarmReport, InboxComment, MaskedComment, Quote, ReadComment
from app.models.releases import ShownTurnout
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import db
from app.storage.refusals import Refused

QUOTED = "This comment is quoted. Withdraw the quote first."
PAGE = 20
UNDECIDED = "This comment may tell of harm. A safeguarding lead has to record an outcome first."


@dataclass(frozen=True)
class PublicVersion:
    """A comment as others may see it. ``comment_id`` is known to readers only and stands in no address."""

    comment_id: bytes
    wave_id: str
    survey: str
    question: str
    text: str
    is_paraphrase: bool
    language: str | None


def suggest(body: str) -> list[Mark]:
    """Return the parts of a comment that code proposes to leave out, also names from the addresses of accounts."""
    with db.reading() as session:
        names = [email.partition("@")[0] for email in session.scalars(select(StaffUser.email))]
    return masking.suggest(body, names)


def find(comment_id: bytes) -> MaskedComment | None:
    """Return the masked version of a comment, or None."""
    with db.reading() as session:
        return session.get(MaskedComment, comment_id)


def save_marks(person: StaffUser, comment_id: bytes, marks: Iterable[Mark]) -> None:
    """Store the version of a comment in which these parts are left out; it replaces the one before.

    Raises:
        Refused: the comment is quoted, or may tell of harm and has no outcome. NotFound: it is not there.
    """
    with db.writing() as session:
        body = _open(session, person, comment_id)
        kept = masking.merge(marks, len(body))
        _save(session, comment_id, text=masking.apply(body, kept), is_paraphrase=False, marks=kept)


def save_paraphrase(person: StaffUser, comment_id: bytes, text: str) -> None:
    """Store a paraphrase of a comment; it replaces the version before. Raises as ``save_marks`` does."""
    if not text.strip():
        raise Refused("Write the comment in your own words.", field="paraphrase")
    with db.writing() as session:
        _open(session, person, comment_id)
        _save(session, comment_id, text=text, is_paraphrase=True, marks=[])


def list_versions(
    person: StaffUser, *, survey: str = "", wave_id: str = "", page: int = 0
) -> tuple[list[PublicVersion], int]:
    """Return a page of the masked comments of the surveys that somebody sees, and how many there are in all."""
    chosen = [(survey, Wave.survey_slug == survey), (wave_id, InboxComment.wave_id == wave_id)]
    where = [condition for value, condition in chosen if value]
    columns = (
        *(InboxComment.id, InboxComment.wave_id, Wave.survey_slug, InboxComment.question),
        *(MaskedComment.text, MaskedComment.is_paraphrase, ReadComment.language),
    )
    query = _versions(person, where, *columns).order_by(InboxComment.id).offset(page * PAGE).limit(PAGE)
    with db.reading() as session:
        total = session.scalar(_versions(person, where, func.count())) or 0
        return [PublicVersion(*row) for row in session.execute(query)], total


def list_waves(person: StaffUser) -> Sequence[Wave]:
    """Return the waves with masked comments that somebody may see, the newest first."""
    with db.reading() as session:
        ids = _versions(person, [], InboxComment.wave_id)
        return session.scalars(select(Wave).where(Wave.id.in_(ids)).order_by(Wave.opens_on.desc(), Wave.id)).all()


def _versions(person: StaffUser, where: list[ColumnElement[bool]], *columns: Any) -> Select[Any]:
    """Return a query for masked comments: of no small round, and of none that may tell of harm without an outcome."""
    query = service.seen_waves(person, *columns).join(MaskedComment, MaskedComment.comment_id == InboxComment.id)
    query = query.join(ShownTurnout, and_(ShownTurnout.wave_id == Wave.id, ShownTurnout.opened >= service.SMALL_ROUND))
    query = query.outerjoin(ReadComment, ReadComment.comment_id == InboxComment.id)
    return query.where(InboxComment.id.not_in(undecided()), *where)


def _open(session: Session, person: StaffUser, comment_id: bytes) -> str:
    """Return the words of a comment that may be masked now."""
    comment = service.get(person, comment_id)
    if session.scalar(undecided().where(HarmReport.comment_id == comment_id)) is not None:
        raise Refused(UNDECIDED)
    if session.scalar(select(Quote.id).filter_by(comment_id=comment_id)) is not None:
        raise Refused(QUOTED)
    return comment.body


def undecided() -> Select[bytes]:
    """Return a query for comments that may tell of harm and have no outcome: nobody else sees any version of them."""
    return select(HarmReport.comment_id).where(HarmReport.outcome.is_(None))


def _save(session: Session, comment_id: bytes, **version: Any) -> None:
    add = db.insert_into(session, MaskedComment).values(comment_id=comment_id, **version)
    session.execute(add.on_conflict_do_update(index_elements=["comment_id"], set_=version))
