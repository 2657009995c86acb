"""The pack: its script, which knows nothing of ours, calculates every published number again, byte for byte."""

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from openpyxl import load_workbook

from app.core.documents import load
from app.models.releases import Release
from app.results import files
from app.results import service as releases
from app.storage import db
from tests.conftest import TinySurvey
from tests.results.test_files import WAVE, published, rows
from tests.results.test_releases import answer, publish

__all__ = ["published"]
SMALL = {9: "Not published", 12: "About 10", 34: "About 35"}


def unpack(folder: Path, wave: str) -> Path:
    """Unpack the pack of a round into a folder."""
    zipfile.ZipFile(io.BytesIO(files.get_file(wave, "pack").content)).extractall(folder / "pack")
    return folder / "pack"


def recompute(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script of an unpacked pack in a Python that knows nothing else."""
    return subprocess.run([sys.executable, "-I", "recompute.py"], cwd=folder, capture_output=True, text=True)


@pytest.mark.parametrize("wave", ["family-1", WAVE])
def test_the_script_recomputes_every_number(published: Flask, tmp_path: Path, wave: str) -> None:
    folder = unpack(tmp_path, wave)
    outcome = recompute(folder)
    assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stdout
    for form in ("csv", "xlsx", "json"):
        assert (folder / f"data/results.{form}").read_bytes() == files.get_file(wave, form).content
    listed = json.loads((folder / "manifest.json").read_text())["files"]
    inside = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert {*listed, "manifest.json"} == inside


def test_the_pack_has_the_questionnaire_in_all_languages(published: Flask, tmp_path: Path) -> None:
    folder = unpack(tmp_path, WAVE)
    asked = load((folder / "questionnaire/questionnaire.json").read_text(), "questionnaire.json")
    assert asked.questions == releases.get_source(WAVE).document.questions
    wordings = rows((folder / "questionnaire/wordings.csv").read_bytes())
    assert {"en", "pl", "ur", "ar", "uk", "zh-Hant"} == {row["language"] for row in wordings}
    assert {row["text"] for row in wordings} >= {"fam_listen", "fam_listen.easy", "fam_good.hint", "theme.voice"}


def test_a_round_with_a_module_names_no_question_of_another(tmp_path: Path, app: Flask) -> None:
    from tests.results import made_rounds

    made_rounds.one_round_of("staff")
    folder = unpack(tmp_path, "staff-1")
    outcome = recompute(folder)
    assert outcome.returncode == 0, outcome.stdout
    document = releases.get_source("staff-1").document
    text = (folder / "questionnaire/questionnaire.json").read_text()
    assert load(text, "questionnaire.json").questions == document.questions
    assert "stf_rp_train" in {question.variable for question in document.questions}
    assert "front_door" not in text


def test_a_wording_is_never_a_formula(published: Flask, tmp_path: Path) -> None:
    source = releases.get_source(WAVE)
    wording = "The people working with us listen to what I say."
    planted = replace(source, stored=source.stored.replace(wording, "=1+1"), earlier=None)
    zipfile.ZipFile(io.BytesIO(files.make_pack(planted))).extractall(tmp_path / "pack")
    outcome = recompute(tmp_path / "pack")
    assert outcome.returncode == 0, outcome.stdout
    book = load_workbook(tmp_path / "pack/data/results.xlsx")
    cells = [cell for row in book["Data"].iter_rows() for cell in row if str(cell.value).endswith("=1+1")]
    assert {(cell.value, cell.data_type) for cell in cells} == {("'=1+1", "s")}
    found = rows((tmp_path / "pack/data/results.csv").read_bytes())
    assert "'=1+1" in {row["question_wording"] for row in found}


@pytest.mark.parametrize(
    ("file", "pattern", "found"),
    [
        ("data/results.csv", ",moved_up,", "line"),
        ("data/results.json", '"percent": ', "question fam_listen, answer"),
        ("data/results.json", '"count": ', "line"),
        ("data/results.json", '"likely_low": ', "figures"),
        ("data/earlier.json", '"count": ', "line"),
        ("README.txt", "Response rate: About ", "README.txt is missing or"),
    ],
)
def test_the_script_finds_a_changed_number(
    published: Flask, tmp_path: Path, *, file: str, pattern: str, found: str
) -> None:
    folder = unpack(tmp_path, WAVE)
    before, text, after = (folder / file).read_text().partition(pattern)
    assert text
    (folder / file).write_text(f"{before}{text}{(int(after[0]) + 5) % 10}{after[1:]}")
    outcome = recompute(folder)
    assert outcome.returncode == 1
    assert found in outcome.stdout


@pytest.mark.parametrize("people", SMALL)
def test_small_rounds_and_older_formats_have_files(tiny: TinySurvey, tmp_path: Path, people: int) -> None:
    answer(tiny.codes(40)[:people])
    publish(tiny)
    with db.collecting() as session:
        row = session.get_one(Release, "family-1")
        older = json.loads(row.body)
        del older["facts"]
        row.body = json.dumps({**older, "format": 1})
    folder = unpack(tmp_path, "family-1")
    outcome = recompute(folder)
    assert (outcome.returncode, outcome.stderr) == (0, ""), outcome.stdout
    found, schema = (json.loads((folder / f"data/{name}.json").read_text()) for name in ("results", "schema"))
    assert "facts" not in found
    assert [error.message for error in Draft202012Validator(schema).iter_errors(found)] == []
    readme = (folder / "README.txt").read_text()
    assert "Dates: Not recorded" in readme
    assert f"People who took part: {SMALL[people]}" in readme
