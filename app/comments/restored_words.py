"""Words that may be back: a backup was restored without the list of comments that were withdrawn since."""

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, select

from app.models.comments import RestoredWords
from app.storage import audit, db


def list_days() -> Sequence[dt.date]:
    """Return the days on which such backups were made."""
    with db.reading() as session:
        return session.scalars(select(RestoredWords.made_on).order_by(RestoredWords.made_on)).all()


def note_seen() -> None:
    """Note that somebody knows of it and has spoken to whoever runs the server."""
    with db.writing() as session:
        for day in session.scalars(delete(RestoredWords).returning(RestoredWords.made_on)).all():
            audit.record("noted that withdrawn words may be back", "comments", backup_of=day)
