"""Public versions of comments, and quotes: who makes them, who sees them, and what a second reader is for."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from app.comments import harm, masking, quotes
from app.comments.tasks import tasks
from app.models.comments import DestroyPrints, MaskedComment, Quote
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.staff import accounts
from app.storage import db
from app.storage.refusals import NotFound, Refused
from tests.comments.inbox import drop_comment, put_comments
from tests.comments.test_pages import follow, id_on, send
from tests.conftest import TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient, counted_queries

MASK, MASKED, QUOTES = "/staff/comments/mask", "/staff/comments/masked", "/staff/comments/quotes"
CANARY = "Mrs Canary of SK1 3XE was kind"


@pytest.fixture
def reader(app: Flask, tiny: TinySurvey) -> StrictClient:
    """An evaluator's browser."""
    return client_of(app, "evaluator")


@pytest.fixture
def researcher(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A practitioner researcher's browser."""
    return client_of(app, "practitioner researcher")


@pytest.fixture
def people(tiny: TinySurvey) -> list[StaffUser]:
    """Two evaluators, and a comment's wave that is over with enough answers."""
    with db.collecting() as session:
        session.execute(update(Wave).where(Wave.id == tiny.wave).values(state="closed"))
    return [add_user(f"{name}@example.org", "evaluator") for name in ("one", "two")]


def add_user(email: str, role: str) -> StaffUser:
    """Create an account and return it."""
    return accounts.get_user(accounts.create_user(email, role, password="maple-orbit-candle-river"))


def masked(person: StaffUser, body: str = CANARY, opened: int = 40) -> bytes:
    """Put a comment into the inbox and mask it."""
    (one,) = put_comments("family-1", body, opened=opened)
    masking.save_marks(person, one, masking.suggest(body))
    return one


def test_a_comment_is_masked_by_code_and_by_hand(reader: StrictClient, researcher: StrictClient) -> None:
    put_comments("family-1", CANARY)
    page = send(reader, "/staff/comments/read")
    page = send(reader, MASK, comment=id_on(page))
    assert "Mrs Canary of [place or address] was kind" in page.words
    assert "not saved yet" in page.words
    ticked = [e.get("value") or "" for e in page.tree.iter("input") if e.get("name") == "mark"]
    page = send(reader, MASK, comment=id_on(page), action="leave out", mark=ticked[0], words="canary", reason="name")
    assert "Mrs [name of a person] of [place or address] was kind" in page.words
    assert masking.find(bytes.fromhex(id_on(page))) is None, "nothing is stored before Save"
    ticked = [e.get("value") or "" for e in page.tree.iter("input") if e.get("name") == "mark"]
    assert len(ticked) == 2
    page = send(reader, MASK, comment=id_on(page), action="save", mark=ticked[0])
    assert "The public version has been saved." in page.words
    assert "Mrs [name of a person] of SK1 3XE was kind" in page.words, "the other tick was taken away"

    seen = researcher.request("GET", MASKED)
    assert "Mrs [name of a person] of SK1 3XE was kind" in seen.words
    assert "Canary" not in seen.words


def test_a_paraphrase_replaces_the_version_with_parts_left_out(reader: StrictClient, researcher: StrictClient) -> None:
    (one,) = put_comments("family-1", CANARY)
    page = send(reader, MASK, comment=one.hex(), action="paraphrase", paraphrase=" ")
    assert page.status == 422
    assert "Write the comment in your own words." in page.words
    send(reader, MASK, comment=one.hex(), action="paraphrase", paraphrase="A worker was kind.")
    seen = researcher.request("GET", f"{MASKED}?survey=family&wave=family-1")
    assert "A worker was kind." in seen.words
    assert "A paraphrase by a reader" in seen.words
    assert "0 comments" in researcher.request("GET", f"{MASKED}?survey=nothing&page=7").words


@pytest.mark.parametrize("words", ["", "nowhere in it"])
def test_words_that_are_not_there_are_said_and_nothing_is_lost(reader: StrictClient, words: str) -> None:
    (one,) = put_comments("family-1", CANARY)
    fields = {"comment": one.hex(), "action": "leave out", "mark": "14-21-place", "words": words, "reason": "name"}
    page = send(reader, MASK, **fields)
    assert page.status == 422
    assert "These words are not in the comment" in page.words
    assert "[place or address]" in page.words


@pytest.mark.parametrize(
    "mark", ["", "-1-5-name", "5-2-name", "0-9999-name", "a-b-name", "0-5", "0-5-nothing", "٣-٥-name"]
)
def test_marks_that_no_form_sends_are_dropped(reader: StrictClient, mark: str) -> None:
    (one,) = put_comments("family-1", CANARY)
    assert CANARY in send(reader, MASK, comment=one.hex(), action="save", mark=mark).words


def test_a_researcher_sees_no_raw_words_on_any_page(app: Flask, researcher: StrictClient) -> None:
    """The list has the words that were left out in none of its answers, and no other page lets this role in."""
    evaluator = add_user("evaluator@example.org", "evaluator")
    one = masked(evaluator)
    put_comments("family-1", "Canary that nobody masked")
    paths = ["comments", "comments/list", "comments/harm", "comments/reports", "comments/quotes"]
    for path in paths:
        assert researcher.request("GET", f"/staff/{path}").status == 403, path
    posts = ["comments/read", "comments/list", "comments/harm/report", "comments/mask", "comments/quotes/decide"]
    for path in posts:
        page = send(researcher, f"/staff/{path}", comment=one.hex(), action="show")
        assert (page.status, b"Canary" in page.body) == (403, False), path
    page = researcher.request("GET", MASKED)
    assert "Mrs Canary of [place or address] was kind" in page.words, (
        "a name that code cannot know stays: readers see to it"
    )
    assert "SK1 3XE" not in page.words
    assert "nobody masked" not in page.words


def test_what_may_tell_of_harm_is_neither_masked_nor_quoted_nor_listed(people: list[StaffUser]) -> None:
    lead = add_user("lead@example.org", "safeguarding lead")
    one = masked(people[0])
    quotes.propose(people[0], one)
    quotes.agree(people[1], quotes.list_quotes(people[1])[0].id)
    harm.report(people[0], one, "lead")
    assert (masking.list_versions(people[0])[1], quotes.list_published()) == (0, [])
    with pytest.raises(Refused, match="may tell of harm"):
        masking.save_marks(people[0], one, [])
    harm.take_up(lead, one)
    harm.decide(lead, one, "no harm")
    assert (masking.list_versions(people[0])[1], len(quotes.list_published())) == (1, 1)


def test_a_quote_needs_a_second_reader(people: list[StaffUser]) -> None:
    one, two = people
    quotes.propose(one, masked(one))
    quotes.propose(one, quotes_of(one)[0].comment_id)
    assert [task.text for task in tasks(two)] == ["1 comment to read.", "1 quote waits for you to agree."]
    assert [task.text for task in tasks(one)] == ["1 comment to read."]
    (quote,) = quotes.list_quotes(one)
    with pytest.raises(Refused, match="second reader"):
        quotes.agree(one, quote.id)
    assert quotes.list_published() == []
    quotes.agree(two, quote.id)
    (published,) = quotes.list_published("family")
    assert (published.survey, published.text) == ("family", "Mrs Canary of [place or address] was kind")
    assert quotes.get_published([quote.id, b"0" * 16]) == {quote.id: published}
    assert quotes.list_published("staff") == []
    with pytest.raises(Refused, match="quoted"):
        masking.save_marks(one, quotes_of(one)[0].comment_id, [])
    quotes.withdraw(two, quote.id)
    quotes.withdraw(two, quote.id)
    assert (quotes.list_published(), quotes.get_published([quote.id])) == ([], {})


def quotes_of(_person: StaffUser) -> list[Quote]:
    """Return the rows of all quotes."""
    with db.reading() as session:
        return list(session.scalars(select(Quote)))


@pytest.mark.both_databases
def test_the_database_refuses_a_quote_with_one_reader(people: list[StaffUser]) -> None:
    quotes.propose(people[0], masked(people[0]))
    with pytest.raises(IntegrityError), db.writing() as session:
        session.execute(update(Quote).values(agreed_by=people[0].id))


@pytest.mark.parametrize(("state", "opened"), [("open", 40), ("closed", 29)])
def test_a_quote_needs_a_round_that_is_over_with_thirty_answers(
    people: list[StaffUser], state: str, opened: int
) -> None:
    with db.collecting() as session:
        session.execute(update(Wave).values(state=state))
    one = masked(people[0], opened=opened)
    with pytest.raises(Refused, match="at least 30 answers"):
        quotes.propose(people[0], one)


def test_a_comment_that_goes_while_its_quote_waits_is_said_to_be_gone(people: list[StaffUser]) -> None:
    one = masked(people[0])
    with pytest.raises(Refused, match="Save the public version first"):
        quotes.propose(people[0], put_comments("family-1", "Other")[0])
    quotes.propose(people[0], one)
    (quote,) = quotes.list_quotes(people[1])
    drop_comment(one)
    with pytest.raises(NotFound):
        quotes.agree(people[1], quote.id)


def test_the_reader_who_proposed_can_be_deactivated(people: list[StaffUser]) -> None:
    quotes.propose(people[0], masked(people[0]))
    with db.writing() as session:
        session.get_one(StaffUser, people[0].id).is_enabled = False
    quotes.agree(people[1], quotes.list_quotes(people[1])[0].id)
    assert len(quotes.list_published()) == 1


def test_quotes_are_agreed_to_on_their_page_and_prints_are_a_task(
    reader: StrictClient, people: list[StaffUser]
) -> None:
    quotes.propose(people[0], masked(people[0]))
    with db.collecting() as session:
        session.add(DestroyPrints(before=dt.date(2027, 3, 1)))
    page = reader.request("GET", QUOTES)
    assert "Destroy prints made before March 2027" in page.words
    (quote,) = quotes.list_quotes(people[1])
    page = follow(reader, send(reader, f"{QUOTES}/decide", comment=quote.id.hex(), action="agree"))
    assert "The quote is published." in page.words
    page = follow(reader, send(reader, f"{QUOTES}/decide", before="2027-03-01", action="destroyed"))
    assert "Destroy prints made" not in page.words
    assert "no longer here" in follow(reader, send(reader, f"{QUOTES}/decide", comment="zz", action="agree")).words
    page = follow(reader, send(reader, f"{QUOTES}/decide", comment=quote.id.hex(), action="withdraw"))
    assert "No quote is published." in page.words


def test_of_two_readers_the_last_version_stands(people: list[StaffUser]) -> None:
    one = masked(people[0])
    masking.save_paraphrase(people[1], one, "A worker was kind.")
    masking.save_marks(people[0], one, [(0, 3, "name"), (0, 3, "name")])
    with db.reading() as session:
        version = session.get_one(MaskedComment, one)
    assert (version.text, version.is_paraphrase) == ("[name of a person] Canary of SK1 3XE was kind", False)


def test_lists_ask_the_database_the_same_number_of_things(reader: StrictClient, people: list[StaffUser]) -> None:
    found = []
    for _more in range(2):
        for body in ("One", "Two", "Three"):
            masked(people[0], body)
        with counted_queries() as queries:
            reader.request("GET", MASKED)
        found.append(len(queries))
    assert found[0] == found[1]
