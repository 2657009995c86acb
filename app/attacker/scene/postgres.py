"""A temporary PostgreSQL server for attacks, with the roles and settings required by docs/operating.md."""

import hashlib
import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from app.attacker.scene import servers
from app.attacker.scene.servers import Missing

HOMES = Path("/usr/lib/postgresql")
ROLES = ("front", "counting")
ROLES_LOCK = 7_203_101
_with_roles: set[str] = set()
"""The servers on which this process has created our roles, because setting passwords (SCRAM) is slow."""
SETTINGS = (
    *("listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100", "shared_buffers=32MB"),
    *("fsync=off", "wal_recycle=off", "archive_timeout=1h"),
    *("log_error_verbosity=terse", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0"),
)


@dataclass(frozen=True)
class Urls:
    """The URLs of one database for each role and for its owner."""

    front: str
    counting: str
    owner: str


@dataclass(frozen=True)
class Server:
    """A running server: the URL of its superuser, and the folder of its data and its log."""

    url: str
    folder: Path


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server on the loopback interface with password authentication.

    Raises:
        Missing: there are no binaries, or no unprivileged user to run them.
    """
    binaries, user = _binaries(), servers.unprivileged_user()
    password = secrets.token_hex(16)
    with servers.private_folder(user) as folder:
        data = folder / "data"
        with tempfile.NamedTemporaryFile("w", dir=folder) as note:  # readable by its user only
            print(password, end="", file=note, flush=True)
            os.chown(note.name, folder.stat().st_uid, folder.stat().st_gid)
            made = ("-U", "postgres", "-A", "scram-sha-256", f"--pwfile={note.name}", "-E", "UTF8", "--locale=C", "-N")
            servers.run_once([binaries / "initdb", "-D", data, *made], user)

        def command(port: int) -> list[str | Path]:
            return [binaries / "postgres", "-D", data, *(p for one in (*SETTINGS, f"port={port}") for p in ("-c", one))]

        def address(port: int) -> str:
            return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"

        def answers(port: int) -> bool:
            with suppress(psycopg.OperationalError):
                psycopg.connect(address(port), connect_timeout=2).close()
                return True
            return False

        stops = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
        with servers.running(command, answers, folder, user=user, stops=stops) as port:
            yield Server(address(port), folder)


def new_database(server: str, template: str = "template0") -> Urls:
    """Create a UTF-8 database with a random name, accessible to each of our roles, from the URL of a superuser.

    The template database must have no connections.
    """
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
        if server not in _with_roles:
            _set_roles(connection, server)
            _with_roles.add(server)
    parts = urlsplit(server)._replace(path=f"/{name}")
    place = parts.netloc.rpartition("@")[2]
    front, counting = (
        urlunsplit(parts._replace(netloc=f"{role}:{password_of(server, role)}@{place}")) for role in ROLES
    )
    return Urls(front, counting, urlunsplit(parts))


def password_of(server: str, role: str) -> str:
    """Return the password of a role, derived from the superuser's password."""
    known = unquote(urlsplit(server).password or "")
    return hashlib.blake2b(role.encode(), key=known.encode()[:64], digest_size=16).hexdigest()


def pass_an_hour(owner: str) -> None:
    """Run the maintenance of an hour: analyse tables, switch to a new WAL file, and make a checkpoint."""
    with psycopg.connect(owner, autocommit=True) as connection:
        for statement in (b"ANALYZE", b"SELECT pg_switch_wal()", b"CHECKPOINT"):
            connection.execute(statement)


def _set_roles(connection: psycopg.Connection, server: str) -> None:
    """Create our roles, or set their passwords if they exist; under a lock, because processes share a server."""
    connection.execute("SELECT pg_advisory_lock(%s)", [ROLES_LOCK])
    for role in ROLES:
        there = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER" if there else "CREATE")
        password = sql.Literal(password_of(server, role))
        connection.execute(sql.SQL("{} ROLE {} LOGIN PASSWORD {}").format(verb, sql.Identifier(role), password))
    connection.execute("SELECT pg_advisory_unlock(%s)", [ROLES_LOCK])


def _binaries() -> Path:
    """Return the folder with ``initdb`` and ``postgres``: on the PATH first, then Debian's newest version."""
    on_path = [Path(found).resolve().parent for found in map(shutil.which, ("initdb", "postgres")) if found]
    debian = sorted(HOMES.glob("[0-9]*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    for folder in (*on_path, *debian):
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise Missing("no PostgreSQL binaries (initdb, postgres) found")
