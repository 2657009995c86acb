"""The scale from 0 to 10 stands in one row where there is room, in even rows on a phone, its ends by their words."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Site
from tests.browser.steps import answer_page, enter_code, press

ROWS = {320: [4, 4, 3], 360: [6, 5], 390: [6, 5], 600: [6, 5], 768: [11], 1024: [11], 1280: [11], 1366: [11]}
BOXES = """parts => parts.map(part => {
  const range = document.createRange();
  range.selectNodeContents(part);
  const box = part.matches(".end") ? range.getBoundingClientRect() : part.getBoundingClientRect();
  return {left: box.left, right: box.right, top: box.top, bottom: box.bottom};
})"""


@dataclass(frozen=True)
class Box:
    """Where something stands, in CSS pixels."""

    left: float
    right: float
    top: float
    bottom: float


def boxes(page: Page, selector: str) -> list[Box]:
    """Return where the parts of the scale stand."""
    return [Box(**box) for box in page.locator(selector).evaluate_all(BOXES)]


def rows_of(choices: list[Box]) -> list[list[Box]]:
    """Return the choices by row, top to bottom."""
    tops = sorted({round(box.top) for box in choices})
    return [[box for box in choices if round(box.top) == top] for top in tops]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_a_scale_has_even_rows_and_its_ends_stand_by_their_numbers(
    site: Site, open_page: Callable[..., Page], language: str
) -> None:
    page = open_page(scripts=False)
    page.goto(f"{site.base}/language/{language}?to=/")
    enter_code(page, site, "family")
    press(page)
    while not page.locator(".score").count():
        answer_page(page)
    for width, expected in ROWS.items():
        page.set_viewport_size({"width": width, "height": 800})
        choices, (low, high) = boxes(page, ".score .choice"), boxes(page, ".score .end")
        rows = rows_of(choices)
        assert [len(row) for row in rows] == expected, width
        assert all(box.right - box.left >= 44 and box.bottom - box.top >= 44 for box in choices), width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        start, end = ("left", "right") if language == "en" else ("right", "left")
        assert low.bottom <= choices[0].top, width
        assert abs(getattr(low, start) - getattr(choices[0], start)) < 12, width
        assert abs(getattr(high, end) - getattr(choices[10], end)) < 12, width
        assert (high.bottom <= choices[10].top) if len(rows) == 1 else (choices[10].bottom <= high.top), width


def test_who_hears_the_scale_hears_what_its_ends_mean(site: Site, open_page: Callable[..., Page]) -> None:
    page = open_page(scripts=False)
    enter_code(page, site, "family")
    press(page)
    while not page.locator(".score").count():
        answer_page(page)
    ends = [page.locator(".score input").nth(number).get_attribute("aria-describedby") for number in (0, 10)]
    assert [page.locator(f"#{end}").inner_text() for end in ends] == ["0: no difference", "10: a very big difference"]
