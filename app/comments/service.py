"""The reading desk: which comments somebody may read, which one comes next, and what readers note about them.

Every function goes through ``readable``, so that a comment outside somebody's reach is not there for them: one of
another survey, one of a small round, one that they handed over, one that was deleted.
"""

import random
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from app.comments import first_words
from app.core.permissions import Permission, allows
from app.core.waves import COUNTED, State
from app.models.comments import HarmReport, InboxComment, Quote, ReadComment, ReadRound
from app.models.releases import ShownTurnout
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import clock, db
from app.storage.refusals import NotFound, Refused

GONE = "This comment is no longer here. Its writer took it back, or the time for which it is kept is over."
HANDED_OVER = (
    "Another reader has handed this comment over already. Leave it unread and speak to the safeguarding lead, who "
    "decides who reads it."
)
SMALL_ROUND = 10
"""Words of a round with fewer answers are read by safeguarding leads only."""
PAGE = 50
SHORT = 240
"""How many characters of a comment a list shows."""
STATES = {"": "All", "unread": "To read", "read": "Read", "flagged": "May tell of harm"}


@dataclass(frozen=True)
class RoundProgress:
    """How far the comments of a round are read; ``left`` is what this reader can still read."""

    wave: Wave
    total: int
    read: int
    left: int


@dataclass(frozen=True)
class OpenedComment:
    """A comment as a reader sees it, with what readers noted about it."""

    id: bytes
    wave_id: str
    survey: str
    question: str
    body: str
    is_read: bool
    language: str | None
    translation: str | None
    is_flagged: bool


@dataclass(frozen=True)
class CommentFilter:
    """Which comments to list. ``words`` stand in the comment or its translation; they are stored nowhere."""

    survey: str = ""
    wave_id: str = ""
    question: str = ""
    state: str = ""
    words: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions for all but ``words``."""
        states = {"unread": ~_is_read(), "read": _is_read(), "flagged": HarmReport.comment_id.is_not(None)}
        found = [
            (self.survey, Wave.survey_slug == self.survey),
            (self.wave_id, InboxComment.wave_id == self.wave_id),
            (self.question, InboxComment.question == self.question),
        ]
        return [condition for value, condition in found if value] + ([states[self.state]] if self.state else [])


def list_rounds(person: StaffUser) -> list[RoundProgress]:
    """Return each round with comments that somebody may read, the newest first."""
    is_own = ReadComment.handed_over_by == person.id
    counts = (
        func.count().label("total"),
        func.sum(case((_is_read(), 1), else_=0)).label("read"),
        func.sum(case((or_(_is_read(), is_own), 0), else_=1)).label("left"),
    )
    query = readable(person, InboxComment.wave_id, *counts, with_own=True).group_by(InboxComment.wave_id)
    with db.reading() as session:
        found = {row.wave_id: row for row in session.execute(query)}
        waves = session.scalars(select(Wave).where(Wave.id.in_(found)).order_by(Wave.opens_on.desc(), Wave.id))
        return [RoundProgress(wave, *found[wave.id][1:]) for wave in waves]


def count_all() -> dict[str, dict[str, int]]:
    """Return for each round with comments how many lie in the inbox, were read, may tell of harm, and are quoted.

    Exact numbers: for whoever works on the server as the web process's user.
    """
    counts = (
        func.count().label("in_inbox"),
        func.sum(case((_is_read(), 1), else_=0)).label("read"),
        func.count(HarmReport.comment_id).label("flagged"),
        func.count(Quote.agreed_by).label("quoted"),
    )
    query = select(InboxComment.wave_id, *counts).select_from(InboxComment)
    query = query.outerjoin(ReadComment, ReadComment.comment_id == InboxComment.id)
    query = query.outerjoin(HarmReport, HarmReport.comment_id == InboxComment.id)
    query = query.outerjoin(Quote, Quote.comment_id == InboxComment.id)
    with db.reading() as session:
        rows = session.execute(query.group_by(InboxComment.wave_id).order_by(InboxComment.wave_id))
        return {wave: dict(zip(("in_inbox", "read", "flagged", "quoted"), found, strict=True)) for wave, *found in rows}


def count_left(person: StaffUser) -> int:
    """Return how many comments somebody can still read."""
    with db.reading() as session:
        return session.scalar(readable(person, func.count()).where(~_is_read())) or 0


def draw(person: StaffUser, wave_id: str = "") -> OpenedComment | None:
    """Return an unread comment, of one wave if given: at random, those with a word of the list first; None if none.

    Drawn at random, so that two readers at once rarely get the same one.
    """
    with db.reading() as session:
        ids = _first_ids(session, person, [~_is_read(), *CommentFilter(wave_id=wave_id).conditions()])
        if not ids:
            return None
        first = [one for one in ids if first_words.is_first(one)] or ids
        return _get(session, person, random.SystemRandom().choice(first))


def get(person: StaffUser, comment_id: bytes) -> OpenedComment:
    """Return a comment, or raise NotFound if it is not there for this person."""
    with db.reading() as session:
        return _get(session, person, comment_id)


def list_comments(person: StaffUser, wanted: CommentFilter, page: int) -> tuple[list[OpenedComment], int]:
    """Return a page of comments, those with a word of the list first, and how many there are in all."""
    with db.reading() as session:
        ids = _first_ids(session, person, wanted.conditions())
        if wanted.words:
            ids = _search(session, person, ids, wanted)
        shown = ids[page * PAGE : (page + 1) * PAGE]
        rows = session.execute(_opened(person).where(InboxComment.id.in_(shown)))
        found = {row.id: OpenedComment(*row) for row in rows}
        return [found[one] for one in shown if one in found], len(ids)


def mark_read(person: StaffUser, comment_id: bytes) -> None:
    """Note that a comment was read, and the day if it was the last one of a wave that is over."""
    with db.writing() as session:
        comment = _get(session, person, comment_id)
        _note(session, comment_id, is_read=True, handed_over_by=None)
        state = session.scalar(select(Wave.state).filter_by(id=comment.wave_id))
        unread = select(InboxComment.id).outerjoin(ReadComment, ReadComment.comment_id == InboxComment.id)
        unread = unread.where(InboxComment.wave_id == comment.wave_id, InboxComment.body != "", ~_is_read())
        if state is None or State(state) not in COUNTED or session.scalar(unread.limit(1)) is not None:
            return
        add = db.insert_into(session, ReadRound).values(wave_id=comment.wave_id, read_on=clock.today())
        session.execute(add.on_conflict_do_update(index_elements=["wave_id"], set_={"read_on": clock.today()}))


def hand_over(person: StaffUser, comment_id: bytes) -> None:
    """Give a comment to another reader, because this one may know the writer.

    Who did so is kept until somebody else has read it, and is in no log: it would say whose words these may be.

    Raises:
        Refused: another reader has done so. NotFound: it is not there for this person, or was read already.
    """
    with db.writing() as session:
        if _get(session, person, comment_id).is_read:
            raise Refused("This comment has been read already, so it needs no other reader.")
        if session.scalar(select(ReadComment.handed_over_by).filter_by(comment_id=comment_id)) is not None:
            raise Refused(HANDED_OVER)
        _note(session, comment_id, handed_over_by=person.id)


def note_language(person: StaffUser, comment_id: bytes, *, language: str | None, translation: str | None) -> None:
    """Store the language of a comment and the translation that a person made; each replaces the one before."""
    with db.writing() as session:
        _get(session, person, comment_id)
        _note(session, comment_id, language=language, translation=translation)


def seen_waves(person: StaffUser, *columns: Any) -> Select[Any]:
    """Return a query for comments of the surveys that somebody sees, joined to their waves."""
    query = select(*columns).select_from(InboxComment).join(Wave, Wave.id == InboxComment.wave_id)
    query = query.where(Wave.state != State.CANCELLED.value)
    return query.where(Wave.survey_slug == person.survey_slug) if person.survey_slug else query


def readable(person: StaffUser, *columns: Any, with_own: bool = False) -> Select[Any]:
    """Return a query for the comments that somebody may read; ``with_own``: also those that they handed over."""
    query = seen_waves(person, *columns).where(InboxComment.body != "")
    query = query.outerjoin(ReadComment, ReadComment.comment_id == InboxComment.id)
    query = query.outerjoin(HarmReport, HarmReport.comment_id == InboxComment.id)
    if not allows(person.role, Permission.DECIDE_HARM, person.locality):
        is_large = and_(ShownTurnout.wave_id == Wave.id, ShownTurnout.opened >= SMALL_ROUND)
        query = query.join(ShownTurnout, is_large)
    if with_own:
        return query
    return query.where(or_(ReadComment.handed_over_by.is_(None), ReadComment.handed_over_by != person.id))


def _opened(person: StaffUser) -> Select[Any]:
    return readable(
        person,
        *(InboxComment.id, InboxComment.wave_id, Wave.survey_slug, InboxComment.question, InboxComment.body),
        *(_is_read(), ReadComment.language, ReadComment.translation, HarmReport.comment_id.is_not(None)),
    )


def _get(session: Session, person: StaffUser, comment_id: bytes) -> OpenedComment:
    row = session.execute(_opened(person).where(InboxComment.id == comment_id)).first()
    if row is None:
        raise NotFound(GONE)
    return OpenedComment(*row)


def _is_read() -> ColumnElement[bool]:
    return func.coalesce(ReadComment.is_read, False)


def _first_ids(session: Session, person: StaffUser, conditions: list[ColumnElement[bool]]) -> list[bytes]:
    """Return the ids of comments, those with a word of the list first. Bodies are looked at once by each process."""
    ids = list(session.scalars(readable(person, InboxComment.id).where(*conditions)))
    if any(not first_words.is_known(one) for one in ids):
        rows = session.execute(readable(person, InboxComment.id, InboxComment.body).where(*conditions))
        first_words.look_at((row.id, row.body) for row in rows)
    return sorted(ids, key=lambda one: (not first_words.is_first(one), one))


def _search(session: Session, person: StaffUser, ids: list[bytes], wanted: CommentFilter) -> list[bytes]:
    """Return the ids of comments that hold the words, in their order; a scan, so that nothing is stored."""
    words = wanted.words.casefold()
    columns = (InboxComment.id, InboxComment.body, ReadComment.translation)
    rows = session.execute(readable(person, *columns).where(*wanted.conditions()))
    found = {one for one, body, translation in rows if words in f"{body}\n{translation or ''}".casefold()}
    return [one for one in ids if one in found]


def _note(session: Session, comment_id: bytes, **noted: Any) -> None:
    add = db.insert_into(session, ReadComment).values(comment_id=comment_id, **{"is_read": False, **noted})
    session.execute(add.on_conflict_do_update(index_elements=["comment_id"], set_=noted))
