"""The one-page summary as a browser prints it: one sheet of A4 for every survey, and free of axe's faults."""

import pytest

from tests.browser import steps
from tests.browser.conftest import AUDIENCES, Site
from tests.browser.test_accessibility import OpenPage
from tests.support.documents import page_count


@pytest.mark.parametrize("survey", AUDIENCES)
def test_the_summary_prints_on_one_sheet(site: Site, open_page: OpenPage, survey: str) -> None:
    page = open_page(scripts=True)
    page.goto(f"{site.base}/results/{survey}/{survey}-1/summary")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert steps.axe_faults(page) == []
    assert page.locator(".ways").is_visible()
    page.emulate_media(media="print")
    assert not page.locator(".ways").is_visible()
    assert page_count(page.pdf(prefer_css_page_size=True, print_background=True)) == 1
