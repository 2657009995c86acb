"""Target population and offers of cards: numbers of people and cards, no data about individuals."""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class Frame(PortalBase):
    """The target population of a wave: its definition and the date of the headcount.

    ``is_late`` is true if it was entered after the close, when the number of answers could be known.
    """

    __tablename__ = "frame"

    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    definition: Mapped[str] = mapped_column(Text)
    counted_on: Mapped[dt.date] = mapped_column(Date)
    is_late: Mapped[bool] = mapped_column(server_default=false())


class FrameCount(PortalBase):
    """The number of people of a group in a locality in the target population of a wave."""

    __tablename__ = "frame_count"
    __table_args__ = (CheckConstraint("headcount >= 0", name="not_negative"),)

    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    group_name: Mapped[str] = mapped_column(String(80), primary_key=True)
    locality: Mapped[str] = mapped_column(String(40), primary_key=True)
    headcount: Mapped[int]


class Offer(PortalBase):
    """The offer log of a batch in a wave: how often cards were offered, or not offered and why."""

    __tablename__ = "offer"
    __table_args__ = (CheckConstraint("n >= 0", name="not_negative"),)

    wave_id: Mapped[str] = mapped_column(ForeignKey("wave.id"), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batch.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(20), primary_key=True)
    n: Mapped[int]


class ShownRates(PortalBase):
    """The publishable response rates of a closed wave, as JSON; written once, by the opener."""

    __tablename__ = "shown_rates"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[str] = mapped_column(Text)
