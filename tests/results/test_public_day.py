"""Results are finished at once, but everybody can read them only from the day that was chosen."""

import datetime as dt
import json

import pytest
from flask import Flask

from app.counting import opener
from app.fieldwork import frames
from app.results import service as releases
from app.storage import clock, db
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.results.test_releases import answer
from tests.support.client import StrictClient

LATER = dt.timedelta(days=10)


def finish(tiny: TinySurvey, wait: dt.timedelta = LATER) -> list[str]:
    """Close the open wave and make its results, to be public some days from now; return the codes."""
    codes = tiny.codes(40)[:32]
    answer(codes)
    tiny.close_wave()
    releases.ask_for_release("family-1", clock.today() + wait)
    opener.answer_requests()
    return codes


def test_nobody_but_a_previewer_sees_results_before_their_day(tiny: TinySurvey, app: Flask) -> None:
    client = StrictClient(app=app)
    finish(tiny)
    before = releases.as_json("family-1")

    assert [one.wave.id for one in releases.list_published("family", preview=True)] == ["family-1"]
    assert releases.list_published("family") == []
    assert client.request("GET", "/results/family").status == 404
    with clock.on_day(clock.today() + LATER):
        assert [one.wave.id for one in releases.list_published("family")] == ["family-1"]
    releases.change_public_day("family-1", clock.today())
    assert client.request("GET", "/results/family").status == 200
    assert releases.as_json("family-1") == before


def test_the_day_can_be_changed_until_it_has_come(tiny: TinySurvey) -> None:
    finish(tiny)

    releases.change_public_day("family-1", clock.today() + dt.timedelta(days=1))
    assert not releases.is_public(waves.get_wave("family-1"))
    releases.change_public_day("family-1", clock.today())
    assert releases.is_public(waves.get_wave("family-1"))
    with pytest.raises(Refused):
        releases.change_public_day("family-1", clock.today() + LATER)
    releases.ask_for_release("family-1", clock.today() + LATER)
    assert releases.is_public(waves.get_wave("family-1")), "asking again hides nothing"


@pytest.mark.parametrize("days", [-1, 366])
def test_a_day_that_cannot_be_is_refused(tiny: TinySurvey, days: int) -> None:
    answer(tiny.codes(40)[:32])
    tiny.close_wave()
    with pytest.raises(Refused, match="The day must be"):
        releases.ask_for_release("family-1", clock.today() + dt.timedelta(days=days))


def test_dates_and_target_population_are_frozen_with_the_results(tiny: TinySurvey) -> None:
    counts = {("Parents", "north"): 200, ("Parents", "south"): 151}
    frames.set_frame("family-1", definition="Every family with a plan.", counted_on=clock.today(), counts=counts)
    finish(tiny)

    facts = json.loads(releases.as_json("family-1"))["facts"]
    wave = waves.get_wave("family-1")
    assert (facts["population"], facts["definition"], facts["number"]) == (351, "Every family with a plan.", 1)
    assert (facts["opens_on"], facts["closes_on"]) == (wave.opens_on.isoformat(), wave.closes_on.isoformat())


def test_rounds_become_public_in_their_order(tiny: TinySurvey, app: Flask) -> None:
    codes = finish(tiny)
    tiny.open_wave()
    answer(codes)
    tiny.close_wave()
    with pytest.raises(Refused, match="in the order of rounds"):
        releases.ask_for_release("family-2")
    releases.ask_for_release("family-2", clock.today() + LATER)
    opener.answer_requests()

    with pytest.raises(Refused, match="in the order of rounds"):
        releases.change_public_day("family-1", clock.today() + 2 * LATER)
    with pytest.raises(Refused, match="in the order of rounds"):
        releases.change_public_day("family-2", clock.today())
    releases.change_public_day("family-1", clock.today())
    releases.change_public_day("family-2", clock.today())
    assert StrictClient(app=app).request("GET", "/results/family").status == 200


def test_a_round_is_shown_where_the_one_before_cannot_be(tiny: TinySurvey, app: Flask) -> None:
    codes = finish(tiny, dt.timedelta())
    tiny.open_wave()
    answer(codes)
    tiny.close_wave()
    releases.ask_for_release("family-2")
    opener.answer_requests()
    with db.writing():
        waves.get_wave("family-1").public_on = None  # as after an old copy of the database was restored

    page = StrictClient(app=app).request("GET", "/results/family")

    assert page.status == 200
    assert "also took part in round 2" in page.words
