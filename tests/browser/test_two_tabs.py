"""Two cards in two tabs of one browser, and what the browser's Back shows of somebody else's card."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser import steps
from tests.browser.conftest import Site
from tests.browser.test_kiosk import start_kiosk

OpenPage = Callable[..., Page]


def chosen(page: Page) -> list[str]:
    """Return the values of the checked controls."""
    return [box.input_value() for box in page.locator("main input:checked").all()]


def go_to_first_page(page: Page, site: Site, survey: str, option: int) -> None:
    """Enter a fresh code, answer the first page and come back to it by the Back link."""
    steps.enter_code(page, site, survey)
    steps.press(page)
    steps.answer_page(page, option)
    with page.expect_navigation():
        page.get_by_role("link", name="Back", exact=True).click()
    assert page.url.split("?")[0].endswith("/r/page/1")


def assert_calm(page: Page) -> None:
    """Fail unless a page says that another card was opened, and nothing else."""
    expect(page.locator("main")).to_have_attribute("data-page", "other-card")
    assert page.locator("fieldset, dl.answers").count() == 0


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
@pytest.mark.parametrize("other", ["family", "young"])
def test_two_tabs_keep_two_cards_apart(site: Site, open_page: OpenPage, other: str, scripts: bool) -> None:
    first = open_page(scripts=scripts)
    go_to_first_page(first, site, "family", 0)
    second = first.context.new_page()
    go_to_first_page(second, site, other, 1)
    before = chosen(second)
    assert before

    first.locator("fieldset").first.locator("input").nth(2).check()
    steps.press(first)
    assert_calm(first)
    second.reload()
    assert chosen(second) == before, "the answers of the second card are as they were"

    with first.expect_navigation():
        first.get_by_role("link", name="Continue with the card").click()
    assert first.url.split("?")[0].endswith("/r/page/2"), "the first tab can go on with the second card"

    steps.walk_to_check(second)
    steps.send(second)
    steps.press(first)
    expect(first.get_by_role("heading", level=1)).to_have_text("There are no answers here")
    expect(first.get_by_role("link", name="Enter your code")).to_be_visible()


def test_the_first_tab_shows_no_answers_of_the_second_when_it_is_loaded_again(site: Site, open_page: OpenPage) -> None:
    first = open_page()
    steps.enter_code(first, site, "family")
    steps.press(first)
    steps.answer_page(first)
    second = first.context.new_page()
    go_to_first_page(second, site, "family", 1)

    for again in (first.reload, first.go_back, first.go_back):
        again()
        expect(first).to_have_url(f"{site.base}/r/other-card")
        assert_calm(first)
        assert steps.axe_faults(first) == []
        assert not steps.scrolls_sideways(first)

    second.reload()
    assert chosen(second), "while the second tab can be loaded again"
    second.go_back()
    assert second.locator("fieldset").count() > 0


@pytest.mark.parametrize("on_tablet", [False, True], ids=["phone", "shared tablet"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts on", "scripts off"])
def test_back_to_a_thank_you_leaves_the_next_persons_answers(
    site: Site, open_page: OpenPage, scripts: bool, on_tablet: bool
) -> None:
    page = open_page(scripts=scripts)
    if on_tablet:
        start_kiosk(page, site)
    steps.enter_code(page, site, "young")
    steps.walk_to_check(page)
    steps.send(page)
    if on_tablet:
        with page.expect_navigation():
            page.get_by_role("link", name="Next person").click()

    steps.enter_code(page, site, "young")
    steps.press(page)
    steps.answer_page(page)
    for _back in range(6):
        page.go_back()
        page.wait_for_load_state()
        assert page.locator("main").get_attribute("data-page") != "done", "nobody is thanked who has sent nothing"

    page.goto(f"{site.base}/r/page/1")
    assert chosen(page), "the answers are still there"
    steps.walk_to_check(page)
    steps.send(page)


def test_the_page_of_answers_that_are_not_sent_yet_leads_back_to_them(site: Site, open_page: OpenPage) -> None:
    page = open_page()
    steps.enter_code(page, site, "young")
    page.goto(f"{site.base}/r/done")
    expect(page.locator("main")).to_have_attribute("data-page", "not-sent")
    assert steps.axe_faults(page) == []
    with page.expect_navigation():
        page.get_by_role("link", name="Go back to the survey").click()
    assert page.locator("fieldset").count() > 0
