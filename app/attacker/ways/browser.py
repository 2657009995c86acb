"""T16: an attacker with access to a browser and its traffic: addresses, referrers, cookies, storage, back button."""

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.attacker.finding import Finding, Measured, compare
from app.attacker.scene import chromium, sites
from app.attacker.scene.stage import StageError

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

METRICS = {
    "T16 codes in addresses": "requests whose address holds the code",
    "T16 codes in referrers": "requests whose Referer holds the code",
    "T16 codes in pages": "pages that hold the code",
    "T16 other hosts": "requests to anybody else",
    "T16 cookies left": "cookies after the thank-you page",
    "T16 storage left": "values kept by scripts after the thank-you page",
    "T16 back button": "pages that show answers again after sending",
}
WAYS = tuple(product((True, False), repeat=2))
"""With or without scripts; with the card scanned or its code typed."""
WORDS, NAIVE_CODE = "Nothing to add, 3<4", "123456789012345"
BACK, MOST_STEPS, MILLISECONDS = 3, 40, 10_000
STORED = "async () => localStorage.length + sessionStorage.length + (await indexedDB.databases()).length"
SHOWN = """words => document.body.innerText.includes(words)
  || [...document.querySelectorAll('textarea, input[type=text]')].some(box => box.value.includes(words))
  || document.querySelector('fieldset input:checked') !== null"""
"""Whether a page shows answers: the text, or a selected option."""
PRESS = "#main-form button >> nth=0"
Journey = Callable[["Page"], None]


def attack(base: str, codes: Sequence[str]) -> list[Finding]:
    """Answer in a real browser, once in each of ``WAYS``, and search for traces; then do the same on a naive site.

    Our site must be running with an open wave; ``codes`` are unused, one for each of ``WAYS``.

    Raises:
        Missing: there is no browser.
        StageError: a journey was not completed.
    """
    with ThreadPoolExecutor(1) as thread:  # Playwright runs once per thread, and the caller's may already use it
        found, naive = thread.submit(_attack, base, codes).result()
    return [
        compare(name, metric, found=Measured(found[name]), naive=Measured(naive[name]))
        for name, metric in METRICS.items()
    ]


def _attack(base: str, codes: Sequence[str]) -> tuple[Counter[str], Counter[str]]:
    found: Counter[str] = Counter()
    with chromium.opened() as browser:
        for code, (has_scripts, is_scanned) in zip(codes, WAYS, strict=True):
            place = f"{base}/c#{code}" if is_scanned else f"{base}/c"
            journey = _ours(place, "" if has_scripts and is_scanned else code)
            found += look(browser, base, code, journey=journey, has_scripts=has_scripts)
        with _naive_site() as naive:
            return found, look(browser, naive, NAIVE_CODE, journey=_naive(naive), has_scripts=True)


def look(browser: "Browser", base: str, code: str, *, journey: Journey, has_scripts: bool) -> Counter[str]:
    """Run a journey, and count its traces in the traffic and in the browser."""
    found: Counter[str] = Counter()
    forms = (code, "%20".join(code[i : i + 3] for i in range(0, 15, 3)))

    def note(request: "Request") -> None:
        sent = urlsplit(request.url)._replace(fragment="").geturl()  # the fragment is never sent
        found["T16 codes in addresses"] += any(form in sent for form in forms)
        found["T16 codes in referrers"] += any(form in request.all_headers().get("referer", "") for form in forms)

    def note_host(request: "Request") -> None:
        found["T16 other hosts"] += not request.url.startswith(base)

    def note_page(page: "Page") -> None:
        found["T16 codes in pages"] += code in page.evaluate("document.documentElement.outerHTML")

    with browser.new_context(java_script_enabled=has_scripts, locale="en-GB") as context:
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.on("requestfinished", note)
        page.on("request", note_host)
        page.on("domcontentloaded", note_page)
        journey(page)
        page.wait_for_load_state("networkidle")
        found["T16 cookies left"] = len(context.cookies())
        found["T16 storage left"] = int(page.evaluate(STORED))
        for _step in range(BACK):
            page.go_back()
            found["T16 back button"] += bool(page.evaluate(SHOWN, WORDS))
    return found


def _ours(place: str, typed: str) -> Journey:
    """Return the whole journey: scan or type, answer every page, check, send."""

    def take(page: "Page") -> None:
        page.goto(place)
        if typed:
            page.fill("#code", typed)
        for _step in range(MOST_STEPS):
            for box in page.locator("textarea").all():
                box.fill(WORDS)
            for question in page.locator("fieldset").all():
                question.locator("input").first.check()
            with page.expect_navigation():
                page.click(PRESS)
            if page.locator("main").get_attribute("data-page") == "done":
                return
        raise StageError("a journey in the browser was not completed")

    return take


def _naive(base: str) -> Journey:
    def take(page: "Page") -> None:
        page.goto(f"{base}/survey/{NAIVE_CODE}")
        page.fill("textarea", WORDS)
        page.click("button")

    return take


def _naive_site() -> AbstractContextManager[str]:
    """Run a naive survey: code in address and page, a persistent cookie, storage, a counter on another host."""

    def answer(_path: str, host: str) -> sites.Reply:
        counter = f"http://localhost:{host.rpartition(':')[2]}/counter.gif"
        form = "<form action='/thanks'><textarea></textarea><button>Send</button></form>"
        keep = f"<script>localStorage.setItem('last', '{NAIVE_CODE}')</script>"
        hidden = f"<input type=hidden value={NAIVE_CODE}>"
        body = f"<title>Survey</title>{hidden}{form}{keep}<img src='{counter}'>".encode()
        cookie = f"survey={NAIVE_CODE}; Max-Age=31536000"
        headers = {"Content-Type": "text/html", "Referrer-Policy": "unsafe-url", "Set-Cookie": cookie}
        return sites.Reply(body, headers=headers)

    return sites.listening(answer)
