"""Themes: versions of the codebook, coding blind to each other, disagreements, numbers, other sources and files."""

import csv
import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import update

from app.comments import harm, masking
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.models.themes import CodedComment
from app.staff import accounts
from app.storage import db
from app.storage.refusals import NotFound, Refused
from app.themes import codebook, coding, files, numbers, sources
from tests.comments.inbox import drop_comment, put_comments
from tests.comments.test_pages import follow, send
from tests.conftest import TODAY, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient, counted_queries

CODE, THEMES = "/staff/themes/code", "/staff/themes"
WAVE = "family-1"


@pytest.fixture
def coders(tiny: TinySurvey) -> list[StaffUser]:
    """Two evaluators and a practitioner researcher, after a round that is over."""
    with db.collecting() as session:
        session.execute(update(Wave).where(Wave.id == tiny.wave).values(state="closed"))
    people = [("one", "evaluator"), ("two", "evaluator"), ("three", "practitioner researcher")]
    made = [accounts.create_user(f"{n}@example.org", r, password="maple-orbit-candle-river") for n, r in people]
    return [accounts.get_user(number) for number in made]


@pytest.fixture
def themes(tiny: TinySurvey) -> list[int]:
    """Two themes."""
    names = ("Being heard", "Waiting")
    return [codebook.add("family", name=name, meaning=f"What belongs to {name}") for name in names]


def test_another_meaning_is_a_new_version_and_a_name_is_taken_once(themes: list[int]) -> None:
    codebook.change(themes[0], name="Being heard", meaning="Somebody listens", is_in_use=True, examples=[])
    codebook.change(themes[0], name="Being heard", meaning="Somebody listens", is_in_use=True, examples=[])
    assert [one.number for one in codebook.list_versions(themes[0])] == [2, 1]
    assert codebook.get_theme(themes[0]).meaning == "Somebody listens"
    for act in (
        lambda: codebook.add("family", name="WAITING", meaning="x"),
        lambda: codebook.change(themes[0], name="waiting", meaning="x", is_in_use=True, examples=[]),
    ):
        with pytest.raises(Refused, match="already"):
            act()
    with pytest.raises(NotFound):
        codebook.get_theme(99)


def test_one_comment_is_coded_once_and_one_of_the_sample_by_two(coders: list[StaffUser], themes: list[int]) -> None:
    put_comments(WAVE, *(f"Words {n}" for n in range(4)))
    assert coding.draw_sample(WAVE, 1) == 1
    one, two, _three = coders
    seen = []
    while comment := coding.draw(one, WAVE):
        coding.save(one, comment.id, themes[:1])
        seen.append(comment.id)
    assert len(seen) == 4
    assert coding.progress(one, WAVE) == (4, 4)
    assert coding.progress(two, WAVE) == (3, 4)
    left = coding.draw(two, WAVE)
    assert left is not None
    assert {left.id} == coding.sample_of(WAVE)
    coding.save(two, left.id, [])
    assert coding.draw(two, WAVE) is None
    assert coding.missing(WAVE) == (0, 1)
    coding.settle(left.id, themes, "family")
    assert coding.missing(WAVE) == (0, 0)


def test_a_coder_who_is_deactivated_leaves_the_codes(coders: list[StaffUser], themes: list[int]) -> None:
    (comment,) = put_comments(WAVE, "Words")
    coding.save(coders[0], comment, themes)
    with db.writing() as session:
        session.get_one(StaffUser, coders[0].id).is_enabled = False
    assert coding.missing(WAVE) == (0, 0)
    assert coding.draw(coders[1], WAVE) is None


def test_a_practitioner_researcher_codes_public_versions_only(coders: list[StaffUser], themes: list[int]) -> None:
    one, two = put_comments(WAVE, "Canary of SK1 3XE", "Canary unmasked")
    masking.save_marks(coders[0], one, [(0, 6, "name")])
    comment = coding.draw(coders[2], WAVE)
    assert comment is not None
    assert (comment.id, comment.text) == (one, "[name of a person] of SK1 3XE")
    coding.save(coders[2], one, themes)
    assert coding.draw(coders[2], WAVE) is None
    with pytest.raises(NotFound):
        coding.save(coders[2], two, themes)


def test_what_may_tell_of_harm_waits_and_what_is_open_is_not_coded(
    coders: list[StaffUser], themes: list[int], tiny: TinySurvey
) -> None:
    one, two = put_comments(WAVE, "Harm", "Words")
    harm.report(coders[0], one, "lead")
    assert coding.progress(coders[0], WAVE) == (0, 1)
    with pytest.raises(NotFound):
        coding.save(coders[0], one, themes)
    with db.collecting() as session:
        session.execute(update(Wave).where(Wave.id == tiny.wave).values(state="open"))
    assert coding.list_waves(coders[0]) == []
    with pytest.raises(Refused, match="over"):
        coding.save(coders[0], two, themes)


def test_a_theme_out_of_use_stays_where_it_was_chosen(coders: list[StaffUser], themes: list[int]) -> None:
    one, two = put_comments(WAVE, "Words", "More")
    coding.save(coders[0], one, themes)
    codebook.change(themes[1], name="Waiting", meaning="x", is_in_use=False, examples=[])
    with pytest.raises(Refused, match="not in use"):
        coding.save(coders[0], two, themes)
    assert coding.list_codings(WAVE)[one][coders[0].id] == frozenset(themes)


def code_all(coders: list[StaffUser], themes: list[int], n: int = 24) -> None:
    """Code some comments: the first theme is given to all but 4, the second to 4."""
    for number, comment in enumerate(put_comments(WAVE, *(f"Words {i}" for i in range(n)))):
        coding.save(coders[0], comment, themes[:1] if number >= 4 else themes[1:])


def test_numbers_are_rounded_frozen_and_none_is_below_ten(coders: list[StaffUser], themes: list[int]) -> None:
    code_all(coders, themes)
    numbers.publish(WAVE)
    release = numbers.find_release(WAVE)
    assert release is not None
    assert (release["comments"], [one["count"] for one in release["themes"]]) == (25, [20, None])
    assert all(of % 5 == 0 for of in (25, 20))
    drop_comment(next(iter(coding.list_codings(WAVE))))
    assert numbers.find_release(WAVE) == release
    with pytest.raises(Refused, match="already"):
        numbers.publish(WAVE)
    assert sources.changes("family") == {
        themes[0]: [(1, "about 20 of about 25")],
        themes[1]: [(1, "fewer than 10 of about 25")],
    }
    codebook.change(themes[0], name="Being heard", meaning="Other", is_in_use=True, examples=[])
    assert themes[0] not in sources.changes("family"), "another meaning breaks the line"


def test_no_numbers_of_few_comments_or_before_all_is_done(coders: list[StaffUser], themes: list[int]) -> None:
    code_all(coders, themes, n=9)
    with pytest.raises(Refused, match="too few"):
        numbers.publish(WAVE)
    put_comments(WAVE, "One more")
    with pytest.raises(Refused, match="1 codings are missing"):
        numbers.publish(WAVE)


def test_agreement_is_kappa_of_two_and_alpha_of_more(coders: list[StaffUser], themes: list[int]) -> None:
    assert numbers.agreement(WAVE, "family") == []
    comments = put_comments(WAVE, *(f"Words {n}" for n in range(50)))
    coding.draw_sample(WAVE, 50)
    table = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    for comment, given in zip(comments, table, strict=True):
        for coder, is_given in zip(coders, given, strict=False):
            coding.save(coder, comment, themes[:1] if is_given else [])
    everything, heard, waiting = numbers.agreement(WAVE, "family")
    assert (everything.is_kappa, heard.name) == (True, "Being heard")
    assert heard.found.value == pytest.approx(0.4)
    assert waiting.found.value is None
    coding.settle(comments[20], themes[:1], "family")
    assert numbers.agreement(WAVE, "family")[1].found.value == pytest.approx(0.4), "settled codes came later"
    with db.writing() as session:
        session.add(CodedComment(comment_id=comments[0], coder=99))
    assert not numbers.agreement(WAVE, "family")[0].is_kappa


def test_a_deleted_comment_takes_its_codings_with_it_from_the_pages(coders: list[StaffUser], themes: list[int]) -> None:
    (comment,) = put_comments(WAVE, "Words")
    coding.save(coders[0], comment, themes)
    drop_comment(comment)
    assert coding.list_codings(WAVE) == {}


def test_other_sources_stand_beside_the_comments(coders: list[StaffUser], themes: list[int]) -> None:
    code_all(coders, themes)
    numbers.publish(WAVE)
    given = {"kind": "interview", "summary": "=1+1 said a parent", "author": "one@example.org"}
    sources.add_extract("family", month=TODAY, themes=themes[:1], **given)
    with pytest.raises(Refused, match="at least one theme"):
        sources.add_extract("family", month=TODAY, themes=[], **given)
    with pytest.raises(Refused, match="not begun"):
        sources.add_extract("family", month=TODAY.replace(year=TODAY.year + 1), themes=themes, **given)
    found = sources.grid("family")
    assert found.columns == ["Comments, round 1", "Interview"]
    assert [cells for _theme, cells in found.rows] == [["about 20", "1 extract"], ["fewer than 10", ""]]


def test_files_can_be_read_and_hold_no_formula(coders: list[StaffUser], themes: list[int]) -> None:
    codebook.add("family", name="=1+1", meaning="@SUM(1)")
    code_all(coders, themes)
    numbers.publish(WAVE)
    rows = list(csv.DictReader(io.StringIO(files.as_csv("family"))))
    assert {row["name"].lstrip("'") for row in rows} == {"=1+1", "Being heard", "Waiting"}
    assert not any(row["name"].startswith("=") for row in rows)
    book = files.as_xlsx("family")
    assert not re.search(rb"<f>", zipfile.ZipFile(io.BytesIO(book)).read("xl/worksheets/sheet1.xml"))
    assert load_workbook(io.BytesIO(book)).active["D2"].value.endswith("=1+1")
    root = ElementTree.fromstring(files.as_qdc("family"))
    names = [code.get("name") for code in root.iter(f"{{{files.NAMESPACE}}}Code")]
    assert (root.tag, names) == (f"{{{files.NAMESPACE}}}CodeBook", ["=1+1", "Being heard", "Waiting"])
    assert files.as_qdc("family") == files.as_qdc("family"), "a theme keeps its identifier"


def test_a_coder_codes_from_the_first_to_the_last(app: Flask, coders: list[StaffUser], themes: list[int]) -> None:
    put_comments(WAVE, "First words", "Second words")
    client = client_of(app, "evaluator")
    assert "0 of 2 coded" in client.request("GET", THEMES).words
    page = send(client, CODE, round=WAVE)
    for _comment in range(2):
        comment = next(e.get("value") or "" for e in page.tree.iter("input") if e.get("name") == "comment")
        page = send(client, CODE, round=WAVE, comment=comment, action="save", theme=str(themes[0]))
    assert "You have coded every comment" in follow(client, page).words
    assert "2 of 2 coded" in client.request("GET", THEMES).words


def test_pages_of_an_evaluator(app: Flask, coders: list[StaffUser], themes: list[int]) -> None:
    client: StrictClient = client_of(app, "evaluator")
    comments = put_comments(WAVE, *(f"Words {n}" for n in range(12)))
    page = send(client, f"{THEMES}/family/new", name="", meaning="x")
    assert (page.status, "Enter a name." in page.words) == (422, True)
    assert follow(client, send(client, f"{THEMES}/family/new", name="Respect", meaning="How people are treated")).words
    assert len(codebook.list_themes("family")) == 3
    page = follow(client, send(client, f"{THEMES}/agreement/{WAVE}", action="draw", size="2"))
    assert "2 comments were drawn." in page.words
    for comment in comments:
        coding.save(coders[0], comment, themes[:1])
        coding.save(coders[1], comment, themes[:1] if comment != comments[0] else [])
    page = client.request("GET", f"{THEMES}/agreement/{WAVE}")
    assert "To settle: 1" in page.words
    page = follow(
        client,
        send(client, f"{THEMES}/agreement/{WAVE}", action="settle", comment=comments[0].hex(), theme=str(themes[0])),
    )
    page = follow(client, send(client, f"{THEMES}/agreement/{WAVE}", action="publish"))
    assert "about 10" in page.words
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
        put_comments(WAVE, *(f"Words {n}" for n in range(5)))
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
