"""axe (WCAG 2.2 A and AA) on every step: light and dark, narrow and wide, left-to-right and right-to-left."""

import os
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from app.demo import borough
from tests.browser import steps
from tests.browser.conftest import Site
from tests.support.homes import application

OpenPage = Callable[..., Page]
LOOKS = {
    "phone": {},
    "dark": {"color_scheme": "dark"},
    "wide": {"viewport": {"width": 1280, "height": 800}},
    "small": {"viewport": {"width": 320, "height": 568}},
}


def assert_clean(page: Page) -> None:
    """Fail with the broken rules of this page."""
    assert steps.axe_faults(page) == [], page.url
    assert page.locator("h1").count() == 1
    assert not steps.scrolls_sideways(page), page.url


@pytest.mark.parametrize("look", LOOKS if os.environ.get("SOAK") == "1" else ["dark"])
def test_every_step_of_the_family_journey_is_accessible(site: Site, open_page: OpenPage, look: str) -> None:
    page = open_page(**LOOKS[look])
    page.goto(site.base)
    assert_clean(page)
    page.goto(f"{site.base}/c")
    page.fill("#code", "12")
    steps.press(page)
    assert page.locator("#error-summary").count() == 1
    assert_clean(page)
    steps.enter_code(page, site, "family")
    steps.walk_to_check(page, assert_clean)
    steps.send(page)
    assert_clean(page)


def test_an_urdu_page_with_an_error_is_accessible(site: Site, open_page: OpenPage) -> None:
    page = open_page(color_scheme="dark")
    page.goto(f"{site.base}/language/ur?to=/c")
    page.fill("#code", site.fresh_code("young"))
    steps.press(page)
    steps.press(page)
    while not page.locator("textarea").count():
        steps.answer_page(page)
    page.fill("textarea", "x" * 501)
    steps.press(page)

    assert page.locator("#error-summary a").get_attribute("href") == "#yp_tell"
    assert page.input_value("textarea") == "x" * 501, "nothing typed is lost"
    assert_clean(page)


@pytest.mark.parametrize("path", ["/privacy", "/accessibility", "/cookies", "/results", "/results/staff", "/nothing"])
@pytest.mark.parametrize("look", ["phone", "dark", "wide"] if os.environ.get("SOAK") == "1" else ["phone", "dark"])
def test_public_pages_are_accessible(site: Site, open_page: OpenPage, path: str, look: str) -> None:
    page = open_page(**LOOKS[look])
    page.goto(f"{site.base}{path}")
    assert_clean(page)


def test_staff_pages_are_accessible(site: Site, open_page: OpenPage) -> None:
    with application(site.settings):
        email, (_role, password) = next(iter(borough.fresh_sign_ins().items()))
    page = open_page(viewport={"width": 390, "height": 800})
    page.goto(f"{site.base}/staff/")
    page.fill("#email", email)
    page.fill("#password", "wrong")
    with page.expect_navigation():
        page.click("main button")
    assert re.match("Error: ", page.title())
    assert_clean(page)
    page.fill("#password", password)
    with page.expect_navigation():
        page.click("main button")
    assert page.url == f"{site.base}/staff/"
    assert_clean(page)
    with page.expect_navigation():
        page.get_by_role("link", name="Results: Staff").click()
    assert page.locator("[data-value]").count() > 10
    assert_clean(page)


def test_axe_finds_a_planted_fault(open_page: OpenPage) -> None:
    page = open_page()
    page.set_content("<!doctype html><html><title>x</title><body><main><h1>x</h1><input></main></body></html>")

    assert any("label" in fault for fault in steps.axe_faults(page))
