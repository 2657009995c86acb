"""What the staff side writes down about its own work: the audit log, acts that wait for a second person, and links."""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, DateTime, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class AuditEntry(PortalBase):
    """Who did what on the staff side, never an answer. Each row's ``seal`` depends on all rows before it.

    ``at`` is text (to the second in UTC, or only the day): what is sealed must read back the same everywhere. Triggers
    refuse to change or delete a row.
    """

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(200))
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(Text)
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditHead(PortalBase):
    """How many entries there are and the last one's seal, sealed again; one row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    last: Mapped[bytes] = mapped_column(LargeBinary(32))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditCheck(PortalBase):
    """The outcome of the last check of the audit log: of its ``seals`` by the web process, of ``notes`` by the opener.

    ``faults`` has one sentence a line and is empty when there is none.
    """

    __tablename__ = "audit_check"
    __table_args__ = (CheckConstraint("part IN ('seals', 'notes')", name="part_known"),)

    part: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date)
    faults: Mapped[str] = mapped_column(Text)


class ApprovalRow(PortalBase):
    """What every table of requests that wait for a second person has; its other columns say what was asked for."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_slug: Mapped[str] = mapped_column(ForeignKey("survey.slug"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_user.id"))
    asked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")


class PendingIssue(ApprovalRow):
    """A batch that somebody wants to issue into a survey with an open wave, until a second person agrees.

    The agreement is for ``wave_id``, the wave that was open when it was asked for, and ends with it.
    """

    __tablename__ = "pending_issue"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'agreed', 'refused', 'done', 'expired')", name="state_known"),
    )

    wave_id: Mapped[str | None] = mapped_column(String(60))
    batch: Mapped[str] = mapped_column(String(80))
    locality: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(40))
    n_cards: Mapped[int]
    n_schools: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(12))


class PendingBurn(ApprovalRow):
    """Keys that somebody wants to have destroyed, until a second person agrees; then ``request_id`` is the opener's."""

    __tablename__ = "pending_burn"
    __table_args__ = (
        CheckConstraint("kind IN ('wave', 'survey')", name="kind_known"),
        CheckConstraint("state IN ('waiting', 'agreed', 'refused', 'expired')", name="state_known"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(60))
    request_id: Mapped[int | None]


class KeyingLink(PortalBase):
    """A link that starts one journey in which a collector keys in a paper form or writes down what a person says."""

    __tablename__ = "keying_link"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class KeyingCount(PortalBase):
    """How many links of each kind were made on a day; a day's counts go to the audit log when the day is over."""

    __tablename__ = "keying_count"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(String(10), primary_key=True)
    n: Mapped[int]
