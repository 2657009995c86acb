"""What pages tell people of what is kept: every item with its period, in every language; the rest in privacy.md."""

import pytest
from flask import Flask

from app.web.i18n import LANGUAGES
from tests.support.client import Seen, browser

WEEKS, GOOD, ROUND_KEYS, SURVEY_KEYS, DAYS = range(5)
KEPT = [
    *[("draft", WEEKS), ("saved draft", WEEKS), ("sent answers", GOOD), ("own words", GOOD)],
    *[("spent mark", ROUND_KEYS), ("mark of a card", SURVEY_KEYS), ("published numbers", GOOD), ("backups", DAYS)],
]
KEPT_EASY = [
    *[("drafts", WEEKS), ("sent answers and words", GOOD), ("marks", SURVEY_KEYS), ("published numbers", GOOD)],
    ("backups", DAYS),
]
WORDS = {
    "en": ("two to three weeks", "permanently", "round's keys", "survey's keys", "30 days"),
    "pl": ("dwóch–trzech tygodniach", "na stałe", "klucze rundy", "klucze ankiety", "30 dni"),
    "ur": ("دو سے تین ہفتوں", "ہمیشہ کے لیے", "راؤنڈ کی چابیاں", "سروے کی چابیاں", "30 دن"),
    "ar": ("أسبوعين إلى ثلاثة أسابيع", "بشكل دائم", "مفاتيح الجولة", "مفاتيح الاستبيان", "30 يومًا"),
    "uk": ("два-три тижні", "назавжди", "ключі раунду", "ключі опитування", "30 днів"),
    "zh-Hant": ("兩至三個星期", "永久", "那一輪的鎖匙", "這份問卷的鎖匙", "30 天"),
}
"""How each language says the five periods, written down apart from the catalogues."""


def in_language(app: Flask, tag: str, path: str) -> Seen:
    """Return a page as somebody sees it who chose a language."""
    client = browser(app)
    client.request("GET", f"/language/{tag}")
    return client.request("GET", path)


def kept(page: Seen) -> list[str]:
    """Return the items of the page's list of what is kept."""
    return ["".join(item.itertext()) for item in page.find("ul", data_list="kept").iter("li")]


@pytest.mark.parametrize(("path", "promised"), [("/privacy", KEPT), ("/privacy/young", KEPT_EASY)])
@pytest.mark.parametrize("tag", LANGUAGES)
def test_every_item_has_its_period_in_every_language(
    app: Flask, tag: str, path: str, promised: list[tuple[str, int]]
) -> None:
    page, english = (in_language(app, language, path) for language in (tag, "en"))
    html = page.find("html")
    assert (html.get("lang"), html.get("dir")) == (tag, "rtl" if tag in ("ur", "ar") else "ltr")
    items = kept(page)
    assert len(items) == len(promised)
    missing = [
        what for (what, period), item in zip(promised, items, strict=True) if WORDS[tag][period] not in item.lower()
    ]
    assert missing == []
    if tag != "en":
        assert set(items) & set(kept(english)) == set(), "shown in English"


@pytest.mark.parametrize("path", ["/privacy", "/privacy/young", "/delete-my-answers"])
@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_last_day_to_delete_answers_stands_beside_it(app: Flask, tag: str, path: str) -> None:
    page, english = (in_language(app, language, path) for language in (tag, "en"))
    of_keys = {"en": "keys", "pl": "kluc", "ur": "چابیاں", "ar": "مفاتيح", "uk": "ключі", "zh-Hant": "鎖匙"}[tag]

    def lines_with(seen: Seen, words: str) -> list[str]:
        return [text for p in seen.find("main").iter("p") if words in (text := "".join(p.itertext()))]

    assert len(lines_with(page, of_keys)) == 1
    assert tag == "en" or lines_with(page, of_keys) != lines_with(english, "keys")
