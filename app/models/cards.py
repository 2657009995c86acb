"""Cells, batches and cards. The row of a card is written when it is issued and does not change when it is used."""

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WITHOUT_ROWID, Id, PortalBase


class Cell(PortalBase):
    """A locality and a channel of one survey; the id is ``SURVEY/LOCALITY/CHANNEL``."""

    __tablename__ = "cell"

    id: Mapped[str] = mapped_column(String(120), primary_key=True)
    survey_slug: Mapped[str] = mapped_column(ForeignKey("survey.slug"))
    locality: Mapped[str] = mapped_column(String(40))
    channel: Mapped[str] = mapped_column(String(40))


class Batch(PortalBase):
    """One print run of cards in a cell, for several workers. Kinds: ``standard``, ``replacement``, ``trial``."""

    __tablename__ = "batch"
    __table_args__ = (
        UniqueConstraint("survey_slug", "name"),
        CheckConstraint("n_cards > 0", name="has_cards"),
        CheckConstraint("kind IN ('standard', 'replacement', 'trial')", name="kind_known"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    survey_slug: Mapped[str] = mapped_column(ForeignKey("survey.slug"))
    cell_id: Mapped[str] = mapped_column(ForeignKey("cell.id"))
    name: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12), default="standard")
    n_cards: Mapped[int]
    printed_month: Mapped[str] = mapped_column(String(7))


class Card(PortalBase):
    """An issued card; only a keyed tag of its code is stored."""

    __tablename__ = "card"
    __table_args__ = (WITHOUT_ROWID,)

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
    batch_id: Mapped[str] = mapped_column(String(32))


class VoidCard(PortalBase):
    """A lost card that is no longer valid."""

    __tablename__ = "void"
    __table_args__ = (WITHOUT_ROWID,)

    tag: Mapped[bytes] = mapped_column(Id, primary_key=True)
