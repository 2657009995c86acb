"""What every audience is promised on a phone: accessible, light, nothing kept, nobody else asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response

from tests.browser import steps
from tests.browser.conftest import Site

OpenPage = Callable[..., Page]
FIRST_VISIT_BYTES = 15 * 1024
FIRST_VISIT_REQUESTS = 4
LOOKS = {
    "young": {"viewport": {"width": 320, "height": 568}, "color_scheme": "dark"},
    "school": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "partner": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "staff": {"viewport": {"width": 320, "height": 568}, "color_scheme": "light"},
}
KEPT = """async () => [
    localStorage.length, sessionStorage.length, document.cookie.length,
    (await indexedDB.databases()).length,
    (await navigator.serviceWorker.getRegistrations()).length,
]"""


@dataclass
class Traffic:
    """How many bytes each document took, and the files that came with them."""

    documents: dict[str, int] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)

    def note(self, response: Response) -> None:
        """Keep the size of one answer as it went over the wire; a redirect is no page."""
        if response.status == 303:
            return
        path = urlsplit(response.url).path
        kept = self.files if path.startswith("/static/") else self.documents
        kept[path] = int(response.headers.get("content-length", 0))

    def heaviest(self) -> int:
        """Return the bytes of the heaviest page together with all files."""
        return max(self.documents.values()) + sum(self.files.values())


def look_at(page: Page) -> None:
    """Fail unless a page is accessible, fits the screen and keeps nothing on the phone."""
    assert steps.axe_faults(page) == [], page.url
    assert not steps.scrolls_sideways(page), page.url
    assert page.evaluate(KEPT) == [0, 0, 0, 0, 0], page.url


@pytest.mark.parametrize("survey", LOOKS)
def test_every_step_of_an_audience_keeps_its_promises(site: Site, open_page: OpenPage, survey: str) -> None:
    page, traffic = open_page(**LOOKS[survey]), Traffic()
    page.on("response", traffic.note)

    steps.enter_code(page, site, survey)
    steps.walk_to_check(page, look_at)
    steps.send(page)
    look_at(page)

    assert page.context.cookies() == []
    assert len(traffic.documents) > 7
    assert min(traffic.documents.values()) > 600, "sizes are those of pages"
    assert traffic.heaviest() <= FIRST_VISIT_BYTES, traffic


def test_first_visit_of_a_scanned_card_takes_few_requests(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{site.base}/c#{site.fresh_code('family')}")
    page.wait_for_load_state("networkidle")

    assert len(asked) <= FIRST_VISIT_REQUESTS, asked
    assert all(url.startswith(site.base) for url in asked)


def test_text_of_double_size_does_not_scroll_sideways(site: Site, open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 320, "height": 568})
    steps.enter_code(page, site, "family")
    steps.press(page)

    page.evaluate("document.documentElement.style.fontSize = '200%'")

    assert not steps.scrolls_sideways(page)


def test_controls_are_large_enough_for_a_thumb(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    steps.enter_code(page, site, "family")
    steps.press(page)
    sizes = page.locator("label.choice, main button, a.leave, footer button").evaluate_all(
        "all => all.filter(e => e.checkVisibility()).map(e => [e.textContent.trim(), e.offsetWidth, e.offsetHeight])"
    )

    assert len(sizes) > 10
    assert [one for one in sizes if one[1] < 44 or one[2] < 44] == []


def test_keyboard_alone_answers_a_page(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    steps.enter_code(page, site, "young")
    steps.press(page)

    page.locator("fieldset input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    page.wait_for_url("**/r/page/2")
    assert page.locator("html").get_attribute("lang") == "en", "Enter presses Continue, not a language"


def test_link_of_the_error_summary_lands_on_the_control(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{site.base}/c")
    page.fill("#code", "12")
    steps.press(page)

    page.click("#error-summary a")

    assert page.evaluate("document.activeElement.id") == "code"


def test_leaving_shows_no_answers_on_the_way_back(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    page.route("https://www.bbc.co.uk/**", lambda route: route.abort())
    steps.enter_code(page, site, "family")
    steps.press(page)
    steps.answer_page(page)
    assert page.locator("a.leave").get_attribute("href") == "/leave"

    answer = page.request.get(f"{site.base}/leave", max_redirects=0)
    page.go_back()

    assert answer.status == 303
    assert page.locator("main").get_attribute("data-page") == "nothing-here"
    assert page.locator("input:checked").count() == 0
