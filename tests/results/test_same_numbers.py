"""The same number everywhere: each element of the page that holds one, against the rows of the files."""

from collections.abc import Iterator
from typing import Any

from flask import Flask

from app.results import files
from tests.results.test_files import WAVE, published, rows
from tests.support.client import StrictClient

__all__ = ["published"]
Rows = list[dict[str, str]]
BANDS = ("positive", "neutral", "negative")
WORDS = {"nearly_all": "100", "almost_none": "0"}


def test_every_number_of_the_page_is_in_the_files(published: Flask) -> None:
    page = StrictClient(app=published).request("GET", "/results/family")
    now, before = (rows(files.get_file(wave, "csv").content) for wave in (WAVE, "family-1"))
    main = page.find("main")
    found, expected = list[str | None](), list[str]()
    for section in main.iter("section"):
        name = section.get("data-question")
        if name:
            found += values(section)
            expected += [*answers(now, before, name), *groups(now, name)]
    assert found == expected
    assert len(expected) > 700
    others = [value for value in values(main) if value not in (None, "")]
    rest = [*facts(now), *scores(now)]
    assert others[: len(rest)] == rest
    assert len(others) == len(rest) + len(expected)
    says = {section.get("data-question"): " ".join(section.itertext()) for section in main.iter("section")}
    for row in now:
        if row["change_word"] and row["answer"] == "positive":
            assert f"Likely range: {row['likely_low']} to {row['likely_high']}." in says[row["question"]]
            assert f"about {row['percent']}%" in says[row["question"]].replace("\u2066", "").lower()


def values(part: Any) -> list[str | None]:
    """Return the numbers of a part of the page, in its order."""
    return [element.get("data-value") for element in part.iter() if element.get("data-value") is not None]


def answers(now: Rows, before: Rows, name: str) -> Iterator[str]:
    """Yield what the table of all answers holds: both rounds, the difference, and in the end who answered."""
    sides = [lines(found, "everyone", name) for found in (before, now)]
    for then, line in zip(*sides, strict=True):
        yield from (shown(then), shown(line))
        if then["percent"] and line["percent"]:
            yield str(int(line["percent"]) - int(then["percent"]))
    yield from (side[0]["base"] for side in sides)


def groups(now: Rows, name: str) -> Iterator[str]:
    """Yield what the table of groups holds: the people of both rounds first, then each group."""
    known = list(dict.fromkeys(row["group"] for row in now if row["question"] == name))
    if not lines(now, "everyone in three bands", name):
        return
    for group in sorted(known, key=lambda group: "both, in" not in group):
        if "both, in" in group or ": " in group:
            found = lines(now, group, name)
            yield from (found[0]["base"], *map(shown, found)) if found else (people(now, group),)


def lines(found: Rows, group: str, name: str) -> Rows:
    """Return the rows of a question's answers in a group."""
    some = [row for row in found if (row["group"], row["question"]) == (group, name)]
    return [row for row in some if row["count"] and row["answer"] != "not answered"]


def people(now: Rows, group: str) -> str:
    """Return how many people a group has."""
    return next(row["count"] for row in now if (row["group"], row["answer"]) == (group, "people"))


def shown(row: dict[str, str]) -> str:
    """Return the number that a page gives for a cell: its percentage, or how many people they are."""
    return row["count"] if int(row["base"]) < 30 else row["percent"] or WORDS[row["word"]]


def facts(now: Rows) -> Iterator[str]:
    """Yield what the first lines of the page say: people, response rate, who came again."""
    first, _margin, again = [row for row in now if row["group"] == "everyone" and not row["question"]]
    yield from (first["count"], first["percent"], again["count"])


def scores(now: Rows) -> Iterator[str]:
    """Yield the scores of the themes."""
    yield from (row["score"] for row in now if row["answer"] == "score")
