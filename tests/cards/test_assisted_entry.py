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
from tests.support.client import Seen, StrictClient, browser, contents, press, signer
from tests.support.http_journey import enter_code, hidden, walk, walk_to_check
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


REFRESH = r'<noscript><meta http-equiv="refresh" content="{};url=(/kiosk/next\?draft-mark=[0-9a-z]+)"></noscript>'


def refresh(page: Seen, seconds: int) -> str:
    """Return where a page leads by itself, after so many seconds, where scripts are off."""
    found = re.search(REFRESH.format(seconds), page.body.decode())
    assert found, page.url
    return found[1]


def says_note(page: Seen) -> bool:
    """Tell whether a page says, where scripts are off, that it will be cleared."""
    notes = ["".join(one.itertext()) for one in page.find("body").iter("noscript")]
    return len(notes) == 1 and ("three minutes" in notes[0] or "تین منٹ" in notes[0])


def test_a_tablet_begins_cleanly_for_each_person(office: Office, app: Flask) -> None:
    codes, tablet = office.survey.codes(30), browser(app)
    start(tablet, key_in(office.asker, "kiosk"))
    thanks = walk(tablet, codes[0])
    assert (refresh(thanks, 20), says_note(thanks)) == ("/kiosk/next?draft-mark=none", False)
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
            page = tablet.request("GET", path)
            assert (refresh(page, 180) != "", says_note(page)) == (True, True), path
        assert len(held(app, tablet)) > 1
        answer = tablet.request("GET", way)
        assert (answer.status, answer.headers["location"]) == (303, "/c")
        assert held(app, tablet) == {"mode": "kiosk"}
        assert tablet.request("GET", "/r/check").status == 404


def test_a_page_left_open_on_a_tablet_ends_only_its_own_journey(office: Office, app: Flask) -> None:
    codes, tablet = office.survey.codes(30), browser(app)
    start(tablet, key_in(office.asker, "kiosk"))

    def next_of(path: str) -> str:
        page = tablet.get(path)
        assert refresh(page, 180) == page.find("div", id="idle").get("data-next"), "the same with scripts and without"
        return refresh(page, 180)

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
    assert not says_note(phone.request("GET", "/c"))
    phone.request("GET", "/kiosk/next")
    assert phone.request("GET", "/leave").headers["location"] == app.config["SETTINGS"].leave_url


def test_a_phone_that_is_sent_to_the_tablets_start_keeps_its_draft(office: Office, app: Flask) -> None:
    phone = browser(app)
    enter_code(phone, office.survey.codes(30)[0])
    before = held(app, phone)
    assert phone.request("GET", "/kiosk/next").status == 303
    assert held(app, phone) == before
    assert phone.request("GET", "/r/start").status == 200


@pytest.mark.parametrize("path", ["/c", "/r/start", "/r/page/1", "/r/check", "/come-back"])
@pytest.mark.parametrize("mode", ["paper", "helped"])
def test_assisted_entry_that_has_ended_says_so_and_keeps_nothing(
    office: Office, app: Flask, monkeypatch: pytest.MonkeyPatch, mode: str, path: str
) -> None:
    code, desk = office.survey.codes(30)[0], browser(app)
    start(desk, key_in(office.asker, mode))
    walk_to_check(desk, code)
    page, real, before = desk.request("GET", path), time.time, contents()
    monkeypatch.setattr(time, "time", lambda: real() + 2 * 3600 + 1)

    answer = press(desk, page, heard="4", code=code, pin="4711")

    assert (answer.status, answer.data_page) == (410, "assisted-entry-ended")
    assert "It ends two hours after it was started. Nothing of this form was kept or sent." in answer.words
    assert answer.links("Assisted entry") == ["/staff/keying"]
    assert contents() == before
    assert held(app, desk) == {}
    assert desk.request("GET", "/r/check").data_page == "nothing-here"


def test_a_send_that_arrived_in_time_is_not_said_to_be_lost(
    office: Office, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, again = browser(app), browser(app)
    start(desk, key_in(office.asker, "paper"))
    page = walk_to_check(desk, office.survey.codes(30)[0])
    again.jar._cookies = dict(desk.jar._cookies)  # the browser whose answer was lost
    press(desk, page)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 2 * 3600 + 1)
    assert press(again, page).headers["location"] == "/r/done"


def test_assisted_entry_ends_after_two_hours(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = office.asker
    start(desk, key_in(desk, "paper"))
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 2 * 3600 + 1)
    assert desk.request("GET", "/c").data_page == "assisted-entry-ended"
    assert walk(desk, office.survey.codes(30)[0]).data_page == "done"
    office.survey.close_wave()
    with db.counting() as session:
        assert session.scalars(select(DetachedAnswer.code).filter_by(question="mode")).all() == ["self"]
