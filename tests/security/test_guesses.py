"""How often codes may be guessed: per address and for the site, however the address is dressed up; slips are free."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from app.core.codes import make_code
from app.respond import journeys
from app.web import rate_limits
from app.web.rate_limits import ADDRESS_GUESSES, ENTRIES, SITE_GUESSES, GuessCaps
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, contents, press
from tests.support.homes import application, sqlite_settings
from tests.support.http_journey import enter_code, hidden, walk, walk_to_check


@pytest.fixture(autouse=True)
def _one_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test falls on the minute in which an hour's key changes."""
    monkeypatch.setattr(rate_limits, "_hour", lambda: 472_222)


def guess(client: StrictClient, count: int, code: str = "", headers: dict[str, str] | None = None) -> list[int]:
    """Type a wrong code (or one code) so often and return the statuses."""
    token = hidden(client.request("GET", "/c"))
    fields = [[*token, ("code", code or make_code())] for _guess in range(count)]
    return [client.request("POST", "/c", one, headers).status for one in fields]


def begin(app: Flask, count: int, code: str, **changes: str) -> list[int]:
    """Enter one code in so many browsers and return the statuses."""
    return [guess(browser(app, **changes), 1, code)[0] for _browser in range(count)]


def test_twenty_wrong_codes_are_let_through_and_then_no_more(app: Flask, tiny: TinySurvey) -> None:
    client = browser(app)

    assert guess(client, ADDRESS_GUESSES + 3) == [422] * ADDRESS_GUESSES + [429] * 3
    assert ADDRESS_GUESSES == 20


def test_over_the_cap_a_right_code_looks_like_a_wrong_one(app: Flask, tiny: TinySurvey) -> None:
    right = tiny.codes(30)[0]
    client = browser(app)
    guess(client, ADDRESS_GUESSES)
    before = contents()
    page = client.request("GET", "/c")

    answers = [press(client, page, code=code) for code in (right, make_code())]

    assert [a.status for a in answers] == [429, 429]
    assert len({a.body for a in answers}) == 1
    assert "There is nothing wrong with your card" in answers[0].words
    assert contents() == before


def test_new_browser_at_the_same_address_does_not_begin_again(app: Flask, tiny: TinySurvey) -> None:
    guess(browser(app), ADDRESS_GUESSES)

    assert guess(browser(app, agent="another"), 1) == [429]


def test_journey_under_way_goes_on_over_the_cap(app: Flask, tiny: TinySurvey) -> None:
    under_way = browser(app)
    check = walk_to_check(under_way, tiny.codes(30)[0])
    guess(browser(app), ADDRESS_GUESSES + 1)

    assert under_way.get("/r/page/1").status == 200
    assert press(under_way, check).headers["location"] == "/r/done"


def test_another_address_is_not_slowed_down(app: Flask, tiny: TinySurvey) -> None:
    guess(browser(app), ADDRESS_GUESSES + 1)

    assert walk(browser(app, source="127.0.0.2"), tiny.codes(30)[0]).data_page == "done"


def test_forged_address_is_useless_without_a_declared_proxy(app: Flask, tiny: TinySurvey) -> None:
    client = browser(app)
    names = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Client-IP", "X-Client-IP", "True-Client-IP")

    statuses = [
        guess(client, 1, headers={name: f"for=10.0.{number}.1" if name == "Forwarded" else f"10.0.{number}.1"})[0]
        for number in range(ADDRESS_GUESSES // len(names) + 2)
        for name in names
    ]

    assert statuses == [422] * ADDRESS_GUESSES + [429] * (len(statuses) - ADDRESS_GUESSES)
    assert 429 in statuses


def test_behind_a_declared_proxy_only_what_the_proxy_says_counts(tmp_path: Path) -> None:
    with application(replace(sqlite_settings(tmp_path / "home"), trusted_proxies=1)) as app:
        TinySurvey()
        client = browser(app)

        forged = [guess(client, 1, headers={"X-Forwarded-For": f"10.0.0.{n}, 192.0.2.1"})[0] for n in range(21)]

        assert forged == [422] * ADDRESS_GUESSES + [429]
        assert guess(client, 1, headers={"X-Forwarded-For": "192.0.2.2"}) == [422], "another client of the same proxy"


@pytest.mark.parametrize(
    "address", ["192.0.2.1:{n}", "[2001:db8:1:2::{n}]:4{n}", '"192.0.2.1:{n}"', "zebra{n}", "192.0.2.1:x{n}", "_{n}"]
)
def test_a_port_or_a_word_behind_a_proxy_is_no_new_address(tmp_path: Path, address: str) -> None:
    with application(replace(sqlite_settings(tmp_path / "home"), trusted_proxies=1)) as app:
        TinySurvey()
        client = browser(app)
        values = [f"10.0.0.{n}, {address.replace('{n}', str(n))}" for n in range(1, ADDRESS_GUESSES + 2)]
        statuses = [guess(client, 1, headers={"X-Forwarded-For": value})[0] for value in values]

        assert statuses == [422] * ADDRESS_GUESSES + [429]
        assert guess(client, 1, headers={"X-Forwarded-For": "192.0.2.2"}) == [422], "another client of the same proxy"


def test_a_quotation_mark_does_not_hide_what_the_proxies_wrote(tmp_path: Path) -> None:
    with application(replace(sqlite_settings(tmp_path / "home"), trusted_proxies=2)) as app:
        TinySurvey()
        client = browser(app)
        values = [f'10.0.0.{n}, ", 192.0.2.1, 198.51.100.1' for n in range(ADDRESS_GUESSES + 1)]
        statuses = [guess(client, 1, headers={"X-Forwarded-For": value})[0] for value in values]

        assert statuses == [422] * ADDRESS_GUESSES + [429]


def test_of_forty_guesses_at_once_no_more_than_the_cap_get_through(
    app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, ready = journeys.begin, Barrier(40)

    def slowly(*given: Any) -> bytes:
        time.sleep(0.2)
        return real(*given)

    monkeypatch.setattr(journeys, "begin", slowly)
    clients = [browser(app) for _client in range(40)]
    forms = [[*hidden(client.request("GET", "/c")), ("code", make_code())] for client in clients]

    def attempt(number: int) -> int:
        ready.wait()
        return clients[number].request("POST", "/c", forms[number]).status

    with ThreadPoolExecutor(40) as threads:
        statuses = Counter(threads.map(attempt, range(40)))
    assert statuses[422] <= ADDRESS_GUESSES
    assert statuses[422] + statuses[429] == 40


def test_what_ends_in_a_fault_is_no_guess(app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_given: Any) -> bytes:
        raise RuntimeError("x")

    right, client = tiny.codes(30)[0], browser(app)
    with monkeypatch.context() as patch:
        patch.setattr(journeys, "begin", fault)
        assert guess(client, ADDRESS_GUESSES + 5, right) == [500] * (ADDRESS_GUESSES + 5)
    assert guess(client, 1, right) == [303]


def test_whole_site_has_a_cap(app: Flask, tiny: TinySurvey) -> None:
    statuses: list[int] = []
    for number in range(SITE_GUESSES // 10):
        statuses += guess(browser(app, source=f"127.0.1.{number}"), 10)

    assert statuses == [422] * 120
    assert guess(browser(app, source="127.0.2.1"), 1) == [429]


@pytest.mark.parametrize("slip", ["", "12", "000 000 000 000 001", "37291504826651x"])
def test_slips_do_not_count(app: Flask, tiny: TinySurvey, slip: str) -> None:
    client = browser(app)
    page = client.request("GET", "/c")
    statuses = {press(client, page, code=slip).status for _slip in range(ADDRESS_GUESSES + 5)}

    assert statuses == {422}
    assert guess(client, 1) == [422]
    assert enter_code(client, tiny.codes(30)[0]).url.endswith("/r/start")


def test_right_codes_do_not_count(app: Flask, tiny: TinySurvey) -> None:
    client = browser(app)
    for code in tiny.codes(30)[: ADDRESS_GUESSES + 5]:
        assert enter_code(client, code).url.endswith("/r/start")


def test_nothing_about_guesses_is_stored(app: Flask, tiny: TinySurvey, tmp_path: Path) -> None:
    client = browser(app, source="203.0.113.77")
    before = contents()
    answers = guess(client, ADDRESS_GUESSES + 1)

    assert answers[-1] == 429
    assert contents() == before
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(b"203.0.113.77" in path.read_bytes() for path in files)


def test_code_is_never_in_an_answer_header(app: Flask, tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    client = browser(app)
    answer = press(client, client.request("GET", "/c"), code=code)
    start = client.request("GET", "/r/start")

    assert isinstance(start, Seen)
    assert code not in repr(answer.headers) + repr(answer.set_cookies) + start.body.decode()


def test_one_card_begins_only_so_many_drafts(app: Flask, tiny: TinySurvey) -> None:
    right, other = tiny.codes(30)[:2]

    statuses = [guess(browser(app), 1, right)[0] for _beginning in range(ENTRIES + 3)]

    assert statuses == [303] * ENTRIES + [429] * 3
    assert len(contents()["draft"]) == ENTRIES
    assert guess(browser(app), 1, other) == [303]


def test_beginnings_with_a_code_elsewhere_are_not_revealed(app: Flask, tiny: TinySurvey) -> None:
    """Whoever knows a code and counts the tries that are left finds as many as for a card that nobody touched."""
    touched, untouched = tiny.codes(30)[:2]
    elsewhere = browser(app, source="192.0.2.1")
    enter_code(elsewhere, touched)
    assert press(elsewhere, elsewhere.get("/r/save"), pin="4711").status == 200
    back = press(elsewhere, elsewhere.get("/come-back"), code=touched, pin="4711")
    assert back.status == 303
    begin(app, ENTRIES + 1, touched, source="192.0.2.1")

    assert begin(app, ENTRIES + 1, touched) == [303] * ENTRIES + [429]
    assert begin(app, ENTRIES + 1, untouched) == [303] * ENTRIES + [429]


def test_coming_back_is_not_refused_for_what_was_begun_elsewhere(app: Flask, tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    begin(app, ENTRIES + 1, code, source="192.0.2.1")
    client = browser(app)

    assert press(client, client.get("/come-back"), code=code, pin="4711").status == 422
    begin(app, ENTRIES, code)
    assert press(client, client.get("/come-back"), code=code, pin="4711").status == 429


def test_beginnings_of_all_addresses_together_have_a_cap(app: Flask, tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    app.extensions["entry_caps"] = GuessCaps(app.config["SETTINGS"], "entry", guesses=ENTRIES, site=5)

    statuses = [guess(browser(app, source=f"127.0.1.{n}"), 1, code)[0] for n in range(7)]

    assert statuses == [303] * 5 + [429] * 2
    assert len(contents()["draft"]) == 5


def test_same_code_in_the_same_browser_goes_on_with_its_answers(app: Flask, tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    client = browser(app)
    enter_code(client, code)
    press(client, client.get("/r/page/1"), heard="4")

    enter_code(client, code)

    page = client.get("/r/page/1")
    assert isinstance(page, Seen)
    assert page.chosen() == [("heard", "4")]
    assert len(contents()["draft"]) == 1


def test_a_code_may_be_entered_again_and_again_where_its_answers_are(app: Flask, tiny: TinySurvey) -> None:
    """A phone that meets a full disk on each page is sent back to the code form. It makes no new draft."""
    code, other = tiny.codes(30)[:2]
    client = browser(app)

    assert guess(client, ENTRIES * 2, code) == [303] * ENTRIES * 2
    assert len(contents()["draft"]) == 1
    guess(browser(app), ADDRESS_GUESSES + 1)
    assert guess(client, 1, code) == [303], "even while others at this address guess"
    assert guess(client, 1, other) == [429]


def test_next_code_in_the_same_browser_leaves_no_draft_behind(app: Flask, tiny: TinySurvey) -> None:
    client = browser(app)
    for code in tiny.codes(30)[:5]:
        enter_code(client, code)

    assert len(contents()["draft"]) == 1
