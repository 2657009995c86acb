"""The page of a round at the edges: few answers, none, one round, many rounds, and rounds that cannot be compared."""

import dataclasses
import datetime as dt
import json
import re

import pytest
from flask import Flask

from app.core.documents import read_stored
from app.core.results import published
from app.core.results.disclosure import protect
from app.core.results.published import Facts
from app.core.results.tally import ClosedWave, Record
from app.home import gallery_views as example
from app.models.surveys import StoredQuestionnaire, Wave
from app.results.page import ResultsPage
from app.results.service import PublishedWave
from app.results.views import results_body

DOCUMENT = example._wave(1).questionnaire.document


def a_round(number: int, codes: list[str], *, document: str = DOCUMENT, population: int | None = 400) -> PublishedWave:
    """Publish a round whose people give these answers to the first question, in turn."""
    stored = StoredQuestionnaire(survey_slug="family", version="1", document=document)
    wave = Wave(id=f"family-{number}", survey_slug="family", number=number, questionnaire=stored)
    day = dt.date(2026, 1, 1) + dt.timedelta(days=30 * number)
    wave.opens_on = wave.closes_on = wave.public_on = day
    facts = Facts(number, day.isoformat(), day.isoformat(), population, "Families with a plan")
    people = [Record(bytes([number, n]), {}, {"fam_listen": code}) for n, code in enumerate(codes)]
    release = protect(ClosedWave(wave.id, read_stored(document), people, facts=facts), breakdowns_allowed=False)
    return PublishedWave(wave, release, json.dumps(release.to_json()))


def words(app: Flask, rounds: list[PublishedWave], number: int | None = None, lang: str = "en") -> str:
    """Return the body of a round's page as text."""
    with app.test_request_context("/results/family"):
        page = ResultsPage(rounds, f"family-{number or len(rounds)}", names={}, lang=lang)
        html = str(results_body(page, 0))
    return re.sub(r"[\u2066\u2069]|<[^>]+>", "", re.sub(r"\s+", " ", html))


@pytest.mark.parametrize(
    ("people", "said", "unsaid"),
    [
        (0, "Fewer than 10 people answered, so we do not show this.", "took part"),
        (9, "Fewer than 10 people answered, so we do not show this.", "took part"),
        (10, "Fewer than 30 people answered. That is too few to say what stands out.", "Likely range"),
        (29, "About 30 people took part", "nearly all agree"),
        (30, "This is the first round with results", "Fewer than 30 people answered. That"),
        (49, "About 50 people took part", "had taken part"),
        (50, "About 50 people took part", "Fewer than 30"),
    ],
)
def test_rounds_of_every_size_say_in_words_what_is_so(app: Flask, people: int, said: str, unsaid: str) -> None:
    text = words(app, [a_round(1, (["5", "4", "1"] * 17)[:people])])
    assert said in text
    assert unsaid not in text.split("How the numbers were made")[0]


def test_the_rate_is_of_published_numbers(app: Flask) -> None:
    assert "13% of the 400 who could" in words(app, [a_round(1, ["5", "1"] * 26)])
    assert "We do not know how many people could take part" in words(app, [a_round(1, ["5"] * 40, population=None)])
    assert "We do not know how many people" in words(app, [a_round(1, ["5"] * 40, population=20)]), "a wrong headcount"


def test_a_question_that_all_skipped_says_so(app: Flask) -> None:
    text = words(app, [a_round(1, ["-9"] * 40)])
    assert "No single question stands out." in text
    assert "Too few people answered this question." in text


def test_all_alike_is_nearly_all_and_never_100_percent(app: Flask) -> None:
    text = words(app, [a_round(1, ["5"] * 60), a_round(2, ["5"] * 60)])
    assert "Nearly all agree." in text
    assert "100%" not in text


def test_the_first_round_of_two_is_not_compared_with_the_second(app: Flask) -> None:
    rounds = [a_round(1, ["5"] * 30 + ["1"] * 60), a_round(2, ["5"] * 80 + ["1"] * 20)]
    first, second = words(app, rounds, 1), words(app, rounds, 2)
    assert "This is the first round with results" in first
    assert "From about 33% to about 80%." in second
    assert "Rose" in second


def test_reworded_questions_show_both_wordings_and_no_change(app: Flask) -> None:
    raw = json.loads(DOCUMENT)
    raw["texts"]["en"]["fam_listen"] = "They listen to us."
    rounds = [a_round(1, ["5"] * 30 + ["1"] * 65), a_round(2, ["5"] * 85 + ["1"] * 20, document=json.dumps(raw))]
    text = words(app, rounds)
    assert "No question was asked in the same words in the round before" in text
    assert "The people working with us listen to what I say." in text.split("Wording")[1]
    assert "Rose" not in text


def test_forty_rounds_have_one_trend_that_breaks_where_the_wording_changed(app: Flask) -> None:
    raw = json.loads(DOCUMENT)
    raw["texts"]["en"]["fam_listen"] = "They listen to us."
    rounds = [
        a_round(n, ["5"] * (40 + n) + ["1"] * 40, document=DOCUMENT if n <= 20 else json.dumps(raw))
        for n in range(1, 41)
    ]
    with app.test_request_context("/results/family"):
        page = ResultsPage(rounds, "family-40", names={}, lang="en")
        trend = page.trend("fam_listen")
        body = str(results_body(page, 0))
    assert trend is not None
    assert [len(run) for run in trend.runs] == [20, 20]
    assert body.count('class="break"') == 1
    assert len(body) < 40_000


def test_a_release_of_the_older_format_is_shown_with_the_dates_of_its_round(app: Flask) -> None:
    one = a_round(1, ["5"] * 30 + ["1"] * 30)
    old = dataclasses.replace(one, published=dataclasses.replace(one.published, facts=None, seal=published.SEAL))
    text = words(app, [old])
    assert "31 January 2026" in text
    assert "We do not know how many people could take part" in text


@pytest.mark.parametrize("lang", ["ur", "zh-Hant"])
def test_the_page_is_drawn_in_other_languages(app: Flask, lang: str) -> None:
    rounds = [a_round(1, ["5"] * 30 + ["1"] * 60), a_round(2, ["5"] * 80 + ["1"] * 20)]
    assert "80%" in words(app, rounds, lang=lang)
