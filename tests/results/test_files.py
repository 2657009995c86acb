"""Files of a release: the same numbers and bytes on the page, in each file, from the command and by the script."""

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, get_template_attribute
from openpyxl import load_workbook

from app.cards import service as cards
from app.core.documents import load
from app.results import figures, files, workbook
from app.results import service as releases
from app.storage import clock, db
from tests.conftest import TinySurvey
from tests.results.test_public_day import LATER, finish
from tests.results.test_releases import answer, publish
from tests.support.client import StrictClient
from tests.support.markup import read_page
from tests.support.snapshots import filled

WAVE = "family-2"


def two_rounds() -> None:
    """Have sixty people of two areas answer a round and seventy the next, forty of them both."""
    tiny = TinySurvey()
    codes = {
        place: list(cards.issue_cards("family", batch=place, locality=place, channel="visit", count=60).codes)
        for place in ("north", "south")
    }
    for first, last in ((0, 30), (10, 45)):
        for number, place in enumerate(codes):
            role, most = ("parent", "carer")[number], last - 8 - 4 * number
            answer(codes[place][first:most], role=role)
            answer(codes[place][most:last], role=role, heard=("5", "2")[number])
        publish(tiny)
        if not first:
            tiny.open_wave()


@pytest.fixture
def published(app: Flask) -> Flask:
    """An application with two published rounds with groups and people who came twice."""
    filled("two rounds with groups", two_rounds)
    return app


def rows(content: bytes) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def unpack(folder: Path, content: bytes) -> Path:
    """Unpack a pack into a folder."""
    zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
    return folder


def recompute(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script of an unpacked pack in a Python that knows nothing else."""
    return subprocess.run([sys.executable, "-I", "recompute.py"], cwd=folder, capture_output=True, text=True)


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
    agree = next(r for r in found if (r["group"], r["question"], r["answer"]) == ("everyone", "heard", "5"))
    assert (agree["question_wording"], agree["answer_label"]) == (
        "The people who help us listen to us.",
        "Agree a lot",
    )
    assert (agree["group_label"], agree["round"], agree["demonstration"]) == ("Everyone", "2", "no")
    assert {"By area: North", "Who are you?: A parent"} <= {r["group_label"] for r in found}
    assert {"moved_up", "stayed", "moved_down"} <= {r["answer"] for r in found}
    assert all(r["group_label"] and r["opens_on"] < r["closes_on"] for r in found)


def test_xlsx_holds_the_rows_of_the_csv_as_numbers_and_texts(published: Flask) -> None:
    content = files.get_file(WAVE, "xlsx").content
    book = load_workbook(io.BytesIO(content))
    assert book.sheetnames == [workbook.FIRST_SHEET, workbook.DATA_SHEET]
    found = list(book[workbook.DATA_SHEET].iter_rows(values_only=True))
    as_text = [["" if value is None else str(value) for value in row] for row in found]
    assert as_text == list(csv.reader(io.StringIO(files.get_file(WAVE, "csv").content.decode("utf-8-sig"))))
    numbers = [found[0].index(name) for name in ("count", "base", "percent", "low", "high", "round")]
    assert {type(row[place]) for row in found[1:] for place in numbers} == {int, type(None)}
    sheets = [part for name, part in zipped(content).items() if name.startswith("xl/worksheets/sheet")]
    assert len(sheets) == 2
    assert not any(b"<f>" in part or b"<f " in part for part in sheets)


def zipped(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_json_is_the_release_with_labels(published: Flask) -> None:
    found = json.loads(files.get_file(WAVE, "json").content)
    frozen = json.loads(releases.as_json(WAVE))
    assert {name: found[name] for name in frozen} == frozen
    assert found["schema"] == "/data/schema.json"
    assert found["labels"]["dimensions"]["locality"]["values"]["north"] == "North"
    assert found["labels"]["questions"]["heard"]["answers"][0] == {
        "code": "5",
        "label": "Agree a lot",
        "band": "positive",
    }


def test_every_cell_is_the_same_in_csv_and_json(published: Flask) -> None:
    found = json.loads(files.get_file(WAVE, "json").content)
    in_csv = [r for r in rows(files.get_file(WAVE, "csv").content) if r["question"] and r["answer"] not in OTHER]
    assert len(in_csv) == cells_of(found)
    parts = [("everyone", found["questions"]), ("everyone in three bands", found["bands"])]
    for dimension in found["dimensions"]:
        parts += [(f"{dimension['name']}: {' + '.join(g['values'])}", g["questions"]) for g in dimension["groups"]]
    for side, wave in (("earlier", "family-1"), ("current", WAVE)):
        parts.append((f"answered both, in {wave}", [q[side] for q in found["panel"]["questions"]]))
    expected = {(g, q["variable"], c["code"]): (c, q["base"]) for g, part in parts for q in part for c in q["cells"]}
    assert len(expected) == len(in_csv)
    for row in in_csv:
        cell, base = expected[row["group"], row["question"], row["answer"]]
        assert (row["count"], row["base"]) == (str(cell["count"]), str(base))
        if base >= 30:
            assert (row["low"], row["high"]) == (str(cell["low"]), str(cell["high"]))
            assert (row["percent"] or row["word"]) == str(cell["word"] or cell["percent"])


OTHER = {"not answered", "moved_up", "stayed", "moved_down"}


def test_every_number_of_the_page_is_in_the_files(published: Flask) -> None:
    """The page's elements with a number, table by table, against the rows of the CSV."""
    page = StrictClient(app=published).request("GET", "/results/family")
    in_csv = rows(files.get_file(WAVE, "csv").content)
    earlier = rows(files.get_file("family-1", "csv").content)
    table = page.find("table", **{"data-table": "heard"})
    body = [[cell.get("data-value") for cell in row.iter("td")] for row in next(table.iter("tbody")).iter("tr")]
    assert [line[:2] for line in body] == [
        [shown(earlier, "everyone", code), shown(in_csv, "everyone", code)] for code in "54321"
    ]
    groups = page.find("table", **{"data-table": "heard-groups"})
    lines = [[cell.get("data-value") for cell in row.iter("td")] for row in groups.iter("tr")]
    names = list(dict.fromkeys(r["group"] for r in in_csv if ": " in r["group"] or "both, in" in r["group"]))
    expected = [
        [base(in_csv, name), *(shown(in_csv, name, band) for band in ("positive", "neutral", "negative"))]
        for name in sorted(names, key=lambda name: "both" not in name)
    ]
    assert [line for line in lines if line] == expected
    assert len(expected) == 6


def shown(found: list[dict[str, str]], group: str, code: str) -> str:
    """Return the number that a page gives for a cell: its percentage, or how many people they are."""
    row = next(r for r in found if (r["group"], r["question"], r["answer"]) == (group, "heard", code))
    if int(row["base"]) < 30:
        return row["count"]
    return row["percent"] or {"nearly_all": "100", "almost_none": "0"}[row["word"]]


def base(found: list[dict[str, str]], group: str) -> str:
    """Return how many people of a group answered."""
    return next(r["base"] for r in found if (r["group"], r["question"]) == (group, "heard"))


@pytest.mark.parametrize("form", [*files.FORMATS])
def test_equal_results_make_equal_bytes(published: Flask, form: str) -> None:
    source = releases.get_source(WAVE)
    first = files.FORMATS[form].make(source)
    with clock.on_day(clock.today() + LATER):
        assert files.FORMATS[form].make(releases.get_source(WAVE)) == first
    assert files.get_file(WAVE, form).content == first


def test_the_pack_recomputes_every_number(published: Flask, tmp_path: Path) -> None:
    content = files.get_file(WAVE, "pack").content
    folder = unpack(tmp_path, content)
    outcome = recompute(folder)
    assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stdout
    for form in ("csv", "xlsx", "json"):
        assert (folder / f"data/results.{form}").read_bytes() == files.get_file(WAVE, form).content
    asked = load((folder / "questionnaire/questionnaire.json").read_text(), "questionnaire.json")
    assert asked.questions == releases.get_source(WAVE).document.questions
    wordings = rows((folder / "questionnaire/wordings.csv").read_bytes())
    assert {"en", "ur"} == {row["language"] for row in wordings}
    assert {row["text"] for row in wordings} >= {"heard", "heard.easy", "words.hint"}


@pytest.mark.parametrize(
    ("file", "old", "new", "found"),
    [
        ("data/results.csv", b"family-2,everyone,heard,5,15,70,21", b"family-2,everyone,heard,5,15,70,22", "line"),
        ("data/results.json", b'"percent": 21', b'"percent": 22', "question heard, answer"),
        ("data/results.json", b'"count": 15', b'"count": 20', "line"),
        ("README.txt", b"published", b"Published", "README.txt is missing or"),
    ],
)
def test_the_script_finds_a_changed_number(
    published: Flask, tmp_path: Path, *, file: str, old: bytes, new: bytes, found: str
) -> None:
    folder = unpack(tmp_path, files.get_file(WAVE, "pack").content)
    before = (folder / file).read_bytes()
    assert old in before
    (folder / file).write_bytes(before.replace(old, new))
    outcome = recompute(folder)
    assert outcome.returncode == 1
    assert found in outcome.stdout


def test_an_address_gives_the_bytes_of_the_command(published: Flask, tmp_path: Path) -> None:
    client, run = StrictClient(app=published), published.test_cli_runner()
    for form, kind in files.FORMATS.items():
        seen = client.request("GET", f"/data/family/{WAVE}.{kind.end}")
        target = tmp_path / "out"
        said = run.invoke(args=["release", "export", WAVE, "--format", form, "--out", str(target)])
        assert (said.exit_code, seen.status) == (0, 200), said.output
        assert target.read_bytes() == seen.body
        assert seen.headers["content-type"] == kind.media_type
        assert f'filename="{WAVE}.{kind.end}"' in seen.headers["content-disposition"]
        again = client.request(
            "GET", f"/data/family/{WAVE}.{kind.end}", headers={"If-None-Match": seen.headers["etag"]}
        )
        assert (again.status, again.body) == (304, b"")
    assert json.loads(client.request("GET", "/data/schema.json").body)["$id"] == "/data/schema.json"


@pytest.mark.parametrize(
    "path", ["family/family-1.pdf", "staff/family-1.csv", "family/family-9.csv", "family/family-1", "family/x.y.csv"]
)
def test_other_addresses_are_not_there(published: Flask, path: str) -> None:
    assert StrictClient(app=published).request("GET", f"/data/{path}").status == 404


def test_files_are_not_there_before_the_results_are_public(tiny: TinySurvey, app: Flask) -> None:
    client, run = StrictClient(app=app), app.test_cli_runner()
    assert client.request("GET", "/data/family/family-1.csv").status == 404
    refused = run.invoke(args=["release", "export", "family-1", "--format", "csv", "--out", "/dev/null"])
    assert (refused.exit_code, refused.stderr) == (1, "The results of round family-1 are not published.\n")
    finish(tiny)
    assert client.request("GET", "/data/family/family-1.csv").status == 404
    releases.change_public_day("family-1", clock.today())
    assert client.request("GET", "/data/family/family-1.csv").status == 200


@pytest.mark.parametrize("people", [9, 12, 34])
def test_small_rounds_and_older_formats_have_files(tiny: TinySurvey, tmp_path: Path, people: int) -> None:
    answer(tiny.codes(40)[:people])
    publish(tiny)
    with db.collecting() as session:
        row = session.get_one(releases.Release, "family-1")
        older = json.loads(row.body)
        del older["facts"]
        row.body = json.dumps({**older, "format": 1})
    folder = unpack(tmp_path, files.get_file("family-1", "pack").content)
    outcome = recompute(folder)
    assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stdout
    assert "opens_on" not in (folder / "data/results.json").read_text()
    assert "Not recorded" in (folder / "README.txt").read_text()


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


FRAME = '<!doctype html><html lang="en" dir="ltr"><head><title>x</title></head><body><main><h1>x</h1>{}</main></body></html>'
