"""Staff accounts, sessions, one-time links and recovery codes; no reference to respondents."""

import datetime as dt

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import PortalBase


class StaffUser(PortalBase):
    """A member of staff with one role; the account can be limited to a locality or a survey.

    ``password_hash`` is None until the one-time link is used. ``totp_box`` is the encrypted seed of the second factor;
    ``totp_step`` the last time step used, so that no code works twice. ``admin_changed_at`` is when an administrator
    last created or changed the account, or somebody made a one-time link for it; None if the command line created it.
    """

    __tablename__ = "staff_user"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(200), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(40))
    is_enabled: Mapped[bool] = mapped_column(default=True)
    locality: Mapped[str | None] = mapped_column(String(40))
    survey_slug: Mapped[str | None] = mapped_column(String(40))
    totp_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_step: Mapped[int] = mapped_column(default=0)
    admin_changed_at: Mapped[dt.datetime | None] = mapped_column("handed_at", DateTime(timezone=True))

    def sees(self, survey: str | None = None, locality: str | None = None) -> bool:
        """Return whether a survey and a locality, where given, are in the account's scope."""
        is_survey_seen = survey is None or self.survey_slug in (None, survey)
        return is_survey_seen and (locality is None or self.locality in (None, locality))


class StaffSession(PortalBase):
    """The session of one browser, identified by the hash of the id in its cookie; signing out deletes the row.

    ``is_complete`` is false between the password and the second factor. ``confirmed_at`` is when the password was last
    entered: sensitive actions need a recent confirmation.
    """

    __tablename__ = "staff_session"

    id_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    confirmed_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))
    is_complete: Mapped[bool] = mapped_column(default=True)

    user: Mapped[StaffUser] = relationship(lazy="joined")


class SetUpLink(PortalBase):
    """A one-time link for setting a password. Only its hash is stored."""

    __tablename__ = "set_up_link"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"))
    expires_at: Mapped[dt.datetime] = mapped_column(DateTime(timezone=True))


class RecoveryCode(PortalBase):
    """The hash of a one-time code that replaces a lost second factor."""

    __tablename__ = "recovery_code"

    user_id: Mapped[int] = mapped_column(ForeignKey("staff_user.id", ondelete="CASCADE"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
