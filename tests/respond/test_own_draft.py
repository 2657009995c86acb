"""Two cards in two tabs of one browser: a page of one card keeps nothing with the other, and shows nothing of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from app.cards import assisted_entry
from app.core.codes import print_code
from app.respond import held_drafts
from app.storage import clock
from tests.conftest import MONTH, TinySurvey
from tests.support.client import Seen, StrictClient, browser, contents, press, signer
from tests.support.http_journey import enter_code, hidden, walk_to_check

PIN = "4711"


@dataclass
class Tabs:
    """One browser with two tabs. The first shows pages of the first card, loaded before the second card was opened."""

    client: StrictClient
    codes: list[str]

    def open_second(self) -> None:
        """Enter the code of the second card and answer its first page."""
        enter_code(self.client, self.codes[1])
        assert press(self.client, self.client.get("/r/page/1"), heard="2").status == 303

    def held(self) -> dict[str, Any]:
        """Return what the cookie holds."""
        return dict(signer(self.client.app, "/").loads(self.client.cookie() or ""))


@pytest.fixture
def tabs(app: Flask, tiny: TinySurvey) -> Tabs:
    """A browser in which the first card has been answered up to the check page."""
    found = Tabs(browser(app), tiny.codes(30)[:2])
    walk_to_check(found.client, found.codes[0])
    return found


def unchanged(tabs: Tabs, act: Callable[[], Seen]) -> Seen:
    """Do something in the first tab; fail if it keeps anything, or shows anything but the calm page."""
    rows, held = contents(), tabs.held()
    answer = act()
    assert (answer.status, answer.data_page) == (409, "other-card"), answer.url
    assert (contents(), tabs.held()) == (rows, held)
    assert answer.chosen() == []
    assert not any(print_code(code) in answer.words for code in tabs.codes)
    return answer


FORMS: dict[str, tuple[str, str, dict[str, str]]] = {
    "start": ("/r/start", "", {}),
    "continue": ("/r/page/1", "", {"heard": "4", "role": "carer"}),
    "a fault": ("/r/page/1", "", {"heard": "9"}),
    "skip": ("/r/page/1", "skip", {}),
    "language": ("/r/page/1", "lang:ur", {"heard": "4"}),
    "easy words": ("/r/page/1", "easy:on", {"heard": "4"}),
    "to save": ("/r/page/1", "save", {"heard": "4"}),
    "clear": ("/r/page/1", "clear", {}),
    "own words": ("/r/page/2", "", {"words": "of the first card"}),
    "send": ("/r/check", "", {}),
    "clear at the end": ("/r/check", "clear", {}),
    "save": ("/r/save", "", {"pin": PIN}),
    "a PIN that is none": ("/r/save", "", {"pin": "1"}),
    "come back": ("/come-back", "", {"code": "CODE", "pin": PIN}),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_of_the_first_card_does_nothing_to_the_second(tabs: Tabs, form: str) -> None:
    path, button, answers = FORMS[form]
    first_tab = tabs.client.request("GET", path)
    tabs.open_second()

    given = {name: tabs.codes[0] if value == "CODE" else value for name, value in answers.items()}
    answer = unchanged(tabs, lambda: press(tabs.client, first_tab, button, **given))

    assert tabs.client.get("/r/page/1").chosen() == [("heard", "2")], "the answers of the second card are still there"
    (onward,) = answer.links("Continue with the card")
    assert tabs.client.get(onward).url.split("?")[0].endswith("/r/page/2"), "one way leads on with the second card"
    assert answer.links("Enter your code") == ["/c"], "and one back to the first"


def test_a_form_of_the_first_card_does_not_show_the_code_of_the_second(tabs: Tabs) -> None:
    first_tab = tabs.client.request("GET", "/r/start")
    tabs.open_second()

    unchanged(tabs, lambda: tabs.client.request("POST", "/keep-my-code", hidden(first_tab)))


def test_a_link_for_assisted_entry_does_not_end_a_journey_that_began_after_it_was_opened(tabs: Tabs) -> None:
    link = f"/keying/{assisted_entry.make_link('kiosk')}"
    first_tab = tabs.client.request("GET", link)
    tabs.open_second()

    unchanged(tabs, lambda: press(tabs.client, first_tab))

    assert press(tabs.client, tabs.client.request("GET", link)).headers["location"] == "/c", "the link is not used up"


def journey_links(page: Seen) -> list[str]:
    """Return the addresses of a page's links that lead on in the journey, or back to it."""
    found = [a.get("href") for a in page.tree.iter("a")]
    return [href for href in found if href.startswith(("/r/", "/language/", "/words/"))]


@pytest.mark.parametrize("path", ["/r/start", "/r/page/1", "/r/page/2", "/r/check", "/r/save"])
def test_a_link_of_the_first_card_shows_nothing_of_the_second(tabs: Tabs, path: str) -> None:
    links = journey_links(tabs.client.request("GET", path))
    assert links
    tabs.open_second()

    for link in links:
        unchanged(tabs, lambda link=link: tabs.client.request("GET", link))  # type: ignore[misc]


def test_links_of_the_second_card_lead_on_as_ever(tabs: Tabs) -> None:
    tabs.open_second()

    for path in ("/r/start", "/r/page/1", "/r/page/2", "/r/check", "/r/save"):
        for link in journey_links(tabs.client.request("GET", path)):
            assert tabs.client.get(link).status == 200, link


def test_the_first_tab_shows_no_other_survey(app: Flask, tiny: TinySurvey) -> None:
    young = TinySurvey("young").codes(30)[0]
    client = browser(app)
    enter_code(client, tiny.codes(30)[0])
    first_tab = client.request("GET", "/r/page/1")
    enter_code(client, young)
    assert press(client, client.get("/r/page/1"), heard="2").status == 303

    answer = press(client, first_tab, heard="4")

    assert (answer.status, answer.find("fieldset")) == (409, None)
    assert client.get("/r/page/1").chosen() == [("heard", "2")]


def test_every_form_of_a_journey_carries_the_mark_of_its_draft(tabs: Tabs) -> None:
    pages = [
        tabs.client.request("GET", path) for path in ("/r/start", "/r/page/1", "/r/check", "/r/save", "/come-back")
    ]
    tabs.open_second()
    pages.append(tabs.client.request("GET", "/r/start"))

    marks = [dict(hidden(page))[held_drafts.MARK] for page in pages]
    assert (len(set(marks[:-1])), len(set(marks))) == (1, 2)


@pytest.mark.parametrize("path", ["/come-back", "/keying/"])
def test_a_form_from_before_any_card_does_not_end_a_journey(app: Flask, tiny: TinySurvey, path: str) -> None:
    tabs = Tabs(browser(app), tiny.codes(30)[:2])
    path = f"/keying/{assisted_entry.make_link('paper')}" if path == "/keying/" else path
    first_tab = tabs.client.request("GET", path)
    tabs.open_second()

    unchanged(tabs, lambda: press(tabs.client, first_tab, code=tabs.codes[0], pin=PIN))


def test_two_tabs_of_one_card_go_on_together(tabs: Tabs) -> None:
    first_tab = tabs.client.request("GET", "/r/page/1")
    enter_code(tabs.client, tabs.codes[0])

    assert press(tabs.client, first_tab, heard="4").status == 303
    assert ("heard", "4") in tabs.client.get("/r/page/1").chosen()


@pytest.mark.parametrize("path", ["/r/start", "/r/page/1", "/r/check"])
def test_after_the_second_card_was_sent_the_first_tab_says_that_nothing_is_there(tabs: Tabs, path: str) -> None:
    first_tab = tabs.client.request("GET", path)
    walk_to_check(tabs.client, tabs.codes[1])
    press(tabs.client, tabs.client.request("GET", "/r/check"))

    answer = press(tabs.client, first_tab)

    assert (answer.status, answer.data_page) == (404, "nothing-here")


def finish(tabs: Tabs, way: str) -> None:
    """Go on with the second card until nothing is left of its journey in the browser."""
    if way == "save":
        press(tabs.client, tabs.client.request("GET", "/r/save"), pin=PIN)
    elif way == "leave":
        tabs.client.request("GET", "/leave")
    else:
        press(tabs.client, walk_to_check(tabs.client, tabs.codes[1]))
        assert tabs.client.request("GET", "/r/done").data_page == "done"


@pytest.mark.parametrize("way", ["send", "save", "leave"])
@pytest.mark.parametrize("path", ["/r/start", "/r/page/1", "/r/check", "/r/save", "/keep-my-code"])
def test_the_first_tab_says_what_happened_when_the_second_card_is_through(tabs: Tabs, path: str, way: str) -> None:
    first_tab = tabs.client.request("GET", "/r/start" if path == "/keep-my-code" else path)
    tabs.open_second()
    finish(tabs, way)
    rows = contents()

    answer = tabs.client.request("POST", path, [*hidden(first_tab), ("heard", "4"), ("pin", PIN)])

    assert (answer.status, answer.data_page) == (404, "nothing-here")
    assert "another card was opened in this browser" in answer.words
    assert answer.links("Enter your code") == ["/c"]
    assert contents() == rows


def test_the_first_tab_shows_the_calm_page_when_a_third_card_is_under_way(tabs: Tabs) -> None:
    first_tab = tabs.client.request("GET", "/r/page/1")
    finish(tabs, "send")
    enter_code(tabs.client, tabs.codes[1])

    unchanged(tabs, lambda: press(tabs.client, first_tab, heard="4"))


def test_a_form_with_a_wrong_token_still_has_to_start_again(tabs: Tabs) -> None:
    fields = {**dict(hidden(tabs.client.request("GET", "/r/page/1"))), "csrf_token": "x"}
    own, none = ({**fields, held_drafts.MARK: fields[held_drafts.MARK]}, {"csrf_token": "x"})
    for sent in (own, none):
        answer = tabs.client.request("POST", "/r/page/1", list(sent.items()))
        assert (answer.status, answer.data_page) == (400, "error")
    finish(tabs, "leave")
    answer = tabs.client.request("POST", "/come-back", [*fields.items(), ("code", tabs.codes[0]), ("pin", PIN)])
    assert answer.status == 400, "it holds no answers, so none are gone"


def test_a_repeated_send_of_the_first_card_does_not_end_the_second(tabs: Tabs) -> None:
    first_tab = tabs.client.request("GET", "/r/check")
    assert press(tabs.client, first_tab).status == 303
    tabs.open_second()

    answer = unchanged(tabs, lambda: press(tabs.client, first_tab))

    assert "The answers of the earlier card are in the letterbox." in answer.words
    assert answer.links("Enter your code") == []
    assert press(tabs.client, walk_to_check(tabs.client, tabs.codes[1])).headers["location"] == "/r/done"
    assert len(contents()["letter"]) == 2


@pytest.mark.parametrize("tag", ["ur", "pl"])
def test_the_calm_page_can_be_read_in_every_language(tabs: Tabs, tag: str) -> None:
    first_tab = tabs.client.request("GET", "/r/page/1")
    tabs.open_second()
    answer = press(tabs.client, first_tab, heard="4")
    link = next(a.get("href") for a in answer.tree.iter("a") if a.get("hreflang") == tag)

    again = tabs.client.get(link)

    assert (again.data_page, again.find("html").get("lang")) == ("other-card", tag)


def test_the_calm_page_is_only_there_while_a_journey_is_under_way(app: Flask) -> None:
    assert browser(app).request("GET", "/r/other-card").data_page == "nothing-here"


def test_anybody_else_is_not_thanked(app: Flask) -> None:
    page = browser(app).request("GET", "/r/done")

    assert (page.status, page.data_page) == (404, "nothing-here")


def test_a_draft_outlives_the_address_of_the_thank_you(tabs: Tabs) -> None:
    before = tabs.held()

    page = tabs.client.request("GET", "/r/done")

    assert (page.status, page.data_page, tabs.held()) == (200, "not-sent", before)
    assert "letterbox" not in page.words
    assert tabs.client.get(page.links("Go back to the survey")[0]).url.split("?")[0].endswith("/r/check")


def test_one_send_gives_one_thank_you_and_nothing_to_the_next_card(tabs: Tabs) -> None:
    assert press(tabs.client, tabs.client.request("GET", "/r/check")).headers["location"] == "/r/done"
    tabs.open_second()  # the thank-you was never shown: the signal was lost

    page = tabs.client.request("GET", "/r/done")

    assert page.data_page == "not-sent"
    assert tabs.client.get("/r/page/1").chosen() == [("heard", "2")]
    assert press(tabs.client, walk_to_check(tabs.client, tabs.codes[1])).status == 303
    assert [tabs.client.get("/r/done").data_page for _twice in range(2)] == ["done", "nothing-here"]


def test_a_draft_of_a_round_that_has_ended_is_not_called_unsent(tabs: Tabs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "moment", lambda: clock.now() + 2 * MONTH)

    assert tabs.client.request("GET", "/r/done").data_page == "nothing-here"
