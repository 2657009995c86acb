"""Respondents' rows in the front room: encrypted drafts, marks of used codes, sealed letters. No dates, no order."""

from sqlalchemy import Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WITHOUT_ROWID, Id, PortalBase, RowOfAWave


class Draft(RowOfAWave, PortalBase):
    """Unfinished answers, encrypted under a key that only the browser stores. ``week`` is for deleting old drafts."""

    __tablename__ = "draft"

    box: Mapped[bytes] = mapped_column(LargeBinary)
    week: Mapped[int] = mapped_column(Integer)


class SavedDraft(RowOfAWave, PortalBase):
    """A saved draft, encrypted under card code and PIN together; one for each PIN.

    ``place`` is the same for all drafts of a card in a wave. ``tries`` counts wrong PINs.
    """

    __tablename__ = "saved_draft"

    place: Mapped[bytes] = mapped_column(Id, index=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(Integer)
    week: Mapped[int] = mapped_column(Integer)


class Spent(PortalBase):
    """The mark that a code was used in a wave (``nullifier``), and the mark of its submission (``receipt``)."""

    __tablename__ = "spent"
    __table_args__ = (UniqueConstraint("wave_id", "receipt"), WITHOUT_ROWID)

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    nullifier: Mapped[bytes] = mapped_column(Id, primary_key=True)
    receipt: Mapped[bytes] = mapped_column(Id)


class Letter(RowOfAWave, PortalBase):
    """One sealed submission."""

    __tablename__ = "letter"

    wave_id: Mapped[str] = mapped_column(String(60), index=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)


class DeleteKey(PortalBase):
    """The public key for a survey's requests for deletion; made by the opener, which has the secret key."""

    __tablename__ = "delete_key"

    survey_slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary(32))
