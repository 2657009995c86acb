"""The gallery draws every component that pages use, and is not there in production."""

import re
from pathlib import Path

from flask import Flask

from tests.security.test_role_matrix import client_of
from tests.support.client import browser
from tests.support.homes import ROOT

TEMPLATES = ROOT / "app" / "templates"
IMPORTS = re.compile(r'\{% from "components/\w+\.html" import ([\w, ]+?)(?: with context)? %\}')
NOT_SHOWN = {
    "form_field": "draws the fields that are shown, for a field of a form class",
    "token": "cannot be seen",
    "jump_to_languages": "leads to the buttons",
    "language_buttons": "send a respondent's form, of which a page has one",
}


def imported(paths: list[Path]) -> set[str]:
    """Return the macros that templates import from the components."""
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return {name for text in texts for names in IMPORTS.findall(text) for name in names.split(", ")}


def test_every_component_of_the_pages_is_in_the_gallery() -> None:
    shown = list((TEMPLATES / "home").glob("gallery*.html"))
    pages = [path for path in TEMPLATES.rglob("*.html") if path not in shown and path.parent.name != "components"]

    assert imported(pages) - imported(shown) == set(NOT_SHOWN)


def test_the_gallery_shows_numbers_that_are_published_and_numbers_that_are_withheld(app: Flask) -> None:
    page = client_of(app, "viewer").request("GET", "/staff/gallery")

    assert page.status == 200
    suppressed = {e.get("data-suppressed") for e in page.tree.iter() if e.get("data-suppressed")}
    assert {"too_few_answers", "one_group_left", "too_close", "no-comparison"} <= suppressed
    assert any(e.get("dir") == "rtl" and e.get("lang") == "ur" for e in page.tree.iter("div"))


def test_in_production_there_is_no_gallery(production_app: Flask) -> None:
    answer = browser(production_app, base="https://portal.example").request("GET", "/staff/gallery")

    assert answer.status == 404
    assert not [name for name in production_app.view_functions if name.startswith("gallery")]
