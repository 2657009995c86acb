"""One set of words for a share: caption, table, difference and file say the same of a cell, and no more."""

import csv
import io

import pytest
from flask import Flask

from app.core.answers import option_text
from app.home import gallery_views as example
from app.results import service as releases
from tests.conftest import TinySurvey
from tests.results.test_releases import answer, publish
from tests.support.client import Seen, StrictClient


def results(app: Flask, language: str = "en") -> Seen:
    """Return the public page of the tiny survey's results."""
    return StrictClient(language=language, app=app).request("GET", "/results/family")


def caption(page: Seen) -> str:
    """Return the words over the first chart."""
    return " ".join("".join(page.find("figcaption").itertext()).split())


def rows(page: Seen, table: str = "heard") -> dict[str, list[str]]:
    """Return the words of each cell of a table, by the heading of the row."""
    found = {}
    for row in page.find("table", **{"data-table": table}).iter("tr"):
        head, *cells = [" ".join("".join(cell.itertext()).split()) for cell in row]
        found[head] = cells
    return found


@pytest.mark.parametrize(
    ("lang", "low", "high"),
    [("en", "no difference", "a very big difference"), ("ur", "کوئی فرق نہیں", "بہت زیادہ فرق")],
)
def test_the_ends_of_a_scale_are_named_with_their_meaning(app: Flask, lang: str, low: str, high: str) -> None:
    with app.test_request_context("/results"):
        view = example.results(lang).view
        question = view.document.question("fam_diff")
        bands = [str(view.band_label(question, band)) for band in ("negative", "neutral", "positive")]
        ends = [str(option_text(view.document, question, code, lang=lang)) for code in ("0", "5", "10")]
    assert bands == [f"0–3 (0: {low})", "4–6", f"7–10 (10: {high})"]
    assert ends == [f"0: {low}", "5", f"10: {high}"]


def test_a_caption_says_nearly_all_where_the_table_does(tiny: TinySurvey, app: Flask) -> None:
    answer(tiny.codes(40)[:35], heard="5")
    publish(tiny)
    page = results(app)
    assert caption(page).endswith("Agree a lot (nearly all)")
    assert rows(page)["Agree a lot"][0].startswith("nearly all")
    assert "100%" not in page.words


def test_a_caption_has_no_percentage_where_the_table_gives_people(tiny: TinySurvey, app: Flask) -> None:
    answer(tiny.codes(40)[:20], heard="5")
    publish(tiny)
    page = results(app)
    assert caption(page).endswith("Agree a lot / Agree a little (about 20)")
    assert rows(page)["Agree a lot / Agree a little"] == ["about 20"]
    assert "%" not in caption(page)


def test_a_difference_has_no_points_where_a_round_gives_no_percentage(tiny: TinySurvey, app: Flask) -> None:
    codes = tiny.codes(80)
    answer(codes[:40], heard="1")
    publish(tiny)
    tiny.open_wave()
    answer(codes[:40], heard="5")
    publish(tiny)
    found = rows(results(app))
    assert [found[answer][2] for answer in ("Agree a lot", "Disagree a lot", "Neither")] == ["–"] * 3


def test_a_difference_between_percentages_is_theirs(tiny: TinySurvey, app: Flask) -> None:
    codes = tiny.codes(80)
    for heard in (("1",) * 30 + ("5",) * 10, ("1",) * 10 + ("5",) * 30):
        for code, said in zip(codes, heard, strict=False):
            answer([code], heard=said)
        publish(tiny)
        if heard[10] == "1":
            tiny.open_wave()
    found = rows(results(app))
    assert [cell.split()[0] for cell in found["Agree a lot"]] == ["25%", "75%", "+50"]


@pytest.mark.parametrize(("people", "percent", "word"), [(35, "", "nearly_all"), (20, "", "")])
def test_the_file_gives_a_percentage_where_the_page_does(
    tiny: TinySurvey, people: int, percent: str, word: str
) -> None:
    answer(tiny.codes(40)[:people], heard="5")
    publish(tiny)
    lines = csv.DictReader(io.StringIO(releases.as_csv("family-1")))
    most = next(line for line in lines if line["question"] == "heard" and line["answer"] in ("5", "positive"))
    assert (most["percent"], most["word"]) == (percent, word)
    assert bool(most["low"]) == bool(most["high"]) == bool(word)
