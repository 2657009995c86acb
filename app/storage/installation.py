"""An installation: its folders, both databases, and whether this process can use them."""

import datetime as dt
import os
from pathlib import Path

from sqlalchemy import inspect, select, text
from sqlalchemy.engine import make_url

from app.models.base import AnswersBase, PortalBase
from app.models.releases import OpenerHeartbeat
from app.storage import db
from app.storage.refusals import Refused
from config import Settings

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"
ROOMS = (db.PORTAL, db.ANSWERS)


def prepare_folders() -> None:
    """Create the folders of an installation, for their owner only; refuse a link, which root would follow anywhere."""
    settings = db.rooms().settings
    settings.home.mkdir(mode=0o750, parents=True, exist_ok=True)
    rooms = (settings.front_keys, settings.counting_keys.parent, settings.counting_keys)
    for folder in (*rooms, settings.home / "logs", settings.home / "backups"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except NotADirectoryError as error:
            raise Refused(f"{folder} is a link, not a folder. Find out who created it, and remove it.") from error
        os.fchmod(handle, 0o700)
        os.close(handle)


def owner_url(room: str) -> str:
    """Return the URL with which a database is migrated: the owner's on PostgreSQL, the file's on SQLite."""
    settings = db.rooms().settings
    return settings.owner_database_url or (settings.portal_url if room == db.PORTAL else settings.answers_url)


def is_migrated() -> bool:
    """Tell whether the portal database is at the newest revision; revision files are named by their numbers."""
    newest = max(path.stem.split("_")[0] for path in (MIGRATIONS / db.PORTAL).glob("[0-9]*.py"))
    with db.reading() as session:
        return bool(session.scalar(text("SELECT version_num FROM alembic_version")) == newest)


def find_fault(settings: Settings) -> str | None:
    """Return why this process cannot use a SQLite portal database, in one sentence; None when it can.

    SQLite would create an empty file where there is none.
    """
    path = settings.home / "portal.db"
    if settings.database_url or os.access(path, os.R_OK | os.W_OK):
        return None
    if not path.exists():
        return f"{path} does not exist. Run 'flask database migrate' first."
    return f"This user cannot read and write {path}. It must belong to the shared group, with mode 660."


def has_tables() -> bool:
    """Tell whether the portal database has tables of the portal; a missing file is not created."""
    place = make_url(db.rooms().settings.portal_url)
    if place.get_backend_name() == "sqlite" and not Path(str(place.database)).exists():
        return False
    return inspect(db.rooms().engine("front")).has_table("burned")


def last_beat() -> dt.datetime | None:
    """Return when the opener last recorded that it is running, or None if it never did."""
    with db.reading() as session:
        found = session.scalar(select(OpenerHeartbeat.ran_well_at))
    return found.replace(tzinfo=dt.UTC) if found and found.tzinfo is None else found


def empty_tables(keep: tuple[str, ...]) -> None:
    """Delete all rows of both databases except those of the tables to keep; only for demonstration data."""
    for room, base in ((db.PORTAL, PortalBase), (db.ANSWERS, AnswersBase)):
        engine = db.make_engine(owner_url(room), room)
        with engine.begin() as connection:
            for table in reversed(base.metadata.sorted_tables):
                if table.name not in keep:
                    connection.execute(table.delete())
        engine.dispose()
