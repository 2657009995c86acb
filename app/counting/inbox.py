"""What the opener does in the portal's inbox: inserts comments, deletes them, and empties them when they are old.

On PostgreSQL a row that was deleted or changed stays in its table's file until somebody vacuums, which the opener may
not. So where words go, the tables that have words are locked, and filled again in new files, in random order. On SQLite
deleted words are overwritten; ``db.tidy_files`` follows.
"""

import datetime as dt
from collections.abc import Sequence
from random import SystemRandom
from typing import Any

from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app.counting import rewriting
from app.models.comments import (
    DestroyPrints,
    HarmReport,
    InboxComment,
    MaskedComment,
    Quote,
    ReadComment,
    ReadRound,
)
from app.models.themes import CodedComment, Coding, DoubleCoding
from app.storage import clock, db, withdrawn

_chance = SystemRandom()
_WITH_WORDS = (InboxComment, ReadComment, MaskedComment, Quote)
_OF_COMMENTS = (
    *(HarmReport.comment_id, ReadComment.comment_id, MaskedComment.comment_id, Quote.comment_id),
    *(CodedComment.comment_id, Coding.comment_id, DoubleCoding.comment_id),
)


def insert(rows: list[dict[str, Any]]) -> None:
    """Put comments into the inbox, in random order and one transaction; those that are there already stay as they are.

    One transaction: a copy of the database shows a lot as a whole, or nothing of it. All rows are then written anew:
    on PostgreSQL the transaction of each row would say in which night it came, and so about when it was sent.
    """
    _chance.shuffle(rows)
    with db.collecting() as portal:
        _lock(portal)
        for some in rewriting.slices(rows):
            portal.execute(db.insert_into(portal, InboxComment).on_conflict_do_nothing(), list(some))
        rewriting.reshuffle_rows(portal, InboxComment)


def delete_comments(ids: Sequence[bytes]) -> None:
    """Delete comments from the inbox, with all that readers made of them, now and after a backup is restored.

    Where one was quoted, somebody has to destroy prints: their day is the first of the next month, so that it says
    little about when.
    """
    withdrawn.add(ids)
    with db.collecting() as portal:
        _lock(portal)
        if any(_is_quoted(portal, some) for some in rewriting.slices(ids)):
            add = db.insert_into(portal, DestroyPrints).values(before=clock.next_month())
            portal.execute(add.on_conflict_do_nothing())
        for column in (*_OF_COMMENTS, InboxComment.id):
            rewriting.delete_rows(portal, column, ids)
        _renew_files(portal)


def delete_wave(wave: str) -> None:
    """Delete all comments of a wave, with what readers noted about them."""
    with db.collecting() as portal:
        delete_comments(portal.scalars(select(InboxComment.id).filter_by(wave_id=wave)).all())
        portal.execute(delete(ReadRound).filter_by(wave_id=wave))


def delete_old_words() -> None:
    """Empty the comments and translations of rounds that were read so long ago that their time is over.

    The setting KEEP_WORDS_DAYS says how many days they are kept after the day on which the last one had been read. A
    comment that may tell of harm is kept until a safeguarding lead has recorded the outcome. Masked versions stay.
    """
    last = clock.today() - dt.timedelta(days=db.rooms().settings.keep_words_days)
    old = select(InboxComment.id).where(
        InboxComment.wave_id.in_(select(ReadRound.wave_id).where(ReadRound.read_on <= last)),
        InboxComment.id.not_in(select(HarmReport.comment_id).where(HarmReport.outcome.is_(None))),
    )
    bodies = InboxComment.id.in_(old) & (InboxComment.body != "")
    translations = ReadComment.comment_id.in_(old) & ReadComment.translation.is_not(None)
    with db.collecting(read_only=True) as portal:
        queries = (select(InboxComment.id).where(bodies), select(ReadComment.comment_id).where(translations))
        is_due = any(portal.scalar(query.limit(1)) is not None for query in queries)
    if is_due:
        with db.collecting() as portal:
            _lock(portal)
            portal.execute(update(ReadComment).where(translations).values(translation=None))
            portal.execute(update(MaskedComment).where(MaskedComment.comment_id.in_(old)).values(marks=[]))
            portal.execute(update(InboxComment).where(bodies).values(body=""))
            _renew_files(portal)
    db.tidy_files("collecting", vacuum=is_due)  # each night: readers may have kept the file busy the night before


def _lock(portal: Session) -> None:
    """Keep readers out until the transaction ends: what they note about a comment is written before this, or after."""
    if portal.get_bind().dialect.name == "postgresql":
        tables = ", ".join(model.__tablename__ for model in _WITH_WORDS)
        portal.execute(text(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE"))


def _is_quoted(portal: Session, ids: Sequence[bytes]) -> bool:
    published = select(Quote.id).where(Quote.comment_id.in_(ids), Quote.agreed_by.is_not(None))
    return portal.scalar(published.limit(1)) is not None


def _renew_files(portal: Session) -> None:
    rewriting.reshuffle_rows(portal, *_WITH_WORDS)
