"""What published rounds say about an action: before, after, and whether it is felt."""

import json
from dataclasses import replace

import pytest
from flask import current_app

from app.actions import service
from app.actions.judging import Judgement, judge_all
from app.models.staff import StaffUser
from app.results import service as releases
from app.staff import accounts
from app.surveys import service as surveys
from tests.actions.entries import ENTRY
from tests.conftest import TinySurvey
from tests.results.test_releases import answer, publish
from tests.support.builders import tiny_document


@pytest.fixture
def person(tiny: TinySurvey) -> StaffUser:
    """An evaluator."""
    return accounts.get_user(accounts.create_user("one@example.org", "evaluator", password="maple-orbit-candle-river"))


def hold_round(tiny: TinySurvey, agreeing: int) -> None:
    """Hold a round in which so many of 60 people agree, and publish it."""
    codes = tiny.codes(60, f"batch {agreeing} {len(releases.list_published('family'))}")[:60]
    answer(codes[:agreeing], heard="5")
    answer(codes[agreeing:], heard="1")
    publish(tiny)


def judged(person: StaffUser, state: str = "done", question: str = "heard") -> Judgement | None:
    """Return what is said about an action that rests on the first round."""
    number = service.add(person, replace(ENTRY, state=state, wave_id="family-1", question=question))
    with current_app.test_request_context("/"):
        return judge_all(service.list_public("en"), "en").get(number)


def test_before_the_next_round_there_is_a_before_only(tiny: TinySurvey, person: StaffUser) -> None:
    hold_round(tiny, 15)
    found = judged(person)
    assert found is not None
    assert (found.word, found.is_felt) == ("", True)
    assert _plain(found) == "About 25% agree. We will look at it again when the next round is published."
    assert judged(person, question="nothing") is None


@pytest.mark.parametrize(
    ("after", "word", "kind", "sentence", "is_felt"),
    [
        (50, "Rose", "rose", "From about 25% to about 83%.", True),
        (15, "No clear change", "no_clear_change", "From about 25% to about 25%.", False),
        (2, "Fell", "fell", "From about 25% to almost none.", False),
    ],
)
def test_after_the_next_round_the_card_says_what_its_results_page_says(
    tiny: TinySurvey, person: StaffUser, *, after: int, word: str, kind: str, sentence: str, is_felt: bool
) -> None:
    hold_round(tiny, 15)
    tiny.open_wave()
    hold_round(tiny, after)
    found = judged(person)
    assert found is not None
    assert (found.word, found.kind, _plain(found), found.is_felt) == (word, kind, sentence, is_felt)
    under_way = judged(person, state="under way")
    assert under_way is not None
    assert under_way.is_felt, "what is not done cannot be felt yet"


def test_a_question_in_other_words_is_not_compared(tiny: TinySurvey, person: StaffUser) -> None:
    hold_round(tiny, 15)
    document = tiny_document()
    document["version"] = "2"
    document["texts"]["en"]["heard"] = "Somebody listened to me."
    surveys.import_questionnaire(json.dumps(document), "new.json")
    tiny.open_wave()
    hold_round(tiny, 50)
    found = judged(person)
    assert found is not None
    assert (found.word, found.sentence) == (
        "",
        "This question was not asked again in the same words, so we cannot say whether it changed.",
    )
    assert found.question.value != "Somebody listened to me.", "the words that were asked before"


def _plain(found: Judgement) -> str:
    """Return the sentence without the marks that isolate its numbers."""
    return found.sentence.replace("\u2066", "").replace("\u2069", "")
