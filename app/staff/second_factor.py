"""The second factor: one-time codes of an authenticator app (RFC 6238), and recovery codes for a lost phone."""

import base64
import secrets
import time

import pyotp
from sqlalchemy import delete

from app.core import keys
from app.models.staff import RecoveryCode, StaffSession, StaffUser
from app.staff import accounts
from app.storage import audit, db, keyring
from app.storage.refusals import Refused

STEP_SECONDS, STEPS_AROUND = 30, 1
RECOVERY_CODES = 8
ISSUER = "Feedback portal"


def new_seed(session_id: str) -> str:
    """Return the seed, in base 32, that this session can confirm with a code; each session gets its own."""
    return base64.b32encode(keys.make_seed(_key(), accounts.hash_token(session_id))).decode()


def address_of(seed: str, email: str) -> str:
    """Return the ``otpauth:`` address that an authenticator app reads from a QR code."""
    return pyotp.TOTP(seed).provisioning_uri(name=email, issuer_name=ISSUER)


def enrol(user: StaffUser, session_id: str, code: str) -> list[str]:
    """Store the seed and return recovery codes, which are shown once; Refused if the code is incorrect.

    The account's other sessions end, because one of them may be the reason for a new second factor.
    """
    seed = new_seed(session_id)
    if (step := _step_of(seed, code)) is None:
        raise Refused("This code is incorrect. Wait for the next code and enter it.")
    recovery = [f"{secrets.token_hex(5)}-{secrets.token_hex(5)}" for _ in range(RECOVERY_CODES)]
    box = keys.seal_seed(_key(), nonce=secrets.token_bytes(keys.NONCE_BYTES), account=user.id, seed=seed.encode())
    with db.writing() as session, audit.acting(user.email):
        row = session.get_one(StaffUser, user.id)
        row.totp_box, row.totp_step = box, step
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
        others = StaffSession.id_hash != accounts.hash_token(session_id)
        session.execute(delete(StaffSession).where(StaffSession.user_id == user.id, others))
        session.add_all(RecoveryCode(user_id=user.id, code_hash=accounts.hash_token(one)) for one in recovery)
        audit.record("set up a second factor", user.email)
    return recovery


def check(user: StaffUser, typed: str) -> bool:
    """Return whether a typed code is valid: an unused code of the authenticator app, or a recovery code."""
    typed = typed.strip().lower().replace(" ", "")
    with db.writing() as session, audit.acting(user.email):
        row = session.get_one(StaffUser, user.id, with_for_update=True)
        if row.totp_box is None:
            return False
        seed = keys.open_seed(_key(), row.id, row.totp_box).decode()
        step = _step_of(seed, typed)
        if step is not None and step > row.totp_step:
            row.totp_step = step
            return True
        used = delete(RecoveryCode).where(
            RecoveryCode.user_id == row.id, RecoveryCode.code_hash == accounts.hash_token(typed)
        )
        if session.execute(used.returning(RecoveryCode.user_id)).first() is None:
            audit.record("typed a wrong code", row.email)
            return False
        audit.record("used a recovery code", row.email)
    return True


def _step_of(seed: str, code: str) -> int | None:
    """Return the time step of a code, at most one step from now, or None."""
    now, typed = int(time.time()) // STEP_SECONDS, code.strip().replace(" ", "").encode()
    steps = range(now - STEPS_AROUND, now + STEPS_AROUND + 1)
    codes = ((step, pyotp.TOTP(seed).at(step * STEP_SECONDS)) for step in steps)
    return next((step for step, right in codes if secrets.compare_digest(right.encode(), typed)), None)


def _key() -> bytes:
    return keyring.office_key("second-factor")
