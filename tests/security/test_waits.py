"""Where too many codes were tried, the page says how long to wait, in words and for programs."""

import pytest
from flask import Flask

from app.core.codes import make_code
from app.web import rate_limits
from app.web.rate_limits import ADDRESS_GUESSES, GuessCaps
from tests.conftest import TinySurvey
from tests.security.test_guesses import guess
from tests.support.client import browser, press


@pytest.mark.parametrize(("language", "words"), [("en", "Please try again in 10 minutes"), ("pl", "za 10 minut")])
def test_the_page_says_how_long_to_wait(app: Flask, tiny: TinySurvey, language: str, words: str) -> None:
    client = browser(app, language=language)
    guess(client, ADDRESS_GUESSES)
    for path, more in (("/c", {}), ("/come-back", {"pin": "4711"})):
        answer = press(client, client.request("GET", path), code=make_code(), **more)
        assert (answer.status, words in answer.words, words in answer.title) == (429, True, True)
        assert 540 < int(answer.headers["retry-after"]) <= 600


def test_a_wait_of_seconds_is_a_minute(app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.extensions, rate_limits.CODES, GuessCaps(app.config["SETTINGS"], "few", site=1))
    client = browser(app)
    guess(client, 1)
    answer = press(client, client.request("GET", "/c"), code=make_code())
    assert "Please try again in a minute" in answer.words
    assert 0 < int(answer.headers["retry-after"]) <= 60
