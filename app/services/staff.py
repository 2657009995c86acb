"""Staff accounts and sign-in. Passwords are kept as Argon2id, sessions as the hash of a random id."""

import datetime as dt
import hashlib
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import delete, select

from app import db
from app.core.permissions import ROLES
from app.models.staff import StaffSession, StaffUser
from app.services import clock
from app.services.errors import NotFound, Refused

SESSION_HOURS = 8
MIN_PASSWORD = 12
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_nobody = _hasher.hash(secrets.token_hex(16))


def create_user(email: str, role: str, password: str) -> None:
    """Make a staff account.

    Raises:
        Refused: the e-mail is taken or none, the role is unknown, or the password is short.
    """
    email = email.strip().lower()
    if "@" not in email:
        raise Refused("An account needs an e-mail address.")
    if role not in ROLES:
        raise Refused(f"There is no role {role}; there are: {', '.join(ROLES)}.")
    if len(password) < MIN_PASSWORD:
        raise Refused(f"A password has at least {MIN_PASSWORD} characters; three random words make a good one.")
    with db.writing() as session:
        if session.scalar(select(StaffUser.id).filter_by(email=email)) is not None:
            raise Refused("There is an account with this e-mail already.")
        session.add(StaffUser(email=email, role=role, password_hash=_hasher.hash(password)))


def list_users() -> list[StaffUser]:
    """Return all accounts by e-mail."""
    with db.reading() as session:
        return list(session.scalars(select(StaffUser).order_by(StaffUser.email)))


def disable_user(email: str) -> None:
    """Shut an account and end its sessions, or raise NotFound."""
    with db.writing() as session:
        user = session.scalar(select(StaffUser).filter_by(email=email.strip().lower()))
        if user is None:
            raise NotFound("There is no account with this e-mail.")
        user.is_enabled = False
        session.execute(delete(StaffSession).where(StaffSession.user_id == user.id))


def sign_in(email: str, password: str) -> str | None:
    """Return the id of a new session, or None. An unknown name takes as long as a wrong password."""
    with db.reading() as session:
        user = session.scalar(select(StaffUser).filter_by(email=email.strip().lower(), is_enabled=True))
    try:
        _hasher.verify(user.password_hash if user else _nobody, password)
    except VerificationError:
        return None
    if user is None:
        return None
    session_id = secrets.token_urlsafe(32)
    expires = clock.now() + dt.timedelta(hours=SESSION_HOURS)
    with db.writing() as session:
        session.execute(delete(StaffSession).where(StaffSession.expires_at < clock.now()))
        session.add(StaffSession(id_hash=_hash(session_id), user_id=user.id, expires_at=expires))
    return session_id


def find_signed_in(session_id: str) -> StaffUser | None:
    """Return who is signed in under a session id, or None when it has ended."""
    with db.reading() as session:
        found = session.get(StaffSession, _hash(session_id))
    if found is None or not found.user.is_enabled:
        return None
    expires = found.expires_at if found.expires_at.tzinfo else found.expires_at.replace(tzinfo=dt.UTC)
    return found.user if expires > clock.now() else None


def sign_out(session_id: str) -> None:
    """End a session on the server."""
    with db.writing() as session:
        session.execute(delete(StaffSession).where(StaffSession.id_hash == _hash(session_id)))


def _hash(session_id: str) -> bytes:
    return hashlib.sha256(session_id.encode()).digest()


def set_demo_password(email: str, role: str, password: str) -> None:
    """Give the demonstration account a new password, making it if it is new; never used in production."""
    with db.writing() as session:
        user = session.scalar(select(StaffUser).filter_by(email=email)) or StaffUser(email=email)
        user.role, user.password_hash, user.is_enabled = role, _hasher.hash(password), True
        session.add(user)
