"""A shared tablet starts cleanly for each person, with or without scripts; staff are warned before they are out."""

from collections.abc import Callable

from playwright.sync_api import Page

from app.cards import assisted_entry
from app.staff import accounts
from tests.browser import steps
from tests.browser.conftest import Site
from tests.support.homes import application

OpenPage = Callable[..., Page]
PASSWORD = "maple-orbit-candle-river"


def start_kiosk(page: Page, site: Site) -> None:
    """Use a fresh link, as a worker does at the start of the day."""
    with application(site.settings):
        token = assisted_entry.make_link("kiosk")
    page.goto(f"{site.base}/keying/{token}")
    steps.press(page)
    assert page.url == f"{site.base}/c"


def test_the_next_person_finds_nothing_of_the_last_one(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    start_kiosk(page, site)
    for _person in range(2):
        steps.enter_code(page, site, "family")
        steps.walk_to_check(page)
        steps.send(page)
        with page.expect_navigation():
            page.get_by_role("link", name="Next person").click()
        assert page.url == f"{site.base}/c"
        page.go_back()
        page.goto(f"{site.base}/r/check")
        assert page.locator("main input[name=submission_id]").count() == 0, "the answers are not there any more"


def test_the_tablet_goes_back_to_the_start_without_a_touch(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.clock.install()
    start_kiosk(page, site)
    steps.enter_code(page, site, "family")
    page.clock.run_for(170_000)
    page.mouse.wheel(0, 50)
    page.keyboard.press("Tab")
    page.clock.run_for(170_000)
    assert page.url.endswith("/r/start"), "a touch begins the three minutes again"

    with page.expect_navigation(url="**/c"):
        page.clock.run_for(180_000)

    page.goto(f"{site.base}/r/page/1")
    assert page.locator("fieldset").count() == 0, "the draft's key is gone"


def test_without_scripts_the_page_itself_goes_back(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    start_kiosk(page, site)
    refresh = page.locator("meta[http-equiv=refresh]")
    assert refresh.get_attribute("content") == "180;url=/kiosk/next"


def test_an_own_phone_never_goes_back_by_itself(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    steps.enter_code(page, site, "family")
    assert page.locator("meta[http-equiv=refresh]").count() == 0


def test_staff_are_warned_two_minutes_before_they_are_signed_out(site: Site, open_page: OpenPage) -> None:
    with application(site.settings):
        accounts.create_user("idle@example.org", "viewer", password=PASSWORD)
    page = open_page(viewport={"width": 1280, "height": 800})
    page.clock.install()
    page.goto(f"{site.base}/staff/sign-in")
    page.fill("#email", "idle@example.org")
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.click("main button")
    stay = page.get_by_role("button", name="Stay signed in")
    page.clock.run_for(27 * 60_000)
    assert not stay.is_visible()
    page.clock.run_for(2 * 60_000)
    assert stay.is_visible()
    with page.expect_response("**/staff/stay") as answer:
        stay.click()
    assert answer.value.status == 204
    page.wait_for_function("document.querySelector('.stay').hidden")
