"""The page that publishes results: what it says first, the day that it offers, and the state of the round after it."""

import datetime as dt

import pytest
from flask import Flask

from app.counting import opener
from app.results import service as releases
from app.storage import clock
from app.surveys import waves
from tests.conftest import TODAY, TinySurvey
from tests.results.test_releases import answer
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient
from tests.support.office import post

ROUND = "/staff/rounds/family-1"
PUBLISH = f"{ROUND}/release"
WEEK = dt.timedelta(days=7)


def closed(app: Flask, tiny: TinySurvey, people: int) -> StrictClient:
    """Close a round with so many answers, and return the browser of somebody who may publish its results."""
    answer(tiny.codes(40)[:people])
    tiny.close_wave()
    return client_of(app, "evaluator")


@pytest.mark.parametrize(("people", "count", "is_silent"), [(32, "about 30", False), (12, "about 10", True)])
def test_the_page_says_first_what_the_results_will_have(
    app: Flask, tiny: TinySurvey, people: int, count: str, is_silent: bool
) -> None:
    page = closed(app, tiny, people).request("GET", PUBLISH)

    assert f"There are {count} answers." in page.words
    assert ("no message of what stands out" in page.words) is is_silent
    assert "results of groups of fewer than 10 people are combined or left out" in page.words
    assert page.links("check the target population") == [f"{ROUND}/frame"]
    assert page.find("input", id="public_on").get("value") == f"{TODAY}"


@pytest.mark.parametrize("given", [{"public_on": ""}, {}])
def test_an_empty_day_is_today(app: Flask, tiny: TinySurvey, given: dict[str, str]) -> None:
    client = closed(app, tiny, 12)

    assert post(client, PUBLISH, **given).status == 303
    assert waves.get_wave("family-1").public_on == TODAY


def test_results_that_wait_for_their_day_are_ready_and_not_published(app: Flask, tiny: TinySurvey) -> None:
    client = closed(app, tiny, 12)
    releases.ask_for_release("family-1", TODAY + WEEK)
    opener.answer_requests()

    def tags(path: str) -> set[str]:
        spans = client.request("GET", path).tree.iter("span")
        return {(span.get("class") or "").removeprefix("tag ") for span in spans if "tag " in (span.get("class") or "")}

    for path in (ROUND, "/staff/rounds", "/staff/"):
        assert ("ready" in tags(path), "published" in tags(path)) == (True, False), path
    assert "Everybody can read them from" in client.request("GET", ROUND).words
    assert "Everybody can read the results from" in client.request("GET", "/staff/rounds").words
    releases.change_public_day("family-1", clock.today())
    for path in (ROUND, "/staff/rounds", "/staff/"):
        assert ("ready" in tags(path), "published" in tags(path)) == (False, True), path
