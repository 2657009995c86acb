"""Saving under a PIN, coming back on another phone, and keeping the code, as a phone shows them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser import steps
from tests.browser.conftest import Site
from tests.browser.test_journeys import FIRST_VISIT_BYTES

OpenPage = Callable[..., Page]
PIN = "471100"


def press(page: Page, name: str) -> None:
    """Press a button by its words and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def look_at(page: Page) -> None:
    """Fail unless a page is accessible and fits the screen."""
    assert steps.axe_faults(page) == [], page.url
    assert not steps.scrolls_sideways(page), page.url


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_saved_on_one_phone_and_sent_from_another(site: Site, open_page: OpenPage, scripts: bool) -> None:
    first, other, code = open_page(scripts=scripts), open_page(scripts=scripts), site.fresh_code("family")
    first.goto(f"{site.base}/c")
    first.fill("#code", code)
    steps.press(first)
    steps.press(first)
    first.locator("fieldset").first.locator("input").nth(2).check()
    press(first, "Save and come back later")
    first.fill("#pin", PIN)
    press(first, "Save my answers")
    expect(first.locator("main")).to_have_attribute("data-page", "saved")
    assert first.context.cookies() == []

    other.goto(f"{site.base}/c")
    with other.expect_navigation():
        other.get_by_role("link", name="Continue with saved answers").click()
    other.fill("#code", code)
    other.fill("#pin", "000000")
    press(other, "Continue")
    expect(other.locator("#error-summary")).to_be_visible()
    other.fill("#code", code)
    other.fill("#pin", PIN)
    press(other, "Continue")
    assert other.url.endswith("/r/page/2")
    other.goto(f"{site.base}/r/page/1")
    expect(other.locator("fieldset").first.locator("input").nth(2)).to_be_checked()
    steps.walk_to_check(other)
    steps.send(other)


@pytest.mark.parametrize("tag", ["en", "ur"])
def test_the_pages_fit_a_small_phone_in_both_directions(site: Site, open_page: OpenPage, tag: str) -> None:
    page, code = open_page(viewport={"width": 320, "height": 568}), site.fresh_code("family")
    sizes: dict[str, int] = {}

    def note(response: Response) -> None:
        if response.status in (200, 422):
            sizes[response.url.split("?")[0]] = int(response.headers["content-length"])

    page.on("response", note)
    page.goto(f"{site.base}/language/{tag}?to=/come-back")
    steps.press(page)
    look_at(page)
    page.goto(f"{site.base}/c")
    page.fill("#code", code)
    steps.press(page)
    with page.expect_navigation():
        page.locator("button[formaction='/keep-my-code']").click()
    expect(page.locator("main")).to_have_attribute("data-page", "keep-code")
    assert page.locator("main a[href^='sms:?body=']").count() == 1
    look_at(page)
    page.goto(f"{site.base}/r/save")
    steps.press(page)
    look_at(page)
    page.fill("#pin", PIN)
    steps.press(page)
    expect(page.locator("main")).to_have_attribute("data-page", "saved")
    assert page.locator("html").get_attribute("lang") == tag
    look_at(page)
    page.goto(f"{site.base}/delete-my-answers")
    for pin, found in (("12", "#pin-error"), (PIN, "[data-page=deletion-asked]")):
        page.fill("#code", code)
        page.fill("#pin", pin)
        steps.press(page)
        expect(page.locator(found)).to_be_visible()
        look_at(page)

    files = sum(size for url, size in sizes.items() if "/static/" in url)
    assert max(size for url, size in sizes.items() if "/static/" not in url) + files <= FIRST_VISIT_BYTES, sizes
