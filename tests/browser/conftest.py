"""A served demonstration home and a real browser, phone first."""

import fcntl
import itertools
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.attacker.scene.chromium import launch_options
from app.cards import service as cards
from app.demo import borough
from app.staff import accounts
from app.surveys import service as surveys
from config import Settings
from tests.support.builders import tiny_document
from tests.support.homes import application, opener_running, running, sqlite_settings

AUDIENCES = ("family", "young", "school", "partner", "staff")
PHONE = {"width": 360, "height": 740}


class Site:
    """A running demonstration, and fresh cards for it."""

    def __init__(self, settings: Settings, base: str) -> None:
        self.settings, self.base = settings, base
        self._numbers = itertools.count()

    def fresh_code(self, survey: str) -> str:
        """Issue one trial card and return its code."""
        with application(self.settings):
            name = f"test {next(self._numbers)}"
            return cards.issue_cards(
                survey, batch=name, locality="boroughwide", channel="any", count=1, kind="trial"
            ).codes[0]


@pytest.fixture(scope="session")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one closed wave and one open wave of each survey, made by the first worker that needs it."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    home = shared / "demonstration"
    with (shared / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            with application(sqlite_settings(shared / "unfinished")):
                borough.load_demo(seed=7, respondents=30, closed_waves=1, report=lambda _line: None)
            (shared / "unfinished").rename(home)
    return home


@pytest.fixture(scope="session")
def site(demonstration: Path) -> Iterator[Site]:
    """The demonstration, served."""
    folder = Path(tempfile.mkdtemp())
    settings = sqlite_settings(folder / "home")
    shutil.copytree(demonstration, settings.home)
    with running(settings, folder / "web.log") as base:
        yield Site(settings, base)
    shutil.rmtree(folder)


@dataclass(frozen=True)
class Office:
    """A running installation with one survey and two people."""

    base: str
    settings: Settings
    passwords: dict[str, str]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An installation as it is after set-up: one survey, no round; both processes run."""
    settings = sqlite_settings(tmp_path / "home")
    passwords = {"lead@example.org": secrets.token_urlsafe(16), "viewer@example.org": secrets.token_urlsafe(16)}
    with application(settings):
        surveys.import_questionnaire(json.dumps(tiny_document()), "tiny.json")
        accounts.create_user("lead@example.org", "evaluator", password=passwords["lead@example.org"])
        accounts.create_user("safe@example.org", "safeguarding lead")
        accounts.create_user("viewer@example.org", "viewer", password=passwords["viewer@example.org"])
    with running(settings, tmp_path / "web.log") as base, opener_running(settings, tmp_path / "opener.log"):
        yield Office(base, settings, passwords)


def sign_in(page: Page, office: Office, email: str) -> None:
    """Sign somebody in and arrive at their first page."""
    page.goto(f"{office.base}/staff/")
    page.fill("#email", email)
    page.fill("#password", office.passwords[email])
    press(page, "Sign in")
    assert page.url == f"{office.base}/staff/"


def press(page: Page, name: str) -> None:
    """Press a button or follow a link by its words and wait for the next page."""
    found = page.get_by_role("button", name=name, exact=True).or_(page.get_by_role("link", name=name, exact=True))
    with page.expect_navigation():
        found.first.click()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**launch_options())
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a page in a fresh phone; every fault that the browser reports fails the test at the end."""
    contexts, faults = [], []

    def open_one(scripts: bool = True, **options: object) -> Page:
        settings = {"viewport": PHONE, "java_script_enabled": scripts, "locale": "en-GB", **options}
        context = browser.new_context(**settings)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("request", lambda request: faults.append(request.url) if "127.0.0.1" not in request.url else None)
        contexts.append(context)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert faults == []


def _is_fault(message: object) -> bool:
    """Tell whether a console line is a fault; a page that answers 4xx on purpose is none."""
    return message.type == "error" and "status of 4" not in message.text  # type: ignore[attr-defined]
