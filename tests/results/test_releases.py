"""Releases through the services: thresholds, freezing, the same people, one set of numbers everywhere."""

import csv
import io
import json

import pytest
from flask import Flask

from app.cards import service as cards
from app.core.spreadsheets import no_formula
from app.counting import opener
from app.demo import borough
from app.respond import journeys
from app.results import service as releases
from app.storage import requests
from app.storage.refusals import NotFound, Refused
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.support.client import StrictClient


def answer(codes: list[str], **changes: object) -> None:
    """Answer the open wave with each code."""
    for number, code in enumerate(codes):
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        given = {"heard": str(1 + number % 5), "role": ("parent", "carer")[number % 2], **changes}
        journeys.submit(journeys.save_page(journey, given), journeys.new_submission_id())


def publish(tiny: TinySurvey) -> dict:
    """Close the open wave, make its release and return it as the command prints it."""
    tiny.close_wave()
    wave = waves.list_waves("family")[-1].id
    number = releases.ask_for_release(wave)
    opener.answer_requests()
    assert requests.get_request(number).state == "done"
    return json.loads(releases.as_json(wave))


@pytest.mark.parametrize(
    ("people", "level", "shown"), [(9, "nothing", None), (12, "bands", 10), (34, "options", 35), (60, "groups", 60)]
)
def test_how_much_is_published_depends_on_how_many_answered(
    tiny: TinySurvey, people: int, level: str, shown: int | None
) -> None:
    answer(tiny.codes(60)[:people])

    release = publish(tiny)

    assert (release["level"], release["n"]) == (level, shown)
    assert bool(release["questions"]) is (level != "nothing")
    assert any(d["groups"] for d in release["dimensions"]) is (level == "groups")


@pytest.mark.both_databases
def test_a_release_is_frozen(tiny: TinySurvey) -> None:
    answer(tiny.codes(40)[:32])
    first = publish(tiny)

    number = releases.ask_for_release("family-1")
    opener.answer_requests()

    assert requests.get_request(number).state == "done"
    assert json.loads(releases.as_json("family-1")) == first
    assert waves.get_wave("family-1").state == "published"


def test_an_open_wave_has_no_release(tiny: TinySurvey) -> None:
    with pytest.raises(NotFound):
        releases.as_json("family-1")
    number = releases.ask_for_release("family-1")
    opener.answer_requests()
    assert requests.get_request(number).state == "refused"


def test_the_same_people_are_known_again_in_the_next_wave(tiny: TinySurvey) -> None:
    codes = tiny.codes(120)
    answer(codes[:60])
    publish(tiny)
    tiny.open_wave()
    answer(codes[40:110])

    release = publish(tiny)

    assert release["repeat"] == {"earlier_wave": "family-1", "earlier_n": 60, "count": 20, "reason": None}
    assert release["panel"]["n"] == 20
    assert release["panel"]["reason"] is None


def test_csv_and_json_hold_the_same_numbers(tiny: TinySurvey) -> None:
    answer(tiny.codes(60))
    release = publish(tiny)

    rows = list(csv.DictReader(io.StringIO(releases.as_csv("family-1"))))

    everyone = {r["answer"]: r for r in rows if (r["group"], r["question"]) == ("everyone", "heard")}
    heard = next(q for q in release["questions"] if q["variable"] == "heard")
    assert {c["code"]: str(c["count"]) for c in heard["cells"]} == {
        code: row["count"] for code, row in everyone.items() if code != "not answered"
    }
    assert all(int(r["count"]) % 5 == 0 for r in rows if r["count"])


def test_replacement_cards_are_the_upper_bound_on_doubles(tiny: TinySurvey) -> None:
    cards.issue_cards("family", batch="lost", locality="north", channel="visit", count=7, kind="replacement")

    assert releases.count_replacement_cards("family") == 7


def test_the_same_seed_gives_the_same_published_numbers(app: Flask) -> None:
    def numbers(seed: int) -> dict[str, str]:
        borough.load_demo(seed=seed, respondents=15, closed_waves=2, report=lambda _line: None)
        found = {w.id: w for slug in ("family", "staff") for w in waves.list_waves(slug) if w.state == "published"}
        return {wave: releases.as_json(wave) for wave in found}

    first, again, other = numbers(3), numbers(3), numbers(4)

    assert len(first) == 4
    assert first == again
    assert first != other


def test_demo_data_never_replaces_real_data(tiny: TinySurvey) -> None:
    with pytest.raises(Refused, match="not demonstration data"):
        borough.load_demo(seed=1, respondents=10, closed_waves=1, report=lambda _line: None)
    assert [w.id for w in waves.list_waves("family")] == ["family-1"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-x", "@SUM(A1)", "\t=1", "\r=1", "＝1", " =1"])
def test_no_cell_of_the_csv_is_taken_for_a_formula(text: str) -> None:
    assert no_formula(text) == f"'{text}"
    assert no_formula("north") == "north"
    assert no_formula(-5) == -5


def test_a_wave_that_is_not_there_is_distinguished_from_one_without_a_release(tiny: TinySurvey) -> None:
    with pytest.raises(NotFound, match="There is no round"):
        releases.as_json("family-9")
    with pytest.raises(NotFound, match="are not published"):
        releases.as_json("family-1")


def test_english_names_of_groups_stay_whole_on_a_page_from_right_to_left(tiny: TinySurvey, app: Flask) -> None:
    """Without a direction of their own "11 to 13" is read as "to 13 11"."""
    for place, name in (("north", "a"), ("south", "b")):
        answer(list(cards.issue_cards("family", batch=name, locality=place, channel="visit", count=30).codes))
    publish(tiny)
    page = StrictClient(language="ur", app=app).request("GET", "/results/family")
    assert page.find("html").get("dir") == "rtl"
    rows = [head for head in page.find("main").iter("th") if head.get("scope") == "row"]
    marked = {(e.text, e.get("lang"), e.get("dir")) for head in rows for e in head.iter("span")}
    assert {(name, "en", "ltr") for name in ("North", "South")} <= marked
