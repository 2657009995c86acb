"""Themes: versions of the codebook, coding blind to each other, disagreements, numbers, other sources and files."""

import csv
import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, update

from app.comments import harm, masking
from app.models.comments import InboxComment, ReadComment
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.models.themes import CodedComment, DoubleCoding
from app.staff import accounts
from app.storage import db
from app.storage.refusals import NotFound, Refused
from app.themes import codebook, coding, files, numbers, sources
from tests.comments.inbox import drop_comment, put_comments
from tests.comments.test_pages import send
from tests.conftest import TODAY, TinySurvey
from tests.security.test_role_matrix import client_of

CODE, THEMES = "/staff/themes/code", "/staff/themes"
WAVE = "family-1"


def put_read(wave: str, *bodies: str) -> list[bytes]:
    """Put comments into the inbox that somebody has read."""
    found = put_comments(wave, *bodies)
    with db.writing() as session:
        session.add_all(ReadComment(comment_id=one, is_read=True) for one in found)
    return found


def sample() -> set[bytes]:
    """Return the comments that are coded twice."""
    with db.reading() as session:
        return set(session.scalars(select(DoubleCoding.comment_id)))


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
    put_read(WAVE, *(f"Words {n}" for n in range(4)))
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
    assert coding.count_sample(WAVE) == 1
    coding.save(two, left.id, [])
    assert coding.draw(two, WAVE) is None
    assert coding.missing(WAVE) == (0, 1)
    for coder in coders[:2]:
        with pytest.raises(Refused, match="already"):
            coding.save(coder, left.id, themes)
    coding.settle(left.id, themes, "family")
    assert coding.missing(WAVE) == (0, 0)
    with pytest.raises(Refused, match="settled already"):
        coding.settle(left.id, [], "family")


def test_a_coder_who_is_deactivated_leaves_the_codes(coders: list[StaffUser], themes: list[int]) -> None:
    (comment,) = put_read(WAVE, "Words")
    coding.save(coders[0], comment, themes)
    with db.writing() as session:
        session.get_one(StaffUser, coders[0].id).is_enabled = False
    assert coding.missing(WAVE) == (0, 0)
    assert coding.draw(coders[1], WAVE) is None


def test_a_practitioner_researcher_codes_public_versions_only(coders: list[StaffUser], themes: list[int]) -> None:
    one, two = put_read(WAVE, "Canary of SK1 3XE", "Canary unmasked")
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
    one, two = put_read(WAVE, "Harm", "Words")
    put_comments(WAVE, "Unread")
    harm.report(coders[0], one, "lead")
    with pytest.raises(Refused, match="1 comments may tell of harm"):
        numbers.publish(WAVE)
    assert coding.progress(coders[0], WAVE) == (0, 1)
    with pytest.raises(NotFound):
        coding.save(coders[0], one, themes)
    with db.collecting() as session:
        session.execute(update(Wave).where(Wave.id == tiny.wave).values(state="open"))
    assert coding.list_waves(coders[0]) == []
    with pytest.raises(Refused, match="over"):
        coding.save(coders[0], two, themes)


def test_a_theme_out_of_use_stays_where_it_was_chosen(coders: list[StaffUser], themes: list[int]) -> None:
    one, two = put_read(WAVE, "Words", "More")
    coding.save(coders[0], one, themes)
    with pytest.raises(Refused, match="being coded with this theme"):
        codebook.change(themes[1], name="Waiting", meaning="Other", is_in_use=True, examples=[])
    codebook.change(themes[1], name="Waiting", meaning="What belongs to Waiting", is_in_use=False, examples=[])
    with pytest.raises(Refused, match="not in use"):
        coding.save(coders[0], two, themes)
    assert coding.list_codings(WAVE)[one][coders[0].id] == frozenset(themes)


def code_all(coders: list[StaffUser], themes: list[int], n: int = 24, others: int = 4) -> None:
    """Code some comments: the first theme is given to all but some, the second to those."""
    for number, comment in enumerate(put_read(WAVE, *(f"Words {i}" for i in range(n)))):
        coding.save(coders[0], comment, themes[:1] if number >= others else themes[1:])


def test_a_count_is_rounded_to_five(coders: list[StaffUser], themes: list[int]) -> None:
    code_all(coders, themes, n=43, others=17)
    numbers.publish(WAVE)
    release = numbers.find_release(WAVE)
    assert release is not None
    assert [one["count"] for one in release["themes"]] == [25, 15]


def test_numbers_are_rounded_frozen_and_none_is_below_ten(coders: list[StaffUser], themes: list[int]) -> None:
    code_all(coders, themes, n=34)
    codebook.change(themes[1], name="Waiting", meaning="What belongs to Waiting", is_in_use=False, examples=[])
    numbers.publish(WAVE)
    release = numbers.find_release(WAVE)
    assert release is not None
    assert (release["comments"], [one["count"] for one in release["themes"]]) == (35, [None, None])
    assert [one["word"] for one in release["themes"]] == ["nearly all", "fewer than 10"]
    drop_comment(next(iter(coding.list_codings(WAVE))))
    assert numbers.find_release(WAVE) == release
    with pytest.raises(Refused, match="already"):
        numbers.publish(WAVE)
    assert sources.changes("family") == {
        themes[0]: [(1, "nearly all of about 35")],
        themes[1]: [(1, "fewer than 10 of about 35")],
    }
    codebook.change(themes[0], name="Being heard", meaning="Other", is_in_use=True, examples=[])
    assert themes[0] not in sources.changes("family"), "another meaning breaks the line"
    assert "nearly all (earlier meaning)" in [cell for _theme, cells in sources.grid("family").rows for cell in cells]


def test_no_numbers_of_few_comments_or_before_all_is_done(coders: list[StaffUser], themes: list[int]) -> None:
    code_all(coders, themes, n=9)
    with pytest.raises(Refused, match="too few"):
        numbers.publish(WAVE)
    put_read(WAVE, "One more")
    with pytest.raises(Refused, match="1 codings are missing"):
        numbers.publish(WAVE)
    with db.collecting() as session:
        session.execute(update(InboxComment).values(body=""))
    with pytest.raises(Refused, match="1 codings are missing"):
        numbers.publish(WAVE)


def test_agreement_is_kappa_of_two_and_alpha_of_more(coders: list[StaffUser], themes: list[int]) -> None:
    assert numbers.agreement(WAVE, "family") == []
    comments = put_read(WAVE, *(f"Words {n}" for n in range(50)))
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
    (comment,) = put_read(WAVE, "Words")
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
    (extract,) = sources.list_extracts("family")
    sources.remove_extract("staff", extract.extract.id)
    assert [cells for _theme, cells in found.rows] == [["nearly all", "1 extract"], ["fewer than 10", ""]]


def test_an_extract_can_be_removed(coders: list[StaffUser], themes: list[int]) -> None:
    sources.add_extract("family", kind="meeting", month=TODAY, summary="A name", themes=themes, author="x")
    (extract,) = sources.list_extracts("family")
    for survey, left in (("staff", 1), ("family", 0)):
        sources.remove_extract(survey, extract.extract.id)
        assert len(sources.list_extracts(survey="family")) == left


def test_a_theme_of_another_survey_is_not_there(app: Flask, coders: list[StaffUser], themes: list[int]) -> None:
    TinySurvey("staff")
    other = codebook.add("staff", name="Workload", meaning="x")
    page = send(client_of(app, "evaluator"), f"{THEMES}/family/{other}", name="y", meaning="z", in_use="yes")
    assert page.status == 404
    assert codebook.get_theme(other).name == "Workload"


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
