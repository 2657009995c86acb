"""The counting room's tables: responses, detached answers and turnout. No dates, no order, nothing of a card."""

from typing import Any

from sqlalchemy import JSON, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WITHOUT_ROWID, AnswersBase, Id


class Response(AnswersBase):
    """Closed answers of one unknown person in one wave; ``person`` is a pseudonym that differs in other waves."""

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("wave_id", "person"), WITHOUT_ROWID)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60))
    person: Mapped[bytes] = mapped_column(LargeBinary(32))
    cell_id: Mapped[str] = mapped_column(String(120))
    rkey: Mapped[int]
    answers: Mapped[dict[str, Any]] = mapped_column(JSON)


class Comment(AnswersBase):
    """One free text, cut off from its response. ``cell_id`` only where the cell has 100 cards or more."""

    __tablename__ = "comment"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(String(40))
    cell_id: Mapped[str | None] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)


class DetachedAnswer(AnswersBase):
    """One closed answer about the person, or the way of answering, cut off from the response."""

    __tablename__ = "detached"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60))
    question: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))


class Turnout(AnswersBase):
    """How many letters of a batch were opened; moves only together with at least ten others while a wave is open.

    Batches of fewer than 30 cards are counted together, under the name ``small``.
    """

    __tablename__ = "turnout"
    __table_args__ = (WITHOUT_ROWID,)

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    batch_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    n: Mapped[int]


class SetAside(AnswersBase):
    """A letter that could not be read, kept as it came until a person has looked into the cause."""

    __tablename__ = "set_aside"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60))
    box: Mapped[bytes] = mapped_column(LargeBinary)


class OpenedLetter(AnswersBase):
    """A letter that was opened and has still to be deleted from the front room; after a crash this is done first."""

    __tablename__ = "opened_letter"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60))


class EndedWave(AnswersBase):
    """A wave of which every letter was opened after its close, with its rates and its release as they were made.

    What the portal database says of the wave is not believed against this. ``released`` counts a survey's releases in
    their order.
    """

    __tablename__ = "ended_wave"

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    survey_slug: Mapped[str] = mapped_column(String(40))
    rates: Mapped[str | None] = mapped_column(Text)
    release: Mapped[str | None] = mapped_column(Text)
    released: Mapped[int | None]


class LinkChain(AnswersBase):
    """How often a survey's link key was ratcheted: persons and comment ids went through that many further keys."""

    __tablename__ = "link_chain"

    survey_slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    ratchets: Mapped[int]


class AuditAnchor(AnswersBase):
    """How long the front room's audit log was and its last seal, as the opener saw them; shorter later is a cut."""

    __tablename__ = "audit_anchor"

    count: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[bytes] = mapped_column(LargeBinary(32))
