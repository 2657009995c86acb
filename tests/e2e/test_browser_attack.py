"""T16: somebody who reads a browser and its line afterwards: addresses, referrers, cookies, storage, the back button.

The same look at a naive site, with the code in its address, has to find every one of these traces.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request

from app.services.attacks.naive import listening
from tests.e2e import steps
from tests.e2e.conftest import Site

OpenPage = Callable[..., Page]
WORDS = "Nothing to add, 3<4"
KEPT = "async () => localStorage.length + sessionStorage.length + (await indexedDB.databases()).length"
TYPED = "() => [...document.querySelectorAll('textarea')].map(box => box.value)"


@dataclass
class Traces:
    """What a journey left, counted."""

    codes_in_addresses: int = 0
    codes_in_referrers: int = 0
    codes_in_pages: int = 0
    others_asked: int = 0
    cookies: int = 0
    kept_in_storage: int = 0
    answers_after_back: int = 0


def look(page: Page, base: str, code: str, journey: Callable[[], None]) -> Traces:
    """Let somebody take a journey and return what it left on the line and in the browser."""
    found = Traces()
    forms = (code, "%20".join(code[i : i + 3] for i in range(0, 15, 3)))

    def note(request: Request) -> None:
        sent = urlsplit(request.url)._replace(fragment="").geturl()  # what stands after # is never sent
        found.codes_in_addresses += any(form in sent for form in forms)
        found.codes_in_referrers += any(form in request.all_headers().get("referer", "") for form in forms)

    def note_other(request: Request) -> None:
        found.others_asked += not request.url.startswith(base)

    page.on("requestfinished", note)
    page.on("request", note_other)
    page.on("domcontentloaded", lambda shown: _note_page(found, shown, code))
    journey()
    page.wait_for_load_state("networkidle")
    found.cookies = len(page.context.cookies())
    found.kept_in_storage = int(page.evaluate(KEPT))
    for _step in range(3):
        page.go_back()
        found.answers_after_back += WORDS in page.evaluate(TYPED)
    return found


def _note_page(found: Traces, page: Page, code: str) -> None:
    found.codes_in_pages += code in page.evaluate("document.documentElement.outerHTML")


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("way", ["scanned", "typed"])
def test_a_journey_leaves_nothing(site: Site, open_page: OpenPage, scripts: bool, way: str) -> None:
    page, code = open_page(scripts=scripts), site.fresh_code("partner")

    def journey() -> None:
        page.goto(f"{site.base}/c#{code}" if way == "scanned" else f"{site.base}/c")
        if not (way == "scanned" and scripts):
            page.fill("#code", code)
        steps.press(page)
        steps.walk_to_check(page)
        steps.send(page)

    assert asdict(look(page, site.base, code, journey)) == asdict(Traces())


def test_the_same_look_finds_everything_that_a_naive_site_leaves(browser: Browser) -> None:
    code = "123456789012345"
    with naive_site(code) as base, browser.new_context() as context:
        page = context.new_page()

        def journey() -> None:
            page.goto(f"{base}/survey/{code}")
            page.fill("textarea", WORDS)
            page.click("button")

        found = asdict(look(page, base, code, journey))
    assert [name for name, count in found.items() if count == 0] == [], "each of these traces can be found"


@contextmanager
def naive_site(code: str) -> Iterator[str]:
    """Keep a naive survey running: code in address and page, a lasting cookie, storage, a counter on another host."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            counter = f"http://localhost:{self.server.server_address[1]}/counter.gif"
            form = "<form action='/thanks'><textarea></textarea><button>Send</button></form>"
            keep = f"<script>localStorage.setItem('last', '{code}')</script>"
            body = f"<title>Survey</title><input type=hidden value={code}>{form}{keep}<img src='{counter}'>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Referrer-Policy", "unsafe-url")
            self.send_header("Set-Cookie", f"survey={code}; Max-Age=31536000")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Write nothing into the test's output."""

    with listening(Handler) as base:
        yield base
