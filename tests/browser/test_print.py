"""Sheets as they come out of the printer: in every language and look, nothing of a card lies outside its cut."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from app.web.i18n import LANGUAGES
from tests.browser.conftest import Office, press, sign_in

OVERFLOWING = """cards => cards.filter(card => {
  const cut = card.getBoundingClientRect();
  return [...card.querySelectorAll("svg, h2, p")].some(part => {
    const range = document.createRange();
    range.selectNodeContents(part);
    const box = part.tagName === "svg" ? part.getBoundingClientRect() : range.getBoundingClientRect();
    return box.left < cut.left + 3 || box.right > cut.right - 3 || box.top < cut.top || box.bottom > cut.bottom - 3;
  });
}).length"""
PAPER = {"width": 794, "height": 1123}


@pytest.mark.parametrize("look", ["cards", "letters", "easy"])
def test_nothing_of_a_card_lies_outside_its_cut(office: Office, open_page: Callable[..., Page], look: str) -> None:
    page = open_page(viewport=PAPER, scripts=False)
    sign_in(page, office, "lead@example.org")
    for tongue in LANGUAGES.values():
        page.emulate_media(media="screen")
        page.goto(f"{office.base}/staff/cards/new")
        page.fill("#batch", f"{look} {tongue.tag}")
        page.fill("#cards-north", "2")
        page.select_option("#language", tongue.tag)
        page.check(f"input[value={look}]")
        press(page, "Issue cards")
        page.emulate_media(media="print")
        cards = page.locator("article.card")
        assert cards.count() == 2
        assert cards.evaluate_all(OVERFLOWING) == 0, tongue.tag
