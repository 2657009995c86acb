"""Every staff page: axe (WCAG 2.2 A and AA) at 390 and 1280 px and at 400% zoom, valid HTML, and by keyboard alone."""

import os
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page

from app.keys.approvals import DestroyKeys
from app.staff import accounts, approvals, second_factor, sessions
from app.storage import audit
from tests.browser import steps
from tests.browser.conftest import Site
from tests.support.homes import application
from tests.support.markup import page_faults
from tests.support.office import ask_for_cards

OpenPage = Callable[..., Page]
ROUND = "/staff/rounds/family-2"
LEAD_PAGES = (
    *("/staff/", "/staff/account", "/staff/who-sees-what", "/staff/rounds", "/staff/rounds/new", ROUND),
    *(f"{ROUND}/frame", f"{ROUND}/dates", f"{ROUND}/close", "/staff/rounds/family-1", "/staff/results/family"),
    *("/staff/cards", "/staff/cards/new", "/staff/cards/void", "/staff/tally", "/staff/keying"),
    *("/staff/evidence", "/staff/evidence/S6", "/staff/evidence/S6/rating", "/staff/evidence/S6/rivals/1"),
    *("/staff/evidence/S6/figures/new", "/staff/evidence/L4"),
    *("/staff/actions", "/staff/actions/new", "/staff/actions/1", "/staff/actions/1/texts/ur"),
    *("/staff/keys", "/staff/keys/wave/family-1/destroy", "/staff/keys/survey/family/destroy"),
    *("/staff/keys/waiting/1", "/staff/cards/waiting/1"),
    *(f"/staff/paper/family-2?style={style}&language=ur" for style in ("standard", "large", "easy", "poster")),
)
ADMIN_PAGES = (
    *("/staff/people", "/staff/people/new", "/staff/people/1", "/staff/audit", "/staff/audit?subject=family&first=x"),
    *("/staff/second-factor/set-up", "/staff/help"),
)
SIZES = {"phone": (390, 800), "wide": (1280, 800), "zoomed to 400%": (320, 256)}
PASSWORD = "maple-orbit-candle-river"


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, str]:
    """An evaluator, who is too new to agree to what a colleague asks, and an administrator."""
    with application(site.settings):
        asker = accounts.get_user(accounts.create_user("pages.asker@example.org", "evaluator", password=PASSWORD))
        approvals.ask(DestroyKeys(survey_slug="family", kind="wave", subject="family-1"), asker)
        ask_for_cards(asker, "more visits", 40)
        with audit.acting("pages.admin@example.org"):
            accounts.create_user("pages.lead@example.org", "evaluator", password=PASSWORD)
        accounts.create_user("pages.admin@example.org", "administrator", password=PASSWORD)
    return {"lead": "pages.lead@example.org", "admin": "pages.admin@example.org"}


def sign_in(page: Page, site: Site, people: dict[str, str], who: str) -> None:
    """Sign in, the administrator with a recovery code: no test waits half a minute for a fresh one."""
    recovery = _recovery_code(site, people[who]) if who == "admin" else ""
    page.goto(f"{site.base}/staff/sign-in")
    page.fill("#email", people[who])
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.click("main button")
    if who == "admin":
        _complete(page, recovery)
    assert page.url == f"{site.base}/staff/"


def _recovery_code(site: Site, email: str) -> str:
    with application(site.settings):
        user = next(u for u in accounts.list_users() if u.email == email)
        return second_factor.enrol(user, "set up", pyotp.TOTP(second_factor.new_seed("set up")).now())[0]


def _complete(page: Page, recovery: str) -> None:
    assert page.url.endswith("/staff/second-factor")
    assert steps.axe_faults(page) == []
    page.fill("#code", recovery)
    with page.expect_navigation():
        page.click("main button")


def assert_good(page: Page, site: Site, path: str) -> None:
    """Fail with everything that is wrong with a page."""
    page.goto(site.base + path)
    assert steps.axe_faults(page) == [], path
    assert not steps.scrolls_sideways(page), path
    assert page.locator("h1").count() == 1, path
    raw = page.request.get(site.base + path).text()
    assert list(page_faults(raw)) == [], path


@pytest.mark.parametrize("size", SIZES if os.environ.get("SOAK") == "1" else ["wide", "zoomed to 400%"])
@pytest.mark.parametrize("who", ["lead", "admin"])
def test_every_staff_page_is_accessible(
    site: Site, open_page: OpenPage, people: dict[str, str], who: str, size: str
) -> None:
    width, height = SIZES[size]
    page = open_page(viewport={"width": width, "height": height})
    sign_in(page, site, people, who)
    for path in LEAD_PAGES if who == "lead" else ADMIN_PAGES:
        assert_good(page, site, path)


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_gallery_shows_every_component_accessibly(
    site: Site, open_page: OpenPage, people: dict[str, str], width: int, scheme: str
) -> None:
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    sign_in(page, site, people, "lead")
    assert_good(page, site, "/staff/gallery")
    page.evaluate("document.querySelectorAll('details').forEach(block => block.open = true)")
    assert steps.axe_faults(page) == []
    assert not steps.scrolls_sideways(page)


def test_dark_pages_are_accessible(site: Site, open_page: OpenPage, people: dict[str, str]) -> None:
    page = open_page(color_scheme="dark")
    sign_in(page, site, people, "lead")
    for path in ("/staff/", ROUND, "/staff/cards/new", "/staff/tally"):
        assert_good(page, site, path)


def test_an_officer_works_with_the_keyboard_alone(site: Site, open_page: OpenPage, people: dict[str, str]) -> None:
    """From the sign-in page to a round's days, and back to the form with its error, without a mouse."""
    page = open_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{site.base}/staff/sign-in")
    tab_to(page, "email")
    page.keyboard.type(people["lead"])
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    follow(page, "Rounds")
    follow(page, "Families, round 2")
    follow(page, "Change dates")
    tab_to(page, "closes_on")
    page.keyboard.type("01012020")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator("#error-summary").is_visible()
    assert page.url.endswith("/dates")


def test_an_evaluator_rates_with_the_keyboard_alone(site: Site, open_page: OpenPage, people: dict[str, str]) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    sign_in(page, site, people, "lead")
    follow(page, "Evidence")
    follow(page, "S5: Staff are skilled and confident in restorative practice")
    follow(page, "Rate evidence")
    tab_to(page, "strength-0")
    page.keyboard.press("ArrowDown")
    tab_to(page, "note")
    page.keyboard.type("One round only.")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "The rating has been saved." in page.inner_text("main")
    assert "Weak. One source only" in page.inner_text("main")


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the control with an id has the focus, which must be visible."""
    for _press in range(60):
        if page.evaluate("document.activeElement.id") == name:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"the focus on {name} cannot be seen"
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {name}")


def follow(page: Page, words: str) -> None:
    """Press Tab until a link with these words has the focus, then Enter."""
    for _press in range(60):
        if page.evaluate("document.activeElement.textContent.trim()") == words:
            with page.expect_navigation():
                page.keyboard.press("Enter")
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {words}")


def test_a_form_survives_the_end_of_the_session(site: Site, open_page: OpenPage, people: dict[str, str]) -> None:
    page = open_page(viewport={"width": 1280, "height": 800}, scripts=False)
    sign_in(page, site, people, "lead")
    page.goto(f"{site.base}{ROUND}/frame")
    page.fill("#definition", "Typed for half an hour")
    page.fill("#counted_on", "2026-11-01")
    page.fill("#group-0", "Families")
    page.fill("#n-0-north", "77")
    with application(site.settings):
        user = next(u for u in accounts.list_users() if u.email == people["lead"])
        sessions.sign_out_everywhere(user)
    with page.expect_navigation():
        page.get_by_role("button", name="Save").click()
    assert "What you entered is kept" in page.inner_text("main")
    page.fill("#email", people["lead"])
    page.fill("#password", PASSWORD)
    with page.expect_navigation():
        page.click("main button")
    with page.expect_navigation():
        page.get_by_role("button", name="Send form").click()

    assert "Typed for half an hour" in page.inner_text("main")
    page.goto(f"{site.base}{ROUND}/frame")
    assert page.input_value("#n-0-north") == "77"
