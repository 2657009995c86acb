"""Public versions of comments: who makes them, and who sees them."""

import pytest
from flask import Flask

from app.comments import harm, masking, quotes
from app.core.codes import make_code
from app.models.comments import MaskedComment
from app.models.staff import StaffUser
from app.storage import db
from app.storage.refusals import NotFound, Refused
from app.web.requires import need_of
from tests.comments.inbox import put_comments
from tests.comments.test_pages import body_of, id_on, send
from tests.comments.versions import CANARY, MASK, MASKED, QUOTES, add_user, masked, quotes_of, waiting
from tests.support.client import StrictClient, counted_queries
from tests.support.staff import token_of

CODE = make_code()
ACTIONS = ("", "show", "next", "note", "hand over", "report", "leave out", "save", "propose", "paraphrase", "agree")


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
    page = send(reader, MASK, comment=one.hex())
    assert "A worker was kind." in page.words
    assert "not saved yet" not in page.words
    page = send(reader, MASK, comment=one.hex(), action="leave out", words="Canary", reason="name")
    assert "Mrs [name of a person] of SK1 3XE" in page.words
    assert "not saved yet" in page.words, "it would replace the paraphrase"
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
    """Each staff page is asked for, and each that takes a form is sent the comment's id with each button."""
    evaluator = add_user("evaluator@example.org", "evaluator")
    one = masked(evaluator, "Canary of SK1 3XE, 3 May 2026")
    put_comments("family-1", "Canary that nobody masked")
    masking.save_marks(evaluator, one, [(0, 6, "name"), *masking.suggest("Canary of SK1 3XE, 3 May 2026")])
    adapter = app.url_map.bind("localhost")
    asked = 0
    for rule in app.url_map.iter_rules():
        if need_of(rule.endpoint) is None or rule.arguments or "sign_out" in rule.endpoint:
            continue
        path, methods = adapter.build(rule.endpoint), rule.methods or ()
        found = [researcher.request("GET", path)] if "GET" in methods else []
        if "POST" in methods and rule.endpoint.startswith(("comments.", "masking.")):
            found += [send(researcher, path, comment=one.hex(), action=action) for action in ACTIONS]
            assert {page.status for page in found} == {403}
        assert not [page for page in found if b"Canary" in page.body or b"SK1" in page.body], path
        asked += len(found)
    assert asked > 60
    page = researcher.request("GET", MASKED)
    assert "[name of a person] of [place or address], [date]" in page.words
    assert "1 comment" in page.words


def test_what_may_tell_of_harm_is_neither_masked_nor_quoted_nor_listed(people: list[StaffUser]) -> None:
    lead = add_user("lead@example.org", "safeguarding lead")
    one = masked(people[0])
    quotes.propose(people[0], one)
    quotes.agree(people[1], waiting(people[1])[0].id)
    (quote,) = quotes.list_agreed(people[0], 0)[0]
    harm.report(people[0], one, "lead")
    assert (masking.list_versions(people[0])[1], quotes.list_published()) == (0, [])
    with pytest.raises(Refused, match="may tell of harm"):
        masking.save_marks(people[0], one, [])
    with pytest.raises(NotFound):
        quotes.agree(people[1], quote.id)
    harm.take_up(lead, one)
    harm.decide(lead, one, "no harm")
    assert (masking.list_versions(people[0])[1], len(quotes.list_published())) == (1, 1)


def test_words_in_the_box_that_are_not_there_are_not_saved_around(reader: StrictClient) -> None:
    (one,) = put_comments("family-1", CANARY)
    assert send(reader, MASK, comment=one.hex(), action="save", words="canray", reason="name").status == 422
    assert masking.find(one) is None


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert('SK1 3XE')</script><b onclick=x>{{ 7*7 }}",
        "\U0001f600\U0001f468\u200d\U0001f469 \u202eSK1 3XE \U0001f600",
        "." * 2000,
        f"My code is {CODE}.\nSK1 3XE",
    ],
    ids=["hostile HTML", "emoji", "dots", "a card's code"],
)
def test_any_words_are_shown_as_they_are(reader: StrictClient, researcher: StrictClient, body: str) -> None:
    (one,) = put_comments("family-1", body)
    page = send(reader, MASK, comment=one.hex())
    assert body_of(page) == body
    ticked = [("mark", e.get("value") or "") for e in page.tree.iter("input") if e.get("name") == "mark"]
    fields = [("comment", one.hex()), ("action", "save"), *ticked]
    reader.request("POST", MASK, [("csrf_token", token_of(reader.request("GET", "/staff/account"))), *fields])
    (quote,) = researcher.request("GET", MASKED).tree.iter("blockquote")
    assert "".join(quote.itertext()) == body.replace("SK1 3XE", "[place or address]").replace(CODE, "[number]")


def test_lists_stay_short(reader: StrictClient, people: list[StaffUser]) -> None:
    bodies = [f"{number} " + "W" * 1990 for number in range(25)]
    for one in put_comments("family-1", *bodies):
        masking.save_marks(people[0], one, [])
        quotes.propose(people[0], one)
    for quote in quotes_of()[:22]:
        quotes.agree(people[1], quote.id)
    seen = [reader.request("GET", f"{path}?page={page}") for path in (MASKED, QUOTES) for page in (0, 1, "9" * 5000)]
    assert [len(list(page.tree.iter("blockquote"))) for page in seen] == [20, 5, 20, 23, 5, 23]
    assert max(len(page.body) for page in seen) < 70_000


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
