"""The demonstration as it ships: the summary of each published round is one sheet, in a browser and as a PDF."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from app.attacker.scene.chromium import launch_options
from app.demo import borough
from app.reports import service
from app.results.service import list_published
from app.surveys import service as surveys
from config import Settings
from tests.support.documents import page_count, read_word
from tests.support.homes import application, running, sqlite_settings


@pytest.fixture(scope="module")
def shipped() -> Iterator[tuple[Settings, str]]:
    """The settings of a home with the demonstration as it ships, and the address at which it is served."""
    with tempfile.TemporaryDirectory() as folder:
        settings = sqlite_settings(Path(folder) / "home")
        with application(settings):
            borough.load_demo(seed=2016, respondents=None, closed_waves=2, report=lambda _line: None)
        with running(settings, Path(folder) / "web.log") as base:
            yield settings, base


def test_each_summary_is_one_sheet(shipped: tuple[Settings, str]) -> None:
    settings, base = shipped
    with application(settings):
        waves = [(s.slug, one.wave.id) for s in surveys.list_surveys() for one in list_published(s.slug)]
        assert len(waves) >= 10
        for _slug, wave in waves:
            assert page_count(service.get_file(wave, "pdf").content) == 1, wave
            assert read_word(service.get_file(wave, "docx").content).tables, wave
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        page = browser.new_page()
        for slug, wave in waves:
            page.goto(f"{base}/results/{slug}/{wave}/summary")
            assert page_count(page.pdf(prefer_css_page_size=True, print_background=True)) == 1, wave
        browser.close()
