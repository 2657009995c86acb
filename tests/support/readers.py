"""People who read own words: without them, and a reading day, no wave asks for any."""

import datetime as dt

from sqlalchemy import select

from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import db

LEADS = ("first-reader@example.org", "second-reader@example.org")
"""Two safeguarding leads: they read, decide about harm, and can do nothing else that tests count."""


def have_readers(wave: str, reading_day: dt.date) -> None:
    """Give a draft its readers, made once and without a line in the log, and its reading day."""
    with db.writing() as session:
        known = set(session.scalars(select(StaffUser.email)))
        session.add_all(StaffUser(email=lead, role="safeguarding lead") for lead in LEADS if lead not in known)
        session.get_one(Wave, wave).reading_day = reading_day
