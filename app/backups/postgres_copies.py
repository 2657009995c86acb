"""Dumps of both schemas by pg_dump from one snapshot; restored by pg_restore, or verified in a temporary database."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from app.backups import counting_rows
from app.backups.manifest import Rows
from app.storage import db, installation
from app.storage.refusals import Refused
from config import Settings

DUMP = "portal.dump"
PARTS = (DUMP,)
SECONDS = 3600
_PASSED_ON = ("host", "hostaddr", "port", "user", "password", "sslmode", "sslrootcert")


def take(folder: Path) -> tuple[Rows, dict[str, str]]:
    """Dump both schemas into a folder, and return their rows and revisions in the same snapshot.

    The opener is locked out until the dump is finished: it empties tables by TRUNCATE, after which an older snapshot
    sees nothing in them.
    """
    url = db.rooms().settings.owner_database_url
    if not url:
        raise Refused(
            "A backup of PostgreSQL is made as the database owner. Set OWNER_DATABASE_URL for this command only."
        )
    _drop_temporary(url)
    engine = db.make_engine(url, db.PORTAL)
    with Session(engine) as gate, engine.connect() as plain:
        db.hold_lock(gate, db.COUNTING_LOCK)
        connection = plain.execution_options(isolation_level="REPEATABLE READ")
        moment = connection.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        rows = {room: counting_rows.count(connection, room) for room in installation.ROOMS}
        revisions = {room: counting_rows.revision(connection, room) for room in installation.ROOMS}
        left_out = [f"--exclude-table-data={db.PORTAL}.{name}" for name in counting_rows.LEFT_OUT]
        schemas = [f"--schema={room}" for room in installation.ROOMS]
        options = ("--format=custom", "--compress=0", f"--snapshot={moment}", f"--file={folder / DUMP}")
        _run("pg_dump", url, *options, *schemas, *left_out)
    engine.dispose()
    return rows, revisions


def check_free(settings: Settings) -> None:
    """Raise Refused if the database already has tables of the portal."""
    if not settings.owner_database_url:
        raise Refused(
            "A backup of PostgreSQL is restored as the database owner. Set OWNER_DATABASE_URL for this command only."
        )
    engine = db.make_engine(settings.owner_database_url, db.PORTAL)
    with engine.connect() as connection:
        there = [room for room in installation.ROOMS if inspect(connection).get_table_names(schema=room)]
    engine.dispose()
    if there:
        raise Refused(
            "The database already has tables of the portal. Create an empty database; nothing was overwritten."
        )


def restore(folder: Path, settings: Settings) -> None:
    """Fill an empty database from an opened backup, in one transaction. The next migration grants rights."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    name = conninfo_to_dict(settings.owner_database_url)["dbname"]
    _run("pg_restore", settings.owner_database_url, *options, f"--dbname={name}", str(folder / DUMP))


def drop(settings: Settings) -> None:
    """Drop the tables of a backup that turned out to be incomplete."""
    with psycopg.connect(settings.owner_database_url, autocommit=True) as connection:
        for room in installation.ROOMS:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(room)))


@contextmanager
def elsewhere(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Give the settings of a temporary database filled from an opened backup; it is dropped at the end.

    One that a crash has left is dropped when the next backup is made or verified.
    """
    owner = settings.owner_database_url
    name = sql.Identifier(_temporary_name(owner))
    url = urlunsplit(urlsplit(owner)._replace(path=f"/{_temporary_name(owner)}"))
    _drop_temporary(owner)
    with psycopg.connect(owner, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        except psycopg.errors.InsufficientPrivilege as error:
            raise Refused(
                "To verify a backup, the owner has to create a database: ALTER ROLE owner CREATEDB, as a superuser."
            ) from error
        try:
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            there = replace(settings, database_url=url, answers_database_url=url, owner_database_url=url)
            restore(folder, there)
            yield there
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _temporary_name(url: str) -> str:
    return f"{conninfo_to_dict(url)['dbname']}_backup_tried"


def _drop_temporary(url: str) -> None:
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_temporary_name(url)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)


def faults(_settings: Settings) -> list[str]:
    """Return nothing: pg_restore has checked every constraint by creating it."""
    return []


def _run(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL. It gets the password in its environment: everybody can see command lines."""
    known = conninfo_to_dict(make_conninfo(url))
    wanted = {f"PG{name.upper()}": str(known[name]) for name in _PASSED_ON if name in known}
    environ = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "PGDATABASE": str(known["dbname"]), **wanted}
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program)
            [program, "--no-password", *arguments], env=environ, capture_output=True, timeout=SECONDS
        )
    except FileNotFoundError as error:
        raise Refused(f"{program} is not installed. Install the package postgresql-client.") from error
    if done.returncode != 0:  # its output may contain values of rows
        raise Refused(f"{program} ended with status {done.returncode}. Is it at least as new as the server?")
