"""The respondent's pages from the code to the thank-you, and what is there when somebody goes back."""

import datetime as dt

import pytest
from flask import Flask

from app.storage import clock
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.support.client import StrictClient, browser, contents, press
from tests.support.http_journey import enter_code, first_answers, hidden, walk, walk_to_check


@pytest.fixture
def code(tiny: TinySurvey) -> str:
    """A card's code."""
    return tiny.codes(30)[0]


@pytest.fixture
def visitor(app: Flask) -> StrictClient:
    """A browser that has seen nothing yet."""
    return browser(app)


@pytest.fixture
def under_way(visitor: StrictClient, code: str) -> StrictClient:
    """A browser whose person has entered a code."""
    enter_code(visitor, code)
    return visitor


def answered(client: StrictClient, number: int, **answers: str) -> None:
    """Answer a page and go on."""
    page = client.get(f"/r/page/{number}")
    assert press(client, page, **answers).status == 303


def test_journey_from_the_code_to_the_thank_you(visitor: StrictClient, code: str) -> None:
    page = walk(visitor, code)

    assert (page.data_page, page.url) == ("done", "http://localhost/r/done")
    assert {name: len(rows) for name, rows in contents().items() if name in ("letter", "spent", "draft")} == {
        "letter": 1,
        "spent": 1,
        "draft": 0,
    }


def test_start_page_leads_to_the_first_page(under_way: StrictClient) -> None:
    answer = press(under_way, under_way.get("/r/start"))

    assert (answer.status, answer.headers["location"]) == (303, "/r/page/1")


def test_back_shows_earlier_answers(under_way: StrictClient) -> None:
    answered(under_way, 1, heard="4", role="carer")

    assert under_way.get("/r/page/2").ways("Back") == ["/r/page/1"]
    first = under_way.get("/r/page/1")
    assert sorted(first.chosen()) == [("heard", "4"), ("role", "carer")]
    assert first.ways("Back") == ["/r/start"]


def test_skip_goes_on_and_drops_the_answers_of_the_page(under_way: StrictClient) -> None:
    answered(under_way, 1, heard="4", role="carer")

    answer = press(under_way, under_way.get("/r/page/1"), "skip", heard="2", role="parent")

    assert (answer.status, answer.headers["location"]) == (303, "/r/page/2")
    assert under_way.get("/r/page/1").chosen() == []


def test_continue_without_an_answer_goes_on(under_way: StrictClient) -> None:
    assert press(under_way, under_way.get("/r/page/1")).headers["location"] == "/r/page/2"
    assert press(under_way, under_way.get("/r/page/2"), words="").headers["location"] == "/r/check"
    assert under_way.get("/r/check").words.count("Not answered") == 3


@pytest.mark.parametrize(
    ("number", "answers", "target"),
    [
        (1, {"heard": "9", "role": "parent"}, "heard-0"),
        (1, {"heard": ["1", "2"], "role": "parent"}, "heard-0"),
        (2, {"words": "x" * 201}, "words"),
    ],
    ids=["unknown answer", "two answers", "too long"],
)
def test_invalid_answers_show_an_error_summary(
    under_way: StrictClient, number: int, answers: dict[str, str | list[str]], target: str
) -> None:
    answer = press(under_way, under_way.get(f"/r/page/{number}"), **answers)

    assert answer.status == 422
    assert answer.title.startswith("Error: ")
    summary = answer.find("div", id="error-summary")
    links = [link.get("href") for link in summary.iter("a")]
    assert links == [f"#{target}"]
    assert any(e.get("id") == target and e.tag in ("input", "textarea") for e in answer.tree.iter())
    assert (summary.get("role"), summary.get("tabindex")) == ("alert", "-1")


def test_invalid_answers_keep_what_was_typed_and_chosen(under_way: StrictClient) -> None:
    long = "a<b 5>4\nzweite Zeile " + "x" * 200
    answer = press(under_way, under_way.get("/r/page/2"), words=long)
    assert answer.chosen() == [("words", long)]

    answer = press(under_way, under_way.get("/r/page/1"), heard="9", role="carer")
    assert answer.chosen() == [("role", "carer")]
    assert under_way.get("/r/page/1").chosen() == [("role", "carer")], "what was right is kept"


@pytest.mark.parametrize("seen", [(), (1,), (2,)], ids=["no page", "the first page only", "the last page only"])
def test_check_page_before_every_page_was_seen_is_no_fault(under_way: StrictClient, seen: tuple[int, ...]) -> None:
    for number in seen:
        answered(under_way, number)

    assert under_way.request("GET", "/r/check").status in (200, 303)


def test_check_page_after_clearing_is_no_fault(visitor: StrictClient, code: str) -> None:
    press(visitor, walk_to_check(visitor, code), "clear")

    assert visitor.request("GET", "/r/check").status in (200, 303), "the browser's Back leads here"


def test_change_link_returns_to_the_check_page(visitor: StrictClient, code: str) -> None:
    check = walk_to_check(visitor, code)
    assert check.ways("Change") == ["/r/page/1?back=check"] * 2 + ["/r/page/2?back=check"]

    page = visitor.get("/r/page/1?back=check")
    answer = press(visitor, page, heard="1", role="carer")

    assert answer.headers["location"] == "/r/check"
    assert "Disagree a lot" in visitor.get("/r/check").words


def test_change_link_keeps_its_way_back_over_a_language_switch(visitor: StrictClient, code: str) -> None:
    walk_to_check(visitor, code)

    answer = press(visitor, visitor.get("/r/page/1?back=check"), "lang:ur", heard="1")

    assert answer.headers["location"] == "/r/page/1?back=check"


@pytest.mark.parametrize("path", ["/r/page/2", "/r/check"])
def test_clear_takes_every_answer_away(visitor: StrictClient, code: str, path: str) -> None:
    walk_to_check(visitor, code)

    answer = press(visitor, visitor.get(path), "clear")

    assert (answer.status, answer.headers["location"]) == (303, "/r/start")
    assert [visitor.get(f"/r/page/{number}").chosen() for number in (1, 2)] == [[], []]
    assert walk(visitor, code).data_page == "done", "the code is not spent"


def test_leave_clears_the_cookie_and_writes_nothing(under_way: StrictClient) -> None:
    answered(under_way, 1, heard="4")
    before = contents()

    answer = under_way.request("GET", "/leave")

    assert (answer.status, answer.headers["location"]) == (303, "https://www.bbc.co.uk/weather")
    assert '"storage"' in answer.headers["clear-site-data"]
    assert under_way.cookie() is None
    assert contents() == before
    assert under_way.get("/r/page/1").data_page == "nothing-here"


def test_language_button_keeps_answers_just_chosen(under_way: StrictClient) -> None:
    answer = press(under_way, under_way.get("/r/page/1"), "lang:ur", heard="2", role="carer")

    assert answer.headers["location"] == "/r/page/1"
    page = under_way.get("/r/page/1")
    assert (page.find("html").get("lang"), page.find("html").get("dir")) == ("ur", "rtl")
    assert sorted(page.chosen()) == [("heard", "2"), ("role", "carer")]


def test_language_button_keeps_a_text_that_is_too_long(under_way: StrictClient) -> None:
    answer = press(under_way, under_way.get("/r/page/2"), "lang:ur", words="x" * 201)

    assert (answer.status, answer.find("html").get("lang")) == (422, "ur")
    assert answer.chosen() == [("words", "x" * 201)]


def test_language_that_is_none_of_ours_changes_nothing(under_way: StrictClient) -> None:
    press(under_way, under_way.get("/r/page/1"), "lang:xx", heard="2")

    assert under_way.get("/r/page/1").find("html").get("lang") == "en"


def test_page_that_is_not_on_the_way_is_not_there(under_way: StrictClient) -> None:
    for path in ("/r/page/0", "/r/page/3", "/r/page/99999999999999999999"):
        assert under_way.get(path).status == 404


@pytest.mark.parametrize("path", ["/r/start", "/r/page/1", "/r/page/2", "/r/check"])
def test_after_sending_no_answers_are_shown(visitor: StrictClient, code: str, path: str) -> None:
    check = walk_to_check(visitor, code)
    old = visitor.cookie()
    assert press(visitor, check).status == 303
    visitor.get("/r/done")

    for cookie in (None, old):
        if cookie:
            visitor.jar.set_cookie("r", cookie)
        page = visitor.get(path)
        assert (page.status, page.data_page, page.chosen()) == (404, "nothing-here", [])
        assert "canary" not in page.body.decode()


def test_same_press_of_send_ends_at_the_same_thank_you(visitor: StrictClient, code: str) -> None:
    check = walk_to_check(visitor, code)
    old = visitor.cookie() or ""
    first = press(visitor, check)
    again = press(visitor, check)
    visitor.jar.set_cookie("r", old)
    once_more = press(visitor, check)

    assert {a.headers["location"] for a in (first, again, once_more)} == {"/r/done"}
    assert len(contents()["letter"]) == 1


def test_repeated_send_without_any_cookie_ends_at_the_thank_you(app: Flask, visitor: StrictClient, code: str) -> None:
    check = walk_to_check(visitor, code)
    press(visitor, check)

    answer = press(browser(app), check)

    assert (answer.status, answer.headers["location"], len(contents()["letter"])) == (303, "/r/done", 1)


def test_used_card_is_refused_at_the_end_and_the_first_answers_stay(
    app: Flask, visitor: StrictClient, code: str
) -> None:
    walk(visitor, code)
    before = contents()
    other = browser(app)

    answer = press(other, walk_to_check(other, code))

    assert (answer.status, answer.data_page) == (409, "already-used")
    assert contents() == before
    assert other.get("/r/check").data_page == "nothing-here"


def test_wave_that_closes_in_the_middle_keeps_nothing(tiny: TinySurvey, visitor: StrictClient, code: str) -> None:
    check = walk_to_check(visitor, code)
    waves.close_wave(tiny.wave)

    answers = [press(visitor, check), visitor.get("/r/page/1"), visitor.get("/r/start")]

    assert {(a.status, a.data_page) for a in answers} == {(404, "nothing-here")}
    assert [contents()[name] for name in ("letter", "spent", "draft")] == [[], [], []]


def test_day_after_the_last_day_takes_nothing_though_nobody_closed_the_wave(
    visitor: StrictClient, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = walk_to_check(visitor, code)
    held = visitor.cookie() or ""
    later = dt.datetime.combine(TODAY + 2 * MONTH, dt.time(12), dt.UTC)
    monkeypatch.setattr(clock, "moment", lambda: later)

    for step in (lambda: press(visitor, check), lambda: visitor.get("/r/page/1"), lambda: visitor.get("/r/check")):
        visitor.jar.set_cookie("r", held)
        assert step().data_page == "nothing-here"
    assert enter_code(visitor, code).data_page == "code-refused"
    assert [contents()[name] for name in ("letter", "spent")] == [[], []]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_thank_you_is_byte_for_byte_the_same_for_everyone(app: Flask, tiny: TinySurvey, language: str) -> None:
    codes = tiny.codes(30)
    people = [browser(app, language=language) for _number in range(3)]
    pages = [walk(people[0], codes[0]), walk(people[1], codes[1], lambda page: [])]
    check = walk_to_check(people[2], codes[2])
    for _press in range(2):
        press(people[2], check)
    pages.append(people[2].get("/r/done"))

    assert len({page.body for page in pages}) == 1
    assert pages[0].find("html").get("lang") == language
    assert people[0].cookie() is None


def test_answers_of_one_person_stay_out_of_another_browser(app: Flask, tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    first, second = browser(app), browser(app)
    walk_to_check(first, codes[0])
    enter_code(second, codes[0])

    assert second.get("/r/page/1").chosen() == [], "the same code on another phone starts empty"
    assert first_answers(second.get("/r/page/1"))
    assert first.get("/r/page/1").chosen(), "and takes nothing away from the first"
    assert hidden(first.get("/r/page/1")) != hidden(second.get("/r/page/1"))
