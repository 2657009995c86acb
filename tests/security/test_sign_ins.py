"""The web process does not start where PostgreSQL lets it sign in as somebody who may read the counting room."""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from app.attacker.scene import postgres
from app.keys import walls
from config import Settings
from tests.support.homes import application, postgres_settings
from tests.support.servers import first_line_of_hba, or_skip

SECONDS = 10
SOCKETS = "unix_socket_directories="


@pytest.fixture(scope="module")
def sockets() -> Iterator[str]:
    """A folder for a server's sockets."""
    with tempfile.TemporaryDirectory(prefix="portal-sockets-") as folder:
        os.chmod(folder, 0o777)
        yield folder


@pytest.fixture(scope="module")
def own_server(sockets: str) -> Iterator[str]:
    """A server of our own: what is changed here would let every other test's roles in."""

    @contextmanager
    def serving() -> Iterator[str]:
        with postgres.serving() as server:
            yield server.url

    settings = tuple(f"{one}{sockets}" if one == SOCKETS else one for one in postgres.SETTINGS)
    assert settings != postgres.SETTINGS
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "SETTINGS", settings)
        with or_skip(serving) as url:
            yield url


@pytest.fixture
def web(tmp_path: Path, own_server: str) -> Iterator[Settings]:
    """The settings of the web process of an installation whose roles have three different passwords."""
    with postgres_settings(tmp_path / "home", own_server) as settings, application(settings):
        yield replace(settings, answers_database_url="", owner_database_url="")


def let_in_of(settings: Settings) -> list[str]:
    """Return as whom the web process could sign in."""
    said = "PostgreSQL lets it sign in as "
    return [gap.removeprefix(said) for gap in walls.find_gaps(settings) if gap.startswith(said)]


def test_with_different_passwords_nobody_else_lets_it_in(web: Settings) -> None:
    begun = time.monotonic()
    assert let_in_of(web) == []
    assert time.monotonic() - begun < SECONDS


@pytest.mark.parametrize(
    ("line", "roles"),
    [
        ("host all all 127.0.0.1/32 trust", ["counting", "postgres"]),
        ("host all counting 127.0.0.1/32 trust", ["counting"]),
        ("host all postgres 127.0.0.1/32 trust", ["postgres"]),
    ],
)
def test_a_line_that_trusts_is_found(own_server: str, web: Settings, line: str, roles: list[str]) -> None:
    with first_line_of_hba(own_server, line):
        assert let_in_of(web) == [f"{role} without a password" for role in roles]
    assert let_in_of(web) == []


def test_another_way_in_that_trusts_is_found(
    own_server: str, web: Settings, sockets: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walls, "LOCAL", ("127.0.0.1", sockets))
    assert let_in_of(web) == []
    with first_line_of_hba(own_server, "local all postgres trust"):
        assert let_in_of(web) == ["postgres without a password"]


@pytest.mark.parametrize("role", ["counting", "postgres"])
def test_the_web_processs_own_password_opens_nobody_else(own_server: str, web: Settings, role: str) -> None:
    true = urlsplit(own_server).password if role == "postgres" else postgres.password_of(own_server, role)
    change = sql.SQL("ALTER ROLE {} PASSWORD {}")
    with psycopg.connect(own_server, autocommit=True) as owner:
        owner.execute(change.format(sql.Identifier(role), sql.Literal(urlsplit(web.database_url).password)))
        found = let_in_of(web)
        owner.execute(change.format(sql.Identifier(role), sql.Literal(true)))
    assert found == [f"{role} with the password of DATABASE_URL"]
    assert let_in_of(web) == []


@pytest.mark.parametrize("more", ["IN ROLE counting", "IN ROLE pg_read_all_data", "REPLICATION", "SUPERUSER"])
def test_whoever_may_do_as_they_may_is_tried_too(own_server: str, web: Settings, more: str) -> None:
    word = sql.Literal(urlsplit(web.database_url).password)
    with psycopg.connect(own_server, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE helper LOGIN PASSWORD {} " + more).format(word))
        found = let_in_of(web)
        owner.execute("DROP ROLE helper")
    assert found == ["helper with the password of DATABASE_URL"]


def test_the_owner_of_the_schemas_is_tried(own_server: str, web: Settings) -> None:
    word = sql.Literal(urlsplit(web.database_url).password)
    database = urlsplit(web.database_url).path
    with psycopg.connect(own_server.removesuffix("/postgres") + database, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE owner LOGIN PASSWORD {}").format(word))
        owner.execute("ALTER SCHEMA answers OWNER TO owner")
        found = let_in_of(web)
        owner.execute("ALTER SCHEMA answers OWNER TO postgres")
        owner.execute("DROP OWNED BY owner")
        owner.execute("DROP ROLE owner")
    assert found == ["owner with the password of DATABASE_URL"]
