"""Whether the web process could read the opener's files or database: checked once, when a real web server starts.

In production it does not start if it could. What it can do is tried, not read from file modes: opening folder and file,
signing in to PostgreSQL as others. PostgreSQL is asked about the web process's own role.
"""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from app.storage import db
from config import Settings

OTHERS = 0o077
SECONDS = 2
LOCAL = ("127.0.0.1", "::1", "/var/run/postgresql", "/tmp")  # noqa: S108 (where PostgreSQL's own socket lies)
_READERS = text(
    "SELECT DISTINCT r.rolname FROM pg_roles r, pg_roles may WHERE r.rolcanlogin AND r.rolname <> current_user"
    " AND (r.rolreplication OR pg_has_role(r.oid, may.oid, 'MEMBER')) AND (may.rolname IN ('counting',"
    " 'pg_read_all_data') OR may.oid IN (SELECT nspowner FROM pg_namespace WHERE nspname IN ('answers', 'portal')))"
    " ORDER BY 1"
)
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
    return [*_own_gaps(settings), *_file_gaps(settings), *_home_gaps(settings.home), *_role_gaps(settings)]


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


def _own_gaps(settings: Settings) -> Iterator[str]:
    if os.geteuid() == 0:
        yield "it runs as root, and root reads everything"
    urls = {"ANSWERS_DATABASE_URL": settings.answers_database_url, "OWNER_DATABASE_URL": settings.owner_database_url}
    for name, value in urls.items():
        if value:
            yield f"{name}, which only the opener or whoever migrates may have, is among its settings"


def _file_gaps(settings: Settings) -> Iterator[str]:
    room = settings.counting_keys.parent
    is_listed = _succeeds(os.listdir, room) or _succeeds(os.listdir, settings.counting_keys)
    if is_listed or _succeeds(_open, room / "answers.db"):
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
            yield from _sign_in_gaps(connection)
    except SQLAlchemyError:
        yield "the database does not answer when it is asked what the role in DATABASE_URL may read"
    finally:
        engine.dispose()


def _sign_in_gaps(connection: Connection) -> Iterator[str]:
    """Yield a sentence for each role that may read the answers and accepts the web process.

    Tried are the opener, the owners of both schemas, superusers and every role with their rights, without a password
    and with the web process's own; if the server is this machine, also over its other addresses and sockets.
    """
    info = cast("psycopg.Connection", connection.connection.dbapi_connection).info
    passwords: list[tuple[str, dict[str, str]]] = [("without a password", {})]
    if info.password:
        passwords.append(("with the password of DATABASE_URL", {"password": info.password}))
    for role in connection.execute(_READERS).scalars():
        for words, password in passwords:
            if any(_lets_in({**way, **password, "user": role}) for way in _ways(info.get_parameters())):
                yield f"PostgreSQL lets it sign in as {role} {words}"
                break


def _ways(own: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield ways to reach the server: the web process's own, and those under other lines of pg_hba.conf."""
    yield own
    host = own.get("host", "")
    if host in ("", "localhost", *LOCAL) or host.startswith("/"):
        rest = {name: value for name, value in own.items() if name not in ("host", "hostaddr")}
        yield from ({**rest, "host": other} for other in LOCAL if other != host)


def _lets_in(way: dict[str, str]) -> bool:
    try:
        psycopg.connect(make_conninfo(**{**way, "connect_timeout": str(SECONDS)})).close()
    except psycopg.OperationalError:
        return False
    return True


def _open(path: Path) -> None:
    os.close(os.open(path, os.O_RDONLY))


def _succeeds(attempt: Callable[[Path], object], path: Path) -> bool:
    try:
        attempt(path)
    except OSError:
        return False
    return True
