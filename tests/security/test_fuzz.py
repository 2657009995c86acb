"""Hostile texts in every setting, every field of every form and every part of a document: no fault, and nothing cut.

``tests/lab/long/test_fuzz.py`` does the same with many more examples. ``FUZZ_SEED`` repeats a run.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import strategies as st

from app.core import letters
from app.core.answers import kind_of
from app.core.documents import DocumentError, load
from app.core.permissions import ROLES, Permission
from app.core.settings import NAMES
from app.respond import journeys
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.requires import need_of
from config import SettingsError, load_settings
from tests.comments.inbox import put_comments
from tests.conftest import TinySurvey
from tests.security.test_role_matrix import client_of, pages, subjects
from tests.support import fuzz
from tests.support.client import StrictClient, browser, contents
from tests.support.http_journey import enter_code

__all__ = ["subjects"]  # a fixture
VALUES = st.sampled_from(
    [
        "https://portal.example",
        "postgresql://a:b@c/d",
        "127.0.0.1,localhost",
        "999",
        "8000",
        "production",
        "development",
    ]
    + [text for text in fuzz.HOSTILE if "\0" not in text]
) | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
VALUES |= st.dictionaries(st.sampled_from(["boroughwide", "any"]) | fuzz.TEXTS, fuzz.JUNK | fuzz.TEXTS).map(json.dumps)
STAFF = [
    *("actions.edit_action", "actions.edit_text"),
    *("themes.code_comment", "themes.edit_theme", "themes.list_sources", "themes.show_agreement"),
    *("accounts.confirm", "assisted_entry.create_link", "batches.new_batch", "batches.print_pending"),
    *("batches.show_pending", "batches.void_cards", "comments.decide_report", "comments.list_comments"),
    *(
        "comments.note_restored",
        "comments.read_comment",
        "comments.report_harm",
        "evidence.edit_figure",
        "masking.decide_quote",
    ),
    "masking.mask_comment",
    *("evidence.edit_rival", "evidence.rate_evidence", "keys.ask_destruction", "keys.show_destruction"),
    *("own_words.choose", "own_words.edit_reading_day"),
    *("offers.count_offers", "people.deactivate_person", "people.edit_person", "people.make_link", "people.new_person"),
    *("rounds.close_round", "rounds.edit_dates", "rounds.edit_frame", "rounds.new_round", "rounds.open_round"),
    *(
        "rounds.release_round",
        "rounds.edit_public_day",
        "rounds.cancel_round",
        "rounds.delete_round",
        "accounts.show_account",
    ),
]
DOORS = ["/staff/sign-in", "/staff/second-factor", "/staff/second-factor/set-up", "/staff/set-up/none"]
PUBLIC = [
    *("/c", "/r/start", "/r/page/1", "/r/page/2", "/r/check", "/r/save", "/come-back", "/delete-my-answers"),
    *("/keep-my-code", "/keying/none"),
]
FEW = 12


def refused(kind: type[Exception], act: Callable[[], object]) -> str | None:
    """Return the sentence with which an act is refused, or None if it is not."""
    try:
        act()
    except kind as refusal:
        return str(refusal)
    return None


def check_settings(examples: int, tmp_path: Path) -> None:
    """Fail if settings are neither read nor refused with lines that begin with the name of one."""
    one = st.dictionaries(st.sampled_from([name for name in NAMES if name != "PORTAL_HOME"]), VALUES, max_size=6)

    def check(given: dict[str, str]) -> None:
        said = refused(SettingsError, lambda: load_settings({"PORTAL_HOME": str(tmp_path), **given}))
        assert {line.split(" ")[0] for line in (said or NAMES[0]).split("\n")} <= {*NAMES}, said

    fuzz.run(examples, one, check)


def check_form(app: Flask, client: StrictClient, path: str, examples: int) -> None:
    """Fail if a form of this page answers with a fault, or if a part of a long text is stored."""
    token, offered = fuzz.form_of(app, client, path)
    names = sorted(offered or fuzz.USUAL)

    def check(what: fuzz.Sent) -> None:
        answer = fuzz.post(client, path, token, what)
        assert answer.status < 500, (path, what, answer.words)
        assert fuzz.cut_texts([text for _name, text in what.fields]) == []

    fuzz.run(examples, fuzz.sent(names, offered), check)


def check_document(content: str) -> None:
    """Fail if a document is neither refused with its name nor good for a round whose longest answers can be sent."""
    said = refused(DocumentError, lambda: load(content, "set.json"))
    if said is not None:
        assert said.startswith("set.json: ")
        assert said.encode()
        return
    document = load(content, "set.json")
    for module in document.modules or (None,):
        asked = document.with_module(module)
        answers = {q.variable: kind_of(q).longest(q) for q in asked.questions}
        for question in asked.questions:
            assert kind_of(question).validate(question, answers[question.variable]) == answers[question.variable]
        card = ("1" * 15, "b" * 32, "c" * 122)
        journey = journeys.Journey(b"k" * 32, waves.Wave(id="family-1"), *card, answers, saved=b"s" * 32)
        assert journeys.seal_journey(journey)
        letter = letters.Submission(*card, "helped", answers)
        assert letters.seal(letter, letters.public_half(letters.make_secret()), "family-1")


@pytest.mark.parametrize("examples", [FEW * 10])
def test_settings_are_read_or_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: int) -> None:
    monkeypatch.chdir(tmp_path)
    check_settings(examples, tmp_path)


@pytest.mark.parametrize("endpoint", STAFF)
def test_a_staff_form_takes_anything(app: Flask, subjects: dict[str, Any], endpoint: str) -> None:
    put_comments("family-1", "Some words", ids=[bytes.fromhex(fuzz.USUAL["comment"])])
    path = next(path for name, method, path in pages(app, subjects) if (name, method) == (endpoint, "POST"))
    need = need_of(endpoint)
    assert need is not None
    role = next(role for role, held in ROLES.items() if need.permission in held)
    check_form(app, client_of(app, role), path, FEW)


@pytest.mark.parametrize("endpoint", ["batches.new_batch", "rounds.edit_frame"])
def test_what_is_usual_is_accepted(app: Flask, subjects: dict[str, Any], endpoint: str) -> None:
    path = next(path for name, method, path in pages(app, subjects) if (name, method) == (endpoint, "POST"))
    client = client_of(app, "evaluator")
    token, offered = fuzz.form_of(app, client, path)
    answer = fuzz.post(client, path, token, fuzz.Sent(fuzz.usual(sorted(offered), offered), "form"))
    assert (answer.status, answer.headers.get("location") == path) == (303, False), answer.words


def test_all_staff_forms_are_in_the_list(app: Flask, subjects: dict[str, Any]) -> None:
    found = {name for name, method, _path in pages(app, subjects) if method == "POST"}
    assert found - {"accounts.stay"} == set(STAFF)
    doors = [
        rule
        for rule in app.url_map.iter_rules()
        if getattr(need_of(rule.endpoint), "permission", "") is Permission.SIGN_IN and "POST" in (rule.methods or ())
    ]
    assert len(doors) == len(DOORS)


@pytest.mark.parametrize("path", DOORS)
def test_a_door_takes_anything(app: Flask, path: str) -> None:
    check_form(app, browser(app), path, FEW)


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_form_takes_anything(app: Flask, tiny: TinySurvey, path: str) -> None:
    client = browser(app)
    enter_code(client, tiny.codes(30)[0])
    check_form(app, client, path, FEW)


def test_all_public_forms_are_in_the_list(app: Flask) -> None:
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in rule.methods and not rule.rule.startswith("/staff")]
    assert {re.sub("<.*>", "", rule.rule) for rule in rules} == {re.sub("[0-9]|none", "", path) for path in PUBLIC}


def test_a_document_is_refused_or_can_be_answered() -> None:
    fuzz.run(FEW * 10, fuzz.documents(), check_document)


def test_an_import_is_refused_or_stored_whole(app: Flask) -> None:
    def check(content: str) -> None:
        said = refused(Refused, lambda: surveys.import_questionnaire(content, "set.json"))
        assert said is None or said.startswith("set.json: ")
        for survey in surveys.list_surveys():
            stored = surveys.newest_questionnaire(survey.slug)
            assert json.loads(stored.document)["survey"] == survey.slug
            assert surveys.document(stored).questions

    fuzz.run(FEW, fuzz.documents(), check)
    keys = {path.stem for path in app.config["SETTINGS"].front_keys.glob("*.card")}
    assert keys == {row.split("'")[1] for row in contents()["survey"]}, "a refused import leaves no key"
