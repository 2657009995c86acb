"""The reading desk's rules: who may read what, what comes first, what is noted, and when a round is read."""

import datetime as dt

import pytest
from flask import Flask

from app.comments import first_words, harm, reading_log, service, tasks
from app.comments.service import CommentFilter
from app.core.harm import OUTCOMES, read_words
from app.models.comments import HarmReport, InboxComment, ReadComment, ReadingCount, ReadRound
from app.models.staff import StaffUser
from app.staff import accounts
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused
from tests.comments.inbox import drop_comment, put_comments
from tests.conftest import TODAY, TinySurvey

EVERYTHING = CommentFilter()


def make(role: str, name: str = "", **scope: str) -> StaffUser:
    """Make an account."""
    return accounts.get_user(accounts.create_user(f"{name or role.replace(' ', '.')}@example.org", role, **scope))


@pytest.fixture
def reader(tiny: TinySurvey) -> StaffUser:
    """An evaluator."""
    return make("evaluator")


@pytest.fixture
def lead(tiny: TinySurvey) -> StaffUser:
    """A safeguarding lead."""
    return make("safeguarding lead")


def bodies(person: StaffUser, **wanted: str) -> list[str]:
    """Return what somebody's list shows."""
    return [one.body for one in service.list_comments(person, CommentFilter(**wanted), 0)[0]]


@pytest.mark.both_databases
def test_a_comment_is_drawn_read_and_never_drawn_again(reader: StaffUser) -> None:
    put_comments("family-1", "Good.", "Bad.")
    first = service.draw(reader)
    assert first is not None
    service.mark_read(reader, first.id)
    second = service.draw(reader)
    assert second is not None
    assert {first.body, second.body} == {"Good.", "Bad."}
    service.mark_read(reader, second.id)
    service.mark_read(reader, second.id)  # two readers at once
    assert service.draw(reader) is None
    (found,) = service.list_rounds(reader)
    assert (found.total, found.read, found.left) == (2, 2, 0)


def test_no_comments_at_all(reader: StaffUser) -> None:
    assert service.draw(reader) is None
    assert service.list_rounds(reader) == []
    assert service.list_comments(reader, EVERYTHING, 0) == ([], 0)
    assert list(tasks.tasks(reader)) == []


def test_words_of_the_list_come_first_and_change_nothing_else(reader: StaffUser) -> None:
    put_comments("family-1", *[f"Nice {n}" for n in range(30)], "He hits me.", "وہ مجھے مارتا ہے")
    assert set(bodies(reader)[:2]) == {"He hits me.", "وہ مجھے مارتا ہے"}
    assert len(bodies(reader)) == 32
    for _turn in range(2):
        drawn = service.draw(reader)
        assert drawn is not None
        assert not drawn.body.startswith("Nice")
        service.mark_read(reader, drawn.id)


@pytest.mark.parametrize(
    ("text", "is_first"),
    [
        ("He HITS me", True),
        ("a white house", False),
        ("don't tell", True),
        ("Ojciec mnie bije.", True),
        ("тато мене б’є", True),
        ("爸爸打我", True),
        ("والده يضربه", True),
        ("...", False),
        ("", False),
        ("😀" * 1000, False),
    ],
)
def test_words_are_found_in_six_languages(text: str, is_first: bool) -> None:
    listed = read_words(first_words.SHIPPED.read_text("utf-8"))
    assert listed.stand_in(text) is is_first


def test_an_own_list_replaces_the_shipped_one(app: Flask) -> None:
    own = db.rooms().settings.home / first_words.OWN_FILE
    own.write_text('{"languages": {"en": ["marmalade"]}}', encoding="utf-8")
    first_words._read.cache_clear()
    listed, fault = first_words.words()
    assert (listed.stand_in("Marmalades!"), listed.stand_in("He hits me"), fault) == (True, False, "")
    own.write_text("[]", encoding="utf-8")
    first_words._read.cache_clear()
    listed, fault = first_words.words()
    assert listed.stand_in("He hits me")
    assert "harm-words.json" in fault


def test_a_small_round_is_for_the_lead_only(tiny: TinySurvey, reader: StaffUser, lead: StaffUser) -> None:
    tiny.close_wave()
    (one,) = put_comments("family-1", "Only one of nine.", opened=9)
    assert service.list_rounds(reader) == []
    assert service.count_left(reader) == 0
    assert bodies(reader) == bodies(reader, words="nine") == []
    with pytest.raises(NotFound):
        service.get(reader, one)
    with pytest.raises(NotFound):
        harm.report(reader, one, "lead")
    assert bodies(lead) == ["Only one of nine."]
    put_comments("family-1", opened=10)
    assert bodies(reader) == ["Only one of nine."]


def test_another_survey_is_not_there(lead: StaffUser) -> None:
    TinySurvey("young")
    (one,) = put_comments("young-1", "Words")
    other = make("evaluator", "family", survey="family")
    assert bodies(other) == []
    with pytest.raises(NotFound):
        service.mark_read(other, one)
    harm.report(lead, one, "duty team")
    limited = make("safeguarding lead", "limited", survey="family")
    assert (harm.count_waiting(lead), harm.count_waiting(limited)) == (1, 0)
    with pytest.raises(NotFound):
        harm.take_up(limited, one)


def test_a_deleted_comment_says_so(reader: StaffUser) -> None:
    (one,) = put_comments("family-1", "Words")
    drop_comment(one)
    for act in (service.mark_read, service.hand_over, service.get):
        with pytest.raises(NotFound, match="took it back"):
            act(reader, one)
    with pytest.raises(NotFound):
        service.note_language(reader, one, language="ur", translation="Words")
    with db.reading() as session:
        assert session.query(ReadComment).count() == 0


@pytest.mark.both_databases
def test_whoever_may_know_the_writer_does_not_see_it_again(reader: StaffUser, lead: StaffUser) -> None:
    (one,) = put_comments("family-1", "My neighbour")
    before = len(audit.list_all(audit.LogFilter()))
    service.hand_over(reader, one)
    assert service.draw(reader) is None
    assert bodies(reader) == []
    assert service.list_rounds(reader)[0].left == 0
    with pytest.raises(NotFound):
        service.get(reader, one)
    with pytest.raises(Refused, match="Another reader"):
        service.hand_over(lead, one)
    with db.reading() as session:
        assert session.get_one(ReadComment, one).handed_over_by == reader.id
    service.mark_read(lead, one)
    with db.reading() as session:
        assert session.get_one(ReadComment, one).handed_over_by is None
    assert len(audit.list_all(audit.LogFilter())) == before


def test_a_closed_round_is_read_with_its_last_comment(tiny: TinySurvey, reader: StaffUser) -> None:
    first, second = put_comments("family-1", "One", "Two")
    service.mark_read(reader, first)
    service.mark_read(reader, second)
    with db.reading() as session:
        assert session.get(ReadRound, "family-1") is None, "an open round goes on"
    (third,) = put_comments("family-1", "Three")
    tiny.close_wave()
    put_comments("family-1")
    service.mark_read(reader, third)
    with db.reading() as session:
        assert session.get_one(ReadRound, "family-1").read_on == clock.today()


def test_search_is_a_scan_in_any_script(reader: StaffUser) -> None:
    (one, *_others) = put_comments("family-1", "ŻÓŁW", "a<b", "=1+1", "100%_\\", "爸爸", "...")
    assert bodies(reader, words="żółw") == ["ŻÓŁW"]
    assert bodies(reader, words="%_\\") == ["100%_\\"]
    assert bodies(reader, words="爸") == ["爸爸"]
    service.note_language(reader, one, language="pl", translation="A tortoise")
    assert bodies(reader, words="TORTOISE") == ["ŻÓŁW"]
    assert bodies(reader, words="nothing") == []


def test_filters(reader: StaffUser) -> None:
    one, two = put_comments("family-1", "One", "Two")
    service.mark_read(reader, one)
    harm.report(reader, two, "lead")
    put_comments("family-1", "Three")
    assert bodies(reader, state="unread") == ["Three"]
    assert set(bodies(reader, state="read")) == {"One", "Two"}
    assert bodies(reader, state="flagged") == ["Two"]
    assert len(bodies(reader, survey="family", wave_id="family-1", question="words")) == 3
    assert bodies(reader, survey="young") == bodies(reader, question="other") == []


def test_pages_of_fifty(reader: StaffUser) -> None:
    put_comments("family-1", *[f"Comment {n}" for n in range(120)])
    pages = [service.list_comments(reader, EVERYTHING, n)[0] for n in range(4)]
    assert [len(page) for page in pages] == [50, 50, 20, 0]
    assert len({one.id for page in pages for one in page}) == 120


@pytest.mark.both_databases
def test_a_report_goes_from_the_reader_to_the_lead(reader: StaffUser, lead: StaffUser) -> None:
    (one,) = put_comments("family-1", "He hits me.")
    with pytest.raises(Refused, match="Call first"):
        harm.report(reader, one, "nobody")
    harm.report(reader, one, "lead")
    harm.report(reader, one, "deputy")
    assert (harm.count_waiting(lead), harm.count_open(lead)) == (1, 0)
    assert [task.text for task in tasks.tasks(lead)] == ["1 comment may tell of harm: read and take up now."]
    with pytest.raises(Refused, match="not taken up"):
        harm.decide(lead, one, "referred")
    harm.take_up(lead, one)
    harm.take_up(lead, one)
    assert (harm.count_waiting(lead), harm.count_open(lead)) == (0, 1)
    with pytest.raises(Refused, match="Choose"):
        harm.decide(lead, one, "it was Anna")
    harm.decide(lead, one, "referred")
    with pytest.raises(Refused, match="recorded already"):
        harm.decide(lead, one, "no harm")
    assert harm.count_open(lead) == 0
    with db.reading() as session:
        row = session.get_one(HarmReport, one)
        assert (row.told, row.outcome, row.decided_on) == ("lead", "referred", clock.today())
    assert harm.list_reports(lead).outcomes == {"Referred": 1}
    log = [(entry.action, entry.subject) for entry in audit.list_all(audit.LogFilter(subject="family-1"))]
    assert log[:3] == [
        ("recorded the outcome of a report of harm", "family-1"),
        ("took up a report of harm", "family-1"),
        ("reported a comment that may tell of harm", "family-1"),
    ]


def test_no_word_and_no_id_is_in_the_log(reader: StaffUser, lead: StaffUser) -> None:
    one, two = put_comments("family-1", "Xylophone hurts", "Other")
    service.hand_over(reader, two)
    harm.report(reader, one, "lead")
    harm.take_up(lead, one)
    harm.decide(lead, one, "no harm")
    everything = "".join(f"{e.action}{e.subject}{e.detail}{e.actor}" for e in audit.list_all(audit.LogFilter()))
    for secret in ("Xylophone", one.hex(), two.hex(), repr(one)):
        assert secret not in everything


@pytest.mark.parametrize("code", OUTCOMES)
def test_outcomes_fit_their_column(code: str) -> None:
    assert len(code) <= HarmReport.__table__.c.outcome.type.length


@pytest.mark.both_databases
def test_reading_is_one_entry_a_reader_and_day(reader: StaffUser, lead: StaffUser) -> None:
    with clock.on_day(TODAY - dt.timedelta(days=1)):
        assert [reading_log.count(reader) for _ in range(38)][-1] == 38
        reading_log.count(lead, 2)
    reading_log.count(reader, 5)
    reading_log.note_past_days()
    reading_log.note_past_days()
    found = audit.list_all(audit.LogFilter(act="read comments"))
    assert sorted((entry.actor, entry.detail) for entry in found) == [
        (reader.email, f'{{"on": "{TODAY - dt.timedelta(days=1)}", "times": 38}}'),
        (lead.email, f'{{"on": "{TODAY - dt.timedelta(days=1)}", "times": 2}}'),
    ]
    with db.reading() as session:
        assert session.query(ReadingCount).one().n == 5


def test_an_emptied_body_is_not_there(reader: StaffUser, lead: StaffUser) -> None:
    (one,) = put_comments("family-1", "Words")
    harm.report(reader, one, "lead")
    with db.collecting() as session:
        session.get_one(InboxComment, one).body = ""
    assert bodies(reader) == []
    assert harm.list_reports(lead).waiting[0].body == ""
