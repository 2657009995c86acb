"""Installations for the security tests: strict production settings, and somebody who may sign in."""

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from app.staff import accounts as staff
from config import Settings
from tests.support.client import Seen, StrictClient, browser
from tests.support.homes import application, sqlite_settings

SITE = "https://portal.example"


@pytest.fixture
def production_settings(tmp_path: Path) -> Settings:
    """The settings of a production installation behind one proxy."""
    own = sqlite_settings(tmp_path / "home")
    return replace(own, env="production", base_url=SITE, trusted_hosts=("portal.example",), trusted_proxies=1)


@pytest.fixture
def production_app(production_settings: Settings) -> Iterator[Flask]:
    """An application with production settings."""
    with application(production_settings) as made:
        yield made


@pytest.fixture
def inside_a_step() -> Iterator[None]:
    """The middle of a half minute for a whole test, so that no code of a second factor grows old in it."""
    with time_machine.travel(time.time() // 30 * 30 + 15, tick=False):
        yield


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    email: str
    password: str


@pytest.fixture
def person(app: Flask) -> Person:
    """A viewer's account."""
    return make_person()


def make_person() -> Person:
    """Make a viewer's account."""
    person = Person("anna@example.org", secrets.token_urlsafe(12))
    staff.create_user(person.email, "viewer", password=person.password)
    return person


def token_of(page: Seen) -> str:
    """Return the CSRF token of the first form that has one."""
    return next(e.get("value", "") for e in page.tree.iter("input") if e.get("name") == "csrf_token")


def sign_in(client: StrictClient, email: str, password: str) -> Seen:
    """Fill in the sign-in page and send it."""
    page = client.request("GET", "/staff/sign-in")
    fields = [("csrf_token", token_of(page)), ("email", email), ("password", password)]
    return client.request("POST", "/staff/sign-in", fields)


def signed_in(app: Flask, person: Person, **changes: str) -> StrictClient:
    """Return a browser in which somebody is signed in."""
    client = browser(app, **changes)
    answer = sign_in(client, person.email, person.password)
    assert (answer.status, answer.headers["location"]) == (303, "/staff/")
    return client
