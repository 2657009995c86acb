"""The poster "You said, we did" as a browser prints it: one sheet of A4, however long its texts are."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.actions import service
from app.staff import accounts
from app.web.i18n import LANGUAGES
from tests.actions.entries import ENTRY
from tests.browser import steps
from tests.browser.test_accessibility import OpenPage
from tests.conftest import TinySurvey
from tests.support.documents import page_count
from tests.support.homes import application, running, sqlite_settings

WORDS = {"en": "We ring back ", "ur": "ہم فون کرتے ہیں ", "zh-Hant": "我們會回電"}


@pytest.fixture(scope="module")
def wall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A served installation with three actions of the longest texts for families, and three of usual ones for staff."""
    settings = sqlite_settings(tmp_path_factory.mktemp("wall") / "home")
    with application(settings):
        TinySurvey()
        number = accounts.create_user("one@example.org", "evaluator", password="maple-orbit-candle-river")
        for audience, most in (("family", 1), ("staff", 10)):
            for _one in range(3):
                entry = replace(ENTRY, state=service.WILL_NOT, why_not=text_of("en", service.MAX_SAID // most))
                entry = replace(entry, said=entry.why_not, did=text_of("en", service.MAX_DID // most))
                add(number, replace(entry, audiences=(audience,)), most)
    with running(settings, tmp_path_factory.mktemp("log") / "web.log") as base:
        yield base


def text_of(tag: str, length: int) -> str:
    """Return a text of a length in a language."""
    return (WORDS[tag] * length)[:length].strip()


def add(number: int, entry: service.ActionEntry, most: int) -> None:
    """Add an action with translations half as long again as its English."""
    action = service.add(accounts.get_user(number), entry)
    english = service.english_of(service.get_action(action))
    for tag in WORDS.keys() - {"en"}:
        said, did = (text_of(tag, length * 3 // 2 // most) for length in (service.MAX_SAID, service.MAX_DID))
        service.save_text(action, tag, english=english, said=said, did=did, why_not=said)


@pytest.mark.parametrize("tag", WORDS)
@pytest.mark.parametrize(("audience", "n_shown"), [("family", 1), ("staff", 3)])
def test_the_poster_prints_on_one_sheet(
    wall: str, open_page: OpenPage, *, audience: str, n_shown: int, tag: str
) -> None:
    page = open_page(scripts=True)
    page.goto(f"{wall}/language/{tag}")
    page.goto(f"{wall}/you-said-we-did/poster?for={audience}")
    assert page.get_attribute("html", "dir") == LANGUAGES[tag].direction
    assert page.locator("section").count() == n_shown
    assert steps.axe_faults(page) == []
    assert not steps.scrolls_sideways(page)
    assert page_count(page.pdf(prefer_css_page_size=True, print_background=True)) == 1
