"""What comes back from the counting room: frozen releases and shown turnout; and the requests that go to it."""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, DateTime, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class Release(PortalBase):
    """The protected numbers of one wave, as JSON; made once."""

    __tablename__ = "release"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class ShownTurnout(PortalBase):
    """How many answers of a wave were opened, as far as it may be shown; written by the opener only."""

    __tablename__ = "shown_turnout"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    opened: Mapped[int] = mapped_column(Integer)


class Request(PortalBase):
    """Something the front room asks of the counting room. ``refusal`` is one sentence for the person who asked."""

    __tablename__ = "request"
    __table_args__ = (
        CheckConstraint(
            "verb IN ('make_keys', 'close_wave', 'make_release', 'burn_wave', 'burn_survey', 'ratchet')",
            name="verb_known",
        ),
        CheckConstraint("state IN ('waiting', 'taken', 'done', 'refused')", name="state_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    verb: Mapped[str] = mapped_column(String(20))
    subject: Mapped[str] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    refusal: Mapped[str | None] = mapped_column(String(300))


class KeyDestruction(PortalBase):
    """A wave or survey whose keys the opener is destroying or has destroyed; written by the opener, never undone.

    ``is_done`` is set last: until then the opener was asked and has not finished, and asking again goes on.
    """

    __tablename__ = "burned"
    __table_args__ = (CheckConstraint("kind IN ('wave', 'survey')", name="kind_known"),)

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    is_done: Mapped[bool] = mapped_column(default=False)


class OpenerHeartbeat(PortalBase):
    """When the opener last ran well, and the last night on which it opened letters; one row."""

    __tablename__ = "opener_heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    ran_well_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    last_night: Mapped[dt.date | None] = mapped_column(Date)
