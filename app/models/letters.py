"""What a respondent leaves in the front room: sealed drafts, a spent mark, a sealed letter. No dates, no order."""

from sqlalchemy import Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import WITHOUT_ROWID, Id, PortalBase


class Draft(PortalBase):
    """Half-finished answers, sealed under a key that only the person's browser holds. ``week`` lets old ones go."""

    __tablename__ = "draft"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60))
    box: Mapped[bytes] = mapped_column(LargeBinary)
    week: Mapped[int] = mapped_column(Integer)


class SavedDraft(PortalBase):
    """A draft that its writer put aside, sealed under card and PIN together; one for each PIN.

    ``place`` is the same for all that one card saved in a wave. ``tries`` counts wrong PINs.
    """

    __tablename__ = "saved_draft"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    place: Mapped[bytes] = mapped_column(Id, index=True)
    wave_id: Mapped[str] = mapped_column(String(60))
    box: Mapped[bytes] = mapped_column(LargeBinary)
    tries: Mapped[int] = mapped_column(Integer)
    week: Mapped[int] = mapped_column(Integer)


class Spent(PortalBase):
    """The mark that one code took part in one wave, and of the press of Send that did it."""

    __tablename__ = "spent"
    __table_args__ = (UniqueConstraint("wave_id", "receipt"), WITHOUT_ROWID)

    wave_id: Mapped[str] = mapped_column(String(60), primary_key=True)
    nullifier: Mapped[bytes] = mapped_column(Id, primary_key=True)
    receipt: Mapped[bytes] = mapped_column(Id)


class Letter(PortalBase):
    """One sealed submission."""

    __tablename__ = "letter"
    __table_args__ = (WITHOUT_ROWID,)

    id: Mapped[bytes] = mapped_column(Id, primary_key=True)
    wave_id: Mapped[str] = mapped_column(String(60), index=True)
    box: Mapped[bytes] = mapped_column(LargeBinary)


class DeleteKey(PortalBase):
    """The public key to which a survey's requests for deletion are sealed; made by the opener, which has the secret."""

    __tablename__ = "delete_key"

    survey_slug: Mapped[str] = mapped_column(String(40), primary_key=True)
    public: Mapped[bytes] = mapped_column(LargeBinary(32))
