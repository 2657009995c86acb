"""Sessions for both rooms, and the only commit and rollback.

``reading`` and ``writing`` belong to the web process, ``counting`` and ``collecting`` to the opener, which can ask for
both without the right to write. A request that only reads (GET, HEAD) cannot write, and no request can enter the
counting room.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any

import psycopg
from flask import current_app, has_request_context, request
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session

from app.storage import postgres
from config import Settings

PORTAL, ANSWERS = "portal", "answers"
BUSY_MS, OPENER_MS = 5000, 60_000
TRANSIENT = {"40001", "40P01", "53300", "55P03", "57P01", "57P02", "57P03"}
"""PostgreSQL's codes for: serialization failure, deadlock, too many connections, no lock, stopping or starting."""
BUSY = 5
DRIVER_ERRORS = (sqlite.Error, psycopg.Error)
DAMAGED = {11, 26, 522, "XX001", "XX002"}
"""SQLite's codes for: damaged, not a database, cut short; PostgreSQL's for damaged data and a damaged index."""
COUNTING_LOCK, AUDIT_LOCK, ROUND_LOCK = 7_203_001, 7_203_002, 7_203_003
READ_ONLY = "read_only"
READ_ONLY_OPTIONS = {"postgresql": {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}}
"""How a transaction that only reads begins; SQLite's own BEGIN does so and sees one moment already."""
TIDY_TRIES, TIDY_PAUSE = 10, 0.2
PRAGMAS = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "busy_timeout": str(BUSY_MS),
    "secure_delete": "ON",
}


class Rooms:
    """The engines of one installation: the portal as the front, the portal and the answers as the opener."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._engines: dict[str, Engine] = {}
        self._lock = threading.Lock()

    def engine(self, name: str) -> Engine:
        """Return ``front``, ``collecting`` (the portal, as the opener) or ``counting`` (the answers)."""
        with self._lock:
            if name not in self._engines:
                portal, answers = self.settings.portal_url, self.settings.answers_url
                engines = {
                    "front": partial(make_engine, portal, PORTAL, BUSY_MS, gives_up=True),
                    # On PostgreSQL the opener sees the portal's tables under its own role; on SQLite there is one file.
                    "collecting": partial(make_engine, self.settings.answers_database_url or portal, PORTAL, OPENER_MS),
                    "counting": partial(make_engine, answers, ANSWERS, OPENER_MS),
                }
                self._engines[name] = engines[name]()
            return self._engines[name]

    def dispose(self) -> None:
        """Close all connections."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()


def make_engine(url: str, schema: str, wait_ms: int = 0, *, gives_up: bool = False) -> Engine:
    """Return an engine for one room's tables: a SQLite file, or a schema of a PostgreSQL database.

    PostgreSQL waits ``wait_ms`` for a lock, or for ever if it is 0; SQLite always waits ``BUSY_MS``. With ``gives_up``
    statements have a limit too, and a server that stands still is not waited for. Errors never carry values
    (``hide_parameters``): answers and codes must not reach a log.
    """
    target = make_url(url)
    if target.get_backend_name() == "sqlite":
        engine = create_engine(target, module=sqlite, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    limit = postgres.STATEMENT_MS if gives_up else 0
    options = f"-csearch_path={schema} -clock_timeout={wait_ms} -cstatement_timeout={limit}"
    engine = create_engine(
        target.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        connect_args={**postgres.KEEPALIVES, "options": options},
        pool_pre_ping=not gives_up,
    )
    if gives_up:
        postgres.Connections(engine)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's own BEGIN, below, chooses the kind of transaction
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name}={value}")
    if connection.execute("PRAGMA secure_delete").fetchone()[0] != 1:
        raise RuntimeError("SQLite does not overwrite deleted rows here; refusing to go on.")


def _begin_sqlite(connection: Any) -> None:
    immediate = connection.get_execution_options().get("immediate", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


_current: ContextVar[dict[str, Session] | None] = ContextVar("sessions", default=None)


def rooms() -> Rooms:
    """Return the rooms of the running application."""
    found: Rooms = current_app.extensions["rooms"]
    return found


@contextmanager
def elsewhere(settings: Settings) -> Iterator[None]:
    """Let a command use the databases of another installation, such as an opened backup. Never in a request."""
    if has_request_context():
        raise RuntimeError("A request stays in its own rooms.")
    before, there = rooms(), Rooms(settings)
    current_app.extensions["rooms"] = there
    try:
        yield
    finally:
        there.dispose()
        current_app.extensions["rooms"] = before


@contextmanager
def reading(snapshot: bool = False) -> Iterator[Session]:
    """Give a session on the portal database that is never committed; inside a transaction it is that one's session.

    With ``snapshot`` all its statements see one moment of the database, which on SQLite they always do.
    """
    held = _current.get() or {}
    if open_one := held.get("front") or held.get("collecting"):
        yield open_one
        return
    engine = rooms().engine("front")
    options = READ_ONLY_OPTIONS.get(engine.dialect.name, {}) if snapshot else {}
    with Session(engine.execution_options(**options), expire_on_commit=False) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """Give the web process's session; the outermost ``writing`` commits, an exception rolls everything back."""
    if has_request_context() and request.method in ("GET", "HEAD"):
        raise RuntimeError("A GET never writes.")
    with _transaction("front") as session:
        yield session


@contextmanager
def collecting(read_only: bool = False) -> Iterator[Session]:
    """Give the opener's session on the portal database: letters, requests, releases.

    With ``read_only`` it takes no write lock and sees one moment of the database; nothing is committed.
    """
    with _transaction("collecting", read_only) as session:
        yield session


@contextmanager
def counting(read_only: bool = False) -> Iterator[Session]:
    """Give the opener's session on the answers database, as in ``collecting``; only one opener at a time may write."""
    with _transaction("counting", read_only) as session:
        if not read_only:
            hold_lock(session, COUNTING_LOCK)
        yield session


def hold_lock(session: Session, key: int) -> None:
    """Take a lock that nobody else gets until the transaction ends.

    SQLite has one writer at a time: its transaction begins here, not with the first statement.
    """
    session.connection()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


@contextmanager
def _transaction(name: str, read_only: bool = False) -> Iterator[Session]:
    if name != "front" and has_request_context():
        raise RuntimeError("The web process never enters the counting room.")
    held = dict(_current.get() or {})
    if name in held:
        if held[name].info.get(READ_ONLY) and not read_only:
            raise RuntimeError("This transaction only reads.")
        yield held[name]
        return
    engine = rooms().engine(name)
    options: dict[str, Any] = READ_ONLY_OPTIONS.get(engine.dialect.name, {}) if read_only else {"immediate": True}
    with Session(engine.execution_options(**options), expire_on_commit=False, info={READ_ONLY: read_only}) as session:
        mark = _current.set({**held, name: session})
        try:
            yield session
            if not read_only:
                session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            _current.reset(mark)


def is_transient(error: Exception) -> bool:
    """Tell whether a database was unavailable, or locked by others for too long, so that the same may be tried again.

    Source: PostgreSQL's error codes, appendix A of its manual; psycopg gives none where it cannot connect. SQLite's
    result code SQLITE_BUSY.
    """
    if not isinstance(error, OperationalError):
        return False
    if isinstance(error.orig, sqlite.OperationalError):
        return bool(getattr(error.orig, "sqlite_errorcode", 0) & 0xFF == BUSY)
    return getattr(error.orig, "sqlstate", None) in TRANSIENT | {None}


def is_damaged(error: BaseException) -> bool:
    """Tell whether a database error, of SQLAlchemy or of a driver, says that a file or table is damaged."""
    cause = getattr(error, "orig", None) or error
    code = getattr(cause, "sqlite_errorcode", None)
    return bool(DAMAGED & {code, (code or 0) & 0xFF, getattr(cause, "sqlstate", None)})


def insert_into(session: Session, model: type[DeclarativeBase]) -> Any:
    """Return an INSERT of the session's dialect with ON CONFLICT, which writes no values into the error log."""
    return (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite_dialect.insert)(model)


def tidy_files(name: str, vacuum: bool = False) -> bool:
    """Empty a SQLite database's write-ahead file, so that deleted rows are gone from it; PostgreSQL needs nothing.

    ``name`` is ``collecting`` or ``counting``; ``vacuum`` also rewrites the file, which gives its rows new positions.
    Returns False when readers kept the file busy all the time; the next opening tries again.
    """
    engine = rooms().engine(name)
    if engine.dialect.name != "sqlite":
        return True
    with closing(engine.raw_connection()) as connection:
        is_rewritten = not vacuum or _retry(connection, "VACUUM")
        return _retry(connection, "PRAGMA wal_checkpoint(TRUNCATE)") and is_rewritten


def _retry(connection: Any, statement: str) -> bool:
    """Run a statement that needs exclusive access to the file, and retry while others use it."""
    for _try in range(TIDY_TRIES):
        try:
            row = connection.cursor().execute(statement).fetchone()
        except sqlite.OperationalError:
            row = (1,)
        if row is None or row[0] == 0:
            return True
        time.sleep(TIDY_PAUSE)
    return False
