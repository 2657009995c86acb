"""Installations for tests: a settings object on SQLite or PostgreSQL, an application, a running server."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from app import create_app
from app.attacker.scene.postgres import new_database
from app.attacker.scene.servers import free_port
from app.storage import db, installation, migrating
from config import Contact, Settings, load_settings
from tests.support.servers import drop_database

SECRET = "a secret only for tests, long enough 0123456789"
CONTACTS = (Contact("danger", "999"), Contact("office", "0161 496 0101"))
START_SECONDS = 20
ROOT = Path(__file__).parents[2]
MIGRATED: list[bytes] = []
"""The first migrated databases of this process: making them anew for each of a thousand tests takes minutes."""
COPIED: set[str] = set()
"""The owner's URLs of PostgreSQL databases that are copies of one that was migrated."""


class CompiledTemplates(BytecodeCache):
    """Keeps what templates were compiled to, for all applications of this process."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give a template its code, if it is the same text still."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template's code."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


TEMPLATES = CompiledTemplates()


def _compile_addresses_once() -> None:
    """Let all applications of this process share what Werkzeug compiles to build the same address.

    It compiles two functions for each of some eighty addresses when an application is made. They hold nothing but the
    address itself, and take most of the time of a start: over a minute for all tests.
    """
    compiled: dict[tuple[object, ...], Any] = {}
    compile_one = Rule._compile_builder

    def once(rule: Rule, append_unknown: bool = True) -> Any:
        key = (*rule._trace, repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_one(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = once  # type: ignore[method-assign]


_compile_addresses_once()


def sqlite_settings(home: Path) -> Settings:
    """Return the settings of a development home on SQLite."""
    port = free_port()
    given = {"PORTAL_ENV": "development", "SECRET_KEY": SECRET, "PORT": str(port)}
    return replace(load_settings({"PORTAL_HOME": str(home), **given}), contacts=CONTACTS)


@contextmanager
def postgres_settings(home: Path, server: str, template: str = "template0") -> Iterator[Settings]:
    """Yield the settings of a home whose rooms are two schemas of a new database, each reached by its own role."""
    urls = new_database(server, template)
    COPIED.update({urls.owner} if template != "template0" else ())
    yield replace(
        sqlite_settings(home),
        database_url=urls.front,
        answers_database_url=urls.counting,
        owner_database_url=urls.owner,
    )
    drop_database(server, urls.owner)


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """Yield an application with both databases made, inside its context."""
    settings.home.mkdir(parents=True, exist_ok=True)
    app = create_app(settings)
    app.jinja_env.bytecode_cache = TEMPLATES
    with app.app_context():
        _migrate(settings)
        try:
            yield app
        finally:
            db.rooms().dispose()


def _migrate(settings: Settings) -> None:
    """Bring the databases to the newest revision; new files of SQLite are copies of those that were migrated first."""
    files = [settings.home / "portal.db", settings.home / "counting" / "answers.db"]
    if settings.owner_database_url in COPIED:
        installation.prepare_folders()
        return
    is_new = not settings.database_url and not any(file.exists() for file in files)
    if is_new and MIGRATED:
        installation.prepare_folders()
        for file, content in zip(files, MIGRATED, strict=True):
            file.write_bytes(content)
        return
    migrating.migrate()
    if is_new:
        MIGRATED.extend(file.read_bytes() for file in files)


@contextmanager
def running(settings: Settings, log: Path) -> Iterator[str]:
    """Yield the base URL of a real web process (gunicorn) of an installation; its output goes to ``log``."""
    write_portal_env(settings)
    command = [sys.executable, "-m", "gunicorn", "-c", "python:app.server", "wsgi:app"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(settings), stdout=output, stderr=output)
        try:
            _wait_until_up(settings.base_url, process)
            yield settings.base_url
        finally:
            process.terminate()
            process.wait(15)


@contextmanager
def opener_running(settings: Settings, log: Path) -> Iterator[None]:
    """Keep the counting room's own process working on an installation."""
    write_portal_env(settings)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "opener", "run"]
    with log.open("ab") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(settings), stdout=output, stderr=output)
        try:
            yield
        finally:
            process.terminate()
            process.wait(15)


def flask(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the command line in its own process, as an operator would."""
    command = [sys.executable, "-m", "flask", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(settings), capture_output=True, text=True, timeout=600)


def flask_json(settings: Settings, *arguments: str) -> object:
    """Run a command that must succeed and return the JSON that it prints."""
    done = flask(settings, *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which a process finds this installation."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "VIRTUAL_ENV")}
    return {**kept, "PORTAL_HOME": str(settings.home), "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"}


def write_portal_env(settings: Settings) -> None:
    """Write the settings where every process of the installation reads them."""
    values = {
        "PORTAL_ENV": settings.env,
        "SECRET_KEY": settings.secret_key,
        "PORT": str(settings.port),
        "BASE_URL": settings.base_url,
        "DATABASE_URL": settings.database_url,
        "ANSWERS_DATABASE_URL": settings.answers_database_url,
        "OWNER_DATABASE_URL": settings.owner_database_url,
        "REDIS_URL": settings.redis_url,
        "CONTACT_OFFICE": "0161 496 0101",
    }
    settings.home.mkdir(parents=True, exist_ok=True)
    lines = [f"{name}={value}\n" for name, value in values.items() if value]
    (settings.home / "portal.env").write_text("".join(lines), encoding="utf-8")


def _wait_until_up(base: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "the server ended at its start; see its log"
        try:
            with urllib.request.urlopen(f"{base}/healthz", timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer in time")
