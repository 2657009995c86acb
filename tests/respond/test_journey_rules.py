"""Rules in the shipped sets, as a respondent meets them."""

import pytest
from flask import Flask

from app.cards import service as cards
from app.core import routing
from app.core.documents import load
from app.surveys import service as surveys
from tests.conftest import begin_wave


def shipped(name: str):
    """Load a shipped questionnaire."""
    path = next(path for path in surveys.shipped_documents() if path.stem == name)
    return load(path.read_text(encoding="utf-8"), path.name)


def page_names(name: str, **answers: str) -> list[str]:
    """Return the names of the pages that answers lead through."""
    document = shipped(name)
    return [document.pages[number - 1].name for number in routing.path(document, answers)]


@pytest.mark.parametrize(("answer", "is_shown"), [("no", True), ("yes", False), ("not_sure", False), ("-9", False)])
def test_a_young_person_with_nobody_to_talk_to_sees_whom_to_phone_next(answer: str, is_shown: bool) -> None:
    names = page_names("young", yp_talk=answer)

    assert ("help" in names) is is_shown
    document = shipped("young")
    number = next(n for n, page in enumerate(document.pages, start=1) if page.name == "help")
    assert document.pages[number - 1].contacts
    assert "yp_talk" in [q.variable for q in document.pages[number - 2].questions], "right after the question"


def test_a_school_without_meetings_is_not_asked_about_them() -> None:
    asked = {q.variable for page in shipped("school").pages for q in page.questions}
    without = page_names("school", tas_meet="0")

    assert {"tas_people", "tas_actions"} <= asked
    assert len(without) == len(page_names("school", tas_meet="2")) - 1


def test_a_partner_who_has_not_worked_with_us_yet_is_asked_less() -> None:
    assert len(page_names("partner", par_freq="not_yet")) < len(page_names("partner", par_freq="weekly"))


def test_the_phone_numbers_stand_on_the_help_page(app: Flask) -> None:
    path = next(path for path in surveys.shipped_documents() if path.stem == "young")
    surveys.import_questionnaire(path.read_text(encoding="utf-8"), path.name)
    begin_wave("young")
    code = cards.issue_cards("young", batch="b", locality="north", channel="visit", count=30).codes[0]
    client = app.test_client()

    def post(path: str, **data: str):
        page = client.get(path).get_data(as_text=True)
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        return client.post(path, data={"csrf_token": token, **data})

    post("/c", code=code)
    document = shipped("young")
    talk = next(n for n, p in enumerate(document.pages, start=1) if "yp_talk" in [q.variable for q in p.questions])
    answer = post(f"/r/page/{talk}", yp_talk="no")
    page = client.get(answer.headers["Location"]).get_data(as_text=True)

    assert 'href="tel:999"' in page
    assert 'href="tel:01614960101"' in page
