"""Accounts: links that work once, a second factor that works once, sessions that end, forms that survive a sign-in."""

import datetime as dt
import secrets
import time

import argon2
import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from app.fieldwork import frames
from app.models.staff import StaffUser
from app.staff import accounts, second_factor, sessions
from app.storage import clock, db
from app.storage.refusals import NotFound, Refused
from app.surveys import waves
from app.web import kept_forms
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, contents
from tests.support.staff import Person, make_person, sign_in, signed_in, token_of

pytestmark = pytest.mark.usefixtures("inside_a_step")

WORDS = "maple orbit candle river"
EVIL = ["/\t/evil.example", "/\\evil.example", "//evil.example", "https://evil.example"]


def later(monkeypatch: pytest.MonkeyPatch, **delta: float) -> None:
    """Move the clock on from now."""
    moment = clock.now() + dt.timedelta(**delta)
    monkeypatch.setattr(clock, "now", lambda: moment)


def lead(app: Flask, role: str = "evaluator") -> tuple[StrictClient, Person]:
    """Return a browser in which somebody with a role is signed in."""
    person = Person(f"{secrets.token_hex(4)}@example.org", secrets.token_urlsafe(16))
    accounts.create_user(person.email, role, password=person.password)
    client = browser(app)
    assert sign_in(client, person.email, person.password).status == 303
    return client, person


def send(client: StrictClient, page: Seen, path: str, **fields: str) -> Seen:
    """Send a form with the token of a page."""
    return client.request("POST", path, [("csrf_token", token_of(page)), *fields.items()])


def value_of(page: Seen, name: str) -> str | None:
    """Return the value of a hidden field, None when it is not there."""
    found = [e.get("value") for e in page.tree.iter("input") if e.get("name") == name]
    return found[0] if found else None


def test_a_link_works_once_and_ends_what_was_before(app: Flask) -> None:
    client, person = lead(app)
    number = next(u.id for u in accounts.list_users() if u.email == person.email)
    token = accounts.make_link(number)
    assert client.request("GET", "/staff/").status == 303, "the old session is over"
    assert accounts.find_by_password(person.email, person.password) is None

    page = browser(app).request("GET", f"/staff/set-up/{token}")
    assert person.email in page.words
    fresh = browser(app)
    page = fresh.request("GET", f"/staff/set-up/{token}")
    assert send(fresh, page, f"/staff/set-up/{token}", password=WORDS, again="other").status == 422
    assert send(fresh, page, f"/staff/set-up/{token}", password=WORDS, again=WORDS).status == 303

    assert fresh.request("GET", f"/staff/set-up/{token}").status == 404
    with pytest.raises(NotFound):
        accounts.set_password(token, WORDS)
    assert accounts.find_by_password(person.email, WORDS) is not None


def test_a_link_is_too_old_after_three_days(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    token = accounts.make_link(accounts.create_user("new@example.org", "viewer"))
    later(monkeypatch, hours=72.1)
    assert accounts.find_by_link(token) is None


@pytest.mark.parametrize("weak", ["short", "stockportfamily", "password1234", "a" * 40, "x" * 201, "anna.smith2026"])
def test_a_weak_password_is_refused_with_a_hint(app: Flask, weak: str) -> None:
    with pytest.raises(Refused, match="Three random words"):
        accounts.check_password(weak, "anna.smith@example.org")


@pytest.mark.parametrize("good", [WORDS, "correct-staple-violin" * 4, "żółw łódka trzmiel świt"])
def test_a_long_password_is_taken(app: Flask, good: str) -> None:
    accounts.check_password(good, "anna@example.org")


def enrolled(app: Flask, role: str = "administrator") -> tuple[Person, str, list[str]]:
    """Make an account with a second factor; return it, the seed and the recovery codes."""
    person = Person(f"{secrets.token_hex(4)}@example.org", secrets.token_urlsafe(16))
    user = accounts.get_user(accounts.create_user(person.email, role, password=person.password))
    seed = second_factor.new_seed("set up")
    return person, seed, second_factor.enrol(user, "set up", pyotp.TOTP(seed).at(int(time.time()) - 30))


@pytest.mark.parametrize("typed", ["Cafe\u0301@example.org", " caf\u00c9@example.org\u200b"])
def test_an_email_address_is_read_in_one_way(app: Flask, typed: str) -> None:
    number = accounts.create_user("caf\u00e9@example.org", "viewer", password=WORDS)
    found = accounts.find_by_password(typed, WORDS)
    assert (accounts.number_of(typed), found and found.id) == (number, number)


def test_a_code_works_once_and_an_old_one_never(app: Flask) -> None:
    person, seed, recovery = enrolled(app)
    user = next(u for u in accounts.list_users() if u.email == person.email)
    now = int(time.time())
    assert not second_factor.check(user, pyotp.TOTP(seed).at(now - 30)), "the one that set it up"
    assert not second_factor.check(user, pyotp.TOTP(seed).at(now - 120))
    assert second_factor.check(user, pyotp.TOTP(seed).at(now))
    assert not second_factor.check(user, pyotp.TOTP(seed).at(now))
    assert second_factor.check(user, f" {recovery[0].upper()} ")
    assert not second_factor.check(user, recovery[0])
    assert sum(seed in repr(rows) or recovery[1] in repr(rows) for rows in contents().values()) == 0


def test_the_second_step_begins_a_new_session(app: Flask) -> None:
    person, _seed, recovery = enrolled(app)
    client = browser(app)
    assert sign_in(client, person.email, person.password).headers["location"] == "/staff/second-factor"
    half = client.cookie("s", "/staff")
    assert client.request("GET", "/staff/people").headers["location"] == "/staff/second-factor"
    assert client.request("GET", "/staff/second-factor/set-up").headers["location"] == "/staff/second-factor"
    page = client.request("GET", "/staff/second-factor")
    assert send(client, page, "/staff/second-factor", code="000000").status == 422
    assert send(client, page, "/staff/second-factor", code=recovery[0]).status == 303
    assert client.request("GET", "/staff/people").status == 200

    thief = browser(app)
    thief.jar.set_cookie("s", half or "", path="/staff")
    assert thief.request("GET", "/staff/people").status == 303


def test_guessing_the_second_step_is_slowed_down(app: Flask) -> None:
    person, _seed, _recovery = enrolled(app)
    client = browser(app)
    sign_in(client, person.email, person.password)
    page = client.request("GET", "/staff/second-factor")
    statuses = [send(client, page, "/staff/second-factor", code=f"{n:06}").status for n in range(12)]
    assert statuses.count(422) <= 10
    assert statuses[-1] == 429


def test_a_planted_cookie_is_not_kept_at_sign_in(app: Flask) -> None:
    victim, person = lead(app)
    planted = victim.cookie("s", "/staff")
    client = browser(app)
    client.jar.set_cookie("s", planted or "", path="/staff")
    sign_in(client, person.email, person.password)
    assert client.cookie("s", "/staff") != planted
    sessions.sign_out_everywhere(accounts.list_users()[0])
    assert {c.request("GET", "/staff/").status for c in (victim, client)} == {303}


def test_half_an_hour_without_a_click_ends_the_session(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    client, _person = lead(app)
    for _click in range(3):
        later(monkeypatch, minutes=29)
        assert client.request("GET", "/staff/").status == 200
    later(monkeypatch, minutes=31)
    assert client.request("GET", "/staff/").status == 303


def test_a_dangerous_act_asks_again_and_keeps_the_form(
    app: Flask, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, person = lead(app)
    page = client.request("GET", "/staff/rounds/family-1/close")
    later(monkeypatch, minutes=16)
    asked = send(client, page, "/staff/rounds/family-1/close")
    assert (asked.status, waves.get_wave("family-1").state) == (422, "open")
    kept = value_of(asked, "kept") or ""
    assert send(client, asked, "/staff/confirm", password="wrong", kept=kept).status == 422
    again = send(client, asked, "/staff/confirm", password=person.password, kept=kept)
    assert waves.get_wave("family-1").state == "open", "nothing happens before the button is pressed"
    assert send(client, again, "/staff/rounds/family-1/close").status == 303
    assert waves.get_wave("family-1").state == "closed"


def test_a_form_is_kept_over_a_sign_in_without_its_secrets(app: Flask, tiny: TinySurvey) -> None:
    client, person = lead(app)
    page = client.request("GET", "/staff/rounds/family-1/frame")
    accounts_user = next(u for u in accounts.list_users() if u.email == person.email)
    sessions.sign_out_everywhere(accounts_user)
    fields = {"definition": "All families", "counted_on": "2026-11-01", "group-0": "All", "n-0-north": "80"}
    door = send(client, page, "/staff/rounds/family-1/frame", **fields, password="secret-of-mine", code="123456")
    assert door.status == 403
    assert frames.find_frame("family-1") is None
    assert b"secret-of-mine" not in door.body
    back = send(
        client, door, "/staff/sign-in", email=person.email, password=person.password, kept=value_of(door, "kept") or ""
    )
    assert {name: value_of(back, name) for name in fields} == fields
    assert (value_of(back, "password"), value_of(back, "code")) == (None, None)
    assert send(client, back, "/staff/rounds/family-1/frame", **fields).status == 303
    found = frames.find_frame("family-1")
    assert found is not None
    assert found.total == 80


@pytest.mark.parametrize("place", EVIL)
def test_what_was_not_kept_here_leads_home(app: Flask, place: str) -> None:
    person = make_person()
    client = browser(app)
    page = client.request("GET", "/staff/sign-in")
    forged = [place, f'["{place}", "GET", []]', f"{place}?next={place}"]
    for kept in forged:
        assert kept_forms.take(kept, 1) is None
    fields = {"email": person.email, "password": person.password, "kept": forged[1], "next": place}
    answer = send(client, page, f"/staff/sign-in?next={place.strip()}", **fields)
    assert (answer.status, answer.headers["location"]) == (303, "/staff/")


def test_nobody_shuts_or_changes_their_own_account(app: Flask) -> None:
    person, _seed, recovery = enrolled(app)
    client = browser(app)
    sign_in(client, person.email, person.password)
    send(client, client.request("GET", "/staff/second-factor"), "/staff/second-factor", code=recovery[0])
    number = next(u.id for u in accounts.list_users() if u.email == person.email)
    page = client.request("GET", f"/staff/people/{number}")
    assert send(client, page, f"/staff/people/{number}", role="viewer", email=person.email).status == 422
    send(client, page, f"/staff/people/{number}/shut")
    user = accounts.get_user(number)
    assert (user.role, user.is_enabled) == ("administrator", True)


def test_a_forged_address_does_not_help_to_guess(app: Flask) -> None:
    statuses = []
    for number in range(13):
        client = browser(app)
        page = client.request("GET", "/staff/sign-in")
        fields = [("csrf_token", token_of(page)), ("email", "anna@example.org"), ("password", "wrong")]
        statuses.append(
            client.request("POST", "/staff/sign-in", fields, {"X-Forwarded-For": f"10.0.0.{number}"}).status
        )
    assert statuses == [422] * 10 + [429] * 3


def test_a_token_of_before_the_sign_in_or_of_another_browser_is_refused(app: Flask) -> None:
    person = make_person()
    client = browser(app)
    before = token_of(client.request("GET", "/staff/sign-in"))
    sign_in(client, person.email, person.password)
    other = token_of(signed_in(app, person).request("GET", "/staff/account"))
    for token in (before, other, "", "x"):
        answer = client.request("POST", "/staff/sign-out-everywhere", [("csrf_token", token)])
        assert answer.status == 400
    assert client.request("GET", "/staff/").status == 200


def test_a_kept_form_is_not_sent_by_another_account(app: Flask, tiny: TinySurvey) -> None:
    client, person = lead(app)
    page = client.request("GET", "/staff/rounds/family-1/frame")
    sessions.sign_out_everywhere(next(u for u in accounts.list_users() if u.email == person.email))
    door = send(client, page, "/staff/rounds/family-1/frame", definition="Planted")
    other = make_person()

    answer = send(
        client, door, "/staff/sign-in", email=other.email, password=other.password, kept=value_of(door, "kept") or ""
    )

    assert (answer.status, answer.headers["location"]) == (303, "/staff/")


def test_a_shared_tablet_keeps_no_sign_in(app: Flask) -> None:
    client, _person = lead(app)
    page = client.request("GET", "/staff/keying")
    answer = send(client, page, "/staff/keying", mode="kiosk")

    assert (answer.status, len(answer.links("Start"))) == (200, 1)
    assert client.request("GET", "/staff/").status == 303
    assert contents()["staff_session"] == []


def test_a_name_that_is_not_there_costs_the_same_work_as_a_wrong_password(app: Flask) -> None:
    """Its stand-in is a hash of the same cost, and is checked to the end."""
    accounts.create_user("somebody@example.org", "viewer", password="maple-orbit-candle-river")
    with db.reading() as session:
        known = session.scalar(select(StaffUser.password_hash))
    assert argon2.extract_parameters(accounts._dummy_hash) == argon2.extract_parameters(known or "")
    with pytest.raises(argon2.exceptions.VerifyMismatchError):
        argon2.PasswordHasher().verify(accounts._dummy_hash, "maple-orbit-candle-river")
    assert accounts.find_by_password("nobody@example.org", "maple-orbit-candle-river") is None
