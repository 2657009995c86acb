"""Data from the counting room (frozen releases, published turnout, destroyed keys) and requests to it."""

import datetime as dt

from sqlalchemy import CheckConstraint, Date, DateTime, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class Release(PortalBase):
    """The published numbers of one wave, as JSON; written once."""

    __tablename__ = "release"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    body: Mapped[str] = mapped_column(Text)


class ShownTurnout(PortalBase):
    """The publishable number of opened answers of a wave; written by the opener only."""

    __tablename__ = "shown_turnout"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    opened: Mapped[int] = mapped_column(Integer)


class Request(PortalBase):
    """A request from the front room to the counting room.

    ``refusal`` is one sentence for the person who asked: why it was refused or, while it is taken, how far it has got.
    """

    __tablename__ = "request"
    __table_args__ = (
        CheckConstraint(
            "verb IN ('make_keys', 'close_wave', 'cancel_wave', 'delete_wave', 'make_release', 'burn_wave', "
            "'burn_survey', 'ratchet')",
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

    ``is_done`` is set last: until then the opener has not finished, and a new request resumes the work.
    """

    __tablename__ = "burned"
    __table_args__ = (CheckConstraint("kind IN ('wave', 'survey')", name="kind_known"),)

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject: Mapped[str] = mapped_column(String(60), primary_key=True)
    is_done: Mapped[bool] = mapped_column(default=False)


class OpenerHeartbeat(PortalBase):
    """The time of the opener's last successful run, and the last night on which it opened letters; one row."""

    __tablename__ = "opener_heartbeat"

    id: Mapped[int] = mapped_column(primary_key=True)
    ran_well_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    last_night: Mapped[dt.date | None] = mapped_column(Date)
