"""What a coder may read: comments for readers, public versions for practitioner researchers."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from app.comments import masking, service
from app.core.permissions import Permission, allows
from app.models.comments import InboxComment, MaskedComment, ReadComment
from app.models.staff import StaffUser
from app.storage import db
from app.storage.refusals import NotFound


@dataclass(frozen=True)
class CodingText:
    """A comment as a coder sees it."""

    id: bytes
    wave_id: str
    question: str
    text: str
    language: str | None


def codable(person: StaffUser, wave_id: str, *columns: Any) -> Select[Any]:
    """Return a query for the comments of a wave that somebody may code."""
    return _codable(person, *columns).where(InboxComment.wave_id == wave_id)


def get(person: StaffUser, comment_id: bytes) -> CodingText:
    """Return a comment as somebody may read it, or raise NotFound."""
    is_reader = _is_reader(person)
    text = InboxComment.body if is_reader else MaskedComment.text
    columns = (InboxComment.id, InboxComment.wave_id, InboxComment.question, text, ReadComment.language)
    with db.reading() as session:
        row = session.execute(_codable(person, *columns).where(InboxComment.id == comment_id)).first()
    if row is None:
        raise NotFound(service.GONE)
    return CodingText(*row)


def count_undecided(wave_id: str) -> int:
    """Return how many comments of a wave may tell of harm and wait for an outcome."""
    query = select(func.count()).select_from(InboxComment).where(InboxComment.wave_id == wave_id)
    with db.reading() as session:
        return session.scalar(query.where(InboxComment.id.in_(masking.undecided()))) or 0


def _is_reader(person: StaffUser) -> bool:
    return allows(person.role, Permission.READ_WORDS, person.locality)


def _codable(person: StaffUser, *columns: Any) -> Select[Any]:
    if _is_reader(person):
        return service.readable(person, *columns).where(
            InboxComment.id.not_in(masking.undecided()), ReadComment.is_read.is_(True)
        )
    return masking.readable(person, *columns)
