"""Every role against every staff page, reading and sending; and what lies outside an account's area or survey."""

import secrets
from collections.abc import Iterator

import pytest
from flask import Flask

from app.actions import service as actions
from app.cards import service as cards
from app.core import permissions
from app.core.permissions import ROLES, SECOND_FACTOR, Permission
from app.fieldwork import offer_log
from app.models.staff import StaffSession, StaffUser
from app.staff import accounts
from app.storage import db
from app.storage.refusals import Refused
from app.surveys import waves
from app.themes import codebook
from app.web.requires import need_of
from tests.actions.entries import ENTRY
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser
from tests.support.office import ask_for_cards
from tests.support.staff import sign_in, token_of

EVERYBODY = frozenset(ROLES)
RUNS, ADMINISTERS = frozenset({"survey manager", "evaluator"}), frozenset({"administrator"})
READERS = frozenset({"evaluator", "safeguarding lead"})
BY_HAND = {
    "home.show_home": EVERYBODY,
    "rounds.show_round": EVERYBODY,
    "offers.count_offers": EVERYBODY,
    "rounds.new_round": RUNS,
    "rounds.edit_frame": RUNS,
    "rounds.open_round": RUNS,
    "rounds.close_round": RUNS,
    "rounds.release_round": RUNS,
    "own_words.edit_reading_day": RUNS,
    "own_words.choose": RUNS,
    "batches.new_batch": RUNS,
    "batches.print_pending": RUNS,
    "batches.void_cards": RUNS,
    "keys.list_keys": EVERYBODY,
    "keys.ask_destruction": RUNS,
    "keys.show_destruction": RUNS,
    "evidence.list_evidence": EVERYBODY,
    "evidence.show_evidence": EVERYBODY,
    "evidence.rate_evidence": frozenset({"evaluator"}),
    "evidence.edit_rival": frozenset({"evaluator"}),
    "evidence.edit_figure": frozenset({"evaluator"}),
    "evidence.download_evidence": frozenset({"evaluator"}),
    "comments.show_desk": READERS,
    "comments.list_comments": READERS,
    "comments.read_comment": READERS,
    "comments.report_harm": READERS,
    "comments.show_rule": READERS,
    "masking.mask_comment": READERS,
    "masking.list_quotes": READERS,
    "masking.decide_quote": READERS,
    "masking.list_versions": READERS | {"practitioner researcher"},
    "comments.list_reports": frozenset({"safeguarding lead"}),
    "comments.decide_report": frozenset({"safeguarding lead"}),
    "assisted_entry.create_link": RUNS | {"practitioner researcher"},
    "people.list_people": ADMINISTERS,
    "people.make_link": ADMINISTERS,
    "people.deactivate_person": ADMINISTERS,
    "audit_log.download_log": ADMINISTERS | {"data protection officer"},
    "audit_log.show_log": ADMINISTERS | {"data protection officer"},
}
"""Written by hand, so that a slip in the table is seen."""
KEYS = {"kind": "wave", "subject": "family-1"}


def client_of(app: Flask, role: str, **scope: str) -> StrictClient:
    """Return a browser in which somebody with a role is signed in, second factor and all."""
    email, password = f"{secrets.token_hex(4)}@example.org", secrets.token_urlsafe(16)
    accounts.create_user(email, role, password=password, **scope)
    client = browser(app)
    assert sign_in(client, email, password).status == 303
    with db.writing() as session:
        for row in session.query(StaffSession):
            row.is_complete = True
        session.query(StaffUser).filter_by(email=email).one().totp_box = b"a second factor"
    return client


@pytest.fixture
def subjects(app: Flask, tiny: TinySurvey) -> dict[str, object]:
    """What addresses name: a wave, a batch, a batch that waits, a survey, an account."""
    cards.issue_cards("family", batch="north visits", locality="north", channel="visit", count=40)
    number = accounts.create_user("other@example.org", "survey manager", password="maple-orbit-candle-river")
    waiting = ask_for_cards(accounts.get_user(number), "late", 40)
    batch = offer_log.list_offers("family-1")[0].batch.id
    return {
        "wave_id": "family-1",
        "batch_id": batch,
        "number": waiting,
        "survey": "family",
        "token": "none",
        "code": "S6",
        "action_id": actions.add(accounts.get_user(number), ENTRY),
        "tag": "ur",
        "theme": codebook.add("family", name="Being heard", meaning="Somebody listens"),
        "end": "csv",
        **KEYS,
    }


def pages(app: Flask, subjects: dict[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield endpoint, method and address of everything on the staff side that asks for a permission."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        need = need_of(rule.endpoint)
        if need is None or need.permission is Permission.SIGN_IN or rule.endpoint.startswith("accounts.sign_out"):
            continue
        path = adapter.build(rule.endpoint, {name: subjects[name] for name in rule.arguments}, force_external=False)
        for method in ("GET", "POST"):
            if method in (rule.methods or ()):
                yield rule.endpoint, method, path


def ask(client: StrictClient, method: str, path: str, token: str) -> Seen:
    """Send one request, a POST with a token and nothing else."""
    return client.request(method, path, [("csrf_token", token)] if method == "POST" else None)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reaches_what_the_table_says(app: Flask, subjects: dict[str, object], role: str) -> None:
    client = client_of(app, role)
    token = token_of(client.request("GET", "/staff/account"))
    wrong = []
    for endpoint, method, path in pages(app, subjects):
        need = need_of(endpoint)
        assert need is not None
        answer = ask(client, method, path, token)
        is_let_in = answer.status != 403 and answer.headers.get("location") != "/staff/sign-in"
        if is_let_in != (need.permission in ROLES[role]) or answer.status >= 500:
            wrong.append((endpoint, method, answer.status))
        if endpoint in BY_HAND and is_let_in != (role in BY_HAND[endpoint]):
            wrong.append((endpoint, method, "not as written by hand"))
    assert wrong == []


def test_the_matrix_is_not_empty(app: Flask, subjects: dict[str, object]) -> None:
    found = {endpoint for endpoint, _method, _path in pages(app, subjects)}
    assert set(BY_HAND) <= found
    assert len(found) >= 25
    assert {"administrator", "safeguarding lead", "practitioner researcher"} <= SECOND_FACTOR


@pytest.mark.parametrize("role", sorted(SECOND_FACTOR))
def test_without_the_second_factor_no_page_opens(app: Flask, subjects: dict[str, object], role: str) -> None:
    email, password = "half@example.org", secrets.token_urlsafe(16)
    accounts.create_user(email, role, password=password)
    client = browser(app)
    sign_in(client, email, password)
    token = token_of(client.request("GET", "/staff/second-factor/set-up"))
    for _endpoint, method, path in pages(app, subjects):
        answer = ask(client, method, path, token)
        assert (answer.status, answer.headers.get("location")) == (303, "/staff/second-factor"), path


def test_what_lies_in_another_survey_is_not_there(app: Flask, subjects: dict[str, object]) -> None:
    TinySurvey("young")
    client = client_of(app, "evaluator", survey="young")
    token = token_of(client.request("GET", "/staff/account"))
    own = waves.list_waves("young")[0].id
    assert client.request("GET", f"/staff/rounds/{own}").status == 200
    foreign = 0
    for endpoint, method, path in pages(app, subjects):
        if "family" in path or "waiting" in path:
            assert ask(client, method, path, token).status == 404, (endpoint, method)
            foreign += 1
    assert foreign >= 14
    for path in ("/staff/", "/staff/rounds", "/staff/cards", "/staff/tally"):
        assert "north visits" not in client.request("GET", path).words
        assert "family-1" not in client.request("GET", path).words
        assert "Families, round" not in client.request("GET", path).words


def test_what_lies_in_another_area_is_not_there(app: Flask, subjects: dict[str, object]) -> None:
    client = client_of(app, "evaluator", locality="south")
    assert client.request("GET", f"/staff/tally/family-1/{subjects['batch_id']}").status == 404
    assert client.request("GET", f"/staff/cards/waiting/{subjects['number']}").status == 404
    for path in ("/staff/", "/staff/cards", "/staff/cards/void", "/staff/tally"):
        assert "north visits" not in client.request("GET", path).words, path
    token = token_of(client.request("GET", "/staff/account"))
    fields = [("csrf_token", token), ("batch", str(subjects["batch_id"]))]
    assert client.request("POST", "/staff/cards/void", fields).status == 404


def test_who_sees_one_area_does_nothing_to_all_areas(app: Flask, subjects: dict[str, object]) -> None:
    client = client_of(app, "evaluator", locality="north")
    token = token_of(client.request("GET", "/staff/account"))
    needs = {name: need_of(name) for name in app.view_functions}
    whole = {name for name, need in needs.items() if need and need.permission in permissions.WHOLE_SURVEY}
    asked = [(name, method, path) for name, method, path in pages(app, subjects) if name in whole]
    assert {name for name, _method, _path in asked} == whole
    for name, method, path in asked:
        assert ask(client, method, path, token).status == 403, (name, method)
    assert waves.get_wave("family-1").state == "open"
    assert client.request("GET", "/staff/rounds/family-1").links("Close round") == []


@pytest.mark.parametrize("role", sorted(permissions.UNSCOPED))
def test_who_makes_accounts_or_reads_the_log_has_no_bounds(app: Flask, role: str) -> None:
    with pytest.raises(Refused, match="all areas"):
        accounts.create_user("bound@example.org", role, locality="north")
    number = accounts.create_user("bound@example.org", "viewer", locality="north")
    with pytest.raises(Refused, match="all areas"):
        accounts.change_user(number, role, locality=None, survey="family")
    assert accounts.get_user(number).role == "viewer"
