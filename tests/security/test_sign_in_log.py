"""What the audit log says about signing in, and what setting up a second factor ends."""

import contextvars
import secrets
import time
from types import SimpleNamespace

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, text

from app.models.office import AuditEntry
from app.staff import accounts
from app.storage import audit, db
from tests.security.test_accounts import enrolled, lead, send
from tests.security.test_role_matrix import client_of
from tests.support import client
from tests.support.client import Seen, StrictClient, browser, signer
from tests.support.staff import Person, make_person, sign_in, signed_in, token_of

pytestmark = pytest.mark.usefixtures("inside_a_step")

NEVER_TYPED = "a-password-typed-as-a-name"


def said(action: str) -> list[tuple[str, str]]:
    """Return who did something to what."""
    with db.reading() as session:
        rows = session.scalars(select(AuditEntry).filter_by(action=action).order_by(AuditEntry.id))
        return [(row.actor, row.subject) for row in rows]


def test_failed_sign_ins_are_in_the_log_and_unknown_names_are_not(app: Flask) -> None:
    _client, person = lead(app)
    for name in (person.email.upper(), f"{NEVER_TYPED}@example.org"):
        assert sign_in(browser(app), name, "not the password").status == 422
    assert said("could not sign in") == [(audit.UNKNOWN, person.email), (audit.UNKNOWN, "an unknown name")]


def test_the_log_cannot_be_flooded_by_one_name(app: Flask) -> None:
    _client, person = lead(app)
    for n in range(14):
        client = browser(app)
        client.address = f"198.51.100.{n}"
        sign_in(client, person.email, "not the password")
    assert len(said("could not sign in")) == 10


def test_nobody_has_signed_in_before_the_second_step(app: Flask) -> None:
    person, _seed, recovery = enrolled(app)
    client = browser(app)
    sign_in(client, person.email, person.password)
    page = client.request("GET", "/staff/second-factor")
    send(client, page, "/staff/second-factor", code="000000")
    assert (said("signed in"), said("typed a wrong code")) == ([], [(person.email, person.email)])
    send(client, page, "/staff/second-factor", code=recovery[0])
    assert said("signed in") == [(person.email, person.email)]


def test_half_a_session_can_be_ended(app: Flask) -> None:
    person, _seed, _recovery = enrolled(app)
    client = browser(app)
    sign_in(client, person.email, person.password)
    page = client.request("GET", "/staff/second-factor")
    assert send(client, page, "/staff/sign-out").headers["location"] == "/staff/sign-in"
    assert client.request("GET", "/staff/second-factor").headers["location"] == "/staff/sign-in"


def seed_on(page: Seen) -> str:
    """Return the seed that a page shows."""
    (seed,) = [e.text for e in page.tree.iter("code") if e.get("class") == "secret"]
    return str(seed)


def enrol_by_pages(client: StrictClient) -> str:
    """Set a second factor up on its page; return the seed that the page showed."""
    page = client.request("GET", "/staff/second-factor/set-up")
    seed = seed_on(page)
    shown = send(client, page, "/staff/second-factor/set-up", code=pyotp.TOTP(seed).at(int(time.time())))
    assert shown.status == 200
    return seed


def test_a_new_second_factor_ends_the_other_sessions_and_its_seed_is_in_no_cookie(app: Flask) -> None:
    mine, person = lead(app)
    other = signed_in(app, person)
    first, again = (seed_on(mine.request("GET", "/staff/second-factor/set-up")) for _look in range(2))
    assert first == again, "a reload shows the same seed"
    cookie = signer(app, "/staff").loads(mine.cookie("s", "/staff"))
    seed = enrol_by_pages(mine)
    assert seed == first
    assert seed not in str(cookie)
    assert len(seed) == 32
    assert (mine.request("GET", "/staff/").status, other.request("GET", "/staff/").status) == (200, 303)
    assert seed_on(mine.request("GET", "/staff/second-factor/set-up")) != seed, "another time, another seed"


def test_an_entry_that_was_tampered_with_is_shown_and_the_log_page_works(app: Flask) -> None:
    client = client_of(app, "data protection officer")
    with db.writing() as session:
        session.execute(text("DROP TRIGGER audit_no_update"))
        session.execute(text("UPDATE audit SET detail = '[broken' WHERE id = 1"))
    page = client.request("GET", "/staff/audit")
    assert page.status == 200
    assert "[broken" in page.words


def test_a_log_that_was_deleted_whole_is_missed(app: Flask) -> None:
    assert audit.verify() == [], "nothing was done yet"
    accounts.create_user("anna@example.org", "viewer")
    with db.writing() as session:
        session.execute(text("DROP TRIGGER audit_no_delete"))
        session.execute(text("DELETE FROM audit"))
        session.execute(text("DELETE FROM audit_head"))
    assert audit.verify() == ["The log is empty although it was in use: its entries were deleted."]


def test_the_name_in_an_entry_is_never_that_of_whom_the_same_thread_served_before(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """gunicorn's threads keep their context from one request to the next."""
    anna, ben = make_person(), Person("ben@example.org", secrets.token_urlsafe(12))
    accounts.create_user(ben.email, "viewer", password=ben.password)
    thread = contextvars.Context()
    monkeypatch.setattr(client, "contextvars", SimpleNamespace(Context=lambda: thread))
    signed_in(app, anna).request("GET", "/staff/")
    signed_in(app, ben)
    one, path = client.browser(app), f"/staff/set-up/{accounts.make_link(2)}"
    words = [("password", ben.password), ("again", ben.password)]
    assert one.request("POST", path, [("csrf_token", token_of(one.request("GET", path))), *words]).status == 303

    for action in ("signed in", "set a password"):
        actors = [actor for actor, subject in said(action) if subject == ben.email]
        assert actors
        assert anna.email not in actors
