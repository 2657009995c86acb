"""People's own words that readers see, and what readers noted about them.

Who wrote a comment is in no column, nor when or where. ``Inbox`` is written by the opener only; from which part of an
answer a row came stands in the answers database (``models/answers.MovedComment``).
"""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WITHOUT_ROWID, Id, PortalBase, RowOfAWave


class InboxComment(RowOfAWave, PortalBase):
    """One comment that can be read. ``id`` is random; an empty body was deleted when its time to be kept was over."""

    __tablename__ = "inbox"

    wave_id: Mapped[str] = mapped_column(String(60), index=True)
    question: Mapped[str] = mapped_column(String(40))
    body: Mapped[str] = mapped_column(Text)


class ReadComment(PortalBase):
    """What a reader noted about a comment: that it was read, its language, a translation that a person made.

    ``handed_over_by``: the account that may know the writer, only until somebody else has read the comment.
    """

    __tablename__ = "read_comment"
    __table_args__ = (WITHOUT_ROWID,)

    comment_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    is_read: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(20))
    translation: Mapped[str | None] = mapped_column(Text)
    handed_over_by: Mapped[int | None] = mapped_column(Integer)


class HarmReport(PortalBase):
    """A comment that may tell of harm: whom the reader spoke to, and the outcome that the lead recorded."""

    __tablename__ = "harm_report"
    __table_args__ = (
        CheckConstraint("told IN ('lead', 'deputy', 'duty team')", name="told_known"),
        CheckConstraint("(outcome IS NULL) = (decided_on IS NULL)", name="outcome_has_day"),
        WITHOUT_ROWID,
    )

    comment_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    told: Mapped[str] = mapped_column(String(10))
    is_taken_up: Mapped[bool] = mapped_column(default=False)
    outcome: Mapped[str | None] = mapped_column(String(20))
    decided_on: Mapped[dt.date | None] = mapped_column(Date)


class ReadRound(PortalBase):
    """The day on which the last comment of a closed wave had been read: from then on the time to keep them runs."""

    __tablename__ = "read_round"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    read_on: Mapped[dt.date] = mapped_column(Date)


class ReadingCount(PortalBase):
    """How many comments a reader (the number of an account) was shown on a day; past days go into the audit log."""

    __tablename__ = "reading_count"

    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    reader: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    n: Mapped[int]
