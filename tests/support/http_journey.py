"""A respondent as a script sees one: plain HTTP, cookies, forms; no browser and no knowledge of the application.

Relies only on the markup that ``docs`` promise to programs: ``#main-form``, ``csrf_token``, ``data-question``.
"""

import http.client
import http.cookies
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode, urljoin, urlsplit

import html5lib

FORM = "application/x-www-form-urlencoded"


@dataclass
class Page:
    """An answer of the server, parsed."""

    status: int
    headers: dict[str, str]
    body: bytes
    url: str

    @cached_property
    def tree(self):
        """The parsed page."""
        return html5lib.parse(self.body.decode("utf-8"), namespaceHTMLElements=False)

    def find(self, name: str, **attributes: str):
        """Return the first element with a tag and attributes, or None."""
        wanted = {key.replace("_", "-"): value for key, value in attributes.items()}
        return next((e for e in self.tree.iter(name) if all(e.get(k) == v for k, v in wanted.items())), None)

    def form_fields(self) -> list[tuple[str, str, str]]:
        """Return (name, type, value) of the main form's controls."""
        form = self.find("form", id="main-form")
        kinds = [e for e in form.iter() if e.tag in ("input", "textarea")]
        return [(e.get("name", ""), e.get("type", e.tag), e.get("value", "")) for e in kinds]

    @property
    def data_page(self) -> str:
        """The page's name for programs, empty when it has none."""
        main = self.find("main")
        return main.get("data-page", "") if main is not None else ""


@dataclass
class Client:
    """One browser: keeps cookies, follows 303 when asked, and can come from any loopback address."""

    base: str
    source: str = "127.0.0.1"
    agent: str = "journey-script"
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)

    def request(self, method: str, path: str, data: list[tuple[str, str]] | None = None) -> Page:
        """Send one request and return the answer, redirects not followed."""
        url = urljoin(self.base, path)
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, 30, source_address=(self.source, 0))
        headers = {"User-Agent": self.agent, "Accept-Language": self.language}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if data is not None:
            headers["Content-Type"] = FORM
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, urlencode(data) if data is not None else None, headers)
        answer = connection.getresponse()
        body = answer.read()
        for line in answer.headers.get_all("Set-Cookie") or []:
            self._take_cookie(line)
        connection.close()
        return Page(answer.status, {k.lower(): v for k, v in answer.getheaders()}, body, url)

    def drop(self, path: str, data: list[tuple[str, str]]) -> None:
        """Send a POST and break the connection once the server has taken it, before its answer is read."""
        parts = urlsplit(self.base)
        body = urlencode(data)
        lines = [
            f"POST {path} HTTP/1.1",
            f"Host: {parts.netloc}",
            f"Content-Type: {FORM}",
            f"Content-Length: {len(body)}",
            "Cookie: " + "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        ]
        with socket.create_connection((parts.hostname or "", parts.port or 80), 10) as connection:
            connection.sendall(("\r\n".join(lines) + "\r\n\r\n" + body).encode())
            connection.recv(1)

    def get(self, path: str) -> Page:
        """GET, following redirects."""
        return self._follow(self.request("GET", path))

    def post(self, path: str, data: list[tuple[str, str]]) -> Page:
        """POST, following the 303."""
        return self._follow(self.request("POST", path, data))

    def _follow(self, page: Page) -> Page:
        for _turn in range(5):
            if page.status not in (302, 303):
                return page
            page = self.request("GET", urljoin(page.url, page.headers["location"]))
        raise AssertionError("redirected in a circle")

    def _take_cookie(self, line: str) -> None:
        jar = http.cookies.SimpleCookie(line)
        for name, morsel in jar.items():
            if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value


def hidden(page: Page) -> list[tuple[str, str]]:
    """Return the hidden fields of the main form."""
    return [(name, value) for name, kind, value in page.form_fields() if kind == "hidden"]


def first_answers(page: Page) -> list[tuple[str, str]]:
    """Answer every question of a page with its first option, and every text box with a sentence."""
    answers: dict[str, str] = {}
    for name, kind, value in page.form_fields():
        if kind in ("radio", "checkbox"):
            answers.setdefault(name, value)
        elif kind == "textarea":
            answers[name] = "canary words, a<b 5>4"
    return list(answers.items())


def enter_code(client: Client, code: str) -> Page:
    """Type a code into the form and return the page that follows."""
    page = client.get("/c")
    return client.post("/c", [*hidden(page), ("code", code)])


def walk_to_check(client: Client, code: str, answer: Callable[[Page], list[tuple[str, str]]] = first_answers) -> Page:
    """Go from the code to the check page, answering every page."""
    page = enter_code(client, code)
    assert page.url.endswith("/r/start"), (page.status, page.url)
    page = client.post("/r/start", hidden(page))
    for _step in range(60):
        if page.url.endswith("/r/check"):
            return page
        assert page.status == 200, (page.status, page.url)
        page = client.post(page.url, [*hidden(page), *answer(page)])
    raise AssertionError("the questionnaire does not end")


def walk(client: Client, code: str, answer: Callable[[Page], list[tuple[str, str]]] = first_answers) -> Page:
    """Go the whole way and return the page after sending."""
    page = walk_to_check(client, code, answer)
    return client.post("/r/check", hidden(page))
