"""A database of another version, or a damaged one: every door says what was found, and calls it no fault of ours."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command
from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.storage import db, installation, migrating
from config import Settings
from tests.conftest import TinySurvey
from tests.support.homes import ROOT, environment, write_portal_env

NEWER = "9999"
KNOWN = {room: installation.newest_revision(room) for room in installation.ROOMS}
SECONDS = 30


def start(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    """Start a process that is expected to end by itself at once."""
    command_line = [sys.executable, "-m", *words]
    return subprocess.run(
        command_line, cwd=ROOT, env=environment(settings), capture_output=True, text=True, timeout=SECONDS
    )


def start_web(settings: Settings) -> str:
    """Return what a web process says that does not start."""
    done = start(settings, "gunicorn", "-c", "python:app.server", "wsgi:app")
    assert done.returncode == 1, done.stderr
    return done.stderr


def run(*words: str, status: int = 1) -> str:
    """Return what a command says that is refused, or has another exit status."""
    db.rooms().dispose()
    done = current_app.test_cli_runner().invoke(args=words)
    assert done.exit_code == status, done.output
    assert "report it" not in done.output
    return done.output


def set_revision(room: str, revision: str) -> None:
    """Write a revision into a database, as a newer version of the portal would."""
    engine = db.make_engine(installation.owner_url(room), room)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()


@pytest.mark.both_databases
@pytest.mark.parametrize("room", installation.ROOMS)
def test_a_newer_database_is_named_with_both_revisions(app: Flask, settings: Settings, room: str) -> None:
    write_portal_env(settings)
    set_revision(room, NEWER)
    doors: dict[str, Callable[[], str]] = {
        "opener": lambda: run("opener", "run"),
        "migrate": lambda: run("database", "migrate"),
        "check": lambda: run("config", "check"),
    }
    if room == db.PORTAL:
        doors["web"] = lambda: start_web(settings)
    for name, door in doors.items():
        said = door()
        assert f"at revision {NEWER}" in said, name
        assert f"knows revisions up to {KNOWN[room]}" in said, name
        assert said.count("\n") == 1, name
    assert f"The {room} database" in said or f"{room}.db" in said


def test_ready_says_which_revision_is_found_and_which_is_known(app: Flask) -> None:
    set_revision(db.PORTAL, NEWER)
    answer = app.test_client().get("/readyz")
    assert answer.status_code == 503
    status = "database is newer than this version"
    assert answer.get_json() == {"status": status, "revision": NEWER, "known_revision": KNOWN[db.PORTAL]}


@pytest.mark.both_databases
def test_ready_says_that_an_older_database_is_not_migrated(app: Flask) -> None:
    command.downgrade(migrating.alembic_config(db.PORTAL), "-1")
    older = f"{int(KNOWN[db.PORTAL]) - 1:04}"
    assert app.test_client().get("/readyz").get_json() == {
        **{"status": "not migrated", "revision": older, "known_revision": KNOWN[db.PORTAL]}
    }
    command.downgrade(migrating.alembic_config(db.PORTAL), "base")
    assert app.test_client().get("/readyz").get_json()["status"] == "not migrated"


@pytest.mark.both_databases
def test_an_older_database_is_to_be_migrated(app: Flask, settings: Settings) -> None:
    write_portal_env(settings)
    command.downgrade(migrating.alembic_config(db.PORTAL), "-1")
    for said in (start_web(settings), run("opener", "run")):
        assert f"needs {KNOWN[db.PORTAL]}. Run 'flask database migrate' first." in said
    assert "flask database migrate" in run("config", "check", status=0), "the settings are right"
    run("database", "migrate", status=0)
    assert run("config", "check", status=0).startswith("All ")


def cut(path: Path) -> None:
    """Keep the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_to_the_head(path: Path) -> None:
    """Keep a few bytes of a file."""
    path.write_bytes(path.read_bytes()[:60])


def overwrite(path: Path) -> None:
    """Write another kind of file."""
    path.write_bytes(b"<!doctype html><title>Not found</title>" * 100)


def scribble(path: Path) -> None:
    """Spoil all of a file but its first two pages."""
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xa5" * (len(content) - 8192))


DAMAGES = (cut, cut_to_the_head, overwrite, scribble)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("room", installation.ROOMS)
def test_a_damaged_file_is_named_as_damaged(
    tiny: TinySurvey, settings: Settings, room: str, damage: Callable[[Path], None]
) -> None:
    write_portal_env(settings)
    path = settings.home / ("portal.db" if room == db.PORTAL else "counting/answers.db")
    db.rooms().dispose()
    damage(path)
    doors = [("opener", "run"), ("database", "migrate"), ("config", "check"), ("backup", "create", "x.age")]
    doors += [("wave", "list", "family")] if room == db.PORTAL and damage is not scribble else []
    said = [run(*door) for door in doors]
    if room == db.PORTAL:
        said.append(start_web(settings))
    for sentence in said:
        assert f"{path} is damaged" in sentence, sentence
        assert "docs/operating.md" in sentence


@pytest.mark.parametrize("damage", [cut, overwrite])
def test_ready_says_that_the_database_is_damaged(
    app: Flask, settings: Settings, damage: Callable[[Path], None]
) -> None:
    db.rooms().dispose()
    damage(settings.home / "portal.db")
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "database is damaged"})


def test_a_missing_file_is_not_made(app: Flask, settings: Settings) -> None:
    db.rooms().dispose()
    path = settings.home / "portal.db"
    path.rename(path.with_suffix(".away"))
    assert f"{path} does not exist. Run 'flask database migrate' first." in run("config", "check", status=0)
    assert not path.exists()


def test_a_database_without_a_table_is_not_called_damaged(app: Flask) -> None:
    with db.reading() as session, pytest.raises(OperationalError) as missing:
        session.execute(text("SELECT 1 FROM zebra"))
    assert not db.is_damaged(missing.value)
