"""Who could have answered a wave and how cards were handed out: headcounts and tallies, never a person."""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class Frame(PortalBase):
    """Who a wave is about: the definition in words, and the day on which heads were counted.

    ``is_late`` marks what was written after the close, when its writer could know how many had answered.
    """

    __tablename__ = "frame"

    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    definition: Mapped[str] = mapped_column(Text)
    counted_on: Mapped[dt.date] = mapped_column(Date)
    is_late: Mapped[bool] = mapped_column(server_default=false())


class FrameCount(PortalBase):
    """How many people of a group in a locality are in a wave's frame."""

    __tablename__ = "frame_count"
    __table_args__ = (CheckConstraint("headcount >= 0", name="not_negative"),)

    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    group_name: Mapped[str] = mapped_column(String(80), primary_key=True)
    locality: Mapped[str] = mapped_column(String(40), primary_key=True)
    headcount: Mapped[int]


class Offer(PortalBase):
    """How often cards of a batch were offered in a wave, or not and why; a count, never a family."""

    __tablename__ = "offer"
    __table_args__ = (CheckConstraint("n >= 0", name="not_negative"),)

    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    n: Mapped[int]


class ShownRates(PortalBase):
    """The response rates of a closed wave that may be told, as JSON; written once, by the opener."""

    __tablename__ = "shown_rates"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
