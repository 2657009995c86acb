"""Fault injection for T13: a missing table or key, a truncated key, a duplicate row, a held lock."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text

from app.attacker.thief import Database, SqliteFile, connected

LOCKED = "LOCK TABLE draft, saved_draft, letter, spent IN ACCESS EXCLUSIVE MODE"
TWICE = """CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
 IF pg_trigger_depth() = 1 THEN EXECUTE format('INSERT INTO %I SELECT ($1).*', TG_TABLE_NAME) USING NEW; END IF;
 RETURN NEW; END $$"""


def execute(room: Database, *statements: str) -> Sequence[Row[Any]]:
    """Run statements on a database as its owner, and return the rows of the last statement."""
    with connected(room) as connection:
        results = [connection.execute(text(statement)) for statement in statements]
        return results[-1].all() if results[-1].returns_rows else []


def without_table(room: Database, tables: str) -> AbstractContextManager[None]:
    """Make one or more tables unavailable in the context."""
    first = ["PRAGMA legacy_alter_table=ON"] if isinstance(room, SqliteFile) else []
    away = [f"ALTER TABLE {table} RENAME TO {table}_gone" for table in tables.split()]
    back = [f"ALTER TABLE {table}_gone RENAME TO {table}" for table in tables.split()]
    return _changed(room, [*first, *away], [*first, *back])


@contextmanager
def without_file(path: Path) -> Iterator[None]:
    """Make a file unavailable in the context."""
    away = path.with_name(path.name + ".away")
    path.rename(away)
    try:
        yield
    finally:
        away.rename(path)


@contextmanager
def damaged(path: Path) -> Iterator[None]:
    """Truncate a file to half its length in the context."""
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    try:
        yield
    finally:
        path.write_bytes(whole)


def written_twice(room: Database, table: str) -> AbstractContextManager[None]:
    """Insert each new row of a table twice, so that its primary key is violated."""
    trigger = f"CREATE TRIGGER twice BEFORE INSERT ON {table}"
    if not isinstance(room, SqliteFile):
        change = [TWICE, f"{trigger} FOR EACH ROW EXECUTE FUNCTION twice()"]
        return _changed(room, change, ["DROP FUNCTION twice CASCADE"])
    columns = ", ".join(f"NEW.{row[0]}" for row in execute(room, f"SELECT name FROM pragma_table_info('{table}')"))  # noqa: S608
    again = f"INSERT INTO {table} VALUES ({columns})"  # noqa: S608 (a table's own columns)
    return _changed(room, [f"{trigger} BEGIN {again}; END"], ["DROP TRIGGER twice"])


def refusing_rows(room: Database, table: str) -> AbstractContextManager[None]:
    """Reject every new row of a table, like a violated constraint."""
    if not isinstance(room, SqliteFile):
        change = f"ALTER TABLE {table} ADD CONSTRAINT never CHECK (false) NOT VALID"
        return _changed(room, [change], [f"ALTER TABLE {table} DROP CONSTRAINT never"])
    refuse = "SELECT RAISE(ABORT, 'a row was refused')"
    return _changed(
        room, [f"CREATE TRIGGER never BEFORE INSERT ON {table} BEGIN {refuse}; END"], ["DROP TRIGGER never"]
    )


@contextmanager
def locked(portal: Database) -> Iterator[None]:
    """Hold the lock that every writer of the portal database needs, so that writers time out."""
    with connected(portal) as connection:
        for statement in ["BEGIN IMMEDIATE"] if isinstance(portal, SqliteFile) else ["BEGIN", LOCKED]:
            connection.execute(text(statement))
        yield


@contextmanager
def _changed(room: Database, change: Sequence[str], undo: Sequence[str]) -> Iterator[None]:
    execute(room, *change)
    try:
        yield
    finally:
        execute(room, *undo)
