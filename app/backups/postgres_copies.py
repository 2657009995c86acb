"""Dumps of both schemas by pg_dump, from one moment; put back by pg_restore, or tried in a throw-away database."""

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
_VARIABLES = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def take(folder: Path) -> tuple[Rows, dict[str, str]]:
    """Dump both schemas into a folder, and return their rows and revisions at the same moment.

    The opener is kept out from before that moment until the dump is there: it empties tables by TRUNCATE, after which
    an older moment sees nothing in them.
    """
    url = db.rooms().settings.owner_database_url
    if not url:
        raise Refused(
            "A backup of PostgreSQL is made as the database owner. Set OWNER_DATABASE_URL for this command only."
        )
    _drop_tried(url)
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
    """Raise Refused where the database holds tables of ours already."""
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


def put(folder: Path, settings: Settings) -> None:
    """Fill an empty database with an opened backup, wholly or not at all. Rights are given by the next migration."""
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    name = conninfo_to_dict(settings.owner_database_url)["dbname"]
    _run("pg_restore", settings.owner_database_url, *options, f"--dbname={name}", str(folder / DUMP))


def take_away(settings: Settings) -> None:
    """Take the tables of a backup that turned out not to be whole away again."""
    with psycopg.connect(settings.owner_database_url, autocommit=True) as connection:
        for room in installation.ROOMS:
            connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(room)))


@contextmanager
def elsewhere(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Give settings that lead to a throw-away database filled with an opened backup; it is dropped at the end.

    What a crash leaves goes when the next backup is made or tried.
    """
    name = sql.Identifier(_tried(settings.owner_database_url))
    url = make_url(settings.owner_database_url, _tried(settings.owner_database_url))
    _drop_tried(settings.owner_database_url)
    with psycopg.connect(settings.owner_database_url, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
        except psycopg.errors.InsufficientPrivilege as error:
            sentence = (
                "To verify a backup, the owner has to create a database: ALTER ROLE owner CREATEDB, as a superuser."
            )
            raise Refused(sentence) from error
        try:
            connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            there = replace(settings, database_url=url, answers_database_url=url, owner_database_url=url)
            put(folder, there)
            yield there
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def _tried(url: str) -> str:
    """Return the name of the throw-away database that goes with an installation's own."""
    return f"{conninfo_to_dict(url)['dbname']}_backup_tried"


def _drop_tried(url: str) -> None:
    """Drop what a try that was killed has left."""
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(_tried(url)))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(drop)


def faults(_settings: Settings) -> list[str]:
    """Return nothing: pg_restore has checked every constraint by making it."""
    return []


def make_url(url: str, database: str) -> str:
    """Return the URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _run(program: str, url: str, *arguments: str) -> None:
    """Run a program of PostgreSQL. The password goes by its environment: a command line is for all to see."""
    known = conninfo_to_dict(make_conninfo(url))
    wanted = {_VARIABLES[name]: str(value) for name, value in known.items() if name in _VARIABLES}
    environ = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **wanted}
    try:
        done = subprocess.run(  # noqa: S603 (a fixed program)
            [program, "--no-password", *arguments], env=environ, capture_output=True, timeout=SECONDS
        )
    except FileNotFoundError as error:
        raise Refused(f"{program} is not installed. Install the package postgresql-client.") from error
    if done.returncode != 0:  # what it says may hold values of rows
        raise Refused(f"{program} ended with status {done.returncode}. Is it at least as new as the server?")
