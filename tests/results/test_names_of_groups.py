"""Names on results: an area, a channel or a survey without a name is shown in words and never by its slug."""

import pytest
from flask import Flask

from app.counting import opener
from app.home import gallery_views as example
from app.results import service as releases
from app.results.wording import ResultsView
from app.web import filters
from tests.conftest import TinySurvey
from tests.results.test_releases import answer
from tests.support.client import browser


@pytest.mark.parametrize(
    ("slug", "words"), [("north-east", "North east"), ("north", "North"), ("team_a", "Team a"), ("x", "X")]
)
def test_a_slug_in_words(slug: str, words: str) -> None:
    assert filters.in_words(slug) == words


def test_an_area_or_channel_that_was_removed_keeps_a_name_in_old_results(app: Flask) -> None:
    with app.test_request_context("/results"):
        shown = example.results("en")
        names = {"locality": {"south": "The South"}, "channel": {"post": "By post"}}
        view = ResultsView(releases.PublishedWave(shown.wave, shown.published), None, names=names, lang="en")
        areas, channels = view.group_names("locality", ("north-east", "south")), view.group_names("channel", ("visit",))
    assert (areas, channels) == ("North east, The South", "Visit")


def test_a_survey_of_the_councils_own_has_its_title_as_its_name(app: Flask) -> None:
    own = TinySurvey("after-care")
    answer(own.codes(40)[:35], heard="5")
    own.close_wave()
    releases.ask_for_release(own.wave)
    opener.answer_requests()
    page = browser(app).request("GET", "/results/after-care")
    assert page.find("h1").text == "Tell us how it went, round 1"
    assert page.title.startswith("Tell us how it went, round 1 - ")
