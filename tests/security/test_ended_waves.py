"""A wave that has ended is counted once and released once, whatever a shell of the web process's user writes."""

import json
import random
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError

from app.cards import service as cards
from app.core import letters
from app.core.answers import Answer
from app.core.codes import make_code
from app.core.questionnaires import Questionnaire
from app.counting import deletion, ended, letterbox, opener, releasing
from app.models.answers import EndedWave, Response, SetAside
from app.models.fieldwork import ShownRates
from app.models.letters import Letter
from app.models.releases import Release
from app.models.surveys import Wave
from app.respond import deletion_requests, journeys
from app.results import service as releases
from app.storage import clock, db
from app.surveys import service as surveys
from app.surveys import waves
from config import Settings
from tests.conftest import TODAY, TinySurvey, begin_wave
from tests.counting.test_letterbox import send
from tests.support.homes import application
from tests.support.snapshots import filled

PARTNERS = Path("app/questionnaires/partner.json")
BANDS = ("positive", "neutral", "negative")
OTHERS = ("health", "police", "education")
OFTEN = ("weekly", "monthly", "less")
PEOPLE, FORGED = 220, 21


@dataclass(frozen=True)
class Round:
    """A round of partners that has ended, with one housing officer among many others, and what that one said."""

    settings: Settings
    wave: str
    document: Questionnaire
    said: dict[str, str]


def fill_in(document: Questionnaire, sector: str, often: str, bands: dict[str, str]) -> dict[str, Answer]:
    """Return answers in the bands that are given."""
    answers: dict[str, Answer] = {}
    for question in document.questions:
        if question.variable in ("par_sector", "par_freq"):
            answers[question.variable] = sector if question.variable == "par_sector" else often
        elif question.kind != "text":
            fitting = [o.code for o in question.options if o.band == bands[question.variable]]
            answers[question.variable] = (fitting or [o.code for o in question.options if o.band])[0]
    return answers


@pytest.fixture
def production(settings: Settings) -> Iterator[Settings]:
    """An installation in production."""
    changed = replace(settings, env="production", base_url="https://voice.example")
    with application(changed):
        yield changed


@pytest.fixture
def partners(production: Settings) -> Round:
    """A round that has ended and is not released."""
    wave, said = filled("a round of partners", answer_as_partners)
    return Round(production, wave, surveys.document_of(waves.get_wave(wave)), said)


def answer_as_partners() -> tuple[str, dict[str, str]]:
    """Let partners answer a round that closes, and return its name and what the one housing officer said."""
    chance = random.Random(5)
    slug = surveys.import_questionnaire(PARTNERS.read_text(), "partner.json")
    wave = begin_wave(slug)
    codes = cards.issue_cards(slug, batch="batch", locality="north", channel="visit", count=PEOPLE + 30).codes
    document = surveys.document_of(waves.get_wave(wave))

    def any_bands() -> dict[str, str]:
        return {question.variable: chance.choice(BANDS) for question in document.questions}

    def answer(code: str, answers: dict[str, Answer]) -> None:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        done = journeys.submit(journeys.save_page(journey, answers), journeys.new_submission_id())
        assert done is journeys.Outcome.SENT

    said = any_bands()
    answer(codes[0], fill_in(document, "housing", "weekly", said))
    for code in codes[1:PEOPLE]:
        answer(code, fill_in(document, chance.choice(OTHERS), chance.choice(OFTEN), any_bands()))
    waves.close_wave(wave)
    opener.answer_requests()
    return wave, said


def squeeze(round_: Round) -> None:
    """Do what a shell of the web process's user can: open the round again, add letters, have it released."""
    engine = db.make_engine(round_.settings.portal_url, "portal")

    def try_to(statement: str, **values: Any) -> None:
        with suppress(DBAPIError), engine.begin() as portal:
            portal.execute(text(statement), {"wave": round_.wave, **values})

    with engine.connect() as portal:
        batch, cell = portal.execute(text("SELECT id, cell_id FROM batch")).one()
        public = portal.execute(text("SELECT letter_pub FROM wave")).scalar_one()
    try_to("DELETE FROM release")
    try_to("DELETE FROM shown_rates")
    try_to("UPDATE wave SET state = 'open' WHERE id = :wave")
    for number in range(FORGED):
        bands = dict.fromkeys((q.variable for q in round_.document.questions), BANDS[number % 3])
        answers = fill_in(round_.document, "housing", OFTEN[number // 7], bands)
        forged = letters.Submission(make_code(), batch, cell, "self", answers)
        try_to(
            "INSERT INTO letter (id, wave_id, box) VALUES (:id, :wave, :box)",
            id=secrets.token_bytes(16),
            box=letters.seal(forged, bytes(public), round_.wave),
        )
    try_to("UPDATE wave SET state = 'closed' WHERE id = :wave")
    for verb in ("close_wave", "make_release"):
        try_to("INSERT INTO request (verb, subject, state) VALUES (:verb, :wave, 'waiting')", verb=verb)
    engine.dispose()
    opener.answer_requests()


def read_off(round_: Round) -> int:
    """Return for how many questions the released numbers tell what the housing officer said: 7 forged and one more."""
    published = json.loads(releases.as_json(round_.wave))
    groups = [g for d in published["dimensions"] if d["name"] == "par_sector" for g in d["groups"]]
    right = 0
    for question in (q for group in groups if "housing" in group["values"] for q in group["questions"]):
        odd = [cell["code"] for cell in question["cells"] if cell["count"] == 10]
        right += odd == [round_.said[question["variable"]]]
    return right


@pytest.mark.both_databases
@pytest.mark.parametrize("is_released", [False, True], ids=["before its release", "after its release"])
def test_no_answer_is_squeezed_out_of_a_round_that_has_ended(partners: Round, is_released: bool) -> None:
    if is_released:
        releases.ask_for_release(partners.wave)
        opener.answer_requests()
        before = releases.as_json(partners.wave)
    squeeze(partners)
    ended.restore_changed()
    assert read_off(partners) == 0
    assert letterbox.status()[partners.wave] == letterbox.BoxStatus(0, PEOPLE, FORGED)
    assert waves.get_wave(partners.wave).state == "published"
    assert not is_released or releases.as_json(partners.wave) == before


def test_an_opener_that_remembers_nothing_gives_the_answers_away(partners: Round) -> None:
    with db.counting() as answers:
        answers.execute(delete(EndedWave))
    if partners.settings.owner_database_url:
        engine = db.make_engine(partners.settings.owner_database_url, "portal")
        with engine.begin() as owner:
            owner.execute(text("DROP TRIGGER wave_goes_forward ON wave"))
        engine.dispose()
    squeeze(partners)
    assert read_off(partners) >= 5


def test_what_a_shell_changes_is_restored_and_reported(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    for code in codes[:12]:
        send(code)
    tiny.close_wave()
    releases.ask_for_release(tiny.wave)
    opener.answer_requests()
    assert ended.restore_changed() == []
    before = releases.as_json(tiny.wave)
    with db.collecting() as portal:
        rates = portal.scalar(select(ShownRates.body))
        portal.execute(update(Release).values(body="{}"))
        portal.execute(delete(ShownRates))
        portal.execute(update(Wave).values(state="open"))
    send(codes[20])

    said = ended.restore_changed()

    assert [sentence.partition(" in the portal database")[0] for sentence in said] == [
        "The response rates of round family-1 were missing or changed",
        "The results of round family-1 were missing or changed",
        "Round family-1 was open",
    ]
    assert releases.as_json(tiny.wave) == before
    with db.collecting() as portal:
        assert portal.scalar(select(ShownRates.body)) == rates
    assert waves.get_wave(tiny.wave).state == "published"
    assert ended.restore_changed() == []
    letterbox.open_letterbox()
    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(waiting=0, responses=12, set_aside=1)


def test_the_opener_tells_it(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.close_wave()
    with db.collecting() as portal:
        portal.execute(update(Wave).values(state="open"))

    def report(sentence: str) -> None:
        assert sentence.startswith("Round family-1 was open")
        raise SystemExit

    with pytest.raises(SystemExit):
        opener.run_forever(report)
    assert waves.get_wave(tiny.wave).state == "closed"


def test_a_wave_ends_with_its_last_letter(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = tiny.codes(30)
    for code in codes[:2]:
        send(code)
    waves.close_wave(tiny.wave)
    real = deletion.apply_deletions

    def look_too_early(only: str | None = None) -> deletion.DeletionResult:
        looked = real(only)
        deletion_requests.ask_to_delete(codes[1])  # lies among the letters, and was not looked at
        monkeypatch.setattr(deletion, "apply_deletions", real)
        return looked

    monkeypatch.setattr(deletion, "apply_deletions", look_too_early)
    letterbox.open_letterbox()
    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(waiting=1, responses=2, set_aside=0)
    with db.counting() as answers:
        assert ended.find(answers, tiny.wave) is None
    assert _rates() is None, "rates are made once: not before the last letter is opened"
    opener.answer_requests()
    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(waiting=0, responses=1, set_aside=0)
    assert _rates() is not None


def test_a_crash_between_remembering_and_showing_makes_nothing_twice(
    tiny: TinySurvey, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in tiny.codes(30)[:24]:
        send(code)
    tiny.close_wave()
    with monkeypatch.context() as patch, suppress(InterruptedError):
        patch.setattr(ended, "show", _crash)
        releasing.make_release(tiny.wave)
    remembered = release_of(tiny.wave)
    with db.counting() as answers:
        answers.execute(delete(Response).where(Response.id.in_(select(Response.id).limit(12))))
    assert releases.find_published(tiny.wave) is None
    releases.ask_for_release(tiny.wave)
    opener.answer_requests()
    assert release_of(tiny.wave) == remembered
    with db.collecting() as portal:
        assert portal.scalar(select(Release.body)) == remembered, "who asks again is shown it"
    assert waves.get_wave(tiny.wave).state == "published"
    assert ended.restore_changed() == []


def test_what_is_set_aside_after_the_end_can_be_taken_back(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    tiny.close_wave()
    with db.collecting() as portal:
        portal.execute(update(Wave).values(state="open"))
    send(codes[0])
    letterbox.open_letterbox()
    ended.restore_changed()
    deletion_requests.ask_to_delete(codes[0])
    with clock.on_day(TODAY):
        letterbox.open_letterbox()
    with db.counting() as answers, db.collecting() as portal:
        assert answers.scalar(select(func.count()).select_from(SetAside)) == 0
        assert portal.scalar(select(func.count()).select_from(Letter)) == 0


def release_of(wave: str) -> str | None:
    """Return a wave's release as the opener remembers it."""
    with db.counting() as answers:
        row = ended.find(answers, wave)
        return row.release if row else None


def _rates() -> str | None:
    with db.collecting() as portal:
        return portal.scalar(select(ShownRates.body))


def _crash(*_arguments: object) -> None:
    raise InterruptedError
