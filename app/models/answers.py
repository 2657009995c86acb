"""The counting room's tables: responses, detached answers and turnout, without dates, order or data about cards."""

from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WITHOUT_ROWID, AnswersBase, RowOfAWave


class Response(RowOfAWave, AnswersBase):
    """Closed answers of one person in one wave; ``person`` is a pseudonym that differs from wave to wave."""

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("wave_id", "person"), WITHOUT_ROWID)

    person: Mapped[bytes] = mapped_column(LargeBinary(32))
    cell_id: Mapped[str] = mapped_column(String(120))
    rkey: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)


class Comment(RowOfAWave, AnswersBase):
    """One free text, detached from its response. ``cell_id`` is set only if the cell has 100 cards or more."""

    __tablename__ = "comment"

    question: Mapped[str] = mapped_column(String(40))
    cell_id: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)


class MovedComment(RowOfAWave, AnswersBase):
    """A comment that moves to the portal's inbox or lies there under the random ``inbox_id``; ``id`` is the comment's.

    ``is_done`` is set when the body was emptied here: until then the move is repeated after a crash.
    """

    __tablename__ = "moved_comment"

    inbox_id: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)
    is_done: Mapped[bool] = mapped_column(default=False)


class DetachedAnswer(RowOfAWave, AnswersBase):
    """One closed answer about the person, or the mode of answering, detached from the response."""

    __tablename__ = "detached"

    question: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))


class Turnout(AnswersBase):
    """The number of opened letters of a batch; while a wave is open it changes by at least ten letters at a time.

    Batches of fewer than 30 cards are counted together, under the name ``small``.
    """

    __tablename__ = "turnout"
    __table_args__ = (WITHOUT_ROWID,)

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    batch_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    n: Mapped[int]


class SetAside(RowOfAWave, AnswersBase):
    """A letter that could not be read, stored unchanged until somebody has investigated the cause."""

    __tablename__ = "set_aside"

    box: Mapped[bytes] = mapped_column(LargeBinary)


class OpenedLetter(RowOfAWave, AnswersBase):
    """An opened letter that must still be deleted from the front room; after a crash this is done first."""

    __tablename__ = "opened_letter"


class EndedWave(AnswersBase):
    """A wave that is over: its response rates and its release as they were made, or why it was cancelled.

    It has priority over the portal database. ``released`` numbers the releases of a survey in order.
    """

    __tablename__ = "ended_wave"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    survey_slug: Mapped[str] = mapped_column(String(40))
    rates: Mapped[str | None] = mapped_column(Text)
    release: Mapped[str | None] = mapped_column(Text)
    released: Mapped[int | None]
    cancelled_because: Mapped[str | None] = mapped_column(String(300))


class LinkChain(AnswersBase):
    """How often a survey's link key was ratcheted; pseudonyms and comment ids were derived again as often."""

    __tablename__ = "link_chain"

    survey_slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    ratchets: Mapped[int]


class AuditAnchor(AnswersBase):
    """The length and last seal of the audit log as the opener read them; a shorter log later has been truncated."""

    __tablename__ = "audit_anchor"

    count: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[bytes] = mapped_column(LargeBinary(32))
