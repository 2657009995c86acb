"""The reading desk and the lead's pages, as a browser sees them."""

import html
import re

import pytest
from flask import Flask

from app.comments import harm, service
from app.models.comments import HarmReport, ReadComment
from app.models.staff import StaffUser
from app.staff import accounts
from app.storage import db
from tests.comments.inbox import drop_comment, put_comments
from tests.conftest import TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import Seen, StrictClient, browser, counted_queries
from tests.support.staff import sign_in, token_of

READ, LIST, REPORT = "/staff/comments/read", "/staff/comments/list", "/staff/comments/harm/report"
REPORTS, DECIDE = "/staff/comments/reports", "/staff/comments/reports/decide"
PASSWORD = "maple-orbit-candle-river"


@pytest.fixture
def lead(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A safeguarding lead's browser."""
    return client_of(app, "safeguarding lead")


def send(client: StrictClient, path: str, **fields: str) -> Seen:
    """Send a form with a token."""
    token = token_of(client.request("GET", "/staff/account"))
    return client.request("POST", path, [("csrf_token", token), *fields.items()])


def body_of(page: Seen) -> str:
    """Return the comment on a page."""
    return "".join(next(page.tree.iter("blockquote")).itertext())


def follow(client: StrictClient, page: Seen) -> Seen:
    """Go where an answer leads."""
    assert page.status == 303
    return client.request("GET", page.headers["location"])


def test_a_reader_reads_from_the_first_to_the_last(reader: StrictClient) -> None:
    put_comments("family-1", "First words", "Second words")
    desk = reader.request("GET", "/staff/comments")
    assert "2 comments to read" in desk.words
    assert "0 of 2 read" in desk.words
    page = send(reader, READ)
    seen = {body_of(page)}
    assert "What should we do better?" in page.words
    page = send(reader, READ, action="next", comment=id_on(page))
    assert "1 of 2 read" in page.words
    seen.add(body_of(page))
    assert seen == {"First words", "Second words"}
    desk = follow(reader, send(reader, READ, action="next", comment=id_on(page)))
    assert "You have read every comment" in desk.words
    assert "2 of 2 read" in desk.words


def id_on(page: Seen) -> str:
    """Return the id of the comment that a page's forms carry."""
    return next(e.get("value") or "" for e in page.tree.iter("input") if e.get("name") == "comment")


def test_no_comments_at_all(reader: StrictClient, lead: StrictClient) -> None:
    assert "There are no comments to read." in reader.request("GET", "/staff/comments").words
    assert "every comment" in follow(reader, send(reader, READ)).words
    assert "No comment matches." in send(reader, LIST).words
    assert "No report waits." in lead.request("GET", REPORTS).words


@pytest.mark.parametrize(
    "words",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "a<b & c>d",
        "{{ 7*7 }}",
        "…😀👨‍👩‍👧",
        "." * 40,
        "W" * 2000,
        '"></blockquote><h1>',
        "وہ\nنہیں",
    ],
)
def test_words_are_shown_as_they_were_written(reader: StrictClient, words: str) -> None:
    (one,) = put_comments("family-1", words)
    page = send(reader, READ)
    assert body_of(page) == words
    assert html.escape(words[:20], quote=False).encode() in page.body.replace(b"&#34;", b'"')
    for path in (REPORT, READ):
        assert body_of(send(reader, path, comment=one.hex(), action="show")) == words
    assert body_of(send(reader, LIST)).startswith(words[:200])


def test_no_page_stands_at_an_address_with_an_id_or_a_term(reader: StrictClient, lead: StrictClient) -> None:
    (one,) = put_comments("family-1", "Marmalade")
    pages = [
        send(reader, READ),
        send(reader, LIST, words="Marmalade"),
        send(reader, REPORT, comment=one.hex()),
        reader.request("GET", "/staff/comments"),
    ]
    send(reader, REPORT, comment=one.hex(), action="report", told="lead")
    pages.append(lead.request("GET", REPORTS))
    for page in pages:
        links = re.findall(r'(?:href|action|formaction)="([^"]*)"', page.body.decode())
        assert not [link for link in links if one.hex() in link or "armalade" in link]
        assert one.hex() not in page.url


def test_language_and_translation(reader: StrictClient) -> None:
    (one,) = put_comments("family-1", "وہ اچھے ہیں")
    page = send(reader, READ, action="note", comment=one.hex(), language="ur", translation="They are good")
    quote = next(page.tree.iter("blockquote"))
    assert (page.status, quote.get("lang"), quote.get("dir")) == (200, "ur", "rtl")
    assert "They are good" in page.words
    unknown = send(reader, READ, action="note", comment=one.hex(), language="tlh", translation="They are good")
    assert unknown.status == 422
    unmarked = send(reader, READ, action="note", comment=one.hex(), language="", translation="")
    quote = next(unmarked.tree.iter("blockquote"))
    assert (quote.get("lang"), quote.get("dir")) == (None, "auto")
    assert send(reader, READ, action="note", comment=one.hex(), translation="x" * 6001).status == 422


def test_handing_over_shows_another_one(reader: StrictClient, lead: StrictClient) -> None:
    (one,) = put_comments("family-1", "My neighbour")
    desk = follow(reader, send(reader, READ, action="hand over", comment=one.hex()))
    assert "goes to another reader" in desk.words
    assert "The rest is for another reader." in desk.words
    assert "My neighbour" not in send(reader, LIST).words
    assert body_of(send(lead, READ)) == "My neighbour"


def test_a_comment_that_is_gone_is_named_in_one_sentence(reader: StrictClient, lead: StrictClient) -> None:
    one, two = put_comments("family-1", "Gone", "Stays")
    page = send(reader, READ, action="show", comment=one.hex())
    drop_comment(one)
    for path, action in ((READ, "next"), (READ, "note"), (READ, "hand over"), (REPORT, "report")):
        page = send(reader, path, action=action, comment=one.hex(), told="lead")
        assert "This comment is no longer here." in page.words
        assert body_of(page) == "Stays"
    for strange in ("", "zz", "00", "00" * 16, two.hex() * 2):
        assert "no longer here" in send(reader, READ, action="next", comment=strange).words
        assert "no longer here" in follow(lead, send(lead, DECIDE, comment=strange)).words


def test_a_reader_goes_on_only_after_a_call(reader: StrictClient, lead: StrictClient) -> None:
    (one,) = put_comments("family-1", "He hits me.")
    page = send(reader, REPORT, comment=one.hex())
    assert page.status == 200
    assert "The writer cannot be found" in page.words
    refused = send(reader, REPORT, comment=one.hex(), action="report")
    assert refused.status == 422
    assert "Call first." in refused.words
    with db.reading() as session:
        assert session.query(HarmReport).count() == session.query(ReadComment).count() == 0
    done = follow(reader, send(reader, REPORT, comment=one.hex(), action="report", told="deputy"))
    assert "Reported." in done.words
    assert b"may tell of harm:" not in reader.request("GET", "/staff/").body, "a reader is no lead"


def test_the_lead_sees_it_on_every_page_until_it_is_taken_up(reader: StrictClient, lead: StrictClient) -> None:
    (one,) = put_comments("family-1", "He hits me.")
    paths = ("/staff/", "/staff/rounds", "/staff/account", "/staff/comments", "/staff/evidence", "/staff/nothing")
    assert not any(b"may tell of harm:" in lead.request("GET", path).body for path in paths[:4])
    send(reader, REPORT, comment=one.hex(), action="report", told="lead")
    for path in paths:
        assert b"1 comment may tell of harm:" in lead.request("GET", path).body, path
    page = lead.request("GET", REPORTS)
    assert "He hits me." in page.words
    assert "has spoken to the safeguarding lead" in page.words
    page = follow(lead, send(lead, DECIDE, comment=one.hex(), action="take up"))
    assert b"1 comment may tell of harm:" not in lead.request("GET", "/staff/").body
    assert "Record the outcome of 1 report of harm." in lead.request("GET", "/staff/").words
    assert send(lead, DECIDE, comment=one.hex(), action="decide").status == 422
    done = follow(lead, send(lead, DECIDE, comment=one.hex(), action="decide", outcome="referred"))
    assert "The outcome has been recorded." in done.words
    assert "Referred1" in done.words
    assert "He hits me." not in done.words


def test_the_twentieth_comment_proposes_a_break(reader: StrictClient) -> None:
    ids = put_comments("family-1", *["Words"] * 21)
    pages = [send(reader, READ, action="show", comment=one.hex()).words for one in ids]
    assert ["Time for a break?" in page for page in pages] == [False] * 19 + [True, False]


def test_without_a_second_factor_a_reader_sets_one_up(app: Flask, tiny: TinySurvey) -> None:
    put_comments("family-1", "Words")
    accounts.create_user("half@example.org", "evaluator", password=PASSWORD)
    client = browser(app)
    sign_in(client, "half@example.org", PASSWORD)
    for method, path in (("GET", "/staff/comments"), ("POST", READ), ("POST", LIST), ("POST", REPORT)):
        token = token_of(client.request("GET", "/staff/account"))
        answer = client.request(method, path, [("csrf_token", token)] if method == "POST" else None)
        assert (answer.status, answer.headers["location"]) == (303, "/staff/second-factor/set-up"), path
    assert "This page needs two-step verification." in client.request("GET", "/staff/second-factor/set-up").words


def test_a_practitioner_researcher_sees_no_words(app: Flask, tiny: TinySurvey) -> None:
    (one,) = put_comments("family-1", "Marmalade")
    client = client_of(app, "practitioner researcher")
    assert client.request("GET", "/staff/").links("Comments") == ["/staff/comments/masked"]
    for path in (READ, LIST, REPORT, DECIDE):
        page = send(client, path, action="show", comment=one.hex())
        assert page.status == 403
        assert b"Marmalade" not in page.body


def test_a_reader_who_is_deactivated_reads_nothing_more(app: Flask, reader: StrictClient) -> None:
    (one,) = put_comments("family-1", "Marmalade")
    page = send(reader, READ)
    token = token_of(page)
    with db.reading() as session:
        email = session.query(StaffUser).filter_by(role="evaluator").one().email
    accounts.disable_user(email)
    fields = [("csrf_token", token), ("action", "next"), ("comment", one.hex())]
    answer = reader.request("POST", READ, fields)
    assert answer.status in (303, 403)
    assert b"Marmalade" not in answer.body
    with db.reading() as session:
        assert session.query(ReadComment).count() == 0


def test_pages_take_the_same_number_of_queries_for_any_number_of_comments(
    reader: StrictClient, lead: StrictClient
) -> None:
    def cost() -> list[int]:
        found = []
        for client, path, act in (
            (reader, "/staff/comments", None),
            (reader, READ, {}),
            (reader, LIST, {"words": "o"}),
            (lead, "/staff/rounds", None),
        ):
            token = token_of(client.request("GET", "/staff/account"))
            with counted_queries() as statements:
                form = None if act is None else [("csrf_token", token), *act.items()]
                client.request("GET" if act is None else "POST", path, form)
            found.append(len(statements))
        return found

    put_comments("family-1", "One", "Two")
    send(reader, READ)
    few = cost()
    put_comments("family-1", *[f"Comment {n}" for n in range(120)])
    send(reader, LIST)  # looks at the new ones once
    assert cost() == few
    assert max(few) <= 16


def test_thousands_of_comments_fit_on_small_pages(reader: StrictClient) -> None:
    long = "He was never there when we needed him, and nobody called us. " * 8
    put_comments("family-1", *[f"{n} {long}" for n in range(2_000)])
    page = send(reader, LIST)
    assert "2,000 comments" in page.words
    assert len(page.body) < 60_000
    assert len([e for e in page.tree.iter("blockquote")]) == service.PAGE
    second = send(reader, LIST, page="1")
    assert "51 to 100" in second.words
    assert send(reader, LIST, page="9" * 30).status == 200


def test_the_rule_has_the_numbers_of_the_settings(app: Flask, lead: StrictClient) -> None:
    page = lead.request("GET", "/staff/comments/harm")
    assert "999" in page.words
    assert "ask your manager before you read" in page.words


def test_tasks_lead_to_the_desk(reader: StrictClient) -> None:
    put_comments("family-1", "Words")
    home = reader.request("GET", "/staff/")
    assert home.links("1 comment to read.") == ["/staff/comments"]
    assert home.links("Comments") == ["/staff/comments"]


def test_waiting_is_counted_for_leads_only(reader: StrictClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(harm, "count_waiting", lambda person: asked.append(person.role) or 0)
    reader.request("GET", "/staff/rounds")
    assert asked == []
