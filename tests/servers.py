"""Throw-away PostgreSQL and Redis servers for tests.

Each context manager yields the URL of a given server (``TEST_POSTGRES_URL``, ``TEST_REDIS_URL``) or of one that it
starts from the system's binaries in a private folder, on loopback, and stops and removes at the end.
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import redis
from psycopg import sql

START_SECONDS = 30
STOP_SECONDS = 15
STARTS = 3
POSTGRES_HOMES = Path("/usr/lib/postgresql")
UNPRIVILEGED = ("postgres", "nobody")


class Missing(RuntimeError):
    """A service that tests need is neither given nor can be started; the message says why."""


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test by name, or fail it where services are required (``REQUIRE_SERVICES=1``)."""
    if os.environ.get("REQUIRE_SERVICES") == "1":
        pytest.fail(f"a required service is missing: {reason}", pytrace=False)
    pytest.skip(reason)


@contextmanager
def or_skip(service: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """Yield a service's URL; where it is missing, skip or fail. For fixtures: ``with or_skip(postgres_url) as url``."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(service())
        except Missing as missing:
            skip_or_fail(str(missing))
        yield url


@contextmanager
def postgres_url() -> Iterator[str]:
    """Yield a superuser URL of a PostgreSQL server (no password, loopback only).

    Raises:
        Missing: no server given, and no binaries or no unprivileged user to run them.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
        return
    binaries = _postgres_binaries()
    user = _unprivileged_user()
    with _private_folder(user) as folder:
        data = folder / "data"
        _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"], user)

        def command(port: int) -> list[str | Path]:
            settings = (
                "listen_addresses=127.0.0.1",
                f"port={port}",
                "unix_socket_directories=",
                "fsync=off",
                "wal_recycle=off",
                "archive_timeout=1h",
                "log_parameter_max_length=0",
                "log_parameter_max_length_on_error=0",
                "shared_buffers=32MB",
                "max_connections=100",
            )
            return [binaries / "postgres", "-D", data, *(part for one in settings for part in ("-c", one))]

        stops = (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)
        with _running(command, _postgres_answers, folder, user, stops) as port:
            yield _postgres_address(port)


@contextmanager
def redis_url() -> Iterator[str]:
    """Yield the URL of a Redis or Valkey server that keeps nothing on disk.

    Raises:
        Missing: no server given and no binary found.
    """
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        yield given
        return
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        raise Missing("no redis-server or valkey-server found, and TEST_REDIS_URL is not set")
    with _private_folder(None) as folder:

        def command(port: int) -> list[str | Path]:
            place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
            return [binary, *place, "--save", "", "--appendonly", "no"]

        stops = (signal.SIGTERM, signal.SIGKILL)
        with _running(command, _redis_answers, folder, None, stops) as port:
            yield _redis_address(port)


def fresh_database(url: str, template: str = "template0") -> str:
    """Make a UTF-8 database with a random name on the server of a URL, and return the new database's URL.

    It is empty, or a copy of ``template``, to which nobody may be connected.

    Roles belong to the whole server: a test that makes some gives them random names or shares them knowingly.
    """
    name = f"test_{secrets.token_hex(8)}"
    with psycopg.connect(_plain(url), autocommit=True) as server:
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'")
        server.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def drop_database(server_url: str, url: str) -> None:
    """Drop a database that :func:`fresh_database` made, cutting its connections; needed on given servers only."""
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(_plain(server_url), autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _plain(url: str) -> str:
    """Return a URL as libpq reads it, without SQLAlchemy's driver name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _postgres_binaries() -> Path:
    """Return the folder that holds both ``initdb`` and ``postgres``: on the PATH first, then Debian's newest."""
    on_path = [Path(found).resolve().parent for found in map(shutil.which, ("initdb", "postgres")) if found]
    debian = sorted(POSTGRES_HOMES.glob("[0-9]*/bin"), key=lambda p: float(p.parent.name), reverse=True)
    for folder in (*on_path, *debian):
        if all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres")):
            return folder
    raise Missing("no PostgreSQL binaries (initdb, postgres) found, and TEST_POSTGRES_URL is not set")


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom the server runs as: nobody else unless we are root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Missing(f"PostgreSQL does not run as root and there is no user {' or '.join(UNPRIVILEGED)}")


@contextmanager
def _private_folder(user: pwd.struct_passwd | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="portal-test-", ignore_cleanup_errors=True) as name:
        if user is not None:
            os.chown(name, user.pw_uid, user.pw_gid)
        yield Path(name)


def _run(command: Sequence[str | Path], user: pwd.struct_passwd | None) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **_as(user))
    if done.returncode != 0:
        raise Missing(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return the arguments that make a child give up root for good (user, group and all other groups)."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextmanager
def _running(
    command: Callable[[int], Sequence[str | Path]],
    answers: Callable[[int], bool],
    folder: Path,
    user: pwd.struct_passwd | None,
    stops: Sequence[signal.Signals],
) -> Iterator[int]:
    """Start a server on a free port, yield the port once it answers, and stop the server by its process id."""
    log = folder / "server.log"
    for _ in range(STARTS):
        port = _free_port()
        with log.open("wb") as out:
            server = subprocess.Popen(command(port), cwd="/", stdout=out, stderr=out, **_as(user))
        try:
            if _comes_up(server, answers, port):
                yield port
                return
        finally:
            _stop(server, stops)
    raise Missing(f"{command(0)[0]} did not start: {log.read_text(errors='replace').strip()[-500:]}")


def _comes_up(server: subprocess.Popen[bytes], answers: Callable[[int], bool], port: int) -> bool:
    """Wait until the server answers; False when it ended, as it does when another process took the port."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        if answers(port):
            return server.poll() is None
        time.sleep(0.05)
    return False


def _stop(server: subprocess.Popen[bytes], stops: Sequence[signal.Signals]) -> None:
    for stop in stops:
        if server.poll() is not None:
            return
        server.send_signal(stop)
        try:
            server.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _postgres_address(port: int) -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _postgres_answers(port: int) -> bool:
    try:
        psycopg.connect(_postgres_address(port), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _redis_address(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


def _redis_answers(port: int) -> bool:
    try:
        with redis.Redis.from_url(_redis_address(port), socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
