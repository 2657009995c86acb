"""People's own words that readers see, what readers noted about them, and the versions that others may see.

Who wrote a comment is in no column, nor when or where. ``Inbox`` is written by the opener only; from which part of an
answer a row came stands in the answers database (``models/answers.MovedComment``).
"""

import datetime as dt
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, Integer, String, Text
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


class MaskedComment(PortalBase):
    """The version of a comment that others may see: with parts left out, or a paraphrase.

    ``marks``: start, end and reason of each part that is left out (``core/masking``), as long as the comment is kept.
    """

    __tablename__ = "masked_comment"
    __table_args__ = (WITHOUT_ROWID,)

    comment_id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    is_paraphrase: Mapped[bool]
    marks: Mapped[list[Any]] = mapped_column(JSON)


class Quote(PortalBase):
    """A masked comment that a reader proposed to quote; published once a second one (the number of an account) agreed.

    Its audience is that of its wave's survey; it has no area, no date and no person.
    """

    __tablename__ = "quote"
    __table_args__ = (CheckConstraint("agreed_by <> proposed_by", name="second_reader"), WITHOUT_ROWID)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    comment_id: Mapped[bytes] = mapped_column(Id, unique=True)
    wave_id: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str | None] = mapped_column(String(20))
    proposed_by: Mapped[int]
    agreed_by: Mapped[int | None]


class DestroyPrints(PortalBase):
    """A published quote was deleted: prints and backups made before this day may still have it."""

    __tablename__ = "destroy_prints"

    before: Mapped[dt.date] = mapped_column(Date, primary_key=True)


class RestoredWords(PortalBase):
    """A backup of this day was restored without the list of withdrawn comments: some of them may be back."""

    __tablename__ = "restored_words"

    made_on: Mapped[dt.date] = mapped_column(Date, primary_key=True)
