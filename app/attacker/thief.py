"""Reads a stolen database: rows with every possible sort key, and the declared columns."""

import datetime as dt
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from pysqlite3 import dbapi2 as sqlite

EARLIEST, LATEST = 1_577_836_800, 4_102_444_800  # 2020 to 2100, in seconds since 1970
UNITS = (1, 1_000, 1_000_000, 1_000_000_000)  # to a second
PAGE_BYTES = 4096
IN_PAGE = "place in its page"
"""A sort key that starts with the page number."""


@dataclass(frozen=True)
class Found:
    """A stolen row: its columns, its possible sort keys, and every time that it contains."""

    values: Mapping[str, Any]
    orders: Mapping[str, Any]
    times: tuple[float, ...]


@dataclass(frozen=True)
class SqliteFile:
    """A copied SQLite file."""

    path: Path

    def rows(self, table: str) -> list[Found]:
        """Return the rows of a table, each with its position in the file."""
        with tempfile.TemporaryDirectory() as folder:
            connection = sqlite.connect(_copy(self.path, Path(folder)))
            connection.row_factory = sqlite.Row
            has_rowid = _has_rowid(connection, table)
            query = f"SELECT {'rowid AS hidden_rowid, ' if has_rowid else ''}* FROM {table}"  # noqa: S608
            found = [dict(row) for row in connection.execute(query)]
            connection.close()  # this writes the write-ahead log into the copy
            content = (Path(folder) / self.path.name).read_bytes()
        return [_of_sqlite(place, row, content) for place, row in enumerate(found)]

    def tables(self) -> list[str]:
        """Return the names of all tables, including SQLite's internal ones."""
        with tempfile.TemporaryDirectory() as folder:
            connection = sqlite.connect(_copy(self.path, Path(folder)))
            found = [str(row[0]) for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            connection.close()
        return found

    def columns(self, table: str) -> list[tuple[str, str]]:
        """Return the declared columns of a table (type, default, reference), and a hidden rowid."""
        with tempfile.TemporaryDirectory() as folder:
            connection = sqlite.connect(_copy(self.path, Path(folder)))
            leads = {row[3]: f" references {row[2]}" for row in connection.execute(f"PRAGMA foreign_key_list({table})")}
            declared = [
                (str(name), f"{kind}{'' if default is None else f' default {default}'}{leads.get(name, '')}")
                for _place, name, kind, _needed, default, _key in connection.execute(f"PRAGMA table_info({table})")
            ]
            hidden = [("hidden row number", "rowid")] if _has_rowid(connection, table) else []
            connection.close()
        return [*declared, *hidden]


@dataclass(frozen=True)
class PostgresSchema:
    """A schema of a PostgreSQL database, read by its owner."""

    url: str
    schema: str

    def rows(self, table: str) -> list[Found]:
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


def moments(values: Mapping[str, Any]) -> tuple[float, ...]:
    """Return every value that can be read as a time from 2020 to 2100, in seconds since 1970."""
    found = []
    for value in values.values():
        if isinstance(value, dt.datetime):
            found.append(value.timestamp())
        elif isinstance(value, int | float):
            found += [value / unit for unit in UNITS if EARLIEST <= value / unit <= LATEST]
        elif isinstance(value, str):
            try:
                found.append(dt.datetime.fromisoformat(value).timestamp())
            except ValueError:
                continue
    return tuple(found)


def stored_in(rows: Iterable[Mapping[str, Any]]) -> set[bytes]:
    """Return all values of some rows as bytes."""
    values = (value for row in rows for value in row.values())
    return {bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in values}


def _of_sqlite(place: int, row: dict[str, Any], content: bytes) -> Found:
    orders: dict[str, Any] = {"order of reading": place}
    if "hidden_rowid" in row:
        orders["row number"] = row.pop("hidden_rowid")
    keys = [value for value in row.values() if isinstance(value, bytes) and len(value) >= 16]
    places = [at for key in keys if (at := content.find(key)) >= 0]
    if places:
        orders["place in the file"] = min(places)
        orders[IN_PAGE] = (min(places) // PAGE_BYTES, -(min(places) % PAGE_BYTES))
    return Found(row, {**orders, **_first_key(row)}, moments(row))


def _of_postgres(row: dict[str, Any]) -> Found:
    place, writer = row.pop("hidden_place"), row.pop("hidden_writer")
    page, _comma, line = place.strip("()").partition(",")
    values = {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
    at = (int(page), int(line))
    orders = {"place (ctid)": at, IN_PAGE: at, "writer (xmin)": (int(writer), *at)}
    return Found(values, {**orders, **_first_key(values)}, moments(values))


def _first_key(row: Mapping[str, Any]) -> dict[str, Any]:
    name = next(iter(row))
    return {f"column {name}": row[name]}


def _has_rowid(connection: Any, table: str) -> bool:
    made = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
    return made is not None and "WITHOUT ROWID" not in str(made[0]).upper()


def _copy(path: Path, folder: Path) -> str:
    """Copy a database and its write-ahead log, so that reading does not change the original."""
    for beside in (path, path.with_name(path.name + "-wal")):
        if beside.exists():
            (folder / beside.name).write_bytes(beside.read_bytes())
    return str(folder / path.name)
