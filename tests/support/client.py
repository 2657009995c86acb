"""A browser that forgives nothing: every answer's headers, cookies and markup are checked as it arrives.

Speaks to the real application without a network; has the steps of ``http_journey``, so journeys read the same.
"""

import contextvars
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.models.base import AnswersBase, PortalBase
from app.storage import db
from app.web.errors import PLAIN
from app.web.security import HEADERS
from tests.support.http_journey import Client, Page, hidden
from tests.support.markup import read_page

HOME = "http://localhost"
MARK = re.compile(r"[?&]draft-mark=[0-9a-f]{16}")
TOKEN = re.compile(rb'((?:name="(?:csrf_token|submission_id|draft-mark)" value=|draft-mark=|data-draft=)"?)[^"&]*')


@dataclass
class Seen(Page):
    """An answer with all its cookies."""

    set_cookies: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The text of the main part."""
        return " ".join("".join(self.find("main").itertext()).split())

    @property
    def title(self) -> str:
        """The page's title."""
        return str(self.find("title").text)

    @property
    def body_without_tokens(self) -> bytes:
        """The page with its one-time values blanked, for comparing two people's pages."""
        return TOKEN.sub(rb"\1", self.body)

    def chosen(self) -> list[tuple[str, str]]:
        """Return name and value of every checked control, and of every text box that is not empty."""
        boxes = [(box.get("name"), (box.text or "").strip("\n")) for box in self.tree.iter("textarea")]
        checked = [(e.get("name"), e.get("value")) for e in self.tree.iter("input") if e.get("checked") is not None]
        return checked + [(name, text) for name, text in boxes if text]

    def links(self, word: str) -> list[str]:
        """Return the addresses of links whose text begins with a word."""
        return [a.get("href") for a in self.tree.iter("a") if "".join(a.itertext()).strip().startswith(word)]

    def ways(self, word: str) -> list[str]:
        """Return the same for links of the journey, each of which has the mark of the draft, without the mark."""
        links = self.links(word)
        assert all(MARK.search(link) for link in links), links
        return [MARK.sub("", link) for link in links]


@dataclass
class StrictClient(Client):
    """One browser on one application."""

    base: str = HOME
    app: Flask | None = None
    jar: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        assert self.app is not None
        self.jar = self.app.test_client()

    def request(
        self, method: str, path: str, data: list[tuple[str, str]] | None = None, headers: dict[str, str] | None = None
    ) -> Seen:
        """Send one request from a context of its own, as a server does, and check the answer."""
        return self._send(method, path, _as_form(data), headers)

    def send_body(self, path: str, body: bytes, headers: dict[str, str]) -> Seen:
        """Send a POST whose body is not a form that this client wrote."""
        return self._send("POST", path, body, headers)

    def _send(self, method: str, path: str, data: Any, headers: dict[str, str] | None) -> Seen:
        parts = urlsplit(path)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        sent = {"User-Agent": self.agent, "Accept-Language": self.language, **(headers or {})}
        options: dict[str, Any] = {
            "base_url": self.base,
            "headers": sent,
            "environ_base": {"REMOTE_ADDR": self.source},
            "data": data,
        }
        answer = contextvars.Context().run(self.jar.open, target, method=method, **options)
        cookies = tuple(answer.headers.getlist("Set-Cookie"))
        found = {name.lower(): value for name, value in answer.headers.items()}
        seen = Seen(answer.status_code, found, answer.data, self.base + target, cookies)
        answer.close()
        check(seen, has_body=method != "HEAD")
        return seen

    def cookie(self, name: str = "r", path: str = "/") -> str | None:
        """Return a cookie's value."""
        held = self.jar.get_cookie(name, path=path)
        return held.value if held else None


def browser(app: Flask, **changes: Any) -> StrictClient:
    """Return a fresh browser."""
    return StrictClient(app=app, **changes)


def signer(app: Flask, path: str) -> Any:
    """Return what signs the cookie of the respondents' side (``/``) or of the staff side (``/staff``)."""
    with app.test_request_context(path):
        return app.session_interface.get_signing_serializer(app)


def press(client: StrictClient, page: Page, button: str = "", **answers: str | list[str]) -> Seen:
    """Send the main form of a page with answers and a button, redirects not followed."""
    pairs = [(name, v) for name, value in answers.items() for v in (value if isinstance(value, list) else [value])]
    return client.request("POST", page.url.removeprefix(client.base), [*hidden(page), *pairs, ("action", button)])


def check(seen: Seen, has_body: bool = True) -> None:
    """Fail with everything that is wrong with an answer. The last-resort page, for a strange host, may lack a frame."""
    faults = [*header_faults(seen), *(fault for line in seen.set_cookies for fault in cookie_faults(line))]
    is_page = seen.headers.get("content-type", "").startswith("text/html") and not 300 <= seen.status < 400
    if is_page and has_body and not seen.body.startswith(PLAIN.partition("{")[0].encode()):
        seen.tree, wrong = read_page(seen.body.decode("utf-8"))
        faults += wrong
    assert faults == [], (seen.status, seen.url, faults)


def header_faults(seen: Seen) -> Iterator[str]:
    """Name security headers that are missing or other than they should be."""
    for name, value in HEADERS.items():
        if seen.headers.get(name.lower()) != value:
            yield f"{name} is {seen.headers.get(name.lower())}"
    path = urlsplit(seen.url).path
    is_file, is_data = path.startswith("/static/") and seen.status == 200, path.startswith("/data/")
    expected = "public, no-cache" if is_data and seen.status in (200, 304) else "no-store"
    if not is_file and seen.headers.get("cache-control") != expected:
        yield f"Cache-Control is {seen.headers.get('cache-control')}"
    if seen.url.startswith("https:") and "max-age=31536000" not in seen.headers.get("strict-transport-security", ""):
        yield "no Strict-Transport-Security"


def cookie_faults(line: str) -> Iterator[str]:
    """Name what is wrong with a cookie; one that is taken away may have an end."""
    parts = [part.strip().lower() for part in line.split(";")]
    for needed in ("httponly", "samesite=lax"):
        if needed not in parts:
            yield f"a cookie without {needed}"
    is_taken_away = parts[0].endswith("=")
    if not is_taken_away and any(part.startswith(("max-age", "expires")) for part in parts):
        yield "a cookie that stays after the browser is closed"
    if any(part.startswith("domain") for part in parts):
        yield "a cookie for other hosts"


def contents() -> dict[str, list[Any]]:
    """Return all rows of all tables of both rooms, as texts. (A row of SQLAlchemy would shorten its long ones.)"""
    found = {}
    for room, base in (("collecting", PortalBase), ("counting", AnswersBase)):
        with db.rooms().engine(room).connect() as connection:
            for table in base.metadata.sorted_tables:
                rows = connection.execute(table.select()).all()
                found[table.name] = sorted(repr(tuple(row)) for row in rows)
    return found


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    """Yield the list of statements that the front room sends, growing as it sends them."""
    statements: list[str] = []
    engine = db.rooms().engine("front")

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if statement.split()[0] not in ("BEGIN", "PRAGMA"):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def _as_form(data: list[tuple[str, str]] | None) -> dict[str, list[str]] | None:
    if data is None:
        return None
    fields: dict[str, list[str]] = {}
    for name, value in data:
        fields.setdefault(name, []).append(value)
    return fields
