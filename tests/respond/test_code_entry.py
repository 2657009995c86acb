"""Typing a code: slips are named and keep what was typed; every code that opens nothing looks the same."""

import datetime as dt
import json
from urllib.parse import parse_qs

import pytest
from flask import Flask

from app.cards import service as cards
from app.core.codes import make_code, print_code
from app.core.keys import card_tag
from app.counting import opener
from app.models.cards import VoidCard
from app.models.surveys import Wave
from app.storage import db, keyring
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import TODAY, TinySurvey
from tests.support.builders import tiny_document
from tests.support.client import Seen, browser, contents, press
from tests.support.http_journey import enter_code, hidden, walk


def typed(app: Flask, text: str, **changes: str) -> Seen:
    """Type something into the code box of a fresh browser."""
    client = browser(app, **changes)
    return press(client, client.get("/c"), code=text)


def void_code(survey: TinySurvey) -> str:
    """Return the code of a card that was lost."""
    code = survey.codes(30, "lost")[0]
    with db.writing() as session:
        session.add(VoidCard(tag=card_tag(keyring.card_key(survey.slug), survey.slug, code)))
    return code


def closed_code() -> str:
    """Return a code of a survey whose wave is closed."""
    survey = TinySurvey("young")
    code = survey.codes(30)[0]
    survey.close_wave()
    return code


def future_code() -> str:
    """Return a code of a survey whose wave is open by name and begins next month."""
    slug = surveys.import_questionnaire(json.dumps(tiny_document(survey="school")), "tiny.json")
    month = dt.timedelta(days=30)
    wave, _request = waves.create_wave(slug, TODAY + month, TODAY + 2 * month)
    opener.answer_requests()
    with db.writing() as session:
        session.get_one(Wave, wave).state = "open"  # an older program could open it before its first day
    return cards.issue_cards(slug, batch="early", locality="north", channel="visit", count=30).codes[0]


def waveless_code() -> str:
    """Return a code of a survey that has no wave yet."""
    slug = surveys.import_questionnaire(json.dumps(tiny_document(survey="partner")), "tiny.json")
    return cards.issue_cards(slug, batch="early", locality="north", channel="visit", count=30).codes[0]


@pytest.mark.parametrize("language", ["en", "ur"])
def test_code_that_opens_nothing_gives_one_page(app: Flask, tiny: TinySurvey, language: str) -> None:
    codes = {
        "unknown": make_code(),
        "void": void_code(tiny),
        "closed": closed_code(),
        "future": future_code(),
        "no wave": waveless_code(),
    }
    before = contents()

    pages = {name: typed(app, code, language=language) for name, code in codes.items()}

    assert {(page.status, page.data_page) for page in pages.values()} == {(422, "code-refused")}
    assert len({page.body_without_tokens for page in pages.values()}) == 1
    assert (
        len({tuple(sorted((k, v) for k, v in page.headers.items() if k != "set-cookie")) for page in pages.values()})
        == 1
    )
    assert pages["void"].find("html").get("lang") == language
    assert contents() == before, "no draft is begun"


def test_code_that_opens_something_is_not_refused(app: Flask, tiny: TinySurvey) -> None:
    assert typed(app, tiny.codes(30)[0]).headers["location"] == "/r/start"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Enter the 15 digits"),
        ("   ", "Enter the 15 digits"),
        ("372 915", "Count them again"),
        ("372 915 048 266 517 1", "Count them again"),
        ("372 915 048 266 51x", "no letters"),
        ("000 000 000 000 001", "may be swapped"),
        ('"><script>alert(1)</script>', "no letters"),
    ],
)
def test_slip_in_a_code_is_named_and_keeps_what_was_typed(app: Flask, text: str, sentence: str) -> None:
    page = typed(app, text)

    assert (page.status, page.title[:7]) == (422, "Error: ")
    assert page.find("input", id="code").get("value") == text
    assert sentence in page.words
    links = [a.get("href") for a in page.find("div", id="error-summary").iter("a")]
    assert links == ["#code"]
    assert page.find("input", id="code").get("aria-describedby") == "code-hint code-error"


@pytest.mark.parametrize("language", ["pl", "ur", "ar", "uk", "zh-Hant"])
def test_slip_in_a_code_is_named_in_the_language_of_the_person(app: Flask, language: str) -> None:
    page = typed(app, "372", language=language)

    assert page.find("html").get("lang") == language
    assert not page.title.startswith("Error: ")
    assert "Count them again" not in page.words


@pytest.mark.parametrize("change", [print_code, lambda c: c.replace("0", "O").replace("1", "l"), lambda c: "-".join(c)])
def test_code_is_read_however_it_is_typed(app: Flask, tiny: TinySurvey, change) -> None:
    assert typed(app, change(tiny.codes(30)[0])).status == 303


def test_code_in_arabic_digits_is_read(app: Flask, tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0].translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))

    assert typed(app, code).status == 303


def test_used_and_unused_code_cannot_be_distinguished(app: Flask, tiny: TinySurvey) -> None:
    used, unused = tiny.codes(30)[:2]
    walk(browser(app), used)
    seen = []
    for code in (used, unused):
        client = browser(app)
        answer = press(client, client.get("/c"), code=code)
        start, page = client.get("/r/start"), client.get("/r/page/1")
        assert isinstance(start, Seen)
        assert isinstance(page, Seen)
        cookie = client.cookie() or ""
        seen.append((answer.status, answer.headers, start.body_without_tokens, page.body_without_tokens, len(cookie)))

    for _status, headers, *_others in seen:
        headers.pop("set-cookie", None)
    assert seen[0] == seen[1]
    assert seen[0][0] == 303


def test_code_page_is_a_form_whatever_the_cookie_holds(app: Flask, tiny: TinySurvey) -> None:
    client = browser(app)
    enter_code(client, tiny.codes(30)[0])

    page = client.get("/c")

    assert page.find("input", id="code").get("value") == ""
    assert (page.find("input", id="code").get("inputmode"), page.find("input", id="code").get("dir")) == (
        "numeric",
        "ltr",
    )


def test_next_code_on_the_same_phone_shows_nothing_of_the_first_journey(app: Flask, tiny: TinySurvey) -> None:
    first, second = tiny.codes(30)[:2]
    client = browser(app)
    enter_code(client, first)
    press(client, client.get("/r/page/1"), heard="4")

    for code in (second, first):
        enter_code(client, code)
        page = client.get("/r/page/1")
        assert isinstance(page, Seen)
        assert page.chosen() == []


@pytest.mark.parametrize(
    "address",
    [
        *["/C", "/c/", "/c.", "/C/", "/c,", "/c)", "/c%20", "/c...", "/c%23", "/c%E2%80%A6", "/C?utm=x"],
        *["/c%23CODE", "/C%23CODE", "/c/CODE", "/c/%23CODE", "/cCODE", "/c%2523CODE", "/c:CODE"],
    ],
)
def test_odd_address_of_the_code_form_leads_to_it_without_the_code(
    app: Flask, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    code = make_code()
    caplog.set_level("DEBUG")

    answer = browser(app).request("GET", address.replace("CODE", code))

    assert answer.status in (303, 308)
    assert answer.headers["location"].removeprefix("http://localhost") == "/c"
    assert code not in answer.body.decode() + caplog.text


@pytest.mark.parametrize(
    ("address", "place"),
    [("/Results", "/results"), ("/results/", "/results"), ("/privacy.", "/privacy"), ("/Come-Back", "/come-back")],
)
def test_odd_address_of_another_public_page_leads_to_it(app: Flask, address: str, place: str) -> None:
    assert browser(app).request("GET", address).headers["location"] == place


@pytest.mark.parametrize("address", ["/codes", "/cx", "/Staff/keys", "/STAFF/", "/staff/keys.", "/nothing.", "/c.php"])
def test_address_that_means_no_public_page_is_not_there(app: Flask, address: str) -> None:
    assert browser(app).request("GET", address).status in (303, 404)
    assert browser(app).request("GET", address).headers.get("location", "") in ("", "/staff/sign-in")


def test_nothing_is_sent_to_an_odd_address(app: Flask) -> None:
    client = browser(app)

    assert client.request("POST", "/C", hidden(client.request("GET", "/c"))).status == 404


@pytest.mark.parametrize("language", ["en", "pl", "ur", "ar", "uk", "zh-Hant"])
def test_our_own_message_can_be_pasted_into_every_box_for_a_code(app: Flask, tiny: TinySurvey, language: str) -> None:
    code, client = tiny.codes(30)[0], browser(app, language=language)
    start = enter_code(client, code)
    kept = client.request("POST", "/keep-my-code", hidden(start))
    mail = next(a.get("href") for a in kept.tree.iter("a") if a.get("href", "").startswith("mailto:"))
    fields = parse_qs(mail.partition("?")[2])
    message = f"Fwd: {fields['subject'][0]}\n{fields['body'][0]}"

    assert typed(app, message).headers["location"] == "/r/start"
    assert typed(app, message.replace("\n", "")).headers["location"] == "/r/start", "a browser joins the lines"
    other = browser(app)
    assert press(other, other.get("/delete-my-answers"), code=message).data_page == "deletion-asked"
    assert "no saved answers" in press(other, other.get("/come-back"), code=message, pin="4711").words


def test_a_long_message_is_searched_and_kept_when_there_is_no_code_in_it(app: Flask, tiny: TinySurvey) -> None:
    words = "Hello, this is the card from the family centre. " * 6

    assert typed(app, words + print_code(tiny.codes(30)[0])).headers["location"] == "/r/start"
    page = typed(app, words)
    assert (page.status, page.find("input", id="code").get("value")) == (422, words)
