"""Somebody who forgot a password or lost a phone: the help page, the rescue on the server, and a new password."""

import dataclasses
import datetime as dt
from typing import Any

import pytest
from flask import Flask

from app.cards.approvals import IssueCards
from app.staff import accounts, approvals, second_factor, sessions
from app.storage import audit, clock
from app.storage.refusals import Refused
from config import SettingsError, load_settings
from tests.conftest import TinySurvey
from tests.security.test_accounts import WORDS, enrolled, send, value_of
from tests.support.client import Seen, StrictClient, browser
from tests.support.office import ask_for_cards
from tests.support.staff import Person, make_person, sign_in, signed_in

OTHER = "lantern gravel otter cloud"


def acted(action: str) -> list[tuple[str, str]]:
    """Return who did something and to what, oldest first."""
    entries, _older = audit.list_entries(0)
    return [(entry.actor, entry.subject) for entry in reversed(entries) if entry.action == action]


@pytest.mark.parametrize("page", ["sign-in", "set-up/none"])
def test_who_cannot_sign_in_finds_help(app: Flask, page: str) -> None:
    client = browser(app)
    link = client.request("GET", f"/staff/{page}").links("Forgotten your password" if page == "sign-in" else "Ask for")
    answer = client.request("GET", link[0])

    assert (link, answer.status) == (["/staff/help"], 200)
    assert "Ask the administrator who gave you your account." in answer.words
    assert "one-time link" in answer.words
    assert "flask user link" in answer.words


def test_every_page_that_asks_for_a_secret_leads_to_help(app: Flask) -> None:
    person, _seed, recovery = enrolled(app)
    client = browser(app)
    sign_in(client, person.email, person.password)
    pages = [client.request("GET", "/staff/second-factor")]
    send(client, pages[0], "/staff/second-factor", code=recovery[0])
    pages += [client.request("GET", f"/staff/{name}") for name in ("confirm", "account")]

    assert [page.links("Forgotten your password") for page in pages] == [["/staff/help"]] * 3


@pytest.mark.parametrize(
    ("contact", "shown", "link"),
    [
        ("0161 496 0107", "Phone 0161 496 0107.", "tel:01614960107"),
        ("(0161) 496-0107", "Phone (0161) 496-0107.", "tel:01614960107"),
        ("+44 (0)161 496 0107", "Phone +44 (0)161 496 0107.", "tel:+441614960107"),
        ("ict.help@example.org", "Write to ict.help@example.org.", None),
        ("Ask at the ICT desk, Stopford House, floor 2.", "Ask at the ICT desk, Stopford House, floor 2.", None),
    ],
)
def test_the_help_page_names_whom_the_setting_names(app: Flask, contact: str, shown: str, link: str | None) -> None:
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], staff_help=contact)
    page = browser(app).request("GET", "/staff/help")

    assert shown in page.words
    assert "administrator who gave you" not in page.words
    ways = [a.get("href") for a in page.find("main").iter("a") if ":" in a.get("href")]
    assert ways == ([link] if link else [])


@pytest.mark.parametrize(
    "text",
    [
        *(
            "tbc",
            "0161",
            "0161 496 0107 # rung on 3 March",
            "desk # floor 2",
            "a@b",
            "one two\x00three four",
            "x " * 150,
        ),
        *("0161 496 0107 ext 5", "0161 496 0107, extension: 5", "0161 496 0107 x5", "0161 496 0107 / 0108"),
    ],
)
def test_what_cannot_help_is_no_setting(text: str) -> None:
    with pytest.raises(SettingsError, match=r"STAFF_HELP (must be|has a c)"):
        load_settings({"PORTAL_ENV": "development", "STAFF_HELP": text})


@pytest.mark.parametrize(
    "text", ["", "(0161) 496-0107", "+44 161 496 0107", "help@example.org", "24-hour desk: 0161 496 0107."]
)
def test_what_helps_is_a_setting(text: str) -> None:
    assert load_settings({"PORTAL_ENV": "development", "STAFF_HELP": text}).staff_help == text


def rescue(app: Flask, email: str) -> tuple[int, str, str]:
    """Run ``flask user link`` and return its status, output and messages."""
    done = app.test_cli_runner().invoke(args=["user", "link", email])
    return done.exit_code, done.stdout.strip(), done.stderr.strip()


@pytest.mark.both_databases
def test_a_sole_administrator_who_lost_the_phone_is_rescued_on_the_server(app: Flask) -> None:
    person, _seed, recovery = enrolled(app)
    lost = browser(app)
    sign_in(lost, person.email, person.password)
    send(lost, lost.request("GET", "/staff/second-factor"), "/staff/second-factor", code=recovery[0])
    assert lost.request("GET", "/staff/people").status == 200

    status, link, message = rescue(app, f" {person.email.upper()} ")

    base = app.config["SETTINGS"].base_url
    assert (status, link.startswith(f"{base}/staff/set-up/")) == (0, True)
    assert (person.email in message, "3 days" in message, "7 days" in message) == (True, True, True)
    assert acted("made a one-time link") == [("shell", person.email)]
    assert lost.request("GET", "/staff/people").status == 303, "the old session is over"
    assert accounts.find_by_password(person.email, person.password) is None
    assert not second_factor.check(accounts.get_user(1), recovery[1])

    fresh, path = browser(app), link.removeprefix(base)
    assert send(fresh, fresh.request("GET", path), path, password=WORDS, again=WORDS).status == 303
    assert sign_in(fresh, person.email, WORDS).headers["location"] == "/staff/second-factor"
    assert fresh.request("GET", "/staff/second-factor").headers["location"] == "/staff/second-factor/set-up"


def test_a_deactivated_account_comes_back_with_a_link_from_the_server(app: Flask) -> None:
    person = make_person()
    accounts.disable_user(person.email)

    status, link, _message = rescue(app, person.email)
    accounts.set_password(link.rsplit("/", 1)[1], WORDS)

    assert status == 0
    assert accounts.find_by_password(person.email, WORDS) is not None


def test_there_is_no_link_for_an_account_that_is_not_there(app: Flask) -> None:
    assert rescue(app, "nobody@example.org") == (1, "", "There is no account with this email address.")


@pytest.mark.parametrize("was_created_on_a_page", [True, False])
def test_an_account_with_a_link_from_the_server_approves_nothing_for_a_week(
    app: Flask, tiny: TinySurvey, was_created_on_a_page: bool
) -> None:
    """Whoever made the link could use it: an old note of an administrator must not be wiped out by it either."""
    asker = accounts.get_user(accounts.create_user("asker@example.org", "evaluator"))
    with audit.acting("admin@example.org" if was_created_on_a_page else audit.SHELL):
        accounts.create_user("second@example.org", "evaluator", password=WORDS)
    rescue(app, "second@example.org")
    number = ask_for_cards(asker, "more")

    with pytest.raises(Refused, match="cannot be used to approve requests"):
        approvals.decide(IssueCards, number, accounts.get_user(2), is_agreed=True)
    assert approvals.eligible_from(accounts.get_user(2)) == clock.today() + dt.timedelta(days=7)


def change(client: StrictClient, **fields: str) -> Seen:
    """Send the form that changes one's own password."""
    return send(client, client.request("GET", "/staff/account"), "/staff/account", **fields)


@pytest.fixture
def person(app: Flask) -> Person:
    """Somebody who may sign in."""
    return make_person()


def test_people_change_their_own_password_one_click_from_every_page(app: Flask, person: Person) -> None:
    client, other = signed_in(app, person), signed_in(app, person)
    before = client.cookie("s", "/staff")
    assert client.request("GET", "/staff/").links(person.email) == ["/staff/account"]

    answer = change(client, current=person.password, password=OTHER, again=OTHER)

    assert (answer.status, answer.headers["location"]) == (303, "/staff/account")
    page = client.request("GET", "/staff/account")
    assert "Your password has been changed." in page.words
    assert other.request("GET", "/staff/").status == 303, "signed out everywhere else"
    assert client.cookie("s", "/staff") != before, "a session id that somebody saw is worth nothing"
    assert accounts.find_by_password(person.email, person.password) is None
    assert accounts.find_by_password(person.email, OTHER) is not None
    assert acted("changed their password") == [(person.email, person.email)]


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"current": "not this one"}, "Current password: The password is incorrect."),
    ({"current": ""}, "Current password: Enter your current password."),
    ({"password": "password1234", "again": "password1234"}, "New password: This password is too easy to guess."),
    ({"password": "short", "again": "short"}, "New password: A password must have 12 to 200 characters."),
    ({"again": "something else"}, "Repeat new password: The passwords do not match."),
    ({"password": "", "again": ""}, "New password: Enter a new password."),
    ({"password": "=", "again": "="}, "New password: A password must have"),
]


@pytest.mark.parametrize(("fields", "sentence"), WRONG)
def test_a_new_password_that_cannot_be_is_refused_and_nothing_changes(
    app: Flask, person: Person, fields: dict[str, Any], sentence: str
) -> None:
    client, other = signed_in(app, person), signed_in(app, person)
    answer = change(client, **{"current": person.password, "password": OTHER, "again": OTHER, **fields})

    assert (answer.status, sentence in answer.words) == (422, True), answer.words
    assert {value_of(answer, name) for name in ("current", "password", "again")} == {""}, "no password in a page"
    assert accounts.find_by_password(person.email, person.password) is not None
    assert other.request("GET", "/staff/").status == 200
    assert acted("changed their password") == []
    assert acted("typed a wrong password") == ([(person.email, person.email)] if "incorrect" in sentence else [])


def test_the_same_password_again_is_no_change(app: Flask, person: Person) -> None:
    same = person.password
    answer = change(signed_in(app, person), current=same, password=same, again=same)

    assert (answer.status, "different from the current one" in answer.words) == (422, True)


def test_guessing_the_current_password_is_slowed_down(app: Flask, person: Person) -> None:
    client = signed_in(app, person)
    for _guess in range(10):
        change(client, current="wrong", password=OTHER, again=OTHER)
    answer = change(client, current=person.password, password=OTHER, again=OTHER)

    assert "Too many failed attempts." in answer.words
    assert accounts.find_by_password(person.email, OTHER) is None


def test_a_session_that_ended_meanwhile_sets_no_password(app: Flask, person: Person) -> None:
    """An administrator has just made a link for the account: whoever is still signed in must not get it back."""
    session_id = sessions.sign_in(person.email, person.password) or ""
    accounts.make_link(1)

    with pytest.raises(Refused, match="signed out"):
        accounts.change_own_password(1, session_id, OTHER)
    assert accounts.find_by_password(person.email, OTHER) is None


def test_passwords_of_a_form_that_is_kept_are_not_kept(app: Flask, person: Person) -> None:
    client = signed_in(app, person)
    page = client.request("GET", "/staff/account")
    sessions.sign_out_everywhere(accounts.get_user(1))
    door = send(client, page, "/staff/account", current=person.password, password=OTHER, again=OTHER)

    assert door.status == 403
    kept = value_of(door, "kept") or ""
    back = send(client, door, "/staff/sign-in", email=person.email, password=person.password, kept=kept)
    names = {e.get("name") for e in back.tree.iter("input")}
    assert names & {"current", "password", "again"} == set()
    assert person.password.encode() not in door.body + back.body


def test_a_new_phone_is_two_clicks_away_even_when_the_password_is_asked_for(
    app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(app, person)
    moment = clock.now() + dt.timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: moment)
    asked = client.request("GET", "/staff/second-factor/set-up")
    answer = send(client, asked, "/staff/confirm", password=person.password, kept=value_of(asked, "kept") or "")

    assert (answer.status, answer.headers["location"]) == (303, "/staff/second-factor/set-up")
