"""Fault injection for T13: a missing table or key, a truncated key, a duplicate row, a held lock."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
from pysqlite3 import dbapi2 as sqlite

from app.attacker.scene.stage import Stage

PORTAL, ANSWERS = "portal", "answers"
LOCKED = "LOCK TABLE draft, saved_draft, letter, spent IN ACCESS EXCLUSIVE MODE"
TWICE = """CREATE FUNCTION twice() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
 IF pg_trigger_depth() = 1 THEN EXECUTE format('INSERT INTO %I SELECT ($1).*', TG_TABLE_NAME) USING NEW; END IF;
 RETURN NEW; END $$"""


def execute(stage: Stage, *statements: str, room: str = PORTAL) -> list[tuple[object, ...]]:
    """Run statements on a room's database as its owner, and return the rows of the last statement."""
    found: list[tuple[object, ...]] = []
    if stage.owner:
        with psycopg.connect(stage.owner, options=f"-csearch_path={room}", autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
                found = cursor.fetchall() if cursor.description else []
        return found
    with closing(_open(stage, room)) as connection:
        for statement in statements:
            found = connection.execute(statement).fetchall()
    return found


@contextmanager
def without_table(stage: Stage, tables: str, room: str = PORTAL) -> Iterator[None]:
    """Make one or more tables unavailable in the context."""
    for table in tables.split():
        _rename(stage, table, f"{table}_gone", room=room)
    try:
        yield
    finally:
        for table in tables.split():
            _rename(stage, f"{table}_gone", table, room=room)


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


@contextmanager
def written_twice(stage: Stage, table: str) -> Iterator[None]:
    """Insert each new row of a table twice, so that its primary key is violated."""
    columns = ", ".join(f"NEW.{row[0]}" for row in execute(stage, _columns(stage, table)))
    if stage.owner:
        execute(stage, TWICE, f"CREATE TRIGGER twice BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION twice()")
    else:
        again = f"INSERT INTO {table} VALUES ({columns})"  # noqa: S608 (a table's own columns)
        execute(stage, f"CREATE TRIGGER twice BEFORE INSERT ON {table} BEGIN {again}; END")
    try:
        yield
    finally:
        execute(stage, *(["DROP FUNCTION twice CASCADE"] if stage.owner else ["DROP TRIGGER twice"]))


@contextmanager
def refusing_rows(stage: Stage, table: str, room: str) -> Iterator[None]:
    """Reject every new row of a table, like a violated constraint."""
    if stage.owner:
        execute(stage, f"ALTER TABLE {table} ADD CONSTRAINT never CHECK (false) NOT VALID", room=room)
        undo = f"ALTER TABLE {table} DROP CONSTRAINT never"
    else:
        refuse = "SELECT RAISE(ABORT, 'a row was refused')"
        execute(stage, f"CREATE TRIGGER never BEFORE INSERT ON {table} BEGIN {refuse}; END", room=room)
        undo = "DROP TRIGGER never"
    try:
        yield
    finally:
        execute(stage, undo, room=room)


@contextmanager
def locked(stage: Stage) -> Iterator[None]:
    """Hold the lock that every writer of the portal database needs, so that writers time out."""
    if stage.owner:
        with psycopg.connect(stage.owner, options=f"-csearch_path={PORTAL}") as connection:
            connection.execute(LOCKED)
            yield
        return
    with closing(_open(stage, PORTAL)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


def _rename(stage: Stage, table: str, name: str, *, room: str) -> None:
    first = [] if stage.owner else ["PRAGMA legacy_alter_table=ON"]
    execute(stage, *first, f"ALTER TABLE {table} RENAME TO {name}", room=room)


def _columns(stage: Stage, table: str) -> str:
    if stage.owner:
        return f"SELECT attname FROM pg_attribute WHERE attrelid = '{table}'::regclass AND attnum > 0"  # noqa: S608
    return f"SELECT name FROM pragma_table_info('{table}')"  # noqa: S608


def _open(stage: Stage, room: str) -> sqlite.Connection:
    path = stage.home / "portal.db" if room == PORTAL else stage.home / "counting" / "answers.db"
    return sqlite.connect(str(path), timeout=20, isolation_level=None)
