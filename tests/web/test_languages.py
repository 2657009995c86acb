"""The language of a page: what the person chose, else what the browser prefers, else English."""

import pytest
from flask import Flask

from tests.support.client import browser


@pytest.mark.parametrize(
    ("accepted", "tag"),
    [
        ("pl-PL,en;q=0.9", "pl"),
        ("en-GB,en;q=0.9,pl;q=0.8", "en"),
        ("zh-TW,zh;q=0.9,en-US;q=0.8", "zh-Hant"),
        ("", "en"),
    ],
)
def test_a_page_is_in_the_language_that_the_browser_prefers(app: Flask, accepted: str, tag: str) -> None:
    for path in ("/", "/c", "/privacy", "/nothing"):
        assert browser(app, language=accepted).request("GET", path).tree.get("lang") == tag


def test_a_choice_goes_before_the_browser_and_staff_pages_are_english(app: Flask) -> None:
    client = browser(app, language="pl-PL,en;q=0.9")
    client.request("GET", "/language/uk")
    assert client.request("GET", "/c").tree.get("lang") == "uk"
    assert client.request("GET", "/staff/sign-in").tree.get("lang") == "en"


def test_a_long_or_broken_header_is_no_fault(app: Flask) -> None:
    for accepted in ("de," * 10_000 + "pl", ";;;q=,", "pl;q=x", "-" * 1000):
        assert browser(app, language=accepted).request("GET", "/c").tree.get("lang") == "en"
