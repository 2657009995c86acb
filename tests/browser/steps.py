"""What a respondent does in a browser, as sentences. At most ten steps; markup as promised to programs."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import Site

PRESS = "#main-form button >> nth=0"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
STEPS_AT_MOST = 40


def press(page: Page) -> None:
    """Press the first button of the form and wait for the page that follows, however slow the server is."""
    with page.expect_navigation():
        page.click(PRESS)


def enter_code(page: Page, site: Site, survey: str) -> None:
    """Type a fresh code and arrive at the start page."""
    page.goto(f"{site.base}/c")
    page.fill("#code", site.fresh_code(survey))
    press(page)
    assert page.url.endswith("/r/start")


def answer_page(page: Page, option: int = 0) -> None:
    """Choose an option in every question and write into every box, then go on."""
    for question in page.locator("fieldset").all():
        question.locator("input").nth(option).check()
    for box in page.locator("textarea").all():
        box.fill("Nothing to add, 3<4")
    press(page)


def walk_to_check(page: Page, each: Callable[[Page], None] = lambda page: None) -> None:
    """Go from the start page to the check page, looking at each page on the way."""
    each(page)
    press(page)
    for _step in range(STEPS_AT_MOST):
        each(page)
        if page.url.endswith("/r/check"):
            return
        answer_page(page)
    raise AssertionError("the questionnaire does not end")


def send(page: Page) -> None:
    """Press Send and arrive at the thank-you page."""
    press(page)
    assert page.locator("main").get_attribute("data-page") == "done"


def axe_faults(page: Page) -> list[str]:
    """Return the accessibility rules (WCAG 2.2 A and AA) that the page breaks, with the place of each."""
    found = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]}).response["violations"]
    return [f"{rule['id']} at {node['target']}" for rule in found for node in rule["nodes"]]


def scrolls_sideways(page: Page) -> bool:
    """Tell whether the page is wider than the screen."""
    return bool(page.evaluate("document.scrollingElement.scrollWidth > document.scrollingElement.clientWidth + 1"))
