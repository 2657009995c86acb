"""Surveys, their immutable questionnaires and their waves; no personal data."""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, ForeignKey, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import PortalBase


class Survey(PortalBase):
    """A series of waves for one audience; answers can be linked within a survey only."""

    __tablename__ = "survey"

    slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, default=0)
    synthetic: Mapped[bool] = mapped_column(default=False)


class StoredQuestionnaire(PortalBase):
    """One version of a survey's questionnaire, as the imported document; never changed."""

    __tablename__ = "questionnaire"
    __table_args__ = (UniqueConstraint("survey_slug", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_slug: Mapped[str] = mapped_column(ForeignKey("survey.slug"))
    version: Mapped[str] = mapped_column(String(40))
    document: Mapped[str] = mapped_column(Text)


class Wave(PortalBase):
    """One wave of fieldwork with one questionnaire. It cannot open without ``letter_pub``.

    ``public_on``: the day from which everybody can read its results; None until they are asked for. ``words``: whether
    questions for own words are ``read`` by people or ``left out``; None while it is a draft, and for waves that were
    opened before anybody read them: their words stay where they are. ``reading_day``: from when on they are read.
    """

    __tablename__ = "wave"
    __table_args__ = (
        UniqueConstraint("survey_slug", "number"),
        CheckConstraint("closes_on >= opens_on", name="dates_in_order"),
        CheckConstraint("state IN ('draft', 'open', 'closed', 'published', 'cancelled')", name="state_known"),
        CheckConstraint("state = 'draft' OR letter_pub IS NOT NULL", name="open_has_key"),
        CheckConstraint("(state = 'cancelled') = (cancelled_because IS NOT NULL)", name="cancelled_has_reason"),
    )

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    survey_slug: Mapped[str] = mapped_column(ForeignKey("survey.slug"))
    number: Mapped[int]
    questionnaire_id: Mapped[int] = mapped_column(ForeignKey("questionnaire.id"))
    module: Mapped[str | None] = mapped_column(String(40))
    opens_on: Mapped[dt.date] = mapped_column(Date)
    closes_on: Mapped[dt.date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    letter_pub: Mapped[bytes | None] = mapped_column(LargeBinary(32))
    cancelled_because: Mapped[str | None] = mapped_column(String(300))
    public_on: Mapped[dt.date | None] = mapped_column(Date)
    words: Mapped[str | None] = mapped_column(String(10))
    reading_day: Mapped[dt.date | None] = mapped_column(Date)

    questionnaire: Mapped[StoredQuestionnaire] = relationship(lazy="joined")
