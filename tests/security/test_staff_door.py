"""The staff side's door: shut unless declared open, one answer to every wrong sign-in, and an end on the server."""

import datetime as dt
import secrets
from dataclasses import replace
from inspect import isfunction

import pytest
from flask import Blueprint, Flask

import app as package
from app.core import permissions
from app.staff import accounts as staff
from app.staff import door, sessions
from app.storage import clock
from app.web.requires import need_of
from config import Settings
from tests.conftest import TinySurvey
from tests.support.client import browser, contents, signer
from tests.support.staff import Person, production_settings, sign_in, signed_in, token_of

__all__ = ["production_settings"]
VIEWS = {
    f"{views.blueprint.name}.{name}": view
    for views in (*package.STAFF, *package.DEVELOPMENT)
    for name, view in vars(views).items()
    if isfunction(view) and hasattr(view, "need")
}
STAFF_PAGES = ["/staff/", "/staff/results/family", "/staff/results/nothing"]


def test_every_staff_endpoint_is_among_the_declared(app: Flask) -> None:
    public = {blueprint.blueprint.name for blueprint in package.PUBLIC} | {"static"}
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {endpoint for endpoint in endpoints if endpoint.split(".")[0] not in public} == VIEWS.keys()


@pytest.mark.parametrize("endpoint", VIEWS)
def test_undeclared_endpoint_stops_the_start(
    production_settings: Settings, monkeypatch: pytest.MonkeyPatch, endpoint: str
) -> None:
    monkeypatch.delattr(VIEWS[endpoint], "need")
    env = "development" if endpoint.startswith("gallery.") else "production"

    with pytest.raises(door.UndeclaredEndpoint, match=endpoint):
        package.create_app(replace(production_settings, env=env))


def test_new_staff_page_without_permission_stops_the_start(
    production_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = Blueprint("extra", __name__, url_prefix="/staff")
    extra.add_url_rule("/comments", "list_comments", lambda: "")
    monkeypatch.setattr(package, "BLUEPRINTS", (*package.BLUEPRINTS, extra))

    with pytest.raises(door.UndeclaredEndpoint, match=r"extra\.list_comments"):
        package.create_app(production_settings)


@pytest.mark.parametrize("path", STAFF_PAGES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_staff_page_without_sign_in_leads_to_the_door(app: Flask, tiny: TinySurvey, path: str, method: str) -> None:
    answer = browser(app).request(method, path)

    assert (answer.status, answer.headers["location"]) == (303, "/staff/sign-in")


def test_every_staff_page_of_the_application_is_behind_the_door(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff")]
    assert len(rules) >= 4
    for rule in rules:
        need = need_of(rule.endpoint)
        if need is not None and need.permission is permissions.Permission.SIGN_IN:
            continue
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1))
        client = browser(app)
        token = ("csrf_token", token_of(client.request("GET", "/staff/sign-in")))
        for method in (rule.methods or set()) - {"OPTIONS"}:
            answer = client.request(method, path, [token] if method == "POST" else None)
            assert (answer.status, answer.headers["location"]) == (303, "/staff/sign-in"), (method, path)


def test_wrong_password_and_unknown_name_get_the_same_answer(app: Flask, person: Person) -> None:
    staff.create_user("gone@example.org", "viewer", password=person.password)
    staff.disable_user("gone@example.org")
    tries = [(person.email, "wrong password"), ("nobody@example.org", person.password), ("gone@example.org", "x")]
    tries.append(("gone@example.org", person.password))
    before = contents()

    answers = [sign_in(browser(app), *one) for one in tries]

    bodies = {
        a.body_without_tokens.replace(email.encode(), b"E")
        for a, (email, _password) in zip(answers, tries, strict=True)
    }
    assert [a.status for a in answers] == [422] * len(tries)
    assert len(bodies) == 1
    after = contents()
    assert {name for name in after if after[name] != before[name]} == {"audit", "audit_head"}
    assert not any(person.password.encode() in a.body for a in answers)


@pytest.mark.parametrize(("email", "password"), [("", "x"), ("a@example.org", ""), ("a" * 300, "x"), ("a", "x" * 300)])
def test_sign_in_that_lacks_something_is_refused(app: Flask, person: Person, email: str, password: str) -> None:
    answer = sign_in(browser(app), email, password)

    assert (answer.status, answer.title[:7]) == (422, "Error: ")
    assert answer.find("div", id="error-summary") is not None


def test_sign_in_begins_a_new_session(app: Flask, person: Person) -> None:
    client = browser(app)
    client.request("GET", "/staff/sign-in")
    before = client.cookie("s", "/staff")
    first = signed_in(app, person).cookie("s", "/staff")
    sign_in(client, person.email, person.password)

    assert len({before, first, client.cookie("s", "/staff"), None}) == 4
    assert len(contents()["staff_session"]) == 2


def test_session_id_is_not_in_the_database(app: Flask, person: Person) -> None:
    client = signed_in(app, person)
    held = signer(app, "/staff").loads(client.cookie("s", "/staff"))

    assert held["sid"] not in repr(contents())


def test_sign_out_kills_the_old_cookie_on_the_server(app: Flask, person: Person) -> None:
    client = signed_in(app, person)
    old = client.cookie("s", "/staff") or ""
    page = client.request("GET", "/staff/")
    answer = client.request("POST", "/staff/sign-out", [("csrf_token", token_of(page))])

    assert (answer.status, answer.headers["location"]) == (303, "/staff/sign-in")
    for value in (client.cookie("s", "/staff"), old):
        thief = browser(app)
        thief.jar.set_cookie("s", value or "", path="/staff")
        assert thief.request("GET", "/staff/").status == 303
    assert contents()["staff_session"] == []


def test_disabled_account_is_out_at_once(app: Flask, person: Person) -> None:
    client = signed_in(app, person)
    staff.disable_user(person.email)

    assert client.request("GET", "/staff/").status == 303


def test_session_ends_after_its_hours(app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(app, person)
    signed_in_at = clock.now()
    hours = [step / 4 for step in range(4 * sessions.SESSION_HOURS)]
    for after, status in (*((hour, 200) for hour in hours), (sessions.SESSION_HOURS + 0.1, 303)):
        moment = signed_in_at + dt.timedelta(hours=after)
        monkeypatch.setattr(clock, "now", lambda moment=moment: moment)
        assert client.request("GET", "/staff/").status == status, after


def test_role_without_the_permission_is_refused(app: Flask, person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(app, person)
    monkeypatch.setitem(permissions.ROLES, "viewer", frozenset())

    answer = client.request("GET", "/staff/")

    assert (answer.status, answer.data_page) == (403, "error")


def test_guessing_passwords_is_slowed_down(app: Flask, person: Person) -> None:
    client = browser(app)
    statuses = [sign_in(client, person.email, secrets.token_hex(8)).status for _try in range(15)]

    assert 429 in statuses, "at most 10 wrong passwords for an account or an address (reliability.md, control 6)"
