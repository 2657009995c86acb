"""One administrator is not both people of an act of two; askers who may not ask any more, and old requests."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.cards.approvals import IssueCards
from app.counting import opener
from app.demo import borough
from app.keys import views as pages
from app.keys.approvals import DestroyKeys
from app.models.office import PendingBurn, PendingIssue
from app.models.staff import StaffUser
from app.staff import accounts, approvals
from app.storage import audit, clock, db, keyring
from app.storage.refusals import Refused
from tests.cards.test_sheets import codes_of, issue
from tests.conftest import TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient, browser
from tests.support.office import Office, ask_for_cards, post
from tests.support.staff import Person, sign_in, signed_in, token_of

WORDS = "violin-staple-harbour-moss"
DAY = dt.timedelta(days=1)
DESTRUCTION, DESTRUCTION_WAITS = "/staff/keys/wave/family-1/destroy", "/staff/keys/waiting/1"
CARDS_WAIT = "/staff/cards/waiting/1"
MODELS: dict[str, Any] = {DESTRUCTION_WAITS: PendingBurn, CARDS_WAIT: PendingIssue}


@pytest.fixture(autouse=True)
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page waits for the opener, which the tests run by hand."""
    monkeypatch.setattr(pages.requests, "wait_for", lambda *_given: None)


def ask(client: StrictClient, waits: str) -> None:
    """Ask for one of the two acts; for keys the round has to be closed."""
    answer = post(client, DESTRUCTION) if waits == DESTRUCTION_WAITS else issue(client)
    assert (answer.status, answer.headers["location"]) == (303, waits)


def ready(office: Office, waits: str) -> None:
    """Close the round when its keys are to be destroyed; cards need a second person while it is open."""
    if waits == DESTRUCTION_WAITS:
        office.survey.close_wave()


def state(waits: str) -> str:
    """Return what the table says of the first request."""
    with db.reading() as session:
        return str(session.scalars(select(MODELS[waits].state)).one())


def change(email: str, **values: object) -> None:
    """Change an account's row, as time or another page would have."""
    with db.writing() as session:
        row = session.scalars(select(StaffUser).filter_by(email=email)).one()
        for name, value in values.items():
            setattr(row, name, value)


def number_of(email: str) -> int:
    """Return an account's number."""
    return next(user.id for user in accounts.list_users() if user.email == email)


def made_ago(waits: str, age: dt.timedelta) -> None:
    """Let the request have been made some time ago."""
    with db.writing() as session:
        session.scalars(select(MODELS[waits])).one().asked_at = clock.now() - age


def use_link(app: Flask, page: Any, email: str) -> StrictClient:
    """Set a password with the one-time link on a page, sign in, and return the browser."""
    link = page.find("code").text
    client = browser(app)
    path = link[link.index("/staff/set-up/") :]
    token = token_of(client.request("GET", path))
    fields = [("csrf_token", token), ("password", WORDS), ("again", WORDS)]
    assert client.request("POST", path, fields).status == 303
    return signed_in(app, Person(email, WORDS))


def make_person(app: Flask, admin: StrictClient, email: str) -> StrictClient:
    """Make an evaluator's account on the pages and return its browser."""
    page = post(admin, "/staff/people/new", email=email, role="evaluator", locality="", survey="")
    assert page.status == 200
    assert "can approve new requests" in page.words
    return use_link(app, page, email)


def logged(action: str) -> list[tuple[str, str]]:
    """Return who did something and to what, oldest first."""
    entries, _older = audit.list_entries(0)
    return [(entry.actor, entry.subject) for entry in reversed(entries) if entry.action == action]


def assert_not_agreed(client: StrictClient, waits: str, sentence: str) -> None:
    """Fail unless agreeing is refused with a sentence, and nothing has happened."""
    answer = post(client, waits, form="/staff/account", action="agree")
    assert (answer.status, sentence in answer.words) == (409, True), answer.words
    opener.answer_requests()
    assert state(waits) == "waiting"
    assert keyring.front_files("wave", "family-1")
    assert not [action for action in ("agreed to burn keys", "agreed to cards") if logged(action)]


@pytest.mark.parametrize("waits", MODELS)
def test_an_administrator_with_two_new_accounts_is_alone(app: Flask, office: Office, waits: str) -> None:
    ready(office, waits)
    admin = client_of(app, "administrator")
    one, two = (make_person(app, admin, f"made.{n}@example.org") for n in "ab")
    ask(one, waits)
    page = two.request("GET", waits)
    today, settled = clock.today(), clock.today() + 7 * DAY

    assert "You cannot approve this request" in page.words
    assert f"requests made from {settled:%-d %B %Y}" in page.words
    assert "agree" not in [button.get("value") for button in page.tree.iter("button")]
    assert_not_agreed(
        two,
        waits,
        f"An administrator created or changed the account made.b@example.org, or created a one-time link for it, "
        f"on {today:%-d %B %Y}. For 7 days after that, it cannot be used to approve requests.",
    )
    assert post(office.second, waits, action="agree").status == 303, "a colleague's own account still may"


@pytest.mark.parametrize("waits", MODELS)
@pytest.mark.parametrize("how", ["a new link", "another role"])
def test_an_account_that_was_taken_over_agrees_to_nothing(app: Flask, office: Office, waits: str, how: str) -> None:
    ready(office, waits)
    admin, number = client_of(app, "administrator"), number_of("b@example.org")
    ask(office.asker, waits)

    if how == "a new link":
        taken = use_link(app, post(admin, f"/staff/people/{number}/link", form="/staff/account"), "b@example.org")
    else:
        fields = {"role": "survey manager", "locality": "", "survey": ""}
        assert post(admin, f"/staff/people/{number}", email="b@example.org", **fields).status == 303
        taken = browser(app)
        with db.reading() as session:
            assert session.get_one(StaffUser, number).role == "survey manager"
        change("b@example.org", password_hash=accounts._hasher.hash(WORDS))
        assert sign_in(taken, "b@example.org", WORDS).status == 303

    assert_not_agreed(taken, waits, "created or changed the account b@example.org")


@pytest.mark.parametrize(
    ("handed", "asked", "may"),
    [(6 * DAY, 0 * DAY, False), (7 * DAY, 0 * DAY, True), (9 * DAY, 3 * DAY, False), (8 * DAY, 9 * DAY, False)],
)
def test_an_account_counts_for_what_is_asked_seven_days_later(
    office: Office, handed: dt.timedelta, asked: dt.timedelta, may: bool
) -> None:
    ready(office, DESTRUCTION_WAITS)
    ask(office.asker, DESTRUCTION_WAITS)
    made_ago(DESTRUCTION_WAITS, asked)
    change("b@example.org", admin_changed_at=clock.now() - handed)

    answer = post(office.second, DESTRUCTION_WAITS, form="/staff/account", action="agree")

    assert (answer.status, state(DESTRUCTION_WAITS)) == ((303, "agreed") if may else (409, "waiting"))


def test_an_account_from_the_command_line_counts_at_once(app: Flask, office: Office) -> None:
    ready(office, DESTRUCTION_WAITS)
    ask(office.asker, DESTRUCTION_WAITS)
    words = ["user", "create", "first@example.org", "--role", "evaluator", "--password-stdin"]
    assert app.test_cli_runner().invoke(args=words, input=f"{WORDS}\n").exit_code == 0

    answer = post(signed_in(app, Person("first@example.org", WORDS)), DESTRUCTION_WAITS, action="agree")

    assert (answer.status, state(DESTRUCTION_WAITS)) == (303, "agreed")


def test_the_demonstrations_accounts_count_at_each_start(app: Flask, office: Office) -> None:
    borough.fresh_sign_ins()
    ready(office, DESTRUCTION_WAITS)
    ask(office.asker, DESTRUCTION_WAITS)
    change("second@example.org", admin_changed_at=clock.now())
    _role, password = borough.fresh_sign_ins()["second@example.org"]

    answer = post(signed_in(app, Person("second@example.org", password)), DESTRUCTION_WAITS, action="agree")

    assert (answer.status, state(DESTRUCTION_WAITS)) == (303, "agreed")


CHANGES: dict[str, tuple[dict[str, object], str]] = {
    "another role": ({"role": "viewer"}, "no longer has permission to make it"),
    "another area": ({"locality": "south"}, "no longer has permission to make it"),
    "another survey": ({"survey_slug": "young"}, "no longer has permission to make it"),
    "shut": ({"is_enabled": False}, "has been deactivated"),
}


@pytest.mark.parametrize("waits", MODELS)
@pytest.mark.parametrize("name", CHANGES)
def test_who_asked_must_still_be_allowed_to(office: Office, waits: str, name: str) -> None:
    ready(office, waits)
    ask(office.asker, waits)
    values, sentence = CHANGES[name]
    change("a@example.org", **values)

    assert_not_agreed(office.second, waits, sentence)


@pytest.mark.parametrize("waits", MODELS)
def test_who_asked_must_have_asked_with_the_account_as_it_is(app: Flask, office: Office, waits: str) -> None:
    ready(office, waits)
    ask(office.asker, waits)
    admin = client_of(app, "administrator")
    post(admin, f"/staff/people/{number_of('a@example.org')}/link", form="/staff/account")

    assert_not_agreed(office.second, waits, "since it made this request")


@pytest.mark.parametrize("who", ["a", "b"])
@pytest.mark.parametrize("name", CHANGES)
def test_agreed_cards_are_printed_only_while_both_may(office: Office, who: str, name: str) -> None:
    ask(office.asker, CARDS_WAIT)
    assert post(office.second, CARDS_WAIT, action="agree").status == 303
    change(f"{who}@example.org", **CHANGES[name][0])

    with pytest.raises(Refused):
        approvals.carry_out(IssueCards, 1, accounts.get_user(number_of("a@example.org")))

    assert state(CARDS_WAIT) == "agreed"


def test_who_takes_over_the_askers_account_prints_nothing(app: Flask, office: Office) -> None:
    ask(office.asker, CARDS_WAIT)
    assert post(office.second, CARDS_WAIT, action="agree").status == 303
    link = f"/staff/people/{number_of('a@example.org')}/link"
    taken = use_link(app, post(client_of(app, "administrator"), link, form="/staff/account"), "a@example.org")

    sheet = post(taken, f"{CARDS_WAIT}/print", form=CARDS_WAIT, look="cards", language="en")

    assert (sheet.status, codes_of(sheet), state(CARDS_WAIT)) == (409, [], "agreed")


def by_hand(act: Callable[[], object]) -> object:
    """Do something as an administrator's page does, named in the log."""
    with audit.acting("admin@example.org"):
        return act()


@pytest.mark.both_databases
def test_the_same_on_each_database(tiny: TinySurvey) -> None:
    for name in ("asker", "second"):
        accounts.create_user(f"{name}@example.org", "evaluator")
    by_hand(lambda: accounts.create_user("new@example.org", "evaluator"))
    asker, second, new = (accounts.get_user(number_of(f"{name}@example.org")) for name in ("asker", "second", "new"))
    number = ask_for_cards(asker, "more")
    with pytest.raises(Refused, match="cannot be used to approve requests"):
        approvals.decide(IssueCards, number, new, is_agreed=True)
    approvals.decide(IssueCards, number, second, is_agreed=True)
    assert [len(pile.codes) for pile in approvals.carry_out(IssueCards, number, asker)] == [30]
    tiny.close_wave()
    keys = approvals.ask(DestroyKeys(survey_slug=tiny.slug, kind="wave", subject=tiny.wave), asker)
    with pytest.raises(Refused, match="cannot be used to approve requests"):
        approvals.decide(DestroyKeys, keys, new, is_agreed=True)
    made_ago(DESTRUCTION_WAITS, 15 * DAY)
    approvals.expire_old()
    assert (state(DESTRUCTION_WAITS), logged("a request to burn keys expired")) == (
        "expired",
        [(audit.CALENDAR, tiny.wave)],
    )
    assert audit.verify() == []
