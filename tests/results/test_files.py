"""Files of a release: labels, types, equal bytes, and the same numbers in each."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from app.results import figures, files, workbook
from app.results import service as releases
from app.storage import clock
from tests.conftest import TinySurvey
from tests.results.made_rounds import two_rounds
from tests.results.test_public_day import LATER, finish
from tests.support.client import StrictClient
from tests.support.markup import read_page

WAVE = "family-2"
OTHER = {"not answered", "moved_up", "stayed", "moved_down", "score"}
"""Answers in the CSV that are no cells of the release."""
FRAME = (
    '<!doctype html><html lang="en" dir="ltr"><head><title>x</title></head>'
    "<body><main><h1>x</h1>{}</main></body></html>"
)


@pytest.fixture
def published(app: Flask) -> Flask:
    """An application with two published rounds."""
    two_rounds()
    return app


def rows(form_content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(form_content.decode("utf-8-sig"))))


def cells_of(part: Any) -> int:
    """Return how many cells a part of the JSON has."""
    if isinstance(part, list):
        return sum(map(cells_of, part))
    return len(part.get("cells", [])) + sum(map(cells_of, part.values())) if isinstance(part, dict) else 0


def test_csv_has_labels_beside_codes(published: Flask) -> None:
    content = files.get_file(WAVE, "csv").content
    found = rows(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert tuple(found[0]) == figures.COLUMNS
    agree = next(r for r in found if (r["group"], r["question"], r["answer"]) == ("everyone", "fam_listen", "5"))
    assert agree["question_wording"] == "The people working with us listen to what I say."
    assert (agree["answer_label"], agree["group_label"]) == ("Agree a lot", "Everyone")
    assert (agree["round"], agree["opens_on"], agree["demonstration"]) == ("2", "2026-05-04", "no")
    assert "By area: North" in {r["group_label"] for r in found}
    assert all(r["group_label"] and r["opens_on"] < r["closes_on"] for r in found)
    assert {r["answer"] for r in found} >= OTHER


def test_xlsx_holds_the_rows_of_the_csv_as_numbers_and_texts(published: Flask) -> None:
    content = files.get_file(WAVE, "xlsx").content
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == [workbook.FIRST_SHEET, workbook.DATA_SHEET]
    found = list(book[workbook.DATA_SHEET].iter_rows(values_only=True))
    as_text = [["" if value is None else str(value) for value in row] for row in found]
    assert as_text == list(csv.reader(io.StringIO(files.get_file(WAVE, "csv").content.decode("utf-8-sig"))))
    numbers = [found[0].index(name) for name in ("count", "base", "percent", "likely_low", "change", "score", "round")]
    assert {type(row[place]) for row in found[1:] for place in numbers} == {int, type(None)}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 2
    assert not any(b"<f>" in part or b"<f " in part for part in sheets)
    about = [str(row[1]) for row in book[workbook.FIRST_SHEET].iter_rows(values_only=True) if row[1]]
    assert {"About 120", "About 20%", "4 May 2026 to 28 June 2026", "Round 1"} <= set(about)


def test_json_is_the_release_with_labels(published: Flask) -> None:
    found = json.loads(files.get_file(WAVE, "json").content)
    frozen = json.loads(releases.as_json(WAVE))
    assert {name: found[name] for name in frozen} == frozen
    assert found["schema"] == "/data/schema.json"
    assert found["figures"]["compared_with"] == "family-1"
    assert found["labels"]["dimensions"]["locality"]["values"]["north"] == "North"
    first = found["labels"]["questions"]["fam_listen"]["answers"][0]
    assert first == {"code": "5", "label": "Agree a lot", "band": "positive", "score": 100.0}


def test_every_cell_is_the_same_in_csv_and_json(published: Flask) -> None:
    found = json.loads(files.get_file(WAVE, "json").content)
    in_csv = [r for r in rows(files.get_file(WAVE, "csv").content) if r["answer"] and r["question"]]
    in_csv = [row for row in in_csv if row["answer"] not in OTHER]
    parts = [("everyone", found["questions"]), ("everyone in three bands", found["bands"])]
    for dimension in found["dimensions"]:
        parts += [(f"{dimension['name']}: {' + '.join(g['values'])}", g["questions"]) for g in dimension["groups"]]
    for side, wave in (("earlier", "family-1"), ("current", WAVE)):
        parts.append((f"answered both, in {wave}", [q[side] for q in found["panel"]["questions"]]))
    expected = {(g, q["variable"], c["code"]): (c, q["base"]) for g, part in parts for q in part for c in q["cells"]}
    assert len(expected) == len(in_csv) == cells_of(found)
    for row in in_csv:
        cell, base = expected[row["group"], row["question"], row["answer"]]
        assert (row["count"], row["base"]) == (str(cell["count"]), str(base))
        if base >= 30:
            assert (row["low"], row["high"]) == (str(cell["low"]), str(cell["high"]))
            assert (row["percent"] or row["word"]) == str(cell["word"] or cell["percent"])
    for name, made in found["figures"]["questions"].items():
        line = next(
            row for row in in_csv if (row["question"], row["answer"]) == (name, "positive") and row["change_word"]
        )
        assert {part: line[part] for part in made} == {part: str(value) for part, value in made.items()}


def test_json_keeps_to_its_schema(published: Flask) -> None:
    seen = StrictClient(app=published).request("GET", "/data/schema.json")
    schema = json.loads(seen.body)
    Draft202012Validator.check_schema(schema)
    found = json.loads(files.get_file(WAVE, "json").content)
    known = schema["properties"].keys()
    assert seen.headers["content-type"] == "application/schema+json"
    assert [error.message for error in Draft202012Validator(schema).iter_errors(found)] == []
    assert found.keys() <= known, "every part of the data is described"
    for name, wrong in (("n", 101), ("reason", "other"), ("figures", {}), ("questions", [{}])):
        assert not Draft202012Validator(schema).is_valid(found | {name: wrong})


@pytest.mark.parametrize("form", [*files.FORMATS])
def test_equal_results_make_equal_bytes(published: Flask, form: str) -> None:
    first = files.FORMATS[form].make(releases.get_source(WAVE))
    with clock.on_day(clock.today() + LATER):
        assert files.FORMATS[form].make(releases.get_source(WAVE)) == first
    assert files.get_file(WAVE, form).content == first


def test_an_address_gives_the_bytes_of_the_command(published: Flask, tmp_path: Any) -> None:
    client, run = StrictClient(app=published), published.test_cli_runner()
    for form, kind in files.FORMATS.items():
        seen = client.request("GET", f"/data/family/{WAVE}.{kind.end}")
        target = tmp_path / "out"
        said = run.invoke(args=["release", "export", WAVE, "--format", form, "--out", str(target)])
        assert (said.exit_code, seen.status) == (0, 200), said.output
        assert target.read_bytes() == seen.body
        assert seen.headers["content-type"] == kind.media_type
        assert f'filename="{WAVE}.{kind.end}"' in seen.headers["content-disposition"]
        known = {"If-None-Match": seen.headers["etag"]}
        again = client.request("GET", f"/data/family/{WAVE}.{kind.end}", headers=known)
        assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path", ["family/family-1.pdf", "staff/family-1.csv", "family/family-9.csv", "family/family-1", "family/x.y.csv"]
)
def test_other_addresses_are_not_there(published: Flask, path: str) -> None:
    assert StrictClient(app=published).request("GET", f"/data/{path}").status == 404


def test_an_area_that_is_gone_from_the_settings_is_named_in_words(published: Flask) -> None:
    source = replace(releases.get_source(WAVE), names=(("locality", (("south", "The south"),)), ("channel", ())))
    found = {row["group_label"] for row in rows(files.make_csv(source))}
    assert {"By area: The south", "By area: North"} <= found


def test_files_are_not_there_before_the_results_are_public(tiny: TinySurvey, app: Flask) -> None:
    client, run = StrictClient(app=app), app.test_cli_runner()
    assert client.request("GET", "/data/family/family-1.csv").status == 404
    refused = run.invoke(args=["release", "export", "family-1", "--format", "csv", "--out", "/dev/null"])
    assert (refused.exit_code, refused.stderr) == (1, "The results of round family-1 are not published.\n")
    finish(tiny)
    assert client.request("GET", "/data/family/family-1.csv").status == 404
    releases.change_public_day("family-1", clock.today())
    assert client.request("GET", "/data/family/family-1.csv").status == 200


@pytest.mark.parametrize("language", ["en", "ur"])
def test_the_page_of_results_can_offer_all_files(published: Flask, language: str) -> None:
    with published.test_request_context("/results", headers={"Accept-Language": language}):
        draw = get_template_attribute("components/downloads.html", "downloads")
        tree, faults = read_page(FRAME.format(draw("family", WAVE, files.list_files(WAVE))))
        assert not draw("family", WAVE, [])
    links = [link.get("href") for link in tree.iter("a")]
    assert faults == []
    assert links == [f"/data/family/{WAVE}.{kind.end}" for kind in files.FORMATS.values()]
    assert len([size for size in tree.iter("bdi") if size.text]) == len(links)
    assert tree.find(".//section").get("data-block") == "downloads"
