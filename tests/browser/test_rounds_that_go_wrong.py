"""A draft is deleted and an open round is cancelled by somebody who has nothing but the pages; both processes run."""

import datetime as dt
from collections.abc import Callable

from playwright.sync_api import Page

from app.cards import service as cards
from app.storage import clock
from tests.browser.conftest import Office, press, sign_in
from tests.browser.test_round_by_pages import DESK, make_round, wait_for
from tests.support.homes import application
from tests.support.http_journey import Client, walk

OpenPage = Callable[..., Page]


def type_year(page: Page, year: str) -> None:
    """Type the dates of a round with two digits of the year too few."""
    page.fill("#opens_on", f"{year}-03-01")
    page.fill("#closes_on", (clock.today() + dt.timedelta(days=30)).isoformat())
    press(page, "Create round")


def test_a_round_is_deleted_and_the_next_one_cancelled(office: Office, open_page: OpenPage) -> None:
    page = open_page(viewport=DESK)
    sign_in(page, office, "lead@example.org")
    page.goto(f"{office.base}/staff/rounds/new")
    type_year(page, "0027")
    assert "or later. To open a round today" in page.inner_text("#error-summary")
    page.goto(f"{office.base}/staff/")
    make_round(page)
    press(page, "Delete round")
    press(page, "Delete round")
    assert "Families, round 1 is deleted" in page.inner_text("main")
    assert page.locator("a[href='/staff/rounds/family-1']").count() == 0

    page.goto(f"{office.base}/staff/")
    make_round(page)
    wait_for(page, "Complete")
    press(page, "Open round")
    press(page, "Open round")
    with application(office.settings):
        code = cards.issue_cards("family", batch="b", locality="north", channel="visit", count=30).codes[0]
    walk(Client(office.base), code)
    press(page, "Cancel round")
    press(page, "Cancel round")
    assert "Enter the reason" in page.inner_text("#error-summary")
    page.fill("#reason", "The questions were those of last year")
    press(page, "Cancel round")
    wait_for(page, "Its answers, if there were any, are destroyed.")
    assert "Reason: The questions were those of last year" in page.inner_text("main")
    page.goto(f"{office.base}/staff/rounds")
    assert "cancelled The questions were those of last year" in page.inner_text("[data-table=rounds]")
