"""The web process as its own user: it starts when the counting room is shut to it, and a shell there finds nothing."""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest
from flask import Flask
from psycopg import sql

from app.counting import destroying
from app.keys import walls
from config import Settings
from tests.security.two_users import Site, separate, two_users
from tests.support.homes import application
from tests.support.unprivileged import Stranger, stranger

SERVER = ("-m", "gunicorn", "-c", "python:app.server", "wsgi:app")
FLASK = ("-m", "flask", "--app", "wsgi")
INTRUDER = ("-m", "tests.security.intruder")
REFUSAL = "The web process does not start, because it must not have access to the counting room: "
SECONDS = 30


@pytest.fixture
def site(database: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Two users' installation."""
    with two_users(database, request) as made:
        yield made


def refusal_of(started: subprocess.Popen[str]) -> str:
    """Return what a server says that does not start."""
    try:
        _out, said = started.communicate(timeout=SECONDS)
    finally:
        started.kill()
    assert started.returncode == 1, said
    assert said.count("\n") == 1, said
    return said.strip()


def comes_up(started: subprocess.Popen[str], port: int) -> bool:
    """Tell whether a server answers, and end it."""
    until = time.monotonic() + SECONDS
    try:
        while time.monotonic() < until and started.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                    return int(answer.status) == 200
            except OSError:
                time.sleep(0.1)
        return False
    finally:
        started.terminate()
        started.communicate(timeout=SECONDS)


@pytest.mark.both_databases
def test_with_separate_users_it_starts(site: Site) -> None:
    assert comes_up(site.web.start(SERVER, site.environment()), site.settings.port)


@pytest.mark.both_databases
@pytest.mark.parametrize("opened", ["counting", "counting/answers.db"])
def test_it_does_not_start_where_it_can_read_the_counting_room(site: Site, opened: str) -> None:
    site.room.chmod(0o755 if opened == "counting" else 0o711)
    for path in site.room.glob("answers.db*"):
        path.chmod(0o600)
    if opened != "counting":
        (site.settings.home / opened).touch()
        (site.settings.home / opened).chmod(0o644)

    said = refusal_of(site.web.start(SERVER, site.environment()))

    (site.room / "keys").chmod(0o700)
    assert said == f"{REFUSAL}it can read the counting room's folder {site.room}."


@pytest.mark.parametrize("owner", ["web", "root"])
def test_it_does_not_start_where_it_could_move_the_counting_room_away(site: Site, owner: str) -> None:
    assert site.web.user is not None
    home = site.settings.home
    os.chown(home, site.web.user.pw_uid if owner == "web" else 0, site.web.user.pw_gid)
    home.chmod(0o3770 if owner == "web" else 0o2770)
    said = refusal_of(site.web.start(SERVER, site.environment()))
    folder = f"it could move the counting room's folder away: {home} has to be root's, with the mode 3770"
    assert said == f"{REFUSAL}{folder}."


def test_a_shell_of_the_web_process_cannot_move_the_counting_room_away(site: Site) -> None:
    moving = ["-c", "import os, sys; os.rename(sys.argv[1], sys.argv[1] + '.away')", str(site.room)]
    _out, said = site.web.start(moving, site.environment()).communicate(timeout=SECONDS)
    assert "PermissionError" in said
    assert site.room.is_dir()
    site.settings.home.chmod(0o2777)
    done(site.web.start(moving, site.environment()))  # where nothing is sticky it can
    site.room.with_name("counting.away").rename(site.room)


@pytest.mark.parametrize("fault", ["belongs to another user", "is open to others"])
def test_the_opener_does_not_start_in_a_room_that_is_not_its_own(site: Site, fault: str) -> None:
    if fault == "belongs to another user":
        os.chown(site.room, 65533, -1)
    else:
        site.room.chmod(0o750)
    with stranger(is_other=False) as us:
        address = site.settings.answers_database_url
        said = refusal_of(us.start([*FLASK, "opener", "run"], site.environment(ANSWERS_DATABASE_URL=address)))
    assert said.startswith("The opener does not start, because others could read the counting room: ")
    assert fault in said


@pytest.mark.parametrize("fault", ["does not exist", "cannot read and write"])
def test_without_a_database_file_it_says_so_and_makes_none(site: Site, fault: str) -> None:
    for path in site.settings.home.glob("portal.db*"):
        if fault == "does not exist":
            path.unlink()
        else:
            path.chmod(0o600)
    said = refusal_of(site.web.start(SERVER, site.environment()))
    assert said.startswith("The web process does not start: ")
    assert fault in said
    assert (site.settings.home / "portal.db").exists() == (fault != "does not exist")


@pytest.mark.parametrize("name", ["ANSWERS_DATABASE_URL", "OWNER_DATABASE_URL"])
def test_it_does_not_start_with_the_openers_or_owners_address(site: Site, name: str) -> None:
    said = refusal_of(site.web.start(SERVER, site.environment(**{name: "postgresql://counting@127.0.0.1/none"})))
    assert said == f"{REFUSAL}{name}, which only the opener or whoever migrates may have, is among its settings."


def test_the_same_from_the_installations_own_file(site: Site) -> None:
    path = site.settings.home / "portal.env"
    path.write_text("ANSWERS_DATABASE_URL=postgresql://counting@127.0.0.1/none\n", encoding="utf-8")
    path.chmod(0o644)
    assert "ANSWERS_DATABASE_URL" in refusal_of(site.web.start(SERVER, site.environment()))


def test_it_does_not_start_as_root(site: Site) -> None:
    with stranger(is_other=False) as root:
        said = refusal_of(root.start(SERVER, site.environment()))
    assert said.startswith(f"{REFUSAL}it runs as root, and root reads everything")


def test_in_development_it_says_so_and_starts(site: Site) -> None:
    site.room.chmod(0o755)
    changes = {"PORTAL_ENV": "development", "BASE_URL": "http://127.0.0.1", "DATABASE_URI": "x"}
    started = site.web.start(SERVER, site.environment(**changes))
    until = time.monotonic() + SECONDS
    assert started.stderr is not None
    assert started.stderr.readline() == "DATABASE_URI in the environment is not read: did you mean DATABASE_URL?\n"
    said = started.stderr.readline()
    assert said.startswith("In production the web process would not start: it can read the counting room's folder")
    assert comes_up(started, site.settings.port)
    assert time.monotonic() < until


def test_the_opener_and_the_command_line_are_not_asked(site: Site) -> None:
    with stranger(is_other=False) as opener:
        site.room.chmod(0o700)
        more = {"ANSWERS_DATABASE_URL": site.settings.answers_database_url}
        asked = opener.start([*FLASK, "letterbox", "status"], site.environment(**more))
        assert "family-1" in done(asked)


ROLE_GAPS = {
    "GRANT USAGE ON SCHEMA answers TO front": "may use the schema answers",
    "GRANT SELECT ON portal.letter TO front": "may read letters",
    "GRANT SELECT (box) ON portal.letter TO front": "may read letters",
}


@pytest.mark.postgresql
@pytest.mark.parametrize("grant", ROLE_GAPS)
def test_a_role_that_may_too_much_is_found(app: Flask, settings: Settings, grant: str) -> None:
    asked = replace(settings, answers_database_url="", owner_database_url="")
    assert not any(gap.startswith("the role") for gap in walls.find_gaps(asked))
    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        owner.execute(grant.encode())
    assert f"the role in DATABASE_URL {ROLE_GAPS[grant]}" in walls.find_gaps(asked)


@pytest.mark.postgresql
def test_a_role_that_may_become_another_is_found(app: Flask, settings: Settings) -> None:
    name = f"member_{os.getpid()}"
    with psycopg.connect(settings.owner_database_url, autocommit=True) as owner:
        role = sql.Identifier(name)
        word = sql.Literal(urlsplit(settings.database_url).password)
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT PASSWORD {} IN ROLE counting").format(role, word))
        url = settings.database_url.replace("//front:", f"//{name}:")
        found = walls.find_gaps(replace(settings, database_url=url))
        assert "the role in DATABASE_URL may become the opener or the owner" in found
        owner.execute(sql.SQL("DROP ROLE {}").format(role))
    found = walls.find_gaps(replace(settings, database_url=settings.owner_database_url))
    assert "the role in DATABASE_URL is a superuser" in found
    found = walls.find_gaps(replace(settings, database_url="postgresql://front@127.0.0.1:1/none"))
    assert any("does not answer" in gap for gap in found)


@pytest.mark.both_databases
def test_two_users_destroy_a_waves_keys_together(site: Site) -> None:
    address = site.settings.answers_database_url
    with stranger(is_other=False) as us:
        site.room.chmod(0o700)
        status = done(site.web.start([*FLASK, "keys", "status", "--json"], site.environment()))
        seen = {row["name"]: row for row in json.loads(status)}
        assert seen["family-1"]["front"] == ["family-1.wave"]
        assert seen["family-1"]["counting"] == "not readable by this user"

        site.room.chmod(0o700)
        opener = us.start([*FLASK, "opener", "run"], site.environment(ANSWERS_DATABASE_URL=address))
        try:
            said = done(site.web.start([*FLASK, "keys", "burn-wave", "family-1", "--yes"], site.environment()))
        finally:
            opener.terminate()
            opener.communicate(timeout=SECONDS)
    assert said == "The keys of family-1 are destroyed. Destroy every backup of keys too: it would undo this.\n"
    assert [path.name for path in site.settings.home.rglob("family-1.*")] == []
    assert sorted(path.name for path in site.settings.home.rglob("family-2.*")) == ["family-2.secret", "family-2.wave"]


def test_a_web_process_that_was_down_destroys_its_keys_when_it_starts(site: Site) -> None:
    site.room.chmod(0o700)
    with application(site.settings):
        destroying.destroy_wave("family-1")
    separate(site.settings, site.web)
    key = site.settings.front_keys / "family-1.wave"
    assert key.exists()
    assert comes_up(site.web.start(SERVER, site.environment()), site.settings.port)
    assert not key.exists()


def done(started: subprocess.Popen[str]) -> str:
    """Return what a command prints that must succeed."""
    out, said = started.communicate(timeout=2 * SECONDS)
    assert started.returncode == 0, said
    return out


def look(site: Site, who: Stranger, **changes: str) -> dict[str, int]:
    """Return what somebody with a shell finds."""
    started = who.start(INTRUDER, site.environment(**changes))
    out, said = started.communicate(timeout=SECONDS)
    assert started.returncode == 0, said
    found: dict[str, int] = json.loads(out)
    return found


@pytest.mark.both_databases
def test_a_shell_of_the_web_process_opens_no_letter_and_reads_no_answer(site: Site) -> None:
    found = look(site, site.web)

    assert found["keys"] >= 4, "it has the front room's keys"
    assert found["letters"] == (0 if site.settings.database_url else 3), "on SQLite it sees the sealed letters"
    assert found["sign_ins"] == 0
    assert (found["opened"], found["responses"], found["words"]) == (0, 0, 0)
    assert site.web.user is not None
    assert found["user"] == site.web.user.pw_uid


@pytest.mark.both_databases
def test_the_same_search_by_the_opener_finds_all(site: Site) -> None:
    with stranger(is_other=False) as opener:
        site.room.chmod(0o700)
        address = site.settings.answers_database_url
        found = look(site, opener, ANSWERS_DATABASE_URL=address, DATABASE_URL=address)
    assert (found["letters"], found["opened"], found["responses"] >= 10) == (3, 3, True)
