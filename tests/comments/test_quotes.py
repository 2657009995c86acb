"""Quotes: what they need, who agrees to them, and what happens where they go."""

import datetime as dt

import pytest
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.comments import masking, quotes
from app.comments.tasks import tasks
from app.models.comments import DestroyPrints, Quote
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import clock, db
from app.storage.refusals import NotFound, Refused
from tests.comments.inbox import drop_comment, put_comments
from tests.comments.test_pages import follow, send
from tests.comments.versions import MASK, QUOTES, add_user, masked, prints, quotes_of, waiting
from tests.support.client import StrictClient


@pytest.mark.both_databases
def test_a_quote_needs_a_second_reader(people: list[StaffUser]) -> None:
    one, two = people
    quotes.propose(one, masked(one))
    quotes.propose(one, quotes_of()[0].comment_id)
    assert [task.text for task in tasks(two)] == ["1 comment to read.", "1 quote waits for you to agree."]
    assert [task.text for task in tasks(one)] == ["1 comment to read."]
    (quote,) = waiting(one)
    with pytest.raises(Refused, match="second reader"):
        quotes.agree(one, quote.id)
    assert quotes.list_published() == []
    assert prints() == []
    quotes.agree(two, quote.id)
    quotes.agree(add_user("three@example.org", "evaluator"), quote.id)
    assert quotes_of()[0].agreed_by == two.id
    (published,) = quotes.list_published("family")
    assert (published.survey, published.text) == ("family", "Mrs Canary of [place or address] was kind")
    assert quotes.get_published([quote.id, b"0" * 16]) == {quote.id: published}
    assert quotes.list_published("staff") == []
    with pytest.raises(Refused, match="quoted"):
        masking.save_marks(one, quotes_of()[0].comment_id, [])
    quotes.withdraw(two, quote.id)
    quotes.withdraw(two, quote.id)
    assert (quotes.list_published(), quotes.get_published([quote.id])) == ([], {})
    assert prints() == [clock.next_month()], "posters may have it"


def test_a_quote_that_was_never_published_is_on_no_prints(people: list[StaffUser]) -> None:
    quotes.propose(people[0], masked(people[0]))
    quotes.withdraw(people[1], waiting(people[1])[0].id)
    assert (prints(), quotes_of()) == ([], [])


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
    (quote,) = waiting(people[1])
    drop_comment(one)
    with pytest.raises(NotFound):
        quotes.agree(people[1], quote.id)


def test_the_reader_who_proposed_can_be_deactivated(people: list[StaffUser]) -> None:
    quotes.propose(people[0], masked(people[0]))
    with db.writing() as session:
        session.get_one(StaffUser, people[0].id).is_enabled = False
    quotes.agree(people[1], waiting(people[1])[0].id)
    assert len(quotes.list_published()) == 1


def test_quotes_are_agreed_to_on_their_page_and_prints_are_a_task(
    reader: StrictClient, people: list[StaffUser]
) -> None:
    quotes.propose(people[0], masked(people[0]))
    with db.collecting() as session:
        session.add(DestroyPrints(before=dt.date(2027, 3, 1)))
    page = reader.request("GET", QUOTES)
    assert "Destroy prints made before March 2027" in page.words
    (quote,) = waiting(people[1])
    page = follow(reader, send(reader, f"{QUOTES}/decide", comment=quote.id.hex(), action="agree"))
    assert "The quote is published." in page.words
    page = follow(reader, send(reader, f"{QUOTES}/decide", before="2027-03-01", action="destroyed"))
    assert "Destroy prints made" not in page.words
    assert "no longer here" in follow(reader, send(reader, f"{QUOTES}/decide", comment="zz", action="agree")).words
    page = follow(reader, send(reader, f"{QUOTES}/decide", comment=quote.id.hex(), action="withdraw"))
    assert "No quote is published." in page.words


def test_what_is_proposed_is_what_the_page_shows(reader: StrictClient, people: list[StaffUser]) -> None:
    one = masked(people[0])
    page = send(reader, MASK, comment=one.hex(), action="propose", words="canary", reason="name")
    assert "[name of a person] of SK1 3XE" in page.words, "the tick was taken away, and the words in the box left out"
    assert quotes_of()[0].text == "Mrs [name of a person] of SK1 3XE was kind"
    assert "This version is proposed as a quote" in page.words
    quotes.agree(people[1], quotes_of()[0].id)
    assert "This version is a published quote" in send(reader, MASK, comment=one.hex()).words
    quotes.withdraw(people[1], quotes_of()[0].id)
    page = send(reader, MASK, comment=one.hex(), action="propose paraphrase", paraphrase="A worker was kind.")
    assert [(quote.text, quote.language) for quote in quotes_of()] == [("A worker was kind.", "en")]
