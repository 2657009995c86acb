"""An installation: its folders, both databases, and whether this process can use them."""

import datetime as dt
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.orm import Session

from app.core.settings import out_of_use
from app.models.base import AnswersBase, PortalBase
from app.models.cards import Batch, Cell
from app.models.fieldwork import FrameCount
from app.models.releases import OpenerHeartbeat
from app.models.staff import StaffUser
from app.storage import db
from app.storage.refusals import Refused
from config import Settings

MIGRATIONS = Path(__file__).parent.parent.parent / "migrations"
ROOMS = (db.PORTAL, db.ANSWERS)
PLURALS = {"account": "accounts", "batch of cards": "batches of cards", "target population": "target populations"}
UNDEFINED_TABLE = "42P01"
MIGRATE = "Run 'flask database migrate' first."
DAMAGED = (
    "is damaged: it is cut short, or not a database. Stop both processes, move it away and restore the last backup"
    " (docs/operating.md)."
)


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


def revision_of(session: Session | Connection) -> str | None:
    """Return the revision of the database that a session or connection is in; None before its first one."""
    try:
        found: str | None = session.scalar(text("SELECT version_num FROM alembic_version"))
    except (OperationalError, ProgrammingError) as error:
        if db.is_transient(error) or db.is_damaged(error) or not _is_table_missing(error):
            raise
        return None
    return found


def portal_revision() -> str | None:
    """Return the revision of the portal database, as the web process sees it."""
    with db.reading() as session:
        return revision_of(session)


def newest_revision(room: str) -> str:
    """Return the newest revision of a room that this version knows; revision files are named by their numbers."""
    return max(path.stem.split("_")[0] for path in (MIGRATIONS / room).glob("[0-9]*.py"))


def revision_fault(room: str, found: str | None) -> str | None:
    """Return what is wrong with a room at a revision, as the end of a sentence that begins with its database."""
    known = newest_revision(room)
    if found == known:
        return None
    if found is None:
        return f"has no tables. {MIGRATE}"
    if found > known:
        return (
            f"is at revision {found}, and this version of the portal knows revisions up to {known}: it is older than"
            " the database. Install the newer version again, or restore a backup from before the upgrade."
        )
    return f"is at revision {found}, and this version of the portal needs {known}. {MIGRATE}"


def find_fault(settings: Settings, *rooms: str) -> str | None:
    """Return, in one sentence, why a process cannot use the databases of its rooms; None if it can.

    The opener, whose rooms are both, reaches the portal on PostgreSQL under its own role.
    """
    urls = {db.PORTAL: settings.portal_url, db.ANSWERS: settings.answers_url}
    if db.ANSWERS in rooms and settings.answers_database_url:
        urls[db.PORTAL] = settings.answers_database_url
    return next((fault for room in rooms if (fault := database_fault(room, urls[room]))), None)


def database_fault(room: str, url: str) -> str | None:
    """Return, in one sentence, why the database of a room at a URL cannot be used by this version; None if it can.

    A SQLite file is read once from beginning to end, and is not created if it is missing.
    """
    place, name = make_url(url), f"The {room} database"
    if place.get_backend_name() == "sqlite":
        name = str(place.database)
        if not os.path.exists(name):
            return f"{name} does not exist. {MIGRATE}"
        if not os.access(name, os.R_OK | os.W_OK):
            return f"This user cannot read and write {name}. It must belong to the shared group, with mode 660."
    engine = db.make_engine(url, room)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite" and connection.scalar(text("PRAGMA quick_check(1)")) != "ok":
                return f"{name} {DAMAGED}"
            fault = revision_fault(room, revision_of(connection))
            return f"{name} {fault}" if fault else None
    except SQLAlchemyError as error:
        if db.is_damaged(error):
            return f"{name} {DAMAGED}"
        return f"{name} {'does not answer' if db.is_transient(error) else f'cannot be used ({type(error).__name__})'}."
    finally:
        engine.dispose()


def reachable_rooms(settings: Settings) -> tuple[str, ...]:
    """Return the rooms that this process can reach: the web process's user reaches the portal only."""
    is_opener = bool(settings.answers_database_url) or os.access(settings.home / "counting" / "answers.db", os.R_OK)
    return ROOMS if is_opener else (db.PORTAL,)


def find_out_of_use(settings: Settings) -> list[str]:
    """Return a sentence for each locality and channel that is stored although the settings no longer have it."""
    batches = select(Cell.locality, Cell.channel).join(Batch, Batch.cell_id == Cell.id)
    with db.reading() as session:
        cells = session.execute(batches).all()
        accounts = session.scalars(select(StaffUser.locality)).all()
        frames = session.execute(select(FrameCount.locality, FrameCount.wave_id).distinct()).all()
    places = {
        "account": accounts,
        "batch of cards": [c.locality for c in cells],
        "target population": [f.locality for f in frames],
    }
    return [
        *_out_of_use("CHANNELS", settings.channels, {"batch of cards": [cell.channel for cell in cells]}),
        *_out_of_use("LOCALITIES", settings.localities, places),
    ]


def _out_of_use(name: str, known: Mapping[str, str], uses: Mapping[str, Sequence[str | None]]) -> list[str]:
    stored = {slug for found in uses.values() for slug in found if slug} - known.keys()
    return [
        f'{name} no longer has "{slug}", which is still used: {counts}. Pages show it as "{out_of_use(slug)}".'
        for slug in sorted(stored)
        if (counts := ", ".join(_number(found.count(slug), what) for what, found in uses.items() if slug in found))
    ]


def _number(number: int, what: str) -> str:
    return f"{number} {what if number == 1 else PLURALS[what]}"


def check_migratable(room: str) -> None:
    """Raise Refused if the database of a room is damaged, newer than this version or cannot be reached."""
    fault = database_fault(room, owner_url(room))
    if fault and not fault.endswith(MIGRATE):
        raise Refused(fault)


def find_cause(error: Exception) -> str | None:
    """Return, in one sentence, what is wrong with a database where it refused a command; None if nothing is found."""
    settings = db.rooms().settings
    found = find_fault(settings, *reachable_rooms(settings))
    return found or ("A database is damaged: see docs/operating.md." if db.is_damaged(error) else None)


def _is_table_missing(error: DBAPIError) -> bool:
    code = getattr(error.orig, "sqlstate", None)
    return code == UNDEFINED_TABLE or "no such table" in str(error.orig)


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
