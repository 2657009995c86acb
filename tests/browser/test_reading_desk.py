"""A reader reads and reports in a browser, also without scripts and by keyboard; the lead's next page shows it."""

from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page

from app.staff import accounts, second_factor
from app.surveys import waves
from tests.browser import steps
from tests.browser.conftest import Site, press
from tests.comments.inbox import put_comments
from tests.support.homes import application
from tests.support.markup import page_faults

OpenPage = Callable[..., Page]
PASSWORD = "maple-orbit-candle-river"
WORDS = (
    "They listened to us.",
    "He hits me when they are gone.",
    "Mrs Zebra rang me from 0161 217 6028, on 3 May.",
    "وہ ہماری بات سنتے ہیں",
    "W" * 2000,
    "Mrs Zebra rang me from 0161 217 6028, on 3 May.",
)


@pytest.fixture
def codes(site: Site, tmp_path: Path) -> dict[str, str]:
    """A recovery code for a reader and for a lead, so that no test waits for a fresh code of an app."""
    found = {}
    with application(site.settings):
        wave = waves.list_waves("family")[0].id
        put_comments(wave, *WORDS)
        for name, role in (("reader", "evaluator"), ("lead", "safeguarding lead")):
            email = f"{name}.{tmp_path.name.replace('_', '-').lower()}@example.org"
            user = accounts.get_user(accounts.create_user(email, role, password=PASSWORD))
            seed = pyotp.TOTP(second_factor.new_seed("set up"))
            found[name] = f"{email} {second_factor.enrol(user, 'set up', seed.now())[0]}"
    return found


def enter(page: Page, site: Site, code: str) -> None:
    """Sign in with a password and a recovery code."""
    email, recovery = code.split()
    page.goto(f"{site.base}/staff/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    press(page, "Sign in")
    page.fill("#code", recovery)
    with page.expect_navigation():
        page.click("main button")


def assert_good(page: Page) -> None:
    """Fail with everything that is wrong with the page in view."""
    assert steps.axe_faults(page) == [], page.url
    assert not steps.scrolls_sideways(page), page.url
    assert page.locator("h1").count() == 1
    assert list(page_faults(page.content())) == []


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (1280, "dark")])
def test_a_comment_is_read_reported_taken_up_and_decided(
    site: Site, open_page: OpenPage, codes: dict[str, str], width: int, scheme: str
) -> None:
    options = {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    page, leads = open_page(**options), open_page(**options)
    enter(page, site, codes["reader"])
    enter(leads, site, codes["lead"])
    press(page, "Comments")
    assert_good(page)
    press(page, "Read")
    assert_good(page)
    assert page.locator("blockquote").inner_text() == WORDS[1], "words of the list come first"
    page.get_by_text("Language and translation").click()
    page.select_option("#language", "en")
    press(page, "Save")
    press(page, "This may tell of harm")
    assert_good(page)
    press(page, "Report and go on")
    assert page.locator("#error-summary").is_visible()
    assert_good(page)
    page.get_by_label("I have spoken to the deputy").check()
    press(page, "Report and go on")
    assert "Reported." in page.inner_text("main")
    assert page.locator("blockquote").inner_text() != WORDS[1]

    leads.reload()
    alarm = leads.get_by_role("link", name="may tell of harm: read it now")
    assert_good(leads)
    with leads.expect_navigation():
        alarm.first.click()
    assert WORDS[1] in leads.inner_text("main")
    assert_good(leads)
    press(leads, "I take it up")
    assert leads.locator(".alarm").count() == 0
    press(leads, "Record the outcome")
    leads.get_by_label("Referred", exact=True).check()
    assert_good(leads)
    press(leads, "Save")
    assert "The outcome has been recorded." in leads.inner_text("main")

    page.goto(f"{site.base}/staff/comments/harm")
    assert_good(page)
    page.goto(f"{site.base}/staff/comments/list")
    assert_good(page)
    press(page, "Show")
    assert_good(page)
    press_first(page, "Open")
    assert_good(page)


def press_first(page: Page, name: str) -> None:
    """Press the first of several buttons whose names begin alike."""
    with page.expect_navigation():
        page.locator("button", has_text=name).first.click()


def test_without_scripts_the_keyboard_reads_to_the_last_comment(
    site: Site, open_page: OpenPage, codes: dict[str, str]
) -> None:
    page = open_page(scripts=False)
    enter(page, site, codes["reader"])
    page.goto(f"{site.base}/staff/comments")
    press(page, "Read")
    for _comment in range(200):  # tests before this one left comments
        if page.locator("blockquote").count() == 0:
            break
        for _press in range(60):
            if page.evaluate("document.activeElement.textContent.trim()") == "Next":
                break
            page.keyboard.press("Tab")
        with page.expect_navigation():
            page.keyboard.press("Enter")
    assert "You have read every comment" in page.inner_text("main")


def assert_good_everywhere(page: Page) -> None:
    """Fail with everything that is wrong on a phone and on a wide dark screen."""
    for width, scheme in ((320, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_good(page)


def test_a_public_version_is_made_and_proposed_as_a_quote(
    site: Site, open_page: OpenPage, codes: dict[str, str]
) -> None:
    page = open_page()
    enter(page, site, codes["reader"])
    page.goto(f"{site.base}/staff/comments/list")
    page.fill("#words", "Mrs Zebra")
    press(page, "Show")
    press_first(page, "Open")
    press(page, "Public version")
    assert_good_everywhere(page)
    assert "[telephone or email]" in page.locator(".both section").nth(1).inner_text()
    page.evaluate(
        "() => { const text = document.getElementById('words-of-comment').firstChild;"
        " getSelection().setBaseAndExtent(text, 4, text, 9); }"
    )
    page.wait_for_function("document.getElementById('words').value === 'Zebra'")
    press_first(page, "Leave out")
    press(page, "Save this version")
    assert_good_everywhere(page)
    assert "Mrs [name of a person] rang me" in page.locator(".both section").nth(1).inner_text()
    press_first(page, "Save and propose as a quote")
    assert "Proposed." in page.inner_text("main")
    assert_good_everywhere(page)
    for path in ("masked", "quotes"):
        page.goto(f"{site.base}/staff/comments/{path}")
        assert_good_everywhere(page)
        assert "Mrs [name of a person] rang me" in page.inner_text("main")


def test_comments_are_coded_and_themes_stand_beside_other_sources(
    site: Site, open_page: OpenPage, codes: dict[str, str]
) -> None:
    page = open_page()
    enter(page, site, codes["reader"])
    page.goto(f"{site.base}/staff/themes/family/new")
    assert_good_everywhere(page)
    page.fill("#name", "Being heard")
    page.fill("#meaning", "Somebody listens, or does not.")
    press(page, "Save")
    assert_good_everywhere(page)
    press_first(page, "Code this round")
    assert_good_everywhere(page)
    page.check("[name=theme]")
    press(page, "Save and next")
    page.goto(f"{site.base}/staff/themes/family/1")
    assert_good_everywhere(page)
    page.goto(f"{site.base}/staff/themes/agreement/family-1")
    assert_good_everywhere(page)
    page.goto(f"{site.base}/staff/themes/family/sources")
    page.select_option("#kind", "focus group")
    page.fill("#month", "2026-06-01")
    page.fill("#summary", "Parents said that they are asked the same things again.")
    page.check("[name=theme]")
    press(page, "Save")
    assert_good_everywhere(page)
    page.goto(f"{site.base}/staff/themes/family/grid")
    assert_good_everywhere(page)
    assert "1 extract" in page.inner_text("main")
