"""The first page of a round shows what was decided, and stays small for a cheap phone however long the texts are."""

from dataclasses import replace

import pytest
from flask import Flask

from app.actions import service
from app.staff import accounts
from app.web.i18n import LANGUAGES
from tests.actions.entries import ENTRY
from tests.conftest import TinySurvey
from tests.respond.test_who_reads import MOST_BYTES, started

LONGEST = {"en": "x", "zh-Hant": "話"}


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_longest_texts_fit(app: Flask, tiny: TinySurvey, tag: str) -> None:
    number = accounts.create_user("one@example.org", "evaluator", password="maple-orbit-candle-river")
    sign = LONGEST.get(tag, "ї")
    for audience in ("family", "family", "family", "staff"):
        entry = replace(ENTRY, audiences=(audience,), said=audience + "x " * 147, did="x " * 250)
        action = service.add(accounts.get_user(number), entry)
        if tag != "en":
            said, did = (sign * (most * 3 // 2) for most in (service.MAX_SAID, service.MAX_DID))
            english = service.english_of(service.get_action(action))
            service.save_text(action, tag, english=english, said=audience + said, did=did, why_not="")
    _client, page = started(app, tiny, tag)
    html = page.body.decode()
    assert (html.count("<p><b>"), html.count("familyx" if tag == "en" else f"family{sign}")) == (4, 2)
    assert "staffx" not in html
    assert len(page.body) < MOST_BYTES
