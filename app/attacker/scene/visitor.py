"""A respondent's browser for attacks: HTTP from any loopback address, with cookies and forms only."""

import contextlib
import http.client
import http.cookies
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

MOST_PAGES = 60
ONE_TIME = re.compile(rb'name="(?:csrf_token|submission_id|draft-mark)" value="([^"]+)"')


class MainForm(HTMLParser):
    """Collects the controls of the main form as (name, type, value), and the page's name."""

    def __init__(self) -> None:
        super().__init__()
        self.controls: list[tuple[str, str, str]] = []
        self.page = ""
        self._is_inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect a control of the main form."""
        found = {name: value or "" for name, value in attrs}
        if tag == "main":
            self.page = found.get("data-page", "")
        if tag == "form":
            self._is_inside = found.get("id") == "main-form"
        if self._is_inside and tag in ("input", "textarea"):
            self.controls.append((found.get("name", ""), found.get("type", tag), found.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        """End the form."""
        if tag == "form":
            self._is_inside = False


@dataclass
class Answer:
    """A response of the server."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    url: str

    @property
    def form(self) -> MainForm:
        """The main form of the page."""
        parsed = MainForm()
        parsed.feed(self.body.decode("utf-8", "replace"))
        return parsed

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The hidden fields of the main form."""
        return [(name, value) for name, kind, value in self.form.controls if kind == "hidden"]

    @property
    def one_time(self) -> list[str]:
        """The one-time values of all forms of the page."""
        return [value.decode() for value in ONE_TIME.findall(self.body)]


@dataclass
class Visitor:
    """One browser. ``held`` collects all cookies and one-time values of forms that it receives."""

    base: str
    address: str = "127.0.0.1"
    agent: str = "attack"
    cookies: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)

    def request(self, method: str, path: str, data: list[tuple[str, str]] | None = None) -> Answer:
        """Send one request; redirects are not followed."""
        url = urljoin(self.base, path)
        parts = urlsplit(url)
        headers = {"User-Agent": self.agent, "Accept-Language": "en"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if data is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        opened = http.client.HTTPConnection(parts.hostname or "", parts.port, 30, source_address=(self.address, 0))
        with contextlib.closing(opened) as connection:
            connection.request(method, parts.path, urlencode(data) if data is not None else None, headers)
            reply = connection.getresponse()
            body = reply.read()
        for line in reply.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                self.held.add(morsel.value)
        answer = Answer(reply.status, reply.getheaders(), body, url)
        self.held.update(answer.one_time)
        return answer

    def go(self, method: str, path: str, data: list[tuple[str, str]] | None = None) -> Answer:
        """Send a request and follow redirects."""
        answer = self.request(method, path, data)
        for _turn in range(5):
            if answer.status not in (302, 303):
                break
            answer = self.request("GET", urljoin(answer.url, dict(answer.headers)["Location"]))
        return answer

    def submit(self, path: str, **typed: str) -> Answer:
        """Open a page and send its form with some fields; redirects are not followed."""
        return self.request("POST", path, [*self.request("GET", path).hidden, *typed.items()])

    def enter(self, code: str) -> Answer:
        """Enter a code."""
        return self.submit("/c", code=code)

    def delete(self, code: str, pin: str) -> Answer:
        """Request the deletion of everything sent with a code, or saved with it and a PIN."""
        return self.submit("/delete-my-answers", code=code, pin=pin)

    def save(self, pin: str) -> Answer:
        """Save the answers of the current journey under a PIN."""
        return self.submit("/r/save", pin=pin)

    def come_back(self, code: str, pin: str) -> Answer:
        """Request saved answers."""
        return self.submit("/come-back", code=code, pin=pin)

    def walk_to_check(self, code: str, choice: int, words: str) -> Answer:
        """Answer every page, each list with its n-th option and each text box with ``words``; stop before sending."""
        self.enter(code)
        page = self.go("GET", "/r/start")
        page = self.go("POST", "/r/start", page.hidden)
        for _page in range(MOST_PAGES):
            if "/r/page/" not in page.url:
                break
            page = self.go("POST", page.url, [*page.hidden, *_fill(page.form, choice, words)])
        return page

    def walk(self, code: str, choice: int = 0, words: str = "") -> Answer:
        """Complete the journey and return the page after sending."""
        page = self.walk_to_check(code, choice, words)
        return self.go("POST", "/r/check", page.hidden)


def _fill(form: MainForm, choice: int, words: str) -> list[tuple[str, str]]:
    options: dict[str, list[str]] = {}
    texts = []
    for name, kind, value in form.controls:
        if kind in ("radio", "checkbox"):
            options.setdefault(name, []).append(value)
        elif kind == "textarea":
            texts.append((name, words))
    return [*((name, values[choice % len(values)]) for name, values in options.items()), *texts]
