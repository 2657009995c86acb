"""How often answers may be asked to be deleted: by address and for the site, in an hour and in a day, never by code."""

from dataclasses import replace

import pytest
from flask import Flask

from app.core.codes import make_code
from app.web import rate_limits
from app.web.rate_limits import ADDRESS_GUESSES, DELETIONS, DeletionCaps
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, contents
from tests.support.http_journey import hidden

HOUR = 3600


@pytest.fixture(autouse=True)
def _one_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test falls on the minute in which an hour's key changes."""
    monkeypatch.setattr(rate_limits, "_hour", lambda: 472_222)


def ask(client: StrictClient, code: str = "") -> Seen:
    """Ask to have the answers of a code deleted."""
    token = hidden(client.request("GET", "/delete-my-answers"))
    return client.request("POST", "/delete-my-answers", [*token, ("code", code or make_code())])


def letters() -> int:
    """Count what waits in the letterbox."""
    return len(contents()["letter"])


def test_an_address_has_twenty_in_an_hour_and_is_asked_when_to_come_back(app: Flask, tiny: TinySurvey) -> None:
    client = browser(app)

    answers = [ask(client) for _request in range(DELETIONS + 2)]

    assert [answer.status for answer in answers] == [200] * DELETIONS + [429] * 2
    assert DELETIONS == 20
    assert letters() == DELETIONS
    assert "Please come back in an hour" in answers[-1].words
    assert "Nothing has been deleted" in answers[-1].words
    assert HOUR - 60 < int(answers[-1].headers["retry-after"]) <= HOUR
    assert ask(browser(app, source="127.0.0.2")).status == 200


def test_the_refusal_is_the_same_for_every_code(app: Flask, tiny: TinySurvey) -> None:
    used = tiny.codes(30)[0]
    for _request in range(DELETIONS):
        ask(browser(app), used)

    answers = [ask(browser(app), code) for code in (used, tiny.codes(30, "b")[0], make_code())]

    assert {answer.status for answer in answers} == {429}
    assert len({answer.body_without_tokens for answer in answers}) == 1
    assert ask(browser(app, source="127.0.0.2"), used).status == 200, "a code is never counted"


def test_the_site_has_a_cap_in_an_hour_and_one_in_a_day(app: Flask, tiny: TinySurvey) -> None:
    settings = app.config["SETTINGS"]
    for caps, words, seconds in (
        (DeletionCaps(settings, site=3), "Please come back in an hour", HOUR),
        (DeletionCaps(settings, day=3), "Please come back tomorrow", 24 * HOUR),
    ):
        app.extensions["deletion_caps"] = caps
        answers = [ask(browser(app, source=f"127.0.1.{number}")) for number in range(4)]
        assert [answer.status for answer in answers] == [200, 200, 200, 429]
        assert words in answers[-1].words
        assert seconds - 60 < int(answers[-1].headers["retry-after"]) <= seconds
    assert letters() == 6


def test_what_one_address_asks_too_often_takes_nothing_from_others(app: Flask, tiny: TinySurvey) -> None:
    app.extensions["deletion_caps"] = DeletionCaps(app.config["SETTINGS"], address=2, site=4)
    statuses = [ask(browser(app)).status for _request in range(10)]
    assert statuses == [200] * 2 + [429] * 8
    assert [ask(browser(app, source="127.0.0.2")).status for _request in range(2)] == [200, 200]


def test_workers_without_redis_share_the_caps(app: Flask) -> None:
    caps = DeletionCaps(replace(app.config["SETTINGS"], web_workers=4))
    assert [caps.take("10.0.0.1", 1) > 0 for _request in range(6)] == [False] * 5 + [True]


def test_redis_keeps_the_same_caps(app: Flask, redis_server: str) -> None:
    settings = replace(app.config["SETTINGS"], redis_url=redis_server)
    one, other = (DeletionCaps(settings, address=3, site=5) for _worker in range(2))
    assert [caps.take("10.0.0.1", 1) for caps in (one, other, one)] == [0, 0, 0]
    assert 0 < other.take("10.0.0.1", 1) <= HOUR
    assert [caps.take("10.0.0.2", 1) for caps in (one, other)] == [0, 0]
    assert 0 < one.take("10.0.0.3", 1) <= HOUR


def test_every_cap_counts_an_ipv6_network_as_one(app: Flask, tiny: TinySurvey) -> None:
    for number in range(ADDRESS_GUESSES):
        client = browser(app, source=f"2001:db8:1:2::{number:x}")
        token = hidden(client.request("GET", "/c"))
        assert client.request("POST", "/c", [*token, ("code", make_code())]).status == 422
        assert ask(browser(app, source=f"2001:db8:1:2:{number:x}::1")).status == 200
    client = browser(app, source="2001:db8:1:2:ffff::1")
    token = hidden(client.request("GET", "/c"))
    assert client.request("POST", "/c", [*token, ("code", make_code())]).status == 429
    assert ask(client).status == 429
    assert ask(browser(app, source="2001:db8:1:3::1")).status == 200
