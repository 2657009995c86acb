"""What evaluators note about outcomes: ratings, rival explanations and outside figures. Rows are added, never changed.

A correction is a new row that ``replaces`` an earlier one; each row is replaced at most once.
"""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class EvidenceRow(PortalBase):
    """The common columns: the code of the outcome, and who wrote the row on which day."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(String(10))
    author: Mapped[str] = mapped_column(String(200))
    day: Mapped[dt.date] = mapped_column(Date)


class EvidenceRating(EvidenceRow):
    """How strong the evidence for an outcome is, and why; the newest row counts."""

    __tablename__ = "evidence_rating"
    __table_args__ = (CheckConstraint("strength IN ('none', 'weak', 'moderate', 'strong')", name="strength_known"),)

    strength: Mapped[str] = mapped_column(String(10))
    note: Mapped[str] = mapped_column(Text)


class RivalExplanation(EvidenceRow):
    """Something other than the programme that could explain a change; open as long as ``answer`` is empty."""

    __tablename__ = "rival_explanation"

    replaces: Mapped[int | None] = mapped_column(ForeignKey("rival_explanation.id"), unique=True)
    rival: Mapped[str] = mapped_column(String(200))
    answer: Mapped[str] = mapped_column(Text)


class OutsideFigure(EvidenceRow):
    """A figure from outside the surveys, for a period. ``value`` is a decimal number as text; empty: withdrawn."""

    __tablename__ = "outside_figure"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="period_in_order"),)

    replaces: Mapped[int | None] = mapped_column(ForeignKey("outside_figure.id"), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    first_day: Mapped[dt.date] = mapped_column(Date)
    last_day: Mapped[dt.date] = mapped_column(Date)
    value: Mapped[str] = mapped_column(String(30))
    unit: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text)
