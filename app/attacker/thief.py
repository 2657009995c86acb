"""Reads a stolen database: rows with every possible sort key, and the declared columns."""

import datetime as dt
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import Connection, NullPool, create_engine

from app.attacker.evidence import Row

EARLIEST, LATEST = 1_577_836_800, 4_102_444_800  # 2020 to 2100, in seconds since 1970
UNITS = (1, 1_000, 1_000_000, 1_000_000_000)  # to a second
PAGE_BYTES = 4096
IN_PAGE = "place in its page"
"""A sort key that starts with the page number."""


@dataclass(frozen=True)
class SqliteFile:
    """A copied SQLite file."""

    path: Path

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table, each with its position in the file."""
        with self._copied() as (copy, connection):
            connection.row_factory = sqlite.Row
            has_rowid = _has_rowid(connection, table)
            query = f"SELECT {'rowid AS hidden_rowid, ' if has_rowid else ''}* FROM {table}"  # noqa: S608
            found = [dict(row) for row in connection.execute(query)]
            connection.close()  # this writes the write-ahead log into the copy
            content = copy.read_bytes()
        return [_of_sqlite(place, row, content) for place, row in enumerate(found)]

    def tables(self) -> list[str]:
        """Return the names of all tables, including SQLite's internal ones."""
        with self._copied() as (_copy, connection):
            return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Return the declared columns of a table (type, default, reference), and a hidden rowid."""
        with self._copied() as (_copy, connection):
            leads = {row[3]: f" references {row[2]}" for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
            declared = [
                (str(name), f"{kind}{'' if default is None else f' default {default}'}{leads.get(name, '')}")
                for _place, name, kind, _needed, default, _key in connection.execute(f"PRAGMA table_info({table})")
            ]
            return [*declared, *([("hidden row number", "rowid")] if _has_rowid(connection, table) else [])]

    @contextmanager
    def _copied(self) -> Iterator[tuple[Path, Any]]:
        """Yield a copy of the database and of its write-ahead log, so that reading does not change the original."""
        with tempfile.TemporaryDirectory() as folder:
            for beside in (self.path, self.path.with_name(self.path.name + "-wal")):
                if beside.exists():
                    (Path(folder) / beside.name).write_bytes(beside.read_bytes())
            copy = Path(folder) / self.path.name
            with closing(sqlite.connect(str(copy))) as connection:
                yield copy, connection


@dataclass(frozen=True)
class PostgresSchema:
    """A schema of a PostgreSQL database, read by its owner."""

    url: str
    schema: str

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table, each with its position (ctid) and the transaction that wrote it (xmin)."""
        query = sql.SQL("SELECT ctid::text AS hidden_place, xmin::text AS hidden_writer, * FROM {}")
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            found = connection.execute(query.format(sql.Identifier(self.schema, table))).fetchall()
        return [_of_postgres(row) for row in found]

    def tables(self) -> list[str]:
        """Return the names of all tables."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = %s"
        with psycopg.connect(self.url) as connection:
            return [str(name) for (name,) in connection.execute(query, [self.schema])]

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Return the columns of a table (type, default, identity, reference), marked if the server samples them."""
        query = (
            "SELECT column_name, data_type || coalesce(' default ' || column_default, '')"
            " || CASE attidentity WHEN '' THEN '' ELSE ' identity' END"
            " || CASE attgenerated WHEN '' THEN '' ELSE ' default generated' END"
            " || CASE WHEN EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = attrelid"
            " AND attnum = ANY (conkey)) THEN ' references' ELSE '' END"
            " || CASE attstattarget WHEN 0 THEN '' ELSE ' sampled' END"
            " FROM information_schema.columns JOIN pg_attribute ON attname = column_name"
            " AND attrelid = format('%%I.%%I', table_schema, table_name)::regclass"
            " WHERE table_schema = %s AND table_name = %s"
        )
        with psycopg.connect(self.url) as connection:
            return [(str(a), str(b)) for a, b in connection.execute(query, [self.schema, table])]


Database = SqliteFile | PostgresSchema


@contextmanager
def connected(room: Database) -> Iterator[Connection]:
    """Yield a connection of a database's owner that commits every statement, for the naive twin and for faults."""
    if isinstance(room, SqliteFile):
        url, options = f"sqlite:///{room.path}", {"module": sqlite, "connect_args": {"timeout": 20}}
    else:
        url = room.url.replace("postgresql:", "postgresql+psycopg:")
        options = {"connect_args": {"options": f"-csearch_path={room.schema}"}}
    with create_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool, **options).connect() as connection:
        yield connection


def moments(values: Mapping[str, Any]) -> tuple[float, ...]:
    """Return every value that can be read as a time from 2020 to 2100, in seconds since 1970."""
    found = []
    for value in values.values():
        if isinstance(value, dt.datetime):
            found.append(value.timestamp())
        elif isinstance(value, int | float):
            found += [value / unit for unit in UNITS if EARLIEST <= value / unit <= LATEST]
        elif isinstance(value, str):
            with suppress(ValueError):
                found.append(dt.datetime.fromisoformat(value).timestamp())
    return tuple(found)


def stored_in(rows: Iterable[Row]) -> set[bytes]:
    """Return all values of some rows as bytes."""
    values = (value for row in rows for value in row.values.values())
    return {value if isinstance(value, bytes) else str(value).encode() for value in values}


def _of_sqlite(place: int, row: dict[str, Any], content: bytes) -> Row:
    orders: dict[str, Any] = {"order of reading": place}
    if "hidden_rowid" in row:
        orders["row number"] = row.pop("hidden_rowid")
    keys = [value for value in row.values() if isinstance(value, bytes) and len(value) >= 16]
    places = [at for key in keys if (at := content.find(key)) >= 0]
    if places:
        orders["place in the file"] = min(places)
        orders[IN_PAGE] = (min(places) // PAGE_BYTES, -(min(places) % PAGE_BYTES))
    return _row(row, orders)


def _of_postgres(row: dict[str, Any]) -> Row:
    place, writer = row.pop("hidden_place"), row.pop("hidden_writer")
    page, _comma, line = place.strip("()").partition(",")
    at = (int(page), int(line))
    return _row(row, {"place (ctid)": at, IN_PAGE: at, "writer (xmin)": (int(writer), *at)})


def _row(values: dict[str, Any], orders: dict[str, Any]) -> Row:
    """Return a row, which can also be sorted by its first column."""
    name = next(iter(values))
    return Row(-1, None, {**orders, f"column {name}": values[name]}, moments(values), values)


def _has_rowid(connection: Any, table: str) -> bool:
    made = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    return made is not None and "WITHOUT ROWID" not in str(made[0]).upper()
