"""Staff sessions: rows on the server that end by signing out, after a time limit, or all at once."""

import datetime as dt
import secrets

from flask import current_app
from sqlalchemy import delete

from app.core.permissions import SECOND_FACTOR
from app.models.staff import StaffSession, StaffUser
from app.staff import accounts, approvals
from app.storage import audit, clock, db

SESSION_HOURS, IDLE_MINUTES, FRESH_MINUTES = 8, 30, 15


def sign_in(email: str, password: str) -> str | None:
    """Return the id of a new session, or None if the email or password is wrong.

    An account with a second factor, or whose role needs one, gets an incomplete session; see ``complete``.
    """
    user = accounts.find_by_password(email, password)
    if user is None:
        return None
    session_id = secrets.token_urlsafe(32)
    now = clock.now()
    row = StaffSession(id_hash=accounts.hash_token(session_id), user_id=user.id, confirmed_at=now)
    row.expires_at = now + dt.timedelta(hours=SESSION_HOURS)
    row.is_complete = user.totp_box is None and user.role not in SECOND_FACTOR
    with db.writing() as session, audit.acting(user.email):
        fresh = session.get_one(StaffUser, user.id, populate_existing=True, with_for_update=True)
        if (fresh.password_hash, fresh.role, fresh.is_enabled) != (user.password_hash, user.role, True):
            return None  # the account was changed while the password was being checked
        session.execute(delete(StaffSession).where(StaffSession.expires_at < now))
        session.add(row)
        if row.is_complete:
            _note_signed_in(user)
    if row.is_complete:
        _run_daily_jobs()
    return session_id


def note_failed(email: str) -> None:
    """Log a failed sign-in. An unknown name is not recorded, because it may be a password."""
    with db.writing(), audit.acting(audit.UNKNOWN):
        audit.record("could not sign in", email if accounts.is_known(email) else "an unknown name")


def find_session(session_id: str) -> StaffSession | None:
    """Return a session with its account, or None if it has ended."""
    with db.reading() as session:
        found = session.get(StaffSession, accounts.hash_token(session_id))
    if found is None or not found.user.is_enabled:
        return None
    return found if accounts.aware(found.expires_at) > clock.now() else None


def complete(session_id: str) -> str:
    """Mark a session as complete after the second factor, and return its new id."""
    fresh = secrets.token_urlsafe(32)
    with db.writing() as session:
        row = session.get_one(StaffSession, accounts.hash_token(session_id))
        was_incomplete = not row.is_complete
        row.id_hash, row.is_complete = accounts.hash_token(fresh), True
        if was_incomplete:
            _note_signed_in(row.user)
    if was_incomplete:
        _run_daily_jobs()
    return fresh


def is_fresh(found: StaffSession) -> bool:
    """Return whether the password was entered in the last 15 minutes."""
    return clock.now() - accounts.aware(found.confirmed_at) < dt.timedelta(minutes=FRESH_MINUTES)


def confirm(session_id: str, password: str) -> bool:
    """Check the password again before a critical action; return False if it is wrong."""
    with db.writing() as session:
        row = session.get_one(StaffSession, accounts.hash_token(session_id))
        if accounts.find_by_password(row.user.email, password) is None:
            audit.record("typed a wrong password", row.user.email)
            return False
        row.confirmed_at = clock.now()
    return True


def sign_out(session_id: str) -> None:
    """End a session on the server."""
    with db.writing() as session:
        session.execute(delete(StaffSession).where(StaffSession.id_hash == accounts.hash_token(session_id)))


def sign_out_everywhere(user: StaffUser) -> None:
    """End all sessions of an account."""
    with db.writing() as session:
        session.execute(delete(StaffSession).where(StaffSession.user_id == user.id))
        audit.record("signed out everywhere", user.email)


def _note_signed_in(user: StaffUser) -> None:
    with audit.acting(user.email):
        audit.record("signed in", user.email)
    approvals.expire_old()


def _run_daily_jobs() -> None:
    """Run the web process's daily jobs; each job does nothing where it has been done."""
    with audit.acting(audit.WEB):
        for job in current_app.extensions["daily_jobs"]:
            job()
