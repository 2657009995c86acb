"""Pages of themes, and the command."""

from pathlib import Path

import pytest
from flask import Flask

from app.models.staff import StaffUser
from app.themes import codebook, coding
from tests.comments.test_pages import follow, send
from tests.conftest import TODAY
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient, counted_queries
from tests.themes.test_coding import coders, put_read, sample, themes

__all__ = ["coders", "themes"]  # fixtures
CODE, THEMES = "/staff/themes/code", "/staff/themes"
WAVE = "family-1"


def test_a_coder_codes_from_the_first_to_the_last(app: Flask, coders: list[StaffUser], themes: list[int]) -> None:
    put_read(WAVE, "First words", "Second words")
    client = client_of(app, "evaluator")
    assert "0 of 2 coded" in client.request("GET", THEMES).words
    page = send(client, CODE, round=WAVE)
    asked = next(e.get("value") or "" for e in page.tree.iter("input") if e.get("name") == "comment")
    page = send(client, CODE, round=WAVE, comment=asked, action="save")
    assert "Choose a theme, or “No theme fits”." in page.words
    assert asked == next(e.get("value") or "" for e in page.tree.iter("input") if e.get("name") == "comment")
    for _comment in range(2):
        comment = next(e.get("value") or "" for e in page.tree.iter("input") if e.get("name") == "comment")
        page = send(client, CODE, round=WAVE, comment=comment, action="save", theme=str(themes[0]))
    assert "You have coded every comment" in follow(client, page).words
    assert "2 of 2 coded" in client.request("GET", THEMES).words


def test_pages_of_an_evaluator(app: Flask, coders: list[StaffUser], themes: list[int]) -> None:
    client: StrictClient = client_of(app, "evaluator")
    comments = put_read(WAVE, *(f"Words {n}" for n in range(12)))
    page = send(client, f"{THEMES}/family/new", name="", meaning="x")
    assert (page.status, "Enter a name." in page.words) == (422, True)
    assert follow(client, send(client, f"{THEMES}/family/new", name="Respect", meaning="How people are treated")).words
    assert len(codebook.list_themes("family")) == 3
    page = follow(client, send(client, f"{THEMES}/agreement/{WAVE}", action="draw", size="2"))
    assert "2 comments were drawn." in page.words
    drawn = [one for one in comments if one in sample()]
    for comment in comments:
        coding.save(coders[0], comment, themes[:1])
    for comment in drawn:
        coding.save(coders[1], comment, themes[:1] if comment != drawn[0] else [])
    page = client.request("GET", f"{THEMES}/agreement/{WAVE}")
    assert "To settle: 1" in page.words
    page = follow(
        client,
        send(client, f"{THEMES}/agreement/{WAVE}", action="settle", comment=drawn[0].hex(), theme=str(themes[0])),
    )
    page = follow(client, send(client, f"{THEMES}/agreement/{WAVE}", action="publish"))
    assert "nearly all" in page.words
    assert "fewer than 10" in page.words
    fields = {"kind": "meeting", "month": str(TODAY), "summary": "A parent said it", "theme": str(themes[0])}
    assert "A parent said it" in follow(client, send(client, f"{THEMES}/family/sources", **fields)).words
    assert "Meeting" in client.request("GET", f"{THEMES}/family/grid").words
    assert client.request("GET", f"{THEMES}/family/themes.qdc").status == 200


def test_coding_asks_the_database_the_same_number_of_things(
    app: Flask, coders: list[StaffUser], themes: list[int]
) -> None:
    client, found = client_of(app, "evaluator"), []
    for _more in range(2):
        put_read(WAVE, *(f"Words {n}" for n in range(5)))
        with counted_queries() as queries:
            send(client, CODE, round=WAVE)
        found.append(len(queries))
    assert found[0] == found[1]


@pytest.mark.parametrize(("kind", "begins"), [("csv", b"theme,version"), ("qdc", b"<?xml")])
def test_the_codebook_is_exported(app: Flask, themes: list[int], tmp_path: Path, kind: str, begins: bytes) -> None:
    out = tmp_path / f"themes.{kind}"
    done = app.test_cli_runner().invoke(args=["theme", "export", "family", "--format", kind, "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    assert out.read_bytes().startswith(begins)
    assert app.test_cli_runner().invoke(args=["theme", "export", "nothing", "--out", str(out)]).exit_code == 1
