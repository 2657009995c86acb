"""Who reads own words, from when, and what follows from words about harm is said before anybody writes."""

import datetime as dt

import pytest
from babel.dates import format_date
from flask import Flask

from app.models.surveys import Wave
from app.storage import db
from app.surveys import service as surveys
from app.surveys import waves
from app.web.i18n import LANGUAGES
from tests.conftest import MONTH, TODAY, TinySurvey, begin_wave
from tests.security.test_role_matrix import client_of
from tests.support.client import Seen, StrictClient, browser
from tests.support.http_journey import enter_code, hidden, walk_to_check

READING_DAY = TODAY + MONTH
SAID = {
    "en": ("safeguarding lead", "being harmed, they pass it on", "cannot see who wrote it", "few people answer"),
    "pl": ("safeguarding lead", "krzywda, przekazują to dalej", "Nie widzą, kto to napisał", "tylko kilka osób"),
    "ur": ("safeguarding lead", "آگے پہنچاتے ہیں", "نظر نہیں آتا کہ یہ کس نے لکھا", "صرف چند لوگ"),
    "ar": ("safeguarding lead", "يبلّغون عن ذلك", "لا يرون مَن كتب", "عدد قليل من الناس"),
    "uk": ("safeguarding lead", "передають це далі", "не бачать, хто це написав", "лише кілька людей"),
    "zh-Hant": ("safeguarding lead", "轉告有關人員", "看不到是誰寫的", "只有很少人回答"),
}
"""How each language says it, written down apart from the catalogues."""
QUOTED = {
    "en": ("We may quote what you write", "It is deleted if you delete your answers"),
    "pl": ("Możemy zacytować to, co napiszesz", "Zostanie usunięta, jeśli usuniesz"),
    "ur": ("نقل کر کے دکھا سکتے ہیں", "اسے بھی مٹا دیا جاتا ہے"),
    "ar": ("قد نقتبس مما تكتبه", "وتُحذف إذا حذفت إجاباتك"),
    "uk": ("Ми можемо процитувати те, що ви напишете", "Її буде видалено, якщо ви видалите"),
    "zh-Hant": ("我們可能會引用你寫的話", "這個版本也會刪除"),
}
"""That words may be quoted, and how long a quote is kept; the second stands on "What we keep" only."""
FEW = 3
"""The last sentence stands on the start page, on paper and on \"What we keep\"."""
MOST_BYTES = 15_000


def settle(words: str | None) -> None:
    """Make the open wave one whose own words are read, left out, or asked for before anybody read them."""
    with db.writing() as session:
        session.get_one(Wave, "family-1").words = words


def day_in(tag: str, day: dt.date = READING_DAY) -> str:
    """Return a day as pages write it."""
    return " ".join(format_date(day, "long", LANGUAGES[tag].babel).split())


def started(app: Flask, tiny: TinySurvey, tag: str) -> tuple[StrictClient, Seen]:
    """Return a browser with a language, at the start page of the survey."""
    client = browser(app)
    client.request("GET", f"/language/{tag}")
    page = enter_code(client, tiny.codes(30)[0])
    assert isinstance(page, Seen)
    return client, page


def at_words(client: StrictClient, start: Seen) -> Seen:
    """Go on to the page with the text box."""
    client.post("/r/start", hidden(start))
    return client.request("GET", "/r/page/2")


@pytest.mark.parametrize("tag", LANGUAGES)
def test_start_and_text_pages_say_who_reads_from_when_and_what_about_harm(
    app: Flask, tiny: TinySurvey, tag: str
) -> None:
    client, start = started(app, tiny, tag)
    page = at_words(client, start)
    for seen, said in ((start, (*SAID[tag], QUOTED[tag][0])), (page, SAID[tag][:FEW])):
        assert [words for words in (*said, day_in(tag)) if words not in seen.words] == []
        assert seen.find("html").get("dir") == ("rtl" if tag in ("ur", "ar") else "ltr")
        assert len(seen.body) < MOST_BYTES
    box = page.find("textarea")
    hint = next(p for p in page.tree.iter("p") if p.get("id") == box.get("aria-describedby"))
    assert SAID[tag][0] in "".join(hint.itertext()), "it is read out with the text box"


@pytest.mark.parametrize("tag", LANGUAGES)
def test_paper_says_it_too(app: Flask, tag: str) -> None:
    path = surveys.SHIPPED / "young.json"
    surveys.import_questionnaire(path.read_text(encoding="utf-8"), path.name)
    begin_wave("young")
    paper = client_of(app, "viewer").request("GET", f"/staff/paper/young-1?language={tag}")
    assert [words for words in (*SAID[tag], QUOTED[tag][0], day_in(tag)) if words not in paper.words] == []


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("path", ["/privacy", "/privacy/young"])
def test_what_we_keep_says_it_with_the_period(app: Flask, tiny: TinySurvey, path: str, tag: str) -> None:
    client = browser(app)
    client.request("GET", f"/language/{tag}")
    page = client.request("GET", path)
    said = [*SAID[tag], day_in(tag)] if path == "/privacy" else SAID[tag][:FEW]
    assert [words for words in (*said, *QUOTED[tag], "90 ") if words not in page.words] == []
    assert len(page.find("ul", data_list="kept").findall("li")) == (8 if path == "/privacy" else 6)
    settle("left out")
    assert SAID[tag][0] not in client.request("GET", path).words


def test_what_we_keep_tells_earlier_rounds_apart(app: Flask, tiny: TinySurvey) -> None:
    settle(None)
    before = browser(app).request("GET", "/privacy").words
    assert ("It is kept permanently, apart from your other answers" in before, "90 days" in before) == (True, False)
    tiny.close_wave()
    tiny.open_wave()
    for path in ("/privacy", "/privacy/young"):
        now = browser(app).request("GET", path).words
        assert "What people wrote in earlier rounds" in now
        assert "90 days after all of it was read" in now
        assert "They read what people wrote only without names and other details." in now
    assert "and quotes without names" in browser(app).request("GET", "/who-sees-what").words


def test_nobody_is_said_to_see_quotes_where_nobody_reads(app: Flask, tiny: TinySurvey) -> None:
    settle(None)
    for path in ("/privacy", "/who-sees-what"):
        page = browser(app).request("GET", path).words
        assert ("see nothing else" in page, "quote" in page) == (True, False)


@pytest.mark.parametrize("words", [None, "left out"])
def test_nothing_is_promised_where_nobody_reads(app: Flask, tiny: TinySurvey, words: str | None) -> None:
    settle(words)
    client, start = started(app, tiny, "en")
    assert "safeguarding" not in start.words
    assert "Reading starts" not in start.words
    page = at_words(client, start)
    if words is None:
        assert (page.status, "safeguarding" in page.words) == (200, False)
        assert page.find("textarea") is not None
    else:
        assert page.status == 404, "the page had no other question"
    paper = client_of(app, "viewer").request("GET", "/staff/paper/family-1")
    assert ("What should we do better?" in paper.words) is (words is None)
    assert "safeguarding" not in paper.words


def test_a_journey_without_own_words_ends_and_its_letter_is_opened(app: Flask, tiny: TinySurvey) -> None:
    settle("left out")
    client = browser(app)
    check = walk_to_check(client, tiny.codes(30)[0])
    assert [e.get("class") for e in check.tree.iter("dt")] == [None, None], "two questions are left"
    assert client.post("/r/check", hidden(check)).data_page == "done"
    tiny.close_wave()
    assert waves.shown_turnout() == {"family-1": 0}
