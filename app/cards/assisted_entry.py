"""One-time links for assisted entry: staff enter the answers of a paper form or of a person on the phone.

The journey carries no staff cookie. The number of links a day is written to the audit log on a later day, so that it
cannot be matched with a sign-in.
"""

import datetime as dt
import secrets

from sqlalchemy import delete

from app.models.office import KeyingCount, KeyingLink
from app.staff.accounts import hash_token
from app.storage import audit, clock, db
from app.storage.refusals import Refused

MODES = {
    "paper": "On a paper form",
    "helped": "By phone, or with an interpreter",
    "kiosk": "On a tablet that several people share",
}
LINK_MINUTES = 30


def make_link(mode: str) -> str:
    """Return the token of a link for one journey, or raise Refused if the mode is unknown."""
    if mode not in MODES:
        raise Refused("Choose how you receive the answers.")
    token = secrets.token_urlsafe(24)
    now = clock.now()
    row = KeyingLink(token_hash=hash_token(token), mode=mode, expires_at=now + dt.timedelta(minutes=LINK_MINUTES))
    with db.writing() as session:
        session.execute(delete(KeyingLink).where(KeyingLink.expires_at < now))
        session.add(row)
        add = db.insert_into(session, KeyingCount).values(day=clock.today(), mode=mode, n=1)
        session.execute(add.on_conflict_do_update(index_elements=["day", "mode"], set_={"n": KeyingCount.n + 1}))
    return token


def note_past_days() -> None:
    """Write to the audit log how often assisted entry was started on past days. Run at the next sign-in."""
    with db.writing() as session:
        past = delete(KeyingCount).where(KeyingCount.day < clock.today())
        found = session.execute(past.returning(KeyingCount.day, KeyingCount.mode, KeyingCount.n)).all()
        for day, mode, n in sorted((row.day, row.mode, row.n) for row in found):
            audit.record("started keying in", mode, day_only=True, on=day, times=n)


def use_link(token: str) -> str | None:
    """Delete a link and return its mode, or None if the link is unknown, used or expired."""
    with db.writing() as session:
        gone = delete(KeyingLink).where(
            KeyingLink.token_hash == hash_token(token), KeyingLink.expires_at >= clock.now()
        )
        return session.scalar(gone.returning(KeyingLink.mode))
