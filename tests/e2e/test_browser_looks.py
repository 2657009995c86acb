"""The look at pages that the back button brings again sees answers wherever a page can show them."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import pytest
from playwright.sync_api import Browser, Page

from app.services.attacks.scene.naive import listening
from app.services.attacks.ways.browser import NAIVE_CODE, WORDS, look

SHOWING = {
    "a box for words": f"<textarea>{WORDS}</textarea>",
    "words on the page": f"<dl><dt>Your answer</dt><dd>{WORDS.replace('<', '&lt;')}</dd></dl>",
    "a choice": "<fieldset><input type=radio name=mood value=1 checked></fieldset>",
    "nothing": "<fieldset><input type=radio name=mood value=1></fieldset><textarea></textarea>",
}


@contextmanager
def site(shown: str) -> Iterator[str]:
    """Keep a site running whose first page shows something, and every other nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = f"<title>Survey</title><main>{shown if self.path == '/' else 'Thanks'}</main>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: object) -> None:
            """Write nothing."""

    with listening(Handler) as base:
        yield base


@pytest.mark.parametrize("what", SHOWING)
@pytest.mark.parametrize("has_scripts", [True, False])
def test_answers_that_a_page_shows_again_are_seen(browser: Browser, what: str, has_scripts: bool) -> None:
    with site(SHOWING[what]) as base:

        def journey(page: Page) -> None:
            page.goto(base)
            page.goto(f"{base}/thanks")

        found = look(browser, base, NAIVE_CODE, journey, has_scripts)
    assert (found["T16 back button"] > 0) == (what != "nothing")
