"""A database server, or a Redis, that stands still: pages answer 503 within seconds, and health checks at once."""

import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.attacker.scene import postgres
from app.core.codes import make_code
from app.storage import db
from app.storage.postgres import PAUSE_SECONDS, STATEMENT_MS
from config import Settings
from tests.conftest import TinySurvey
from tests.support.homes import application, postgres_settings, running, sqlite_settings
from tests.support.servers import or_skip, redis_url

FEW, AT_ONCE = 8.0, 2.0
HOME = "http://localhost"


@pytest.fixture(scope="module")
def own_server() -> Iterator[str]:
    """A server of our own: it is stopped while others would use it."""

    @contextmanager
    def serving() -> Iterator[str]:
        with postgres.serving() as server:
            yield server.url

    with or_skip(serving) as url:
        yield url


@pytest.fixture
def site(tmp_path: Path, own_server: str) -> Iterator[Settings]:
    """An installation on that server."""
    with postgres_settings(tmp_path / "home", own_server) as settings, application(settings):
        TinySurvey()
        yield settings


@contextmanager
def frozen(pids: list[int]) -> Iterator[None]:
    """Stop processes with SIGSTOP for a while."""
    try:
        _send(pids, signal.SIGSTOP)
        yield
    finally:
        _send(pids, signal.SIGCONT)


def _send(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # what served the question for these numbers has ended
            os.kill(pid, number)


def family(url: str) -> list[int]:
    """Return the main process of a PostgreSQL server and all its children."""
    with psycopg.connect(url) as connection:
        folder = Path(connection.execute("SHOW data_directory").fetchone()[0])
    main = int((folder / "postmaster.pid").read_text().split()[0])
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(main)], capture_output=True, text=True, check=True)
    return [main, *map(int, children.stdout.split())]


def ask(base: str, path: str) -> tuple[int, float, str]:
    """Return the status of an answer, the seconds it took, and when it says to try again."""
    begun = time.monotonic()
    try:
        with urllib.request.urlopen(f"{base}{path}", timeout=60) as answer:
            status, again = answer.status, ""
            answer.read()
    except urllib.error.HTTPError as error:
        status, again = error.code, error.headers.get("Retry-After", "")
    return status, time.monotonic() - begun, again


def test_a_frozen_database_is_not_waited_for(site: Settings, own_server: str) -> None:
    with running(site, site.home / "logs" / "web.log") as base:
        assert {ask(base, "/")[0] for _request in range(20)} == {200}
        with frozen(family(own_server)), ThreadPoolExecutor(40) as people:
            first = [people.submit(ask, base, path) for path in ("/", "/results", "/readyz") * 8]
            time.sleep(0.2)
            while not all(one.done() for one in first):
                status, seconds, _again = ask(base, "/healthz")
                assert (status, seconds < AT_ONCE) == (200, True)
            assert {one.result()[0] for one in first} == {503}
            assert max(one.result()[1] for one in first) < FEW
            assert {one.result()[2] for one in first[:2]} == {"5"}
            later = [ask(base, "/") for _request in range(20)]
            assert {status for status, _seconds, _again in later} == {503}
            assert sorted(seconds for _status, seconds, _again in later)[10] < AT_ONCE, "it is not asked every time"
        time.sleep(PAUSE_SECONDS + 0.5)
        assert ask(base, "/")[0] == 200
        assert ask(base, "/readyz")[0] == 200


def test_a_transaction_under_way_ends_too(site: Settings, own_server: str) -> None:
    with db.writing() as session:
        session.execute(text("SELECT 1"))
        begun = time.monotonic()
        with frozen(family(own_server)), pytest.raises(OperationalError) as ended:
            session.execute(text("SELECT 2"))
        assert time.monotonic() - begun < 12
        assert db.is_transient(ended.value)
        session.rollback()
    with db.reading() as session:
        assert session.scalar(text("SELECT 3")) == 3


def test_a_statement_and_a_lock_have_their_limits(site: Settings) -> None:
    with db.reading() as session:
        limits = {name: session.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")}
    assert limits == {"statement_timeout": f"{STATEMENT_MS // 1000}s", "lock_timeout": "5s"}
    with db.collecting() as session:
        assert session.scalar(text("SHOW statement_timeout")) == "0"


def test_many_rows_take_as_long_as_they_need(site: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is for silence, not for the whole of what a server sends."""
    with db.reading() as session:
        connection = session.connection().connection.dbapi_connection
        monkeypatch.setattr(connection, "patience", 0.5)
        with connection.cursor() as cursor:
            cursor.executemany("SELECT pg_sleep(0.1), repeat(%s, 9000)", [("x",)] * 12)


def test_a_frozen_redis_is_not_waited_for(tmp_path: Path) -> None:
    with or_skip(redis_url) as url:
        found = subprocess.run(
            ["sh", "-c", f"ps -eo pid=,args= | grep -F ':{urlsplit(url).port}' | grep -v grep"],
            capture_output=True,
            text=True,
        )
        pids = [int(line.split()[0]) for line in found.stdout.splitlines()]
        settings = replace(sqlite_settings(tmp_path / "home"), redis_url=url)
        with application(settings) as app:
            client = app.test_client()
            page = client.get("/c", base_url=HOME).text
            token = page.split('name="csrf_token" value="')[1].split('"')[0]
            with frozen(pids):
                begun = time.monotonic()
                answer = client.post("/c", base_url=HOME, data={"csrf_token": token, "code": make_code()})
                assert time.monotonic() - begun < FEW
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
