"""All five audiences from the code to the thank-you, as a phone shows it."""

from collections.abc import Callable
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, Response, expect

from app.core.codes import print_code
from tests.browser import steps
from tests.browser.conftest import AUDIENCES, Site
from tests.browser.test_kiosk import start_kiosk

OpenPage = Callable[..., Page]
FIRST_VISIT_BYTES = 15 * 1024


@pytest.mark.parametrize("survey", AUDIENCES)
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_every_audience_reaches_the_thank_you(site: Site, open_page: OpenPage, survey: str, scripts: bool) -> None:
    page = open_page(scripts=scripts)

    steps.enter_code(page, site, survey)
    steps.walk_to_check(page)
    assert page.locator("dl.answers dd").count() >= 8
    steps.send(page)

    assert page.context.cookies() == []


def test_urdu_runs_from_right_to_left_and_fits_a_small_phone(site: Site, open_page: OpenPage) -> None:
    page = open_page(viewport={"width": 320, "height": 568})
    page.goto(f"{site.base}/language/ur?to=/c")
    page.fill("#code", site.fresh_code("family"))
    assert page.locator("#code").evaluate("box => getComputedStyle(box).direction") == "ltr"
    steps.press(page)

    def look(page: Page) -> None:
        assert page.locator("html").get_attribute("lang") == "ur"
        assert page.locator("body").evaluate("body => getComputedStyle(body).direction") == "rtl"
        assert not steps.scrolls_sideways(page), page.url
        assert page.locator("main [lang=en]").count() == 0, "everything is in Urdu"

    steps.walk_to_check(page, look)
    steps.send(page)
    look(page)


def test_what_is_not_translated_falls_back_to_marked_english(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{site.base}/language/ur?to=/c")
    page.fill("#code", site.fresh_code("staff"))
    steps.press(page)
    steps.press(page)

    assert page.locator("legend [lang=en][dir=ltr]").count() > 0
    assert page.locator("html").get_attribute("dir") == "rtl"


def test_the_language_can_change_in_the_middle_without_losing_answers(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    steps.enter_code(page, site, "family")
    steps.press(page)
    page.locator("fieldset").first.locator("input").nth(2).check()

    with page.expect_navigation():
        page.get_by_role("button", name="Polski").click()

    assert page.url.endswith("/r/page/1")
    assert page.locator("html").get_attribute("lang") == "pl"
    expect(page.locator("fieldset").first.locator("input").nth(2)).to_be_checked()


def test_a_scanned_card_fills_its_code_in_and_the_address_forgets_it(site: Site, open_page: OpenPage) -> None:
    page, code = open_page(), site.fresh_code("family")
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))

    page.goto(f"{site.base}/c#{code}")

    expect(page.locator("#code")).to_have_value(" ".join(code[i : i + 3] for i in range(0, 15, 3)))
    assert page.url == f"{site.base}/c"
    assert not any(code in url for url in seen)
    steps.press(page)
    assert page.url.endswith("/r/start")


@pytest.mark.parametrize("on_tablet", [False, True], ids=["phone", "resting tablet"])
def test_a_second_scan_replaces_the_first_and_no_address_keeps_either(
    site: Site, open_page: OpenPage, on_tablet: bool
) -> None:
    page = open_page()
    codes = [site.fresh_code("family") for _card in range(2)]
    if on_tablet:
        start_kiosk(page, site)
    page.goto(f"{site.base}/c")
    for code in codes:
        page.evaluate("code => { location.hash = code }", code)
        expect(page.locator("#code")).to_have_value(print_code(code))
        page.wait_for_url(f"{site.base}/c")
    for _back in range(2):
        page.go_back()
        assert "#" not in page.url

    page.goto(f"{site.base}/c#{codes[1]}")
    steps.press(page)
    assert page.url.endswith("/r/start")


SPELLINGS: dict[str, Callable[[str], str]] = {
    "grouped": lambda code: print_code(code).replace(" ", "%20"),
    "dashes": lambda code: print_code(code).replace(" ", "-"),
    "encoded": lambda code: "%23" + "".join(f"%3{digit}" for digit in code),
    "Arabic digits": lambda code: code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    "look-alikes": lambda code: code.replace("0", "O").replace("1", "l"),
    "words around it": lambda code: f"Code:%20{code}.",
    "a percent sign": lambda code: f"{code}%",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_scanned_code_is_read_as_forgivingly_as_a_typed_one(site: Site, open_page: OpenPage, spelling: str) -> None:
    page = open_page()

    page.goto(f"{site.base}/c#{SPELLINGS[spelling](site.fresh_code('family'))}")
    assert page.url == f"{site.base}/c"
    steps.press(page)

    assert page.url.endswith("/r/start")


def test_a_link_within_the_code_page_fills_nothing_in(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{site.base}/c#main")

    expect(page.locator("#code")).to_have_value("")


@pytest.mark.parametrize("address", ["/C", "/c/", "/c."])
def test_an_odd_address_keeps_the_code_that_was_scanned(site: Site, open_page: OpenPage, address: str) -> None:
    page, code = open_page(), site.fresh_code("family")

    page.goto(f"{site.base}{address}#{code}")

    expect(page.locator("#code")).to_have_value(print_code(code))
    assert page.url == f"{site.base}/c"


def test_keyboard_alone_finds_the_skip_link_first_and_enter_sends_the_code(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    page.goto(f"{site.base}/c")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"

    page.fill("#code", site.fresh_code("family"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/r/start")


def test_back_after_sending_shows_no_answers(site: Site, open_page: OpenPage) -> None:
    page = open_page(scripts=False)
    steps.enter_code(page, site, "young")
    steps.walk_to_check(page)
    steps.send(page)

    page.go_back()
    page.reload()

    assert page.locator("dl.answers").count() == 0
    assert page.locator("main").get_attribute("data-page") in ("nothing-here", "done")


def test_every_page_of_the_family_journey_is_light(site: Site, open_page: OpenPage) -> None:
    page = open_page(locale="uk-UA")
    pages: dict[str, int] = {}
    files: dict[str, int] = {}

    def note(response: Response) -> None:
        if response.status == 200:
            kind = files if "/static/" in response.url else pages
            kind[response.url] = int(response.headers["content-length"])

    page.on("response", note)
    steps.enter_code(page, site, "family")
    steps.walk_to_check(page)
    steps.send(page)
    icon = page.get_attribute("link[rel=icon]", "href")
    page.goto(urljoin(site.base, icon or ""))  # a browser that draws no window asks for none

    assert len(pages) > 12
    assert len(files) == 3
    assert max(pages.values()) + sum(files.values()) <= FIRST_VISIT_BYTES, (pages, files)


def test_storage_stays_empty(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    steps.enter_code(page, site, "family")
    steps.press(page)
    steps.answer_page(page)

    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    cookies = page.context.cookies()
    assert [(c["name"], c["httpOnly"], c["sameSite"], c["expires"]) for c in cookies] == [("r", True, "Lax", -1)]
