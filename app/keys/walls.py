"""Whether the web process could read the opener's files or database: checked once, when a real web server starts.

In production it does not start if it could. What it can do is tried, not read from file modes: opening folder and file,
signing in to PostgreSQL as others. PostgreSQL is asked about the web process's own role.
"""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.keys import sign_ins
from app.storage import db
from config import Settings

OTHERS = 0o077
_ROLE_QUESTIONS = {
    "SELECT rolsuper FROM pg_roles WHERE rolname = current_user": "the role in DATABASE_URL is a superuser",
    "SELECT (rolcreaterole OR rolreplication) AND NOT rolsuper FROM pg_roles WHERE rolname = current_user": (
        "the role in DATABASE_URL may make roles, or copy the whole server"
    ),
    "SELECT bool_or(pg_has_role(r.oid, 'MEMBER')) AND NOT bool_or(own.rolsuper) FROM pg_roles r, pg_roles own"
    " WHERE own.rolname = current_user AND r.rolname IN"
    " ('pg_read_all_data', 'pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')": (
        "the role in DATABASE_URL may read all data or the server's own files"
    ),
    "SELECT bool_or(has_schema_privilege(oid, 'USAGE')) FROM pg_namespace WHERE nspname = 'answers'": (
        "the role in DATABASE_URL may use the schema answers"
    ),
    "SELECT bool_or(has_any_column_privilege(c.oid, 'SELECT')) FROM pg_class c JOIN pg_namespace n"
    " ON n.oid = c.relnamespace WHERE n.nspname = 'portal' AND c.relname = 'letter'": (
        "the role in DATABASE_URL may read letters"
    ),
    "SELECT bool_or(pg_has_role(oid, 'MEMBER')) FROM pg_roles WHERE rolname <> current_user AND (rolname = 'counting'"
    " OR oid IN (SELECT nspowner FROM pg_namespace WHERE nspname IN ('answers', 'portal')))": (
        "the role in DATABASE_URL may become the opener or the owner"
    ),
}


def find_gaps(settings: Settings) -> list[str]:
    """Return how this process could read the opener's files or database, in a few words each."""
    return [
        *_user_gaps(),
        *_setting_gaps(settings),
        *_file_gaps(settings),
        *_home_gaps(settings.home),
        *_role_gaps(settings),
    ]


def find_room_gaps(settings: Settings) -> list[str]:
    """Return how users other than the opener could reach its folders; nothing when they cannot."""
    found = []
    for folder in (settings.counting_keys.parent, settings.counting_keys):
        there = folder.stat()
        if there.st_uid != os.geteuid():
            found.append(f"{folder} belongs to another user")
        elif stat.S_IMODE(there.st_mode) & OTHERS:
            found.append(f"{folder} is open to others: its mode is {stat.S_IMODE(there.st_mode):o}, not 700")
    return found


def _user_gaps() -> Iterator[str]:
    if os.geteuid() == 0:
        yield "it runs as root, and root reads everything"


def _setting_gaps(settings: Settings) -> Iterator[str]:
    for name, value in (
        ("ANSWERS_DATABASE_URL", settings.answers_database_url),
        ("OWNER_DATABASE_URL", settings.owner_database_url),
    ):
        if value:
            yield f"{name}, which only the opener or whoever migrates may have, is among its settings"


def _file_gaps(settings: Settings) -> Iterator[str]:
    room = settings.counting_keys.parent
    tries: tuple[tuple[Callable[[Path], object], Path], ...] = (
        (os.listdir, room),
        (os.listdir, settings.counting_keys),
        (_open, room / "answers.db"),
    )
    if any(_succeeds(attempt, path) for attempt, path in tries):
        yield f"it can read the counting room's folder {room}"


def _home_gaps(home: Path) -> Iterator[str]:
    """Whoever may write in a folder may move its content away, unless the folder is sticky and another user's."""
    there = home.stat()
    is_own = there.st_uid == os.geteuid()
    if is_own or (os.access(home, os.W_OK) and not there.st_mode & stat.S_ISVTX):
        yield f"it could move the counting room's folder away: {home} has to be root's, with the mode 3770"


def _role_gaps(settings: Settings) -> Iterator[str]:
    if not settings.database_url:
        return
    engine = db.make_engine(settings.portal_url, db.PORTAL)
    try:
        with engine.connect() as connection:
            yield from [words for sql, words in _ROLE_QUESTIONS.items() if connection.execute(text(sql)).scalar()]
            yield from sign_ins.find(connection)
    except SQLAlchemyError:
        yield "the database does not answer when it is asked what the role in DATABASE_URL may read"
    finally:
        engine.dispose()


def _open(path: Path) -> None:
    os.close(os.open(path, os.O_RDONLY))


def _succeeds(attempt: Callable[[Path], object], path: Path) -> bool:
    try:
        attempt(path)
    except OSError:
        return False
    return True
