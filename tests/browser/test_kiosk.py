"""A shared tablet starts cleanly for each person, with or without scripts; staff are warned before they are out."""

import contextlib
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Error, Page, expect

from app.cards import assisted_entry
from app.staff import accounts
from tests.browser import steps
from tests.browser.conftest import Site
from tests.support.homes import application

OpenPage = Callable[..., Page]
SPOKEN = "box => [...box.querySelectorAll('p > :not([aria-hidden]), p')].map(e => e.firstChild.data).join()"
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


USES: dict[str, Callable[[Page], object]] = {
    "a key": lambda page: page.keyboard.press("Shift"),
    "a touch": lambda page: page.touchscreen.tap(5, 300),
    "a pointer": lambda page: page.mouse.move(50, 60),
    "scrolling": lambda page: page.mouse.wheel(0, 200),
    "another control": lambda page: page.locator("fieldset input").nth(1).evaluate("control => control.focus()"),
}


@pytest.mark.parametrize("use", USES)
def test_a_warning_counts_the_last_minute_and_any_use_ends_it(site: Site, open_page: OpenPage, use: str) -> None:
    page = open_page(has_touch=True)
    page.clock.install()
    start_kiosk(page, site)
    steps.enter_code(page, site, "family")
    steps.press(page)
    page.locator("fieldset input").nth(2).check()
    warning = page.locator("#idle")
    page.clock.run_for(115_000)
    expect(warning).to_be_hidden()

    page.clock.run_for(10_000)
    expect(warning).to_be_visible()
    focused = page.evaluate("document.activeElement.id")
    assert warning.evaluate("box => box.closest('[role=alert]') !== null"), "it is announced when it appears"
    shown, spoken = warning.inner_text(), warning.evaluate(SPOKEN)
    page.clock.run_for(20_000)
    assert warning.inner_text() != shown
    assert warning.evaluate(SPOKEN) == spoken, "and not every second"
    assert page.evaluate("document.activeElement.id") == focused, "nobody is taken away from what they write"
    USES[use](page)

    expect(warning).to_be_hidden()
    page.clock.run_for(115_000)
    assert page.url.endswith("/r/page/1")
    expect(page.locator("fieldset input").nth(2)).to_be_checked()
    with page.expect_navigation(url="**/c"):
        page.clock.run_for(70_000)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("tag", "width"), [("en", 360), ("ur", 360), ("en", 1280)])
def test_the_warning_can_be_read(site: Site, open_page: OpenPage, tag: str, width: int, scheme: str) -> None:
    page = open_page(viewport={"width": width, "height": 740}, color_scheme=scheme)
    page.clock.install()
    start_kiosk(page, site)
    page.goto(f"{site.base}/language/{tag}?to=/c")
    steps.enter_code(page, site, "family")
    steps.press(page)
    page.clock.run_for(130_000)

    expect(page.locator("#idle .left")).to_have_text(re.compile(r"0:[45]\d"))
    assert steps.axe_faults(page) == []
    assert not steps.scrolls_sideways(page)


def test_a_tablet_that_rests_at_the_code_form_says_nothing(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.clock.install()
    start_kiosk(page, site)
    page.clock.run_for(150_000)
    expect(page.locator("#idle")).to_be_hidden()

    page.fill("#code", "372")
    page.clock.run_for(150_000)
    expect(page.locator("#idle")).to_be_visible()


def test_a_tablet_that_is_none_any_more_says_so_to_staff(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.clock.install()
    start_kiosk(page, site)
    notice = page.locator("#not-shared")
    assert notice.count() == 0
    page.context.clear_cookies()

    with page.expect_navigation(url="**/c?tablet=ended"):
        page.clock.run_for(185_000)
    expect(notice).to_be_visible()
    assert "Assisted entry" in notice.inner_text()
    assert steps.axe_faults(page) == []
    page.goto(f"{site.base}/c")
    expect(notice).to_be_visible()

    start_kiosk(page, site)
    assert notice.count() == 0, "it is set up again"


def test_a_tablet_that_is_not_to_be_shared_forgets_that_it_was(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    start_kiosk(page, site)
    page.context.clear_cookies()
    page.goto(f"{site.base}/c")
    expect(page.locator("#not-shared")).to_be_visible()

    leaving = page.context.new_page()
    leaving.goto(f"{site.base}/c")
    with contextlib.suppress(Error), leaving.expect_navigation():  # the weather cannot be reached from here
        leaving.get_by_role("link", name="Leave this page").click()
    page.goto(f"{site.base}/c")

    expect(page.locator("#not-shared")).to_be_hidden()


def test_no_phone_is_told_that_it_is_no_tablet(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{site.base}/c")

    expect(page.locator("#not-shared")).to_be_hidden()


def test_without_scripts_the_page_itself_goes_back(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    start_kiosk(page, site)
    refresh = page.locator("meta[http-equiv=refresh]")
    assert refresh.get_attribute("content") == "180;url=/kiosk/next?draft-mark=none"
    assert page.locator(".notice").inner_text().startswith("If you stay here for three minutes, this page")


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
