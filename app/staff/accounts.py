"""Staff accounts: created by an administrator, set up with a one-time link; passwords are stored as Argon2id hashes."""

import base64
import datetime as dt
import hashlib
import secrets
from contextlib import suppress

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from argon2.low_level import ARGON2_VERSION
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core.permissions import ROLES, UNSCOPED
from app.core.typed import TypedError, clean_line
from app.models.staff import RecoveryCode, SetUpLink, StaffSession, StaffUser
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused

MIN_PASSWORD, MAX_PASSWORD, MAX_EMAIL = 12, 200, 200
MIN_SCORE, SCORED, MIN_OWN = 3, 72, 4
LINK_DAYS = 3
LOCAL_WORDS = ["stockport", "family", "council", "feedback", "portal", "social", "children", "school"]
HINT = "Three random words make a good password."
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def _make_dummy_hash() -> str:
    """Return a hash that matches no password. It takes as long to verify as any other, and no time to create."""
    parts = (secrets.token_bytes(size) for size in (_hasher.salt_len, _hasher.hash_len))
    salt, mark = (base64.b64encode(part).rstrip(b"=").decode() for part in parts)
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${cost}${salt}${mark}"


_dummy_hash = _make_dummy_hash()


def read_email(typed: str) -> str:
    """Return an email address as accounts have it, one line in small letters; Refused if it cannot be one."""
    try:
        return clean_line(typed.lower(), MAX_EMAIL)
    except TypedError as error:
        raise Refused(str(error)) from error


def create_user(
    email: str, role: str, *, password: str | None = None, locality: str | None = None, survey: str | None = None
) -> int:
    """Create an account, limited to a locality or survey if given; without a password it needs a one-time link.

    Returns its number. Refused if the email is invalid or in use, the role or locality is unknown, the role does not
    allow a scope, or the password is weak.
    """
    email = read_email(email)
    if "@" not in email or " " in email:
        raise Refused("Enter an email address, such as name@example.org.")
    _check_scope(role, locality, survey)
    if password is not None:
        check_password(password, email)
    with db.writing() as session:
        if is_known(email):
            raise Refused("An account with this email address already exists.")
        user = StaffUser(email=email, role=role, locality=locality or None, survey_slug=survey or None)
        user.password_hash = _hasher.hash(password) if password is not None else None
        user.admin_changed_at = _admin_changed_at()
        session.add(user)
        session.flush()
        audit.record("made an account", email, role=role, locality=locality, survey=survey)
        return user.id


def change_user(number: int, role: str, *, locality: str | None, survey: str | None) -> None:
    """Change an account's role or scope and end its sessions; Refused if one is unknown or the role has no scope."""
    with db.writing() as session:
        user = _get(session, number, is_held=True)
        _check_scope(role, locality, survey, kept=user.locality)
        was = user.role
        user.role, user.locality, user.survey_slug = role, locality or None, survey or None
        user.admin_changed_at = _admin_changed_at()
        session.execute(delete(StaffSession).where(StaffSession.user_id == number))
        audit.record("changed an account", user.email, role=role, was=was, locality=locality, survey=survey)


def list_users() -> list[StaffUser]:
    """Return all accounts, sorted by email."""
    with db.reading() as session:
        return list(session.scalars(select(StaffUser).order_by(StaffUser.email)))


def get_user(number: int) -> StaffUser:
    """Return an account, or raise NotFound."""
    with db.reading() as session:
        return _get(session, number)


def number_of(email: str) -> int:
    """Return the number of the account with this email, active or deactivated, or raise NotFound."""
    with db.reading() as session:
        number = session.scalar(select(StaffUser.id).filter_by(email=read_email(email)))
    if number is None:
        raise NotFound("There is no account with this email address.")
    return number


def is_known(email: str) -> bool:
    """Return whether there is an account with this email, active or deactivated."""
    with suppress(NotFound):
        return bool(number_of(email))
    return False


def disable_user(email: str) -> None:
    """Deactivate an account and end its sessions, or raise NotFound."""
    with db.writing() as session:
        user = _get(session, number_of(email), is_held=True)
        user.is_enabled = False
        for table in (StaffSession, SetUpLink):
            session.execute(delete(table).where(table.user_id == user.id))
        audit.record("shut an account", user.email)


def make_link(number: int) -> str:
    """Return a one-time token with which the owner sets a password, and reset the account.

    The password, second factor and sessions are removed at once, so a link also restores access after a lost phone. A
    deactivated account becomes active again. Whoever makes the link, also on the command line, holds the account until
    its owner has used it, so it cannot approve requests for some days; see ``staff/approvals``.
    """
    token = secrets.token_urlsafe(24)
    expires = clock.now() + dt.timedelta(days=LINK_DAYS)
    with db.writing() as session:
        user = _get(session, number, is_held=True)
        user.is_enabled, user.password_hash, user.totp_box = True, None, None
        user.admin_changed_at = clock.now()
        for table in (SetUpLink, StaffSession, RecoveryCode):
            session.execute(delete(table).where(table.user_id == number))
        session.add(SetUpLink(token_hash=hash_token(token), user_id=number, expires_at=expires))
        audit.record("made a one-time link", user.email)
    return token


def link_address(token: str) -> str:
    """Return the public address of a one-time link."""
    return f"{db.rooms().settings.base_url}/staff/set-up/{token}"


def find_by_link(token: str) -> StaffUser | None:
    """Return the account of a one-time link, or None if the link is unknown, used or expired."""
    with db.reading() as session:
        link = session.get(SetUpLink, hash_token(token))
        return session.get(StaffUser, link.user_id) if link and aware(link.expires_at) > clock.now() else None


def set_password(token: str, password: str) -> None:
    """Set the password of a link's account and delete the link; Refused if it is weak, NotFound if the link is gone."""
    with db.writing() as session:
        user = find_by_link(token)
        if user is not None:
            check_password(password, user.email)
        used = delete(SetUpLink).where(SetUpLink.token_hash == hash_token(token)).returning(SetUpLink.user_id)
        if user is None or session.execute(used).first() is None:
            raise NotFound("This link no longer works.")
        user.password_hash = _hasher.hash(password)
        with audit.acting(user.email):
            audit.record("set a password", user.email)


def change_own_password(number: int, session_id: str, password: str) -> None:
    """Change the password of a signed-in user and end their other sessions.

    Raises Refused if the password is weak, or the session has ended, for example because the account was reset.
    """
    with db.writing() as session:
        user, own = _get(session, number, is_held=True), hash_token(session_id)
        check_password(password, user.email)
        if session.get(StaffSession, own, populate_existing=True) is None:
            raise Refused("You have been signed out. Sign in again.")
        user.password_hash = _hasher.hash(password)
        session.execute(delete(StaffSession).where(StaffSession.user_id == number, StaffSession.id_hash != own))
        audit.record("changed their password", user.email)


def find_by_password(email: str, password: str) -> StaffUser | None:
    """Return the account with this email and password, or None. An unknown email takes as long as a wrong password."""
    with db.reading() as session:
        user = session.scalar(select(StaffUser).filter_by(email=read_email(email), is_enabled=True))
    known = user.password_hash if user else None
    try:
        _hasher.verify(known or _dummy_hash, password)
    except VerificationError:
        return None
    return user if known else None


def check_password(password: str, email: str = "") -> None:
    """Raise Refused, with a hint, unless a password is long and hard to guess."""
    from zxcvbn import zxcvbn  # its word lists take time, and few processes set a password

    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise Refused(f"A password must have {MIN_PASSWORD} to {MAX_PASSWORD} characters. {HINT}")
    own = email.split("@")[0]
    known = [*LOCAL_WORDS, own, *email.replace("@", ".").split("."), db.rooms().settings.council]
    is_own = len(own) >= MIN_OWN and own in password.lower()
    if is_own or zxcvbn(password[:SCORED], user_inputs=known)["score"] < MIN_SCORE:
        raise Refused(f"This password is too easy to guess. {HINT}")


def hash_token(token: str) -> bytes:
    """Return what is stored of a random token."""
    return hashlib.sha256(token.encode()).digest()


def aware(moment: dt.datetime) -> dt.datetime:
    """Return a stored time with its time zone, which SQLite does not keep."""
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def set_demo_password(email: str, role: str, password: str) -> None:
    """Set the password of a demonstration account, creating it if needed; never used in production."""
    with db.writing() as session:
        user = session.scalar(select(StaffUser).filter_by(email=email)) or StaffUser(email=email)
        user.role, user.password_hash, user.is_enabled = role, _hasher.hash(password), True
        user.admin_changed_at = _admin_changed_at()
        session.add(user)


def _get(session: Session, number: int, is_held: bool = False) -> StaffUser:
    """Return an account; ``is_held`` locks it against sign-ins and changes until the transaction ends."""
    user = session.get(StaffUser, number, with_for_update=is_held or None)
    if user is None:
        raise NotFound("There is no such account.")
    return user


def _admin_changed_at() -> dt.datetime | None:
    """Return when an administrator changed the account: now, or None from the command line. See ``staff/approvals``."""
    return None if audit.is_shell() else clock.now()


def _check_scope(role: str, locality: str | None, survey: str | None, *, kept: str | None = None) -> None:
    """Raise Refused about a role with a scope; a locality that the account has already may be one no longer in use."""
    if role not in ROLES:
        raise Refused(f"There is no role {role}. Choose one of: {', '.join(ROLES)}.")
    if locality and locality != kept and locality not in db.rooms().settings.localities:
        raise Refused(f"There is no locality {locality}.")
    if role in UNSCOPED and (locality or survey):
        raise Refused(f"The role {role} always covers all areas and all surveys.")
