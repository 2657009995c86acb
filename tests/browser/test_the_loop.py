"""The whole way of one answer: said, read, masked, quoted, answered by an action, asked again, and judged."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Page

from app.comments import quotes
from app.models.staff import StaffUser
from app.staff import accounts, second_factor
from tests.browser import steps
from tests.browser.conftest import press
from tests.conftest import TinySurvey
from tests.results.test_releases import answer, publish
from tests.support.homes import application, running, sqlite_settings
from tests.support.markup import page_faults

OpenPage = Callable[..., Page]
PASSWORD = "maple-orbit-candle-river"
SAID = "Nobody rang Mrs Zebra back on 0161 217 6028"
URDU = ("کوئی واپس فون نہیں کرتا", "ہم اسی دن فون کرتے ہیں")


@dataclass(frozen=True)
class Round:
    """A served installation, and a recovery code of its evaluator."""

    base: str
    settings: object
    recovery: str


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Round]:
    """An installation with one published round, in which 60 people wrote the same words."""
    settings = sqlite_settings(tmp_path / "home")
    with application(settings):
        tiny = TinySurvey()
        codes = tiny.codes(60, "first")
        answer(codes[:15], heard="5", words=SAID)
        answer(codes[15:], heard="1", words=SAID)
        publish(tiny)
        user = account("evaluator@example.org")
        seed = pyotp.TOTP(second_factor.new_seed("set up"))
        recovery = second_factor.enrol(user, "set up", seed.now())[0]
    with running(settings, tmp_path / "web.log") as base:
        yield Round(base, settings, recovery)


def account(email: str) -> StaffUser:
    """Create an evaluator."""
    return accounts.get_user(accounts.create_user(email, "evaluator", password=PASSWORD))


def assert_good(page: Page) -> None:
    """Fail with everything that is wrong with a page, on a phone and on a wide dark screen."""
    for width, scheme in ((320, "light"), (1280, "dark")):
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert steps.axe_faults(page) == [], page.url
        assert not steps.scrolls_sideways(page), page.url
        assert page.locator("h1").count() == 1
        assert list(page_faults(page.content())) == []


def sign_in(page: Page, town: Round) -> None:
    """Sign in as the evaluator."""
    page.goto(f"{town.base}/staff/sign-in")
    page.fill("#email", "evaluator@example.org")
    page.fill("#password", PASSWORD)
    press(page, "Sign in")
    page.fill("#code", town.recovery)
    with page.expect_navigation():
        page.click("main button")


def quote(page: Page, town: Round) -> None:
    """Mask one comment and propose it; a second reader agrees."""
    page.goto(f"{town.base}/staff/comments")
    press(page, "Read")
    press(page, "Public version")
    page.fill("#words", "Mrs Zebra")
    press(page, "Leave out")
    press(page, "Save this version")
    page.get_by_role("button", name="Save and propose as a quote").first.click()
    page.wait_for_load_state()
    assert "Proposed" in page.inner_text("main")
    with application(town.settings):  # type: ignore[arg-type]
        second = account("second@example.org")
        quotes.agree(second, quotes.list_waiting(second)[0][0].id)


def act(page: Page, town: Round) -> None:
    """Write a public action that the quote stands beside and a question judges, and translate it."""
    page.goto(f"{town.base}/staff/actions")
    page.get_by_role("link", name="Add an action").click()
    page.fill("#said", "Nobody rings back")
    page.fill("#did", "We ring back on the same day")
    page.select_option("#state", "done")
    page.check("[name=audiences][value=family]")
    page.fill("#owner", "Front door team")
    page.select_option("#judged_by", "family-1:heard")
    page.select_option("#quote", index=1)
    page.check("[name=readers][value=public]")
    press(page, "Save")
    assert_good(page)
    page.get_by_role("link", name="اردو").click()
    assert_good(page)
    page.fill("#said", URDU[0])
    page.fill("#did", URDU[1])
    press(page, "Save")
    assert "Up to date" in page.inner_text("main")
    page.goto(f"{town.base}/staff/actions")
    assert_good(page)


def test_what_people_said_comes_back_to_them_and_is_asked_again(town: Round, open_page: OpenPage) -> None:
    page = open_page()
    sign_in(page, town)
    quote(page, town)
    act(page, town)

    parent = open_page()
    parent.goto(f"{town.base}/language/ur?to=/you-said-we-did")
    for words in (*URDU, "[name of a person]"):
        assert words in parent.inner_text("main")
    assert "Zebra" not in parent.content()
    assert "0161" not in parent.inner_text("main")
    assert_good(parent)
    with application(town.settings):  # type: ignore[arg-type]
        tiny = TinySurvey.__new__(TinySurvey)
        tiny.slug = "family"
        tiny.wave = tiny.open_wave()
        codes = tiny.codes(60, "second")
    parent.goto(f"{town.base}/c")
    parent.fill("#code", codes[0])
    steps.press(parent)
    assert URDU[0] in parent.inner_text("main")
    assert_good(parent)
    with application(town.settings):  # type: ignore[arg-type]
        answer(codes[1:51], heard="5")
        answer(codes[51:], heard="1")
        publish(tiny)
    parent.goto(f"{town.base}/you-said-we-did")
    assert parent.locator(".chip.rose").count() == 1
    assert_good(parent)
    parent.goto(f"{town.base}/you-said-we-did/poster?for=family")
    assert URDU[1] in parent.inner_text("main")
    assert_good(parent)
