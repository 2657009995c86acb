"""You said, we did: the board, the public page in every language, and what the next round says about an action."""

import datetime as dt
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.actions import service
from app.actions.judging import judge_all
from app.actions.tasks import tasks
from app.comments import quotes
from app.models.actions import Action
from app.models.comments import Quote
from app.models.staff import StaffUser
from app.staff import accounts
from app.storage import audit, db
from app.storage.refusals import NotFound, Refused
from app.themes import codebook
from tests.actions.entries import ENTRY
from tests.comments.inbox import drop_comment, put_comments
from tests.conftest import TODAY, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import Seen, StrictClient, browser, counted_queries
from tests.support.staff import token_of

PUBLIC, BOARD = "/you-said-we-did", "/staff/actions"


@pytest.fixture
def manager(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A survey manager's browser."""
    return client_of(app, "survey manager")


@pytest.fixture
def person(tiny: TinySurvey) -> StaffUser:
    """An evaluator."""
    return accounts.get_user(accounts.create_user("one@example.org", "evaluator", password="maple-orbit-candle-river"))


def send(client: StrictClient, path: str, *fields: tuple[str, str]) -> Seen:
    """Send a form with a token."""
    token = token_of(client.request("GET", "/staff/account"))
    return client.request("POST", path, [("csrf_token", token), *fields])


def shown_english(client: StrictClient, path: str) -> tuple[str, str]:
    """Return the field in which a form says which English it shows."""
    page = client.request("GET", path)
    return "english", next(one.get("value") for one in page.tree.iter("input") if one.get("name") == "english")


def translate(client: StrictClient, path: str, *fields: tuple[str, str]) -> Seen:
    """Send a form of a translation, with what its page says about the English it shows."""
    return send(client, path, shown_english(client, path), *fields)


def test_an_action_is_written_and_everybody_can_read_it(app: Flask, manager: StrictClient) -> None:
    assert "Nothing has been published here yet." in browser(app).request("GET", PUBLIC).words
    fields = [("said", "It is far"), ("did", "A van comes"), ("state", "done"), ("owner", "Early Help")]
    page = send(manager, f"{BOARD}/new", *fields, ("audiences", "family"), ("readers", "public"))
    assert page.status == 303
    assert "It is far" in manager.request("GET", BOARD).words
    for path in (PUBLIC, "/", f"{PUBLIC}?for=family", f"{PUBLIC}/poster"):
        shown = browser(app).request("GET", path).words
        assert "It is far" in shown, path
        assert "A van comes" in shown, path
        assert "Early Help" not in shown, "who does it is the council's business"
    assert service.list_public("en", "staff") == []
    page = send(manager, page.headers["location"], *fields, ("audiences", "family"), ("readers", "internal"))
    assert page.status == 303
    assert "It is far" not in browser(app).request("GET", PUBLIC).words


@pytest.mark.parametrize(
    ("without", "more", "sentence"),
    [
        ("said", [], "Write what people said."),
        ("did", [], "Write what was decided."),
        ("owner", [], "Enter a team or a role."),
        ("audiences", [], "Choose at least one audience."),
        ("state", [("state", "will not happen")], "Say why it will not happen."),
        ("", [("due_on", "soon")], "Enter a date"),
        ("", [("judged_by", "family-9:nothing")], "Not a valid choice"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(
    manager: StrictClient, without: str, more: list[tuple[str, str]], sentence: str
) -> None:
    given = {"said": "It is far", "did": "A van comes", "state": "done", "owner": "A team", "audiences": "family"}
    fields = [pair for pair in given.items() if pair[0] != without]
    page = send(manager, f"{BOARD}/new", *fields, *more, ("readers", "internal"))
    assert page.status == 422
    assert sentence in page.words
    assert without == "said" or "It is far" in page.body.decode()
    assert service.list_actions() == []


@pytest.mark.both_databases
def test_the_database_wants_a_reason_for_what_will_not_happen(person: StaffUser) -> None:
    service.add(person, ENTRY)
    with pytest.raises(IntegrityError), db.writing() as session:
        session.execute(update(Action).values(state="will not happen"))


def test_texts_in_a_language_are_shown_until_the_english_changes(
    app: Flask, manager: StrictClient, person: StaffUser
) -> None:
    number = service.add(person, ENTRY)
    texts = [("said", "دیر لگتی ہے"), ("did", "ہم اسی دن فون کرتے ہیں")]
    assert translate(manager, f"{BOARD}/{number}/texts/ur", *texts).status == 303
    assert "Up to date" in manager.request("GET", f"{BOARD}/{number}").words
    client = browser(app)
    client.request("GET", "/language/ur?to=/you-said-we-did")
    page = client.request("GET", PUBLIC)
    assert "دیر لگتی ہے" in page.words
    assert ENTRY.said not in page.words
    service.change(person, number, replace(ENTRY, did="We ring back within a day"))
    assert "Out of date" in manager.request("GET", f"{BOARD}/{number}").words
    page = client.request("GET", PUBLIC)
    assert "We ring back within a day" in page.words
    assert '<span lang="en" dir="ltr">We ring back' in page.body.decode()
    assert send(manager, f"{BOARD}/{number}/texts/xx", *texts).status == 404
    assert send(manager, f"{BOARD}/99/texts/ur", *texts).status == 404


def test_a_translation_of_an_english_that_was_changed_meanwhile_is_out_of_date(
    manager: StrictClient, person: StaffUser
) -> None:
    number = service.add(person, ENTRY)
    path = f"{BOARD}/{number}/texts/ur"
    shown = shown_english(manager, path)
    service.change(person, number, replace(ENTRY, did="We ring back within a week"))
    assert send(manager, path, shown, ("said", "دیر"), ("did", "ہم")).status == 303
    assert "Out of date" in manager.request("GET", f"{BOARD}/{number}").words
    assert translate(manager, path, ("said", "دیر"), ("did", "ہم")).status == 303
    assert service.list_public("ur")[0].said.lang == "ur"
    assert send(manager, path, ("english", "\x00" * 99), ("said", "دیر"), ("did", "ہم")).status == 303
    assert service.list_public("ur")[0].said.lang == "en"


def test_a_reason_is_translated_too(app: Flask, manager: StrictClient, person: StaffUser) -> None:
    number = service.add(person, replace(ENTRY, state="will not happen", why_not="It is too dear"))
    path, texts = f"{BOARD}/{number}/texts/pl", [("said", "Długo"), ("did", "Nie")]
    page = translate(manager, path, *texts)
    assert page.status == 422
    assert "Why not: Enter the translation." in page.words
    assert "Długo" in page.body.decode()
    assert translate(manager, path, *texts, ("why_not", "Za drogo")).status == 303
    client = browser(app)
    client.request("GET", "/language/pl")
    assert "Za drogo" in client.request("GET", PUBLIC).words


def test_every_change_is_in_the_log_without_words(person: StaffUser) -> None:
    number = service.add(person, ENTRY)
    service.change(person, number, ENTRY)
    service.change(person, number, replace(ENTRY, state="done", did="Other words", is_public=False))
    service.save_text(number, "pl", english="", said="Zebra", did="Zebra", why_not="")
    found = [(one.action, one.detail) for one in audit.list_all(audit.LogFilter(subject=f"action {number}"))]
    assert sorted(action for action, _detail in found) == [
        "added an action",
        "changed an action",
        "translated an action",
    ]
    details = " ".join(str(detail) for _action, detail in found)
    assert "did" in details
    assert "Other words" not in details
    assert "Zebra" not in details


def test_an_account_of_one_survey_writes_about_no_other(person: StaffUser) -> None:
    person.survey_slug = "staff"
    with pytest.raises(Refused, match="limited to one survey"):
        service.add(person, ENTRY)


def test_overdue_actions_are_a_task(person: StaffUser) -> None:
    late, due = TODAY - dt.timedelta(1), TODAY
    service.add(person, replace(ENTRY, due_on=late))
    service.add(person, replace(ENTRY, due_on=due))
    service.add(person, replace(ENTRY, due_on=late, state="done"))
    assert [task.text for task in tasks(person)] == ["1 action is overdue: say what happened, or set a new day."]


def test_a_quote_stands_beside_its_action_until_it_goes(app: Flask, person: StaffUser) -> None:
    (comment,) = put_comments("family-1", "A canary was kind")
    row = {"wave_id": "family-1", "question": "words", "text": "A canary was kind", "proposed_by": 1, "agreed_by": 2}
    with db.writing() as session:
        session.add(Quote(id=b"q" * 16, comment_id=comment, **row))
    service.add(person, replace(ENTRY, quote_id=b"q" * 16))
    assert "A canary was kind" in browser(app).request("GET", PUBLIC).words
    drop_comment(comment)
    quotes.withdraw(person, b"q" * 16)
    with db.writing() as session:
        session.delete(session.get_one(Quote, b"q" * 16))
    page = browser(app).request("GET", PUBLIC)
    assert "A canary" not in page.words
    assert ENTRY.said in page.words


def test_pages_ask_the_database_the_same_number_of_things(app: Flask, person: StaffUser) -> None:
    found = []
    for _more in range(2):
        for _one in range(3):
            service.add(person, ENTRY)
        for path in (PUBLIC, "/", f"{PUBLIC}/poster"):
            with counted_queries() as queries:
                browser(app).request("GET", path)
            found.append((path, len(queries)))
    assert found[:3] == found[3:]


def test_nothing_of_a_wave_without_results_is_judged(person: StaffUser) -> None:
    service.add(person, replace(ENTRY, wave_id="family-1", question="heard"))
    assert judge_all(service.list_public("en"), "en") == {}
    with pytest.raises(NotFound):
        service.get_action(99)


def test_an_action_names_a_theme_of_the_codebook(manager: StrictClient) -> None:
    theme = codebook.add("family", name="Waiting", meaning="It takes long")
    fields = [("said", "It is far"), ("did", "A van comes"), ("state", "done"), ("owner", "Early Help")]
    chosen = [("audiences", "family"), ("readers", "internal"), ("theme", str(theme))]
    page = send(manager, f"{BOARD}/new", *fields, *chosen)
    assert page.status == 303
    assert [one.theme_id for one in service.list_actions()] == [theme]
    shown = manager.request("GET", page.headers["location"])
    assert f'<option value="{theme}" selected>Families: Waiting' in shown.body.decode()
    assert send(manager, f"{BOARD}/new", *fields, *chosen[:2], ("theme", "99")).status == 422
