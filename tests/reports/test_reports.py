"""Reports of a round: the numbers of the page, one sheet, equal bytes, one at a time, readable for everybody."""

import fcntl
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask

from app.core.results.change import Movement
from app.reports import pdf, pdf_child, service
from app.results.page import ResultsPage
from app.storage import db
from app.storage.refusals import NotFound, Refused, RetryLater
from tests.conftest import TinySurvey
from tests.results.made_rounds import two_rounds
from tests.results.test_public_day import finish
from tests.results.test_releases import answer, publish
from tests.support.client import StrictClient
from tests.support.documents import page_count, pdf_objects, read_word, tables_of
from tests.support.homes import ROOT
from tests.support.markup import read_page

WAVE, ROUND = "family-2", "/results/family/family-2"
ENDS = {"pdf": "summary.pdf", "docx": "report.docx"}
HEAVY = ("weasyprint", "docx", "PIL", "lxml")


@pytest.fixture
def published(app: Flask) -> Flask:
    """An application with two published rounds with groups and the same people."""
    two_rounds()
    return app


def sections_of(client: StrictClient) -> dict[str, Any]:
    """Return the section of each question of the round's page, by variable."""
    tree, faults = read_page(client.request("GET", ROUND).body.decode())
    assert faults == []
    return {one.get("data-question"): one for one in tree.iter("section") if one.get("data-question")}


def text_of(element: Any) -> str:
    """Return an element's text without marks of direction and double spaces."""
    return " ".join("".join(element.itertext()).translate({0x2066: None, 0x2069: None}).split())


def found_in(section: Any, css: str) -> str:
    """Return the text of the first element of a class, or nothing."""
    return next((text_of(one) for one in section.iter() if css in (one.get("class") or "").split()), "")


def test_the_word_report_has_the_numbers_of_the_page(published: Flask) -> None:
    sections = sections_of(StrictClient(app=published))
    report = service.find_report(WAVE)
    table = tables_of(read_word(service.get_file(WAVE, "docx").content))["Positive answers to every question"]

    assert {row.variable for row in report.rows} | {one.variable for one in report.others} == set(sections)
    assert len(table) == len(report.rows) + 1 > 10
    for row, cells in zip(report.rows, table[1:], strict=True):
        said, chip = found_in(sections[row.variable], "say"), found_in(sections[row.variable], "chip")
        low, high = cells[3].removesuffix("%").split(" to ")
        assert cells[0].startswith(row.label)
        assert f"About {cells[2]} " in said or f"{cells[2].capitalize()} " in said, (said, cells)
        assert f"Likely range: {low} to {high}." in said
        assert f"About {cells[1]} people answered." in said
        assert cells[4].startswith(f"{chip}. From " if chip else "–"), (chip, cells)


def test_groups_of_the_word_report_are_those_of_the_page(published: Flask) -> None:
    sections, report = sections_of(StrictClient(app=published)), service.find_report(WAVE)
    labels = {row.label: row.variable for row in report.rows}
    assert len(report.groups) >= 3
    for groups in report.groups:
        for label, shares in groups.rows:
            tables = {one.get("data-table"): one for one in sections[labels[label]].iter("table")}
            lines = [[text_of(cell) for cell in line] for line in tables[f"{labels[label]}-groups"].iter("tr")]
            for name, share in zip(groups.groups, shares, strict=True):
                assert any(line[0] == name and line[2].startswith(share) for line in lines), (label, name, share)


def test_key_charts_say_what_the_page_says(published: Flask) -> None:
    sections, report = sections_of(StrictClient(app=published)), service.find_report(WAVE)
    text = StrictClient(app=published).request("GET", f"{ROUND}/summary").body.decode()
    assert 5 <= len(report.charts) <= 6
    assert len({chart.variable for chart in report.charts}) == len(report.charts)
    for chart in report.charts:
        assert found_in(sections[chart.variable], "say").startswith(chart.finding)
        assert chart.finding in text
        assert chart.description in text
        bar = next(one for one in sections[chart.variable].iter() if one.get("class") == "likert")
        numbers = [text_of(one) for one in bar.iter() if str(one.tag).endswith("text")]
        assert [number for *_rest, number in chart.numbers] == numbers


def test_clear_changes_have_a_column_of_their_own(published: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = ResultsPage.__dict__["figures"].func

    def changed(page: ResultsPage) -> dict[str, Any]:
        ways = {"fam_honest": Movement.ROSE, "fam_team": Movement.FELL}
        return {name: replace(one, movement=ways.get(name, one.movement)) for name, one in computed(page).items()}

    monkeypatch.setattr(ResultsPage, "figures", property(changed))
    sections = service.find_report(WAVE).sections
    assert [len(section.charts) for section in sections] == [2, 2, 2]
    assert {chart.variable for chart in sections[1].charts} == {"fam_honest", "fam_team"}
    assert {chart.more.split(". ")[-1] for chart in sections[1].charts} == {"Rose.", "Fell."}
    assert page_count(service.get_file(WAVE, "pdf").content) == 1


def test_the_message_comes_first_and_is_that_of_the_page(published: Flask) -> None:
    client = StrictClient(app=published)
    page, summary = client.request("GET", ROUND).body.decode(), client.request("GET", f"{ROUND}/summary").body.decode()
    report = service.find_report(WAVE)
    assert report.findings
    for finding in report.findings:
        assert all(said in summary and said.split("%")[0][-3:] in page for _label, said in finding.lines)
    assert summary.index("What stands out") < summary.index("took part") < summary.index("What we will do")


@pytest.mark.parametrize("form", ENDS)
def test_equal_results_make_equal_bytes(published: Flask, tmp_path: Path, form: str) -> None:
    first = service.get_file(WAVE, form).content
    kept = list((db.rooms().settings.home / service.FOLDER).glob(f"*.{form}"))
    assert [path.read_bytes() for path in kept] == [first]
    assert service.FORMATS[form].make(service.find_report(WAVE)) == first
    assert StrictClient(app=published).request("GET", f"{ROUND}/{ENDS[form]}").body == first
    out = tmp_path / "file"
    done = CliRunner().invoke(published.cli, ["release", "export", WAVE, "--format", form, "--out", str(out)])
    assert (done.exit_code, out.read_bytes()) == (0, first)


def test_the_pdf_is_one_tagged_page(published: Flask) -> None:
    content = service.get_file(WAVE, "pdf").content
    assert page_count(content) == 1
    assert {b"/StructTreeRoot", b"/H1", b"/Figure", b"(en)"} <= set(re.findall(rb"/\w+|\(en\)", pdf_objects(content)))
    long = "<main class='one-page'>" + "<p>Many words that nobody wanted on one page.</p>" * 36 + "</main>"
    assert page_count(pdf_child.make_pdf(f"<html lang='en'><title>x</title><body>{long}", "")) == 1


def test_a_pdf_fetches_nothing() -> None:
    with pytest.raises(ValueError, match="does not fetch"):
        pdf_child.refuse("http://example.org/")


def test_the_word_report_can_be_read_by_everybody(published: Flask) -> None:
    document = read_word(service.get_file(WAVE, "docx").content)
    assert (document.core_properties.language, document.core_properties.created.year) == ("en-GB", 1980)
    assert document.styles.element.xpath("//w:docDefaults//w:lang/@w:val") == ["en-GB"]
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings[:3] == ["What stands out", "How the numbers were made", "Response"]
    assert headings[-2:] == ["Keep in mind", "Room for actions"]
    pictures = document.element.xpath("//wp:docPr/@descr")
    assert pictures == [f"{c.label} {c.description}" for c in service.find_report(WAVE).charts]
    assert all(len(table.rows[0]._tr.xpath("./w:trPr/w:tblHeader")) == 1 for table in document.tables)
    assert tables_of(document)["Actions"][0] == ["Action", "Who", "By when"]


@pytest.mark.parametrize(("people", "says"), [(9, "Fewer than 10"), (12, "Fewer than 30"), (34, "first round")])
def test_small_rounds_have_a_report_that_says_what_is_so(tiny: TinySurvey, app: Flask, people: int, says: str) -> None:
    answer(tiny.codes(60)[:people])
    publish(tiny)
    text = StrictClient(app=app).request("GET", "/results/family/family-1/summary").body.decode()
    assert says in text
    assert says in " ".join(p.text for p in read_word(service.get_file("family-1", "docx").content).paragraphs)
    if people < 30:
        assert "%" not in text.replace("95 of 100", "")
        report = service.find_report("family-1")
        assert report.findings == ()
        assert [section.heading for section in report.sections] == (["Answers"] if people > 9 else [])


def test_nobody_reads_a_report_before_its_day(tiny: TinySurvey, app: Flask) -> None:
    finish(tiny)
    client = StrictClient(app=app)
    for end in ("summary", *ENDS.values()):
        assert client.request("GET", f"/results/family/family-1/{end}").status == 404
    with pytest.raises(NotFound):
        service.get_file("family-1", "docx")
    assert service.get_file("family-1", "docx", preview=True).content


def test_reports_are_english_in_every_language(published: Flask) -> None:
    paths = [f"{ROUND}/{end}" for end in ("summary", *ENDS.values())]
    english, urdu = (
        [StrictClient(app=published, language=tag).request("GET", path).body for path in paths] for tag in ("en", "ur")
    )
    assert english == urdu
    assert StrictClient(app=published, language="ur").request("GET", ROUND).body.count(b"/family/family-2/") >= 3


def test_unknown_rounds_have_no_report(published: Flask) -> None:
    client = StrictClient(app=published)
    for path in ("/results/family/family-9/summary", "/results/young/family-2/summary.pdf"):
        assert client.request("GET", path).status == 404


def test_one_file_is_made_at_a_time(published: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "WAIT_SECONDS", 0.0)
    folder = db.rooms().settings.home / service.FOLDER
    folder.mkdir()
    with (folder / service.LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RetryLater):
            service.get_file(WAVE, "docx")
        assert StrictClient(app=published).request("GET", f"{ROUND}/report.docx").status == 503
    assert service.get_file(WAVE, "docx").content


def test_a_machine_that_cannot_make_a_pdf_says_so(
    published: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "child.py"
    broken.write_text("raise OSError('cannot load library')", encoding="utf-8")
    monkeypatch.setattr(pdf, "CHILD", broken)
    with pytest.raises(Refused, match="under Install"):
        service.get_file(WAVE, "pdf")
    assert StrictClient(app=published).request("GET", f"{ROUND}/summary.pdf").status == 503
    assert StrictClient(app=published).request("GET", f"{ROUND}/summary").status == 200


def test_old_files_are_dropped(published: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_KEPT", 1)
    for wave in ("family-1", WAVE):
        service.get_file(wave, "docx")
    kept = list((db.rooms().settings.home / service.FOLDER).glob("*.docx"))
    assert [path.read_bytes() for path in kept] == [service.get_file(WAVE, "docx").content]


def test_the_web_process_does_not_load_what_makes_files() -> None:
    code = f"import sys, app; print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_the_bar_of_a_question_is_a_picture_to_download(published: Flask) -> None:
    client = StrictClient(app=published)
    svg, png = (client.request("GET", f"{ROUND}/charts/fam_listen.{end}") for end in ("svg", "png"))

    assert (svg.status, png.status) == (200, 200)
    assert svg.headers["content-type"].startswith("image/svg+xml")
    assert "agree." in svg.body.decode()
    assert png.body.startswith(b"\x89PNG")
    assert f'href="{ROUND}/charts/fam_listen.png"' in client.request("GET", ROUND).body.decode()
    for missing in ("no_such.png", "fam_good.svg"):
        assert client.request("GET", f"{ROUND}/charts/{missing}").status == 404
