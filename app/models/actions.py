"""What was decided about what people said, and its texts in other languages."""

import datetime as dt

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import PortalBase


class Action(PortalBase):
    """What people said and what was decided, in English, for the audiences of some surveys.

    ``wave_id`` and ``question``: the published round and the question by which it is judged; ``quote_id``: a quote that
    stands beside it; ``theme_id``: the theme of comments that it is about. ``public_since`` is set for as long as
    everybody can read it.
    """

    __tablename__ = "action"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'agreed', 'under way', 'done', 'will not happen')", name="state_known"),
        CheckConstraint("state <> 'will not happen' OR why_not <> ''", name="reason_given"),
        CheckConstraint("(wave_id IS NULL) = (question IS NULL)", name="question_of_wave"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    audiences: Mapped[list[str]] = mapped_column(JSON)
    said: Mapped[str] = mapped_column(Text)
    did: Mapped[str] = mapped_column(Text)
    why_not: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(String(100))
    due_on: Mapped[dt.date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(20))
    wave_id: Mapped[str | None] = mapped_column(String(60))
    question: Mapped[str | None] = mapped_column(String(40))
    quote_id: Mapped[bytes | None] = mapped_column(LargeBinary(16))
    theme_id: Mapped[int | None]
    public_since: Mapped[dt.date | None] = mapped_column(Date)


class ActionText(PortalBase):
    """The texts of an action in another language; ``english`` is the hash of the English that was translated."""

    __tablename__ = "action_text"

    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(20), primary_key=True)
    said: Mapped[str] = mapped_column(Text)
    did: Mapped[str] = mapped_column(Text)
    why_not: Mapped[str] = mapped_column(Text)
    english: Mapped[str] = mapped_column(String(64))
