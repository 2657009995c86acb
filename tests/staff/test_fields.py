"""What fields of staff pages tell browsers and password managers, and where an error stands beside a field."""

import pytest
from flask import Flask

from app.staff import accounts
from tests.security.test_role_matrix import client_of
from tests.support.client import Seen, browser
from tests.support.staff import sign_in, token_of


def filled_in(page: Seen) -> dict[str, str]:
    """Return what browsers may fill in, by the name of the field."""
    return {e.get("name"): e.get("autocomplete") for e in page.tree.iter("input") if e.get("autocomplete")}


def test_password_managers_and_apps_know_the_fields_of_the_door(app: Flask) -> None:
    link = accounts.make_link(accounts.create_user("new@example.org", "viewer"))
    client = browser(app)
    door, set_up = (client.request("GET", f"/staff/{path}") for path in ("sign-in", f"set-up/{link}"))
    enrol = client_of(app, "viewer").request("GET", "/staff/second-factor/set-up")

    assert filled_in(door) == {"email": "username", "password": "current-password"}
    assert filled_in(set_up) == {"password": "new-password", "again": "new-password"}
    assert filled_in(enrol) == {"code": "one-time-code"}
    assert set_up.find("p", id="password-hint").text.startswith("At least 12 characters.")


@pytest.mark.parametrize("name", ["email", "password"])
def test_an_error_at_the_door_stands_beside_its_field(app: Flask, name: str) -> None:
    given = {"email": "a@example.org", "password": "x"} | {name: ""}
    answer = sign_in(browser(app), given["email"], given["password"])

    box = answer.find("input", id=name)
    assert (box.get("aria-invalid"), box.get("aria-describedby")) == ("true", f"{name}-error")
    assert answer.find("p", id=f"{name}-error").text


def test_without_a_choice_the_summary_leads_to_the_first_way_of_entry(app: Flask) -> None:
    client = client_of(app, "evaluator")
    token = token_of(client.request("GET", "/staff/keying"))
    answer = client.request("POST", "/staff/keying", [("csrf_token", token)])

    assert answer.status == 422
    assert [a.get("href") for a in answer.find("div", id="error-summary").iter("a")] == ["#mode-0"]
    assert answer.find("fieldset").get("aria-describedby") == "mode-error"
