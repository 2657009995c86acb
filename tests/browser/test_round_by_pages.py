"""A whole round by an evaluation lead who has nothing but the pages, up to the results that a viewer sees."""

import datetime as dt
import io
import re
import time
from collections.abc import Callable

import zxingcpp
from PIL import Image
from playwright.sync_api import Page

from app.core.codes import read_code
from app.storage import clock
from tests.browser.conftest import Office, press, sign_in
from tests.support.http_journey import Client, walk

OpenPage = Callable[..., Page]
DESK = {"width": 1280, "height": 900}
CARDS, ANSWERS = 40, 30
LEAST_MM, PIXELS_PER_MM = 25.0, 96 / 25.4
MOST_MINUTES = 15


def make_round(page: Page) -> None:
    """Make the first round, for a month from tomorrow on, and enter its target population."""
    tomorrow = clock.today() + dt.timedelta(days=1)
    press(page, "Create the first round")
    page.fill("#opens_on", tomorrow.isoformat())
    page.fill("#closes_on", (tomorrow + dt.timedelta(days=30)).isoformat())
    press(page, "Create round")
    press(page, "Enter target population")
    page.fill("#definition", "All families with a plan")
    page.fill("#counted_on", clock.today().isoformat())
    page.fill("#group-0", "Families")
    page.fill("#n-0-north", "150")
    press(page, "Save")
    assert "150 people" in page.inner_text("main")
    page.fill("#reading_day", (tomorrow + dt.timedelta(days=14)).isoformat())
    press(page, "Save reading day")
    assert "Missing" not in page.inner_text("main")


def issue_cards(page: Page) -> list[str]:
    """Issue a batch and return the codes of the sheet, each read by a QR reader and compared with the words beside."""
    press(page, "Cards")
    press(page, "Issue cards")
    page.fill("#batch", "north visits")
    page.fill("#cards-north", str(CARDS))
    press(page, "Issue cards")
    cards = page.locator("article.card").all()
    assert len(cards) == CARDS
    return [read_card(card) for card in cards]


def read_card(card: object) -> str:
    """Return a card's code as a QR reader sees it, after comparing it with its words and measuring the symbol."""
    box = card.locator("svg.qr")  # type: ignore[attr-defined]
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(box.screenshot())).convert("RGB"))
    address, code = found.text.split("#")
    assert address.endswith("/c")
    assert read_code(card.locator(".code").inner_text()) == code  # type: ignore[attr-defined]
    corners = found.position
    width = (corners.top_right.x - corners.top_left.x + 1) / PIXELS_PER_MM
    assert width >= LEAST_MM, f"{width:.1f} mm on paper"
    return str(code)


def answered(page: Page) -> str:
    """Return the figure that the round's page shows while it is open."""
    page.reload()
    return page.locator("main [data-value]").first.inner_text()


def test_a_round_from_the_first_page_to_the_results(office: Office, open_page: OpenPage) -> None:
    started = time.monotonic()
    lead = open_page(viewport=DESK, scripts=False)
    sign_in(lead, office, "lead@example.org")
    make_round(lead)
    codes = issue_cards(lead)

    lead.goto(f"{office.base}/staff/rounds/family-1")
    press(lead, "Open round")
    press(lead, "Open round")
    assert "open" in lead.inner_text("h1")
    for code in codes[:ANSWERS]:
        assert walk(Client(office.base), code).data_page == "done"
    assert answered(lead) == "0", "no opening before the night, and no counter that ticks"

    press(lead, "Close round")
    press(lead, "Close round")
    wait_for(lead, "about 30")
    assert re.search(r"about 20% of the 150 people", lead.inner_text("main"))
    assert lead.locator("[data-table=rates] [data-value='75']").count() >= 2
    press(lead, "Publish results")
    press(lead, "Publish results")
    wait_for(lead, "View results")

    viewer = open_page(viewport=DESK)
    sign_in(viewer, office, "viewer@example.org")
    press(viewer, "Results: Families")
    assert "About 30 people took part" in viewer.inner_text("main")
    assert viewer.get_by_role("link", name="Rounds").count() == 1
    viewer.goto(f"{office.base}/staff/rounds/family-1/close")
    assert viewer.locator("main").get_attribute("data-page") == "error"
    assert time.monotonic() - started < MOST_MINUTES * 60


def wait_for(page: Page, words: str) -> None:
    """Reload until some words are there: the counting room answers within seconds."""
    for _try in range(20):
        if words in page.inner_text("main"):
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError(f"{words!r} never came: {page.inner_text('main')}")
