"""The pages of leaving and coming back, and the one page with a code."""

import re
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select

from app.cards import assisted_entry
from app.core.codes import make_code, print_code
from app.counting import opener
from app.models.letters import Draft, Letter, SavedDraft
from app.storage import db
from app.web.rate_limits import ADDRESS_GUESSES
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, press
from tests.support.http_journey import enter_code, hidden, walk_to_check

PIN, WRONG = "4711", "4712"


@pytest.fixture
def code(tiny: TinySurvey) -> str:
    """A card's code."""
    return tiny.codes(30)[0]


@pytest.fixture
def visitor(app: Flask) -> StrictClient:
    """A fresh browser."""
    return browser(app)


def stored(model: type[Draft | SavedDraft]) -> list[object]:
    """Return what is stored of half-finished answers, as the front room's role may read it."""
    with db.reading() as session:
        return [tuple(row) for row in session.execute(select(*model.__table__.columns))]


def save(client: StrictClient, code: str, pin: str = PIN) -> Seen:
    """Answer the first page, press "Save and come back later" and choose a PIN."""
    enter_code(client, code)
    moved = press(client, client.request("GET", "/r/page/1"), "save", heard="4")
    assert moved.headers["location"] == "/r/save"
    return press(client, client.request("GET", "/r/save"), pin=pin)


def come_back(client: StrictClient, code: str, pin: str = PIN) -> Seen:
    """Type a code and a PIN."""
    return press(client, client.request("GET", "/come-back"), code=code, pin=pin)


def delete(client: StrictClient, code: str, pin: str) -> Seen:
    """Type a code and a PIN, or none, into the page for deleting."""
    return press(client, client.request("GET", "/delete-my-answers"), code=code, pin=pin)


def keep(client: StrictClient, path: str) -> Seen:
    """Press "Keep my code" on a page."""
    page = client.request("GET", path)
    button = page.find("button", formaction="/keep-my-code")
    assert button.get("form") == "main-form"
    return client.request("POST", "/keep-my-code", hidden(page))


def has_code(seen: Seen, code: str) -> bool:
    """Tell whether a code stands in an answer, however it is spaced."""
    return code in re.sub(r"\s|%20|&nbsp;", "", seen.body.decode() + repr(seen.headers) + repr(seen.set_cookies))


def test_saving_empties_the_cookie_and_says_how_to_come_back(visitor: StrictClient, code: str) -> None:
    page = save(visitor, code)

    assert (page.status, page.data_page) == (200, "saved")
    assert "We cannot reset a PIN" in page.words
    assert re.search(r"Last day: \d+ [A-Z][a-z]+ \d{4}", page.words)
    assert visitor.cookie() is None
    assert [len(rows) for rows in (stored(Draft), stored(SavedDraft))] == [0, 1]
    assert visitor.request("GET", "/r/page/1").status == 404


def test_coming_back_goes_on_at_the_first_page_not_seen(app: Flask, visitor: StrictClient, code: str) -> None:
    save(visitor, code)
    other = browser(app)

    answer = come_back(other, print_code(code), "٤٧ ١١")

    assert (answer.status, answer.headers["location"]) == (303, "/r/page/2")
    page = other.request("GET", "/r/page/1")
    assert page.chosen() == [("heard", "4")]
    assert [len(rows) for rows in (stored(Draft), stored(SavedDraft))] == [1, 1]
    assert come_back(browser(app), code).status == 303, "the answer may have been lost on the way"


def test_saving_from_the_check_page_comes_back_to_it(visitor: StrictClient, code: str) -> None:
    page = walk_to_check(visitor, code)
    assert isinstance(page, Seen)
    assert page.ways("Save and come back") == ["/r/save"]
    press(visitor, visitor.request("GET", "/r/save"), pin=PIN)

    assert come_back(visitor, code).headers["location"] == "/r/check"


@pytest.mark.parametrize("pin", ["", "123", "1234567", "12a4", "----"])
def test_a_pin_that_is_none_is_named_and_not_shown(visitor: StrictClient, code: str, pin: str) -> None:
    page = save(visitor, code, pin)

    assert (page.status, page.title.startswith("Error: ")) == (422, True)
    assert page.find("a", href="#pin") is not None
    assert page.find("input", id="pin").get("value") == ""
    assert stored(SavedDraft) == []


@pytest.mark.parametrize("pin", ["12", "1234567", "my PIN"])
def test_deleting_names_a_pin_that_is_none_and_takes_no_request(visitor: StrictClient, code: str, pin: str) -> None:
    save(visitor, code)

    page = delete(visitor, code, pin)

    assert (page.status, page.title.startswith("Error: ")) == (422, True)
    assert page.find("a", href="#pin") is not None
    assert "A PIN has 4 to 6 digits." in page.words
    assert not has_code(page, code)
    with db.collecting() as session:
        assert session.scalars(select(Letter.id)).all() == []
    assert len(stored(SavedDraft)) == 1


def test_deleting_with_the_pin_deletes_what_was_saved_and_says_the_same(visitor: StrictClient, code: str) -> None:
    save(visitor, code)
    pages = [delete(visitor, code, pin) for pin in ("", WRONG)]
    assert len(stored(SavedDraft)) == 1

    pages.append(delete(visitor, code, "٤٧ ١١"))

    assert stored(SavedDraft) == []
    assert {(page.status, page.data_page, page.body_without_tokens) for page in pages} == {
        (200, "deletion-asked", pages[0].body_without_tokens)
    }


def test_a_slip_in_the_code_is_named_and_costs_no_try(visitor: StrictClient, code: str) -> None:
    save(visitor, code)
    before = stored(SavedDraft)

    pages = [come_back(visitor, code[:-1]), come_back(visitor, code, "12"), come_back(visitor, "", "")]

    assert [page.status for page in pages] == [422] * 3
    links = [[a.get("href") for a in page.find("div", id="error-summary").iter("a")] for page in pages]
    assert links == [["#code"], ["#pin"], ["#code", "#pin"]]
    assert stored(SavedDraft) == before
    assert not any(has_code(page, code) for page in pages)


def test_the_fifth_wrong_pin_deletes_what_was_saved(visitor: StrictClient, code: str) -> None:
    save(visitor, code)
    for left in (1, 1, 1, 1, 0):
        assert come_back(visitor, code, WRONG).status == 422
        assert len(stored(SavedDraft)) == left

    assert come_back(visitor, code).status == 422


def test_tries_that_fail_count_as_guesses_and_slips_do_not(visitor: StrictClient, code: str) -> None:
    page = visitor.request("GET", "/come-back")
    for _slip in range(3):
        press(visitor, page, code="12", pin=PIN)
    statuses = [press(visitor, page, code=code, pin=WRONG).status for _try in range(ADDRESS_GUESSES // 2)]
    statuses += [press(visitor, page, code=make_code(), pin=PIN).status for _try in range(ADDRESS_GUESSES // 2)]

    assert statuses == [422] * ADDRESS_GUESSES
    assert press(visitor, page, code=code, pin=PIN).status == 429
    assert press(visitor, visitor.request("GET", "/c"), code=code).status == 429, "one cap for both doors"


def test_after_sending_clearing_or_closing_nothing_comes_back(
    app: Flask, visitor: StrictClient, tiny: TinySurvey
) -> None:
    sent, cleared, closed = tiny.codes(30)[:3]
    for one in (sent, cleared, closed):
        save(visitor, one)
    come_back(visitor, sent)
    press(visitor, visitor.request("GET", "/r/check"))
    come_back(visitor, cleared)
    press(visitor, visitor.request("GET", "/r/page/1"), "clear")
    assert [come_back(browser(app), one).status for one in (sent, cleared)] == [422, 422]
    assert len(stored(SavedDraft)) == 1

    tiny.close_wave()
    opener.answer_requests()

    assert stored(SavedDraft) == []
    assert come_back(browser(app), closed).status == 422


@pytest.mark.parametrize("path", ["/r/start", "/r/check"])
def test_keeping_the_code_shows_it_with_links_to_own_apps(visitor: StrictClient, code: str, path: str) -> None:
    walk_to_check(visitor, code)
    page = keep(visitor, path)

    assert (page.status, page.data_page) == (200, "keep-code")
    assert print_code(code) in page.words
    assert "could answer in your place. We do not keep a copy." in page.words
    sms, mail = (page.links(f"Send it to myself by {kind}")[0] for kind in ("text", "email"))
    base = visitor.app.config["SETTINGS"].base_url
    assert unquote(sms) == f"sms:?body={print_code(code)}\n{base}/c"
    assert unquote(mail) == f"mailto:?subject=My code&body={print_code(code)}\n{base}/c"
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_the_page_with_the_code_is_only_there_while_a_journey_is_under_way(visitor: StrictClient, code: str) -> None:
    token = [*hidden(visitor.request("GET", "/c"))]
    assert visitor.request("POST", "/keep-my-code", token).status == 404
    check = walk_to_check(visitor, code)
    assert visitor.request("POST", "/keep-my-code", []).status == 400, "nobody else's page can press the button"
    answer = visitor.request("GET", "/keep-my-code")
    assert (answer.status, answer.headers["location"]) == (303, "/c")

    press(visitor, check)
    done = visitor.request("GET", "/r/done")

    assert "keep-my-code" not in done.body.decode()
    again = [*hidden(visitor.request("GET", "/c"))]
    assert visitor.request("POST", "/keep-my-code", again).status == 404


@pytest.mark.parametrize("mode", ["kiosk", "paper"])
def test_a_device_of_the_council_keeps_no_code(app: Flask, visitor: StrictClient, code: str, mode: str) -> None:
    link = visitor.request("GET", f"/keying/{assisted_entry.make_link(mode)}")
    press(visitor, link)
    walk_to_check(visitor, code)
    pages = [visitor.request("GET", path) for path in ("/r/start", "/r/check")]

    assert not any("/keep-my-code" in page.body.decode() for page in pages)
    answer = visitor.request("POST", "/keep-my-code", hidden(pages[0]))
    assert (answer.status, answer.headers["location"]) == (303, "/c")
    assert ("/r/save" in pages[1].body.decode()) is (mode == "kiosk")


def test_no_other_page_and_no_address_holds_the_code(visitor: StrictClient, code: str) -> None:
    seen: list[Seen] = []
    real = visitor.request

    def noted(*given: object, **named: object) -> Seen:
        seen.append(real(*given, **named))  # type: ignore[arg-type]
        return seen[-1]

    visitor.request = noted  # type: ignore[method-assign, assignment]
    save(visitor, code)
    for pin in (WRONG, "1", PIN):
        come_back(visitor, code, pin)
    enter_code(visitor, code)
    for path in ("/", "/c", "/r/start", "/r/page/1", "/r/page/2", "/r/check", "/r/save", "/come-back", "/privacy"):
        visitor.request("GET", path)
    press(visitor, walk_to_check(visitor, code))
    visitor.request("GET", "/r/done")

    assert len(seen) > 25
    assert [page.url for page in seen if has_code(page, code)] == []
    enter_code(visitor, code)
    kept = keep(visitor, "/r/start")
    assert has_code(kept, code), "the search finds a code that is there"
    assert not any(code in page.url for page in seen)
