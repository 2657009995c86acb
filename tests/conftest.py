"""Fixtures that all layers share: real databases, an application, a running server. Nothing about safety is relaxed."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import time_machine
from flask import Flask

from app.cards import service as cards
from app.core.waves import DAY, LONDON
from app.counting import opener
from app.storage import clock
from app.surveys import service as surveys
from app.surveys import waves
from config import Settings
from tests.support.builders import tiny_document
from tests.support.homes import application, postgres_settings, sqlite_settings
from tests.support.readers import have_readers
from tests.support.servers import or_skip, postgres_url, redis_url

TODAY = clock.today()
TOMORROW = TODAY + DAY
MONTH = dt.timedelta(days=30)

LONGEST = (
    "tests/lab/attacks/test_postgresql.py",
    "tests/lab/attacks/test_sqlite.py",
    "tests/lab/",
    "tests/journeys/",
    "tests/browser/test_journeys.py",
    "tests/security/",
    "tests/keys/test_destroyed_keys.py",
)
"""These go first, so that at the end no worker is left alone with one of them while the others have nothing to do."""

DATABASES = {"both_databases": ("sqlite", "postgresql"), "postgresql": ("postgresql",)}
"""Markers, and where a test that has them runs; without one it runs on SQLite."""

pytest_plugins = ("tests.support.staff", "tests.support.office")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the order of all others stays."""
    items.sort(key=lambda item: next((place for place, name in enumerate(LONGEST) if item.nodeid.startswith(name)), 99))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the seeds that tests drew afresh and printed, by file."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    seeds = {(one.nodeid.split("::")[0], seed) for one in reports for seed in re.findall(r"seed \d+", one.capstdout)}
    for file, seed in sorted(seeds):
        terminalreporter.write_line(f"{file}: {seed}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test on the databases that its marker names."""
    for name, databases in DATABASES.items():
        if metafunc.definition.get_closest_marker(name):
            metafunc.parametrize("database", databases, indirect=True)


@pytest.fixture(autouse=True)
def one_day(request: pytest.FixtureRequest) -> Iterator[None]:
    """Keep the run on the day on which it began: from a quarter to midnight on, a test lives in that day's evening.

    A test that asks a server process goes by the same clock as the server.
    """
    evening = dt.datetime.combine(TODAY, dt.time(23), LONDON)
    if "site" in request.fixturenames or clock.now() < evening + dt.timedelta(minutes=45):
        yield
        return
    with time_machine.travel(evening.timestamp()):  # not the zone: a test may empty the environment
        yield


@pytest.fixture(autouse=True)
def no_opener(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of this process do not wait for an opener: none runs here. (Server processes of a test do wait.)"""
    for name in ("fieldwork", "keys"):
        monkeypatch.setattr(f"app.{name}.views.WAIT_SECONDS", 0)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server's superuser URL."""
    with or_skip(postgres_url) as url:
        yield url


@pytest.fixture(scope="session")
def redis_server() -> Iterator[str]:
    """A Redis server's URL."""
    with or_skip(redis_url) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a database at the newest revision, to be copied."""
    with postgres_settings(tmp_path_factory.mktemp("migrated"), postgres_server) as found:
        with application(found):
            pass
        yield urlsplit(found.owner_database_url).path.lstrip("/")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """The kind of database that a test runs on: SQLite, unless a marker of DATABASES asks for more."""
    return getattr(request, "param", "sqlite")


@pytest.fixture
def settings(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """The settings of an empty installation; an ``app`` gets a database that is migrated."""
    home = tmp_path / "home"
    if database == "sqlite":
        yield sqlite_settings(home)
        return
    template = request.getfixturevalue("migrated_postgres") if "app" in request.fixturenames else "template0"
    with postgres_settings(home, request.getfixturevalue("postgres_server"), template) as found:
        yield found


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """An application whose databases are made and empty."""
    with application(settings) as made:
        yield made


def begin_wave(survey: str, first: dt.date = TODAY - MONTH, last: dt.date = TODAY + MONTH) -> str:
    """Make a survey's next wave on the day before its first day, open it on its first day, and return its id."""
    with clock.on_day(first - DAY):
        wave, _request = waves.create_wave(survey, first, last)
    opener.answer_requests()
    have_readers(wave, last)
    with clock.on_day(first):
        waves.open_wave(wave)
    return wave


class TinySurvey:
    """A survey of three questions with one open wave, and its cards."""

    def __init__(self, slug: str = "family") -> None:
        self.slug = surveys.import_questionnaire(json.dumps(tiny_document(survey=slug)), "tiny.json")
        self.wave = self.open_wave()

    def open_wave(self) -> str:
        """Make and open the next wave."""
        return begin_wave(self.slug)

    def close_wave(self) -> None:
        """Close the newest wave and have its letters opened."""
        waves.close_wave(waves.list_waves(self.slug)[-1].id)
        opener.answer_requests()

    def codes(self, count: int, name: str = "batch") -> list[str]:
        """Issue a batch of cards in the north and return its codes."""
        return list(cards.issue_cards(self.slug, batch=name, locality="north", channel="visit", count=count).codes)


@pytest.fixture
def tiny(app: Flask) -> TinySurvey:
    """A tiny survey."""
    return TinySurvey()
