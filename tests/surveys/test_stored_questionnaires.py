"""A stored questionnaire that no page can show: its survey is not offered, and staff see why."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core import documents
from app.models.surveys import StoredQuestionnaire
from app.storage import db
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.results.test_releases import answer as answer_all
from tests.results.test_releases import publish
from tests.support.builders import tiny_document
from tests.support.client import browser, press
from tests.support.http_journey import enter_code
from tests.support.office import Office

Change = Callable[[dict[str, Any]], object]
FAULTS: dict[str, tuple[Change, str]] = {
    "no pages": (lambda raw: raw.update(pages=[]), "A round would have no page with a question that everybody sees."),
    "nobody sees a page": (
        lambda raw: [page.update(when=[{"variable": "role", "is": ["carer"]}]) for page in raw["pages"]],
        "A round would have no page with a question that everybody sees.",
    ),
    "pages without questions": (
        lambda raw: raw.update(pages=[{"name": "views", "questions": []}]),
        "A round would have no page with a question that everybody sees.",
    ),
    "no title": (lambda raw: raw["texts"]["en"].pop("title"), "Text title is missing in en."),
    "no name of an answer": (lambda raw: raw["texts"]["en"].pop("role.carer"), "Text role.carer is missing in en."),
    "a text that is none": (lambda raw: raw["texts"]["en"].update(heard=None), "Text heard is missing in en."),
    "no English": (lambda raw: raw["texts"].pop("en"), "Text title is missing in en."),
    "an unknown kind": (lambda raw: raw["questions"]["heard"].update(kind="smell"), "It cannot be read."),
    "no questions": (lambda raw: raw.pop("questions"), "It cannot be read."),
    "a list": (lambda raw: raw.update(pages={"name": "views"}), "It cannot be read."),
    "no document": (lambda raw: raw.clear(), "It cannot be read."),
}


def spoil(fault: str = "") -> None:
    """Change all stored questionnaires behind the portal's back, as an older version might have left them."""
    raw = tiny_document()
    if fault:
        FAULTS[fault][0](raw)
    with db.writing() as session:
        session.execute(update(StoredQuestionnaire).values(document=json.dumps(raw)))


@pytest.fixture(params=FAULTS)
def fault(request: pytest.FixtureRequest) -> str:
    """The name of one fault."""
    return str(request.param)


def test_its_survey_is_not_offered(app: Flask, tiny: TinySurvey, fault: str) -> None:
    new, saved = tiny.codes(30)[:2]
    client = browser(app)
    enter_code(client, saved)
    pages = {path: client.request("GET", path) for path in ("/r/start", "/r/page/1")}
    spoil(fault)

    for path, shown in pages.items():
        assert press(client, shown, heard="4").data_page == "nothing-here", path
    answer = enter_code(browser(app), new)
    assert (answer.status, answer.data_page) == (422, "code-refused")
    for path in ("/", "/c", "/results", "/readyz"):
        assert browser(app).request("GET", path).status == 200, path


def test_a_journey_that_is_under_way_ends_calmly(app: Flask, tiny: TinySurvey, fault: str) -> None:
    code = tiny.codes(30)[0]
    for path in ("/r/start", "/r/page/1", "/r/check", "/r/save", "/r/done"):
        client = browser(app)
        spoil()
        enter_code(client, code)
        spoil(fault)
        assert client.request("GET", path).data_page == "nothing-here", path


def test_staff_see_what_is_wrong(office: Office, fault: str) -> None:
    spoil(fault)
    round_page = office.asker.request("GET", f"/staff/rounds/{office.survey.wave}")

    assert round_page.status == 200
    assert FAULTS[fault][1] in round_page.words
    assert "cancel the round. Nobody can answer" in office.asker.request("GET", "/staff/").words
    assert office.asker.request("GET", f"/staff/paper/{office.survey.wave}").status == 404


def test_no_round_is_made_or_opened_with_it(tiny: TinySurvey, fault: str) -> None:
    waves.close_wave(tiny.wave)
    made, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    spoil(fault)

    with pytest.raises(Refused, match="questionnaire") as refusal:
        waves.create_wave("family", TOMORROW, TODAY + MONTH)
    assert FAULTS[fault][1] in str(refusal.value)
    with db.reading() as session:
        found = waves.get_wave(made)
        found.letter_pub = b"x"
        assert FAULTS[fault][1] in str(waves.find_obstacle(session, found))


def test_results_of_other_surveys_stay_there(app: Flask, tiny: TinySurvey, fault: str) -> None:
    answer_all(tiny.codes(40)[:35], heard="5")
    publish(tiny)
    spoil(fault)

    assert browser(app).request("GET", "/results").status == 200
    assert browser(app).request("GET", "/results/family").status == 404


def test_rules_that_came_later_do_not_stop_a_survey() -> None:
    old = tiny_document()
    old["questions"]["mark"] = {"kind": "score"}
    old["questions"]["words"]["max_length"] = 200_000
    old["pages"].append({"name": "mark", "questions": ["mark"]})
    old["texts"]["en"]["mark"] = "How much has changed?"
    assert documents.find_stored_fault(json.dumps(old), None) is None
