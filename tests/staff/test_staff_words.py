"""What staff pages say when something is wrong, copied, over, or not there in a language."""

import datetime as dt
import secrets

import pytest
from flask import Flask

from app.fieldwork import frames
from app.staff import accounts
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient
from tests.support.staff import Person, signed_in, token_of

DAY = dt.timedelta(days=1)


@pytest.fixture
def lead(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A browser in which an evaluator is signed in, while family-1 is open."""
    person = Person("lead@example.org", secrets.token_urlsafe(16))
    accounts.create_user(person.email, "evaluator", password=person.password)
    return signed_in(app, person)


def send(client: StrictClient, path: str, **fields: str) -> tuple[int, str]:
    """Fill in the form that stands on a page; return status and words."""
    page = client.request("GET", path)
    answer = client.request("POST", path, [("csrf_token", token_of(page)), *fields.items()])
    return answer.status, answer.words if answer.status < 300 or answer.status >= 400 else ""


def test_rounds_of_one_survey_do_not_overlap(lead: StrictClient) -> None:
    days = {"opens_on": TODAY.isoformat(), "closes_on": (TODAY + DAY).isoformat()}
    status, words = send(lead, "/staff/rounds/new", survey="family", **days)
    assert status == 422
    assert "First day: Families, round 1 already runs from" in words
    later = {"opens_on": (TODAY + MONTH + DAY).isoformat(), "closes_on": (TODAY + 2 * MONTH).isoformat()}
    assert [send(lead, "/staff/rounds/new", survey="family", **later)[0] for _twice in range(2)] == [303, 422]
    assert [wave.id for wave in waves.list_waves("family")] == ["family-1", "family-2"]
    assert send(lead, "/staff/rounds/family-2/dates", **days)[0] == 422
    assert send(lead, "/staff/rounds/family-2/dates", **later)[0] == 303, "its own days are no clash"


@pytest.mark.parametrize("day", ["2027-02-30", "31/03/2027", ""])
def test_a_day_that_is_none_is_answered_with_an_example(lead: StrictClient, day: str) -> None:
    for page in ("/staff/rounds/new", "/staff/rounds/family-1/dates"):
        status, words = send(lead, page, survey="family", opens_on=day, closes_on=day)
        assert status == 422
        assert "First day: Enter a date, such as 2027-03-31." in words


def test_a_frame_of_the_round_before_is_shown_as_copied_and_needs_a_new_day(lead: StrictClient) -> None:
    frames.set_frame("family-1", definition="All families", counted_on=TODAY, counts={("All", "north"): 40})
    waves.create_wave("family", TODAY + MONTH + DAY, TODAY + 2 * MONTH)
    page = lead.request("GET", "/staff/rounds/family-2/frame")
    assert "Copied from the round before" in page.words
    kept = {"definition": "All families", "group-0": "All", "n-0-north": "40"}
    assert send(lead, "/staff/rounds/family-2/frame", counted_on="", **kept)[0] == 422
    assert "Copied" not in lead.request("GET", "/staff/rounds/family-1/frame").words


@pytest.mark.parametrize("typed", ["-5", "999999999999", "forty", "1.5"])
def test_a_headcount_that_cannot_be_is_named_with_its_group_and_area(lead: StrictClient, typed: str) -> None:
    kept = {"definition": "All", "counted_on": TODAY.isoformat(), "group-0": "Plans", "n-0-north": typed}
    status, words = send(lead, "/staff/rounds/family-1/frame", **kept)
    assert (status, "Plans, North: Enter a whole number from 0 to 1,000,000." in words) == (422, True)


@pytest.mark.parametrize(("name", "state"), [("open", "open"), ("release", "open")])
def test_a_page_for_an_act_that_is_over_leads_back(lead: StrictClient, name: str, state: str) -> None:
    answer = lead.request("GET", f"/staff/rounds/family-1/{name}")
    assert (answer.status, answer.headers["location"]) == (303, "/staff/rounds/family-1")
    assert f"Families, round 1 is {state}, so this step is not possible." in lead.request("GET", "/staff/rounds").words


def test_a_number_of_cards_that_is_no_number_gets_one_sentence(lead: StrictClient) -> None:
    asked = {"survey": "family", "batch": "a", "channel": "visit", "kind": "standard", "cards-north": "abc"}
    _status, words = send(lead, "/staff/cards/new", language="en", look="cards", **asked)
    assert words.count("North: Enter a whole number") == 1
    assert "valid integer" not in words


def test_a_batch_name_waits_once(lead: StrictClient) -> None:
    asked = {"survey": "family", "batch": "a", "channel": "visit", "kind": "standard", "cards-north": "40"}
    found = [send(lead, "/staff/cards/new", language="en", look="cards", **asked) for _twice in range(2)]
    assert [status for status, _words in found] == [303, 422]
    assert "is already awaiting approval" in found[1][1]
    assert "Requested by lead@example.org" in lead.request("GET", "/staff/cards/waiting/1").words


def test_paper_is_offered_only_in_the_languages_of_the_survey(lead: StrictClient) -> None:
    page = lead.request("GET", "/staff/rounds/family-1")
    offered = {link.split("language=")[1].split("&")[0] for link in page.links("questionnaire")}
    assert offered == {"en", "ur"}, "what the tiny survey has"
    assert lead.request("GET", "/staff/paper/family-1?language=pl").status == 404


def test_a_page_that_is_not_there_leads_back_to_the_staff_side(lead: StrictClient) -> None:
    assert lead.request("GET", "/staff/rounds/family-99").links("Go to your tasks") == ["/staff/"]
    assert lead.request("GET", "/nothing").links("Go to the home page") == ["/"]


def test_a_new_account_needs_a_role_that_somebody_chose(app: Flask) -> None:
    admin = client_of(app, "administrator")
    page = admin.request("GET", "/staff/people/new")
    roles = [option for option in page.find("select", id="role").iter("option")]
    assert (roles[0].get("value"), roles[0].text) == ("", "Choose a role")
    assert [option for option in roles if option.get("selected") is not None] in ([], roles[:1])
    for fields in ({"role": ""}, {}):
        status, words = send(admin, "/staff/people/new", email="new@example.org", locality="", survey="", **fields)
        assert (status, "Role: Choose a role." in words) == (422, True)
    assert not accounts.is_known("new@example.org")


def test_a_page_outside_ones_role_stays_on_the_staff_side_and_says_what_it_needs(app: Flask) -> None:
    viewer = client_of(app, "viewer")
    page = viewer.request("GET", "/staff/people")
    assert page.status == 403
    assert "the permission “Create, change and deactivate staff accounts”. Your role, viewer," in page.words
    assert page.links("Go to your tasks") == ["/staff/"]
    assert {link for link in page.links("") if not link.startswith(("/staff/", "#main"))} == set()


def test_an_account_of_one_area_reads_why_a_page_is_not_for_it(app: Flask, tiny: TinySurvey) -> None:
    page = client_of(app, "evaluator", locality="north").request("GET", "/staff/rounds/family-1/close")
    assert (page.status, "limited to one area, and this page affects all areas" in page.words) == (403, True)
