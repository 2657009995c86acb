"""The look at pages that the back button brings again sees answers wherever a page can show them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from app.attacker.scene import sites
from app.attacker.ways.browser import NAIVE_CODE, WORDS, look

SHOWING = {
    "a box for words": f"<textarea>{WORDS}</textarea>",
    "words on the page": f"<dl><dt>Your answer</dt><dd>{WORDS.replace('<', '&lt;')}</dd></dl>",
    "a choice": "<fieldset><input type=radio name=mood value=1 checked></fieldset>",
    "nothing": "<fieldset><input type=radio name=mood value=1></fieldset><textarea></textarea>",
}


@contextmanager
def site(shown: str) -> Iterator[str]:
    """Keep a site running whose first page shows something, and every other nothing."""

    def answer(path: str, _host: str) -> sites.Reply:
        body = f"<title>Survey</title><main>{shown if path == '/' else 'Thanks'}</main>".encode()
        return sites.Reply(body, headers={"Content-Type": "text/html"})

    with sites.listening(answer) as base:
        yield base


@pytest.mark.parametrize("what", SHOWING)
@pytest.mark.parametrize("has_scripts", [True, False])
def test_answers_that_a_page_shows_again_are_seen(browser: Browser, what: str, has_scripts: bool) -> None:
    with site(SHOWING[what]) as base:

        def journey(page: Page) -> None:
            page.goto(base)
            page.goto(f"{base}/thanks")

        found = look(browser, base, NAIVE_CODE, journey=journey, has_scripts=has_scripts)
    assert (found["T16 back button"] > 0) == (what != "nothing")
