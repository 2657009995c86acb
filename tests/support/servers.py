"""Throw-away PostgreSQL and Redis servers for tests.

Each context manager yields the URL of a given server (``TEST_POSTGRES_URL``, ``TEST_REDIS_URL``) or of one that it
starts from the system's binaries in a private folder, on loopback, and stops and removes at the end.
"""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from psycopg import sql

from app.attacker.scene import postgres, servers
from app.attacker.scene.servers import Missing


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
    """Yield a superuser URL of a PostgreSQL server; our own asks for passwords and listens on loopback only.

    Raises:
        Missing: no server given, and no binaries or no unprivileged user to run them.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given.replace("postgresql+psycopg://", "postgresql://", 1)  # as libpq reads it
        return
    with postgres.serving() as server:
        yield server.url


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
    with servers.private_folder(None) as folder:

        def command(port: int) -> list[str | Path]:
            place = ["--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
            return [binary, *place, "--save", "", "--appendonly", "no"]

        stops = (signal.SIGTERM, signal.SIGKILL)
        with servers.running(command, _redis_answers, folder, user=None, stops=stops) as port:
            yield _redis_address(port)


def drop_database(server_url: str, url: str) -> None:
    """Drop a database that ``postgres.new_database`` made, cutting its connections; needed on given servers only."""
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def first_line_of_hba(server: str, line: str) -> Iterator[None]:
    """Put a line at the top of the server's pg_hba.conf for a while."""
    with psycopg.connect(server, autocommit=True) as owner:
        path = Path(owner.execute("SHOW hba_file").fetchone()[0])
        before = path.read_text(encoding="utf-8")
        for content in (f"{line}\n{before}", before):
            path.write_text(content, encoding="utf-8")
            _reload(owner)
            if content != before:
                yield


def _reload(owner: psycopg.Connection) -> None:
    """Have the server read its files again, and wait until it has: its main process gets a signal."""
    before = owner.execute("SELECT pg_conf_load_time()").fetchone()
    owner.execute("SELECT pg_reload_conf()")
    while owner.execute("SELECT pg_conf_load_time()").fetchone() == before:
        time.sleep(0.02)


def _redis_address(port: int) -> str:
    return f"redis://127.0.0.1:{port}/0"


def _redis_answers(port: int) -> bool:
    try:
        with redis.Redis.from_url(_redis_address(port), socket_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False
