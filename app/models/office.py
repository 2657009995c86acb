"""Records of the staff side: the audit log, requests that need approval, and links for assisted entry."""

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, Date, DateTime, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class AuditEntry(PortalBase):
    """One action on the staff side, never an answer. The ``seal`` of each row depends on all rows before it.

    ``at`` is text (to the second in UTC, or only the day), because sealed values must be identical in every database.
    Triggers prevent updates and deletions.
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
    """The number of entries and the seal of the last one, sealed again; one row."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    count: Mapped[int]
    last: Mapped[bytes] = mapped_column(LargeBinary(32))
    seal: Mapped[bytes] = mapped_column(LargeBinary(32))


class AuditCheck(PortalBase):
    """The result of the last check of the audit log: of its ``seals`` by the web process, of ``notes`` by the opener.

    ``faults`` has one sentence per line and is empty if there are none.
    """

    __tablename__ = "audit_check"
    __table_args__ = (CheckConstraint("part IN ('seals', 'notes')", name="part_known"),)

    part: Mapped[str] = mapped_column(String(10), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date)
    faults: Mapped[str] = mapped_column(Text)


class ApprovalRow(PortalBase):
    """The common columns of all tables of requests that need approval; the other columns describe the request."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_slug: Mapped[str] = mapped_column(ForeignKey("survey.slug"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff_user.id"))
    asked_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff_user.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")


class PendingIssue(ApprovalRow):
    """A request to issue cards during an open wave: ``areas`` has the number of cards for each locality.

    The approval is for ``wave_id``, the wave that was open at the time of the request, and expires with it.
    """

    __tablename__ = "pending_issue"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'agreed', 'refused', 'done', 'expired')", name="state_known"),
    )

    wave_id: Mapped[str | None] = mapped_column(String(60))
    batch: Mapped[str] = mapped_column(String(80))
    areas: Mapped[dict[str, int]] = mapped_column(JSON)
    channel: Mapped[str] = mapped_column(String(40))
    n_schools: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(12))


class PendingBurn(ApprovalRow):
    """A request to destroy keys; once it is approved, ``request_id`` is the request to the opener."""

    __tablename__ = "pending_burn"
    __table_args__ = (
        CheckConstraint("kind IN ('wave', 'survey')", name="kind_known"),
        CheckConstraint("state IN ('waiting', 'agreed', 'refused', 'expired')", name="state_known"),
    )

    kind: Mapped[str] = mapped_column(String(10))
    subject: Mapped[str] = mapped_column(String(60))
    request_id: Mapped[int | None]


class KeyingLink(PortalBase):
    """A link that starts one assisted entry, from a paper form or a phone call."""

    __tablename__ = "keying_link"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    mode: Mapped[str] = mapped_column(String(10))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class KeyingCount(PortalBase):
    """The number of links for assisted entry by day and mode; past days are written to the audit log."""

    __tablename__ = "keying_count"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    mode: Mapped[str] = mapped_column(String(10), primary_key=True)
    n: Mapped[int]
