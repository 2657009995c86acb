"""The throw-away servers answer, give fresh databases, leave nothing behind and say what is missing."""

import os
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from app.attacker.scene import postgres, servers
from app.attacker.scene.postgres import new_database
from app.attacker.scene.servers import Missing
from tests.support.servers import drop_database, or_skip, postgres_url, redis_url, skip_or_fail

OWN_POSTGRES = pytest.mark.skipif("TEST_POSTGRES_URL" in os.environ, reason="a PostgreSQL server is given")
OWN_REDIS = pytest.mark.skipif("TEST_REDIS_URL" in os.environ, reason="a Redis server is given")


def test_postgres_round_trip():
    with or_skip(postgres_url) as server:
        url = new_database(server).owner
        assert url != new_database(server).owner
        with psycopg.connect(url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
            assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
            assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
        drop_database(server, url)
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(url)


@OWN_POSTGRES
def test_postgres_own_server_runs_unprivileged_and_leaves_nothing():
    with or_skip(postgres_url) as server, psycopg.connect(server) as connection:
        (data,) = connection.execute("show data_directory").fetchone()
        assert Path(data).stat().st_uid != 0
        assert connection.execute("show listen_addresses").fetchone() == ("127.0.0.1",)
    assert not Path(data).parent.exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server, connect_timeout=2)


@OWN_POSTGRES
def test_postgres_own_server_lets_nobody_in_without_their_own_password():
    with or_skip(postgres_url) as server:
        urls = new_database(server)
        assert new_database(server).front.partition("@")[0] == urls.front.partition("@")[0], "the same for everybody"
        passwords = [urlsplit(url).password for url in (urls.front, urls.counting, urls.owner)]
        assert len(set(passwords)) == 3
        for url in (urls.front, urls.counting, urls.owner):
            own = urlsplit(url).password
            psycopg.connect(url).close()
            for other in ("", *(f":{password}" for password in passwords if password != own)):
                with pytest.raises(psycopg.OperationalError, match="password"):
                    psycopg.connect(url.replace(f":{own}@", f"{other}@"))
        with psycopg.connect(server) as connection:
            (data,) = connection.execute("show data_directory").fetchone()
        assert {path.name for path in Path(data).parent.iterdir()} == {"data", servers.LOG}, "the password is nowhere"


def test_redis_round_trip():
    with or_skip(redis_url) as url, redis.Redis.from_url(url) as client:
        assert client.ping()


@OWN_REDIS
def test_redis_own_server_keeps_nothing_and_stops():
    with or_skip(redis_url) as url, redis.Redis.from_url(url) as client:
        folder = Path(client.config_get("dir")["dir"])
        assert client.config_get("save") == {"save": ""}
        assert client.config_get("appendonly") == {"appendonly": "no"}
    assert not folder.exists()
    with redis.Redis.from_url(url, socket_timeout=2) as client, pytest.raises(redis.ConnectionError):
        client.ping()


def test_servers_given_url_is_used_as_it_is(monkeypatch):
    monkeypatch.setenv("TEST_POSTGRES_URL", "postgresql://given/db")
    monkeypatch.setenv("TEST_REDIS_URL", "redis://given/1")
    with postgres_url() as postgres, redis_url() as cache:
        assert (postgres, cache) == ("postgresql://given/db", "redis://given/1")


@pytest.mark.parametrize(("service", "name"), [(postgres_url, "PostgreSQL binaries"), (redis_url, "redis-server")])
def test_servers_missing_binaries_are_named(monkeypatch, tmp_path, service, name):
    monkeypatch.delenv("TEST_POSTGRES_URL", raising=False)
    monkeypatch.delenv("TEST_REDIS_URL", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    monkeypatch.setattr(postgres, "HOMES", tmp_path)
    with pytest.raises(Missing, match=name), service():
        pass


def test_servers_program_that_ends_at_once_is_missing_and_not_waited_for(tmp_path):
    with pytest.raises(Missing, match="did not start"):  # noqa: SIM117
        with servers.running(lambda _port: ["false"], lambda _port: False, tmp_path, user=None, stops=()):
            pass


def test_servers_failing_test_still_stops_the_server(tmp_path):
    started: list[subprocess.Popen[bytes]] = []

    def watch(server: subprocess.Popen[bytes], _answers: object, _port: int) -> bool:
        started.append(server)
        return True

    with pytest.MonkeyPatch.context() as patch, pytest.raises(ZeroDivisionError):  # noqa: PT012
        patch.setattr(servers, "comes_up", watch)
        with servers.running(
            lambda _: ["sleep", "60"], lambda _: True, tmp_path, user=None, stops=(servers.signal.SIGTERM,)
        ):
            raise ZeroDivisionError
    assert started[0].returncode is not None


def test_skip_or_fail_obeys_require_services(monkeypatch):
    monkeypatch.delenv("REQUIRE_SERVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such server"):
        skip_or_fail("no such server")
    monkeypatch.setenv("REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="no such server"):
        skip_or_fail("no such server")
