"""Moves comments from the answers database to the portal's inbox, where people read them: note, insert, empty, done.

While a wave is open, 20 comments have to wait on a question, and 10 stay behind; they are drawn for each question by
itself, so that the comments of one person do not travel together. After the close all are moved. Which row of the inbox
came from which comment stands in the answers database only. Every step can be repeated: a crash neither loses nor
doubles a comment, and at the end it lies in one database only.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from random import SystemRandom

from sqlalchemy import Select, insert, select, update
from sqlalchemy.orm import Session

from app.core.keys import ID_BYTES
from app.core.waves import State
from app.counting import ended, inbox, rewriting
from app.counting.drawing import draw
from app.models.answers import Comment, MovedComment
from app.models.comments import InboxComment
from app.models.surveys import Wave
from app.storage import clock, db, withdrawn

READ = "read"
"""The value of ``wave.words`` where people read the comments."""
_chance = SystemRandom()


def move(wave: Wave) -> None:
    """Move those comments of a wave that may be read now, and finish what an earlier move has begun.

    Requests for deletion must have been carried out before: a comment that is half moved and half deleted would return.
    """
    if wave.words == READ:
        _note(wave)
    _carry(wave)


def has_waiting(answers: Session, wave: Wave) -> bool:
    """Tell whether comments of a wave that has ended have still to be moved."""
    waiting = wave.words == READ and answers.scalar(_unnoted(wave.id).limit(1)) is not None
    return waiting or answers.scalar(_unfinished(wave.id).limit(1)) is not None


def list_unfinished() -> list[str]:
    """Return the waves in which a move was begun and not finished."""
    with db.counting(read_only=True) as answers:
        return list(answers.scalars(select(MovedComment.wave_id).filter_by(is_done=False).distinct()))


def withdraw(answers: Session, comments: Sequence[bytes]) -> None:
    """Delete comments, given by their ids in the answers database, wherever they lie.

    The inbox goes first, in a transaction of its own. After a crash the note of where a comment lies is still there, so
    that the same can be repeated.
    """
    in_inbox = [
        found
        for some in rewriting.slices(comments)
        for found in answers.scalars(select(MovedComment.inbox_id).where(MovedComment.id.in_(some)))
    ]
    if in_inbox:
        inbox.delete_comments(in_inbox)
    for column in (MovedComment.id, Comment.id):
        rewriting.delete_rows(answers, column, comments)


def repeat_deletions() -> None:
    """Delete withdrawn comments again that a restored backup has brought back."""
    known = withdrawn.list_ids()
    with db.collecting(read_only=True) as portal:
        back = [
            one
            for some in rewriting.slices(known)
            for one in portal.scalars(select(InboxComment.id).where(InboxComment.id.in_(some)))
        ]
    if not back:
        return
    with db.counting() as answers:
        inbox.delete_comments(back)
        for some in rewriting.slices(back):
            noted = answers.scalars(select(MovedComment.id).where(MovedComment.inbox_id.in_(some))).all()
            withdraw(answers, noted)
        rewriting.reshuffle_rows(answers)
    for room in ("collecting", "counting"):
        db.tidy_files(room, vacuum=True)


def _note(wave: Wave) -> None:
    """Draw the comments to move now, and note under which random id each of them will lie in the inbox."""
    with db.counting() as answers:
        row = ended.find(answers, wave.id)
        is_taking_answers = State(wave.state) is State.OPEN and clock.today() <= wave.closes_on
        is_cancelled = row is not None and row.cancelled_because is not None
        if is_cancelled or (row is None and not is_taking_answers):
            return
        waiting: defaultdict[str, list[bytes]] = defaultdict(list)
        for comment, question in answers.execute(_unnoted(wave.id)):
            waiting[question].append(comment)
        drawn = [comment for of_question in waiting.values() for comment in draw(of_question, row is not None)]
        _chance.shuffle(drawn)
        for some in rewriting.slices(drawn):
            notes = [{"id": one, "wave_id": wave.id, "inbox_id": secrets.token_bytes(ID_BYTES)} for one in some]
            answers.execute(insert(MovedComment), notes)


def _carry(wave: Wave) -> None:
    """Insert the noted comments in the inbox, and then empty them in the answers database and in its files.

    Nobody else deletes, moves or renames comments meanwhile: they would wait for the lock of the answers database.
    """
    with db.counting() as answers:
        inbox_id_of = {note.id: note.inbox_id for note in answers.execute(_unfinished(wave.id))}
        if not inbox_id_of:
            return
        rows = [
            {"id": inbox_id_of[one.id], "wave_id": wave.id, "question": one.question, "body": one.body}
            for some in rewriting.slices(list(inbox_id_of))
            for one in answers.execute(_with_words().where(Comment.id.in_(some)))
        ]
        inbox.insert(rows)  # committed first; a crash before the bodies are emptied inserts nothing twice
        for some in rewriting.slices(list(inbox_id_of)):
            answers.execute(update(Comment).where(Comment.id.in_(some)).values(body=""))
        rewriting.reshuffle_rows(answers)
    db.tidy_files("collecting", vacuum=State(wave.state) is not State.OPEN)
    if db.tidy_files("counting", vacuum=True):
        _finish(list(inbox_id_of))


def _finish(comments: Sequence[bytes]) -> None:
    with db.counting() as answers:
        for some in rewriting.slices(comments):
            answers.execute(update(MovedComment).where(MovedComment.id.in_(some)).values(is_done=True))
        rewriting.reshuffle_rows(answers, MovedComment)


def _with_words() -> Select[bytes, str, str]:
    return select(Comment.id, Comment.question, Comment.body).where(Comment.body != "")


def _unnoted(wave: str) -> Select[bytes, str]:
    noted = select(MovedComment.id).where(MovedComment.wave_id == wave)
    return select(Comment.id, Comment.question).where(Comment.wave_id == wave, Comment.id.not_in(noted))


def _unfinished(wave: str) -> Select[bytes, bytes]:
    return select(MovedComment.id, MovedComment.inbox_id).filter_by(wave_id=wave, is_done=False)
