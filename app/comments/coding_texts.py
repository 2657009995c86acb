"""What a coder may read: comments for readers, public versions for practitioner researchers."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

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


def list_ids(person: StaffUser, wave_id: str) -> list[bytes]:
    """Return the ids of the comments of a wave that somebody may code, in an order that says nothing."""
    with db.reading() as session:
        query = _codable(person, InboxComment.id).where(InboxComment.wave_id == wave_id)
        return list(session.scalars(query.order_by(InboxComment.id)))


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


def all_ids(wave_id: str) -> list[bytes]:
    """Return the ids of all comments of a wave that have to be coded: all but those that wait for an outcome."""
    with db.reading() as session:
        query = select(InboxComment.id).where(InboxComment.wave_id == wave_id, InboxComment.body != "")
        return list(session.scalars(query.where(InboxComment.id.not_in(masking.undecided())).order_by(InboxComment.id)))


def _is_reader(person: StaffUser) -> bool:
    return allows(person.role, Permission.READ_WORDS, person.locality)


def _codable(person: StaffUser, *columns: Any) -> Select[Any]:
    if _is_reader(person):
        return service.readable(person, *columns).where(InboxComment.id.not_in(masking.undecided()))
    return masking.readable(person, *columns)
