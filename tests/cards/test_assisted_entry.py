"""Links for assisted entry and for a shared tablet: they lead one way, and the log knows how often and never who."""

import datetime as dt
import json
import re
import time
from typing import Any

import pytest
from flask import Flask
from flask import request as flask_request
from sqlalchemy import select

from app.cards import assisted_entry
from app.models.answers import DetachedAnswer
from app.models.office import AuditEntry
from app.storage import clock, db
from app.web import security
from tests.support.client import Seen, StrictClient, browser, signer
from tests.support.http_journey import enter_code, hidden, walk
from tests.support.office import Office, post


def key_in(client: StrictClient, mode: str) -> str:
    """Make a link for assisted entry and return its path."""
    return post(client, "/staff/keying", mode=mode).links("Start")[0]


def start(client: StrictClient, link: str) -> Seen:
    """Press the one button behind a link."""
    return client.request("POST", link, hidden(client.request("GET", link)))


def held(app: Flask, client: StrictClient) -> dict[str, Any]:
    """Return what a respondent's cookie holds."""
    value = client.cookie()
    return dict(signer(app, "/").loads(value)) if value else {}


@pytest.mark.parametrize("mode", ["paper", "helped", "kiosk"])
def test_an_assisted_entry_link_works_once_for_one_journey(office: Office, app: Flask, mode: str) -> None:
    codes, sent = office.survey.codes(30), []
    link = key_in(office.asker, mode)
    hooks = app.before_request_funcs.setdefault(None, [])
    hooks.insert(0, lambda: sent.append(flask_request.headers.get("Cookie", "")))
    for _look in range(2):
        assert office.asker.request("GET", link).status == 200
    assert start(office.asker, link).headers["location"] == "/c"
    cookie = held(app, office.asker)
    assert (cookie.pop("mode"), set(cookie)) == (mode, set() if mode == "kiosk" else {"mode_until"})
    assert start(office.asker, link).status == 404
    for code in codes[:2]:
        assert walk(office.asker, code).data_page == "done"
    assert sent
    assert not any(re.search(r"\bs=", cookies) for cookies in sent), "the staff cookie stays on the staff side"
    office.survey.close_wave()
    with db.counting() as session:
        modes = set(session.scalars(select(DetachedAnswer.code).filter_by(question="mode")))
    assert modes == {mode, "kiosk" if mode == "kiosk" else "self"}


def keyed_in() -> list[AuditEntry]:
    """Return what the log says about assisted entry."""
    with db.reading() as session:
        return list(session.scalars(select(AuditEntry).filter_by(action="started keying in")))


def test_the_log_of_assisted_entry_holds_a_count_of_a_day_and_no_name(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _form in range(2):
        start(office.asker, key_in(office.asker, "helped"))
    assisted_entry.note_past_days()
    assert keyed_in() == [], "the day is not over"
    today = clock.today()
    monkeypatch.setattr(clock, "today", lambda: today + dt.timedelta(days=1))
    for _twice in range(2):
        assisted_entry.note_past_days()
    (entry,) = keyed_in()
    assert (entry.actor, entry.subject) == ("a collector", "helped")
    assert json.loads(entry.detail) == {"on": today.isoformat(), "times": 2}
    assert len(entry.at) == len("2026-11-23"), "no time of day"
    assert post(office.asker, "/staff/keying", mode="by hand").status == 422


REFRESH = r'<noscript><meta http-equiv="refresh" content="{};url=/kiosk/next"></noscript>'


def test_a_tablet_begins_cleanly_for_each_person(office: Office, app: Flask) -> None:
    codes, tablet = office.survey.codes(30), browser(app)
    start(tablet, key_in(office.asker, "kiosk"))
    assert REFRESH.format(20) in walk(tablet, codes[0]).body.decode()
    assert held(app, tablet) == {"mode": "kiosk"}
    for way in ("/kiosk/next", "/leave"):
        tablet.get("/language/ur?to=/c")
        enter_code(tablet, codes[1])
        for path in (
            "/",
            "/c",
            "/r/start",
            "/r/page/1",
            "/r/check",
            "/privacy",
            "/results",
            "/results/family",
            "/nothing",
        ):
            assert REFRESH.format(180) in tablet.request("GET", path).body.decode(), path
        assert len(held(app, tablet)) > 1
        answer = tablet.request("GET", way)
        assert (answer.status, answer.headers["location"]) == (303, "/c")
        assert held(app, tablet) == {"mode": "kiosk"}
        assert tablet.request("GET", "/r/check").status == 404


def test_a_page_left_open_on_a_tablet_ends_only_its_own_journey(office: Office, app: Flask) -> None:
    codes, tablet = office.survey.codes(30), browser(app)
    start(tablet, key_in(office.asker, "kiosk"))

    def next_of(path: str) -> str:
        return tablet.get(path).find("div", id="idle").get("data-next")

    at_rest = next_of("/c")
    enter_code(tablet, codes[0])
    first = next_of("/r/start")
    enter_code(tablet, codes[1])
    before = held(app, tablet)
    for other in (at_rest, first):
        assert tablet.request("GET", other).headers["location"] == "/c"
        assert held(app, tablet) == before, "the person at the other tab goes on"
    tablet.request("GET", next_of("/privacy"))
    assert held(app, tablet) == {"mode": "kiosk"}


def test_only_a_tablet_goes_back_by_itself(office: Office, app: Flask) -> None:
    phone = browser(app)
    start(phone, key_in(office.asker, "paper"))
    assert b"http-equiv" not in walk(phone, office.survey.codes(30)[0]).body + phone.request("GET", "/c").body
    phone.request("GET", "/kiosk/next")
    assert phone.request("GET", "/leave").headers["location"] == app.config["SETTINGS"].leave_url


def test_a_phone_that_is_sent_to_the_tablets_start_keeps_its_draft(office: Office, app: Flask) -> None:
    phone = browser(app)
    enter_code(phone, office.survey.codes(30)[0])
    before = held(app, phone)
    assert phone.request("GET", "/kiosk/next").status == 303
    assert held(app, phone) == before
    assert phone.request("GET", "/r/start").status == 200


def test_assisted_entry_ends_after_two_hours(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = office.asker
    start(desk, key_in(desk, "paper"))
    real = time.time
    monkeypatch.setattr(security.time, "time", lambda: real() + 2 * 3600 + 1)
    assert walk(desk, office.survey.codes(30)[0]).data_page == "done"
    office.survey.close_wave()
    with db.counting() as session:
        assert session.scalars(select(DetachedAnswer.code).filter_by(question="mode")).all() == ["self"]
