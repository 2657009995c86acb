"""The audit log: whole, or found not to be; refused by the database itself; it never holds a code or a password."""

import datetime as dt
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pyotp
import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError

from app.cards import assisted_entry
from app.cards import service as cards
from app.cards.approvals import IssueCards
from app.core.codes import print_code
from app.fieldwork import frames
from app.models.base import PortalBase
from app.models.office import AuditEntry
from app.models.staff import StaffUser
from app.staff import accounts, approvals, second_factor, sessions
from app.storage import audit, clock, db, installation, requests
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.support.office import ask_for_cards

Act = Callable[[TinySurvey], object]


@contextmanager
def owner() -> Iterator[Connection]:
    """Give a connection of the database's owner, who may do more than any process of ours."""
    engine = db.make_engine(installation.owner_url(db.PORTAL), db.PORTAL)
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def forge(*statements: str) -> None:
    """Take the triggers away and run statements, as somebody who holds the database can."""
    with owner() as connection:
        is_postgres = connection.dialect.name == "postgresql"
        triggers = ["audit_append_only ON audit"] if is_postgres else ["audit_no_update", "audit_no_delete"]
        for statement in (*(f"DROP TRIGGER {name}" for name in triggers), *statements):
            connection.execute(text(statement))


def entries() -> list[AuditEntry]:
    """Return all entries, oldest first."""
    with db.reading() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def everything() -> dict[str, list[str]]:
    """Return all rows of the portal database."""
    with owner() as connection:
        tables = PortalBase.metadata.sorted_tables
        return {table.name: sorted(map(repr, connection.execute(table.select()).all())) for table in tables}


def record(*subjects: str) -> None:
    """Add an entry for each subject."""
    for subject in subjects:
        audit.record("did a thing", subject, n=1)


@pytest.fixture
def five(app: Flask) -> None:
    """A log of five entries."""
    record("one", "two", "three", "four", "five")


def head_row() -> str:
    """Return the statement that puts today's head back in a later one's place."""
    with owner() as connection:
        count, last, seal = connection.execute(text("SELECT count, last, seal FROM audit_head")).one()
        blob = "decode('{}', 'hex')" if connection.dialect.name == "postgresql" else "X'{}'"
    old = [blob.format(bytes(value).hex()) for value in (last, seal)]
    return f"UPDATE audit_head SET count = {count}, last = {old[0]}, seal = {old[1]}"


def test_entries_are_counted_and_chained(five: None) -> None:
    assert [entry.id for entry in entries()] == [1, 2, 3, 4, 5]
    assert len({entry.seal for entry in entries()}) == 5
    assert entries()[-1].seal.hex() in head_row()
    assert audit.verify() == audit.verify_anchors() == []


@pytest.mark.parametrize("column", ["at", "actor", "action", "subject", "detail"])
def test_an_altered_entry_is_found(five: None, column: str) -> None:
    forge(f"UPDATE audit SET {column} = 'x' WHERE id = 2")

    assert audit.verify() == ["Entry 2, or one before it, was changed."]


FORGED = {
    "Entry 1 is missing": ["DELETE FROM audit WHERE id = 1"],
    "Entry 2 is missing": ["DELETE FROM audit WHERE id = 2"],
    "Entry 4, or one": ["DELETE FROM audit WHERE id = 4", "UPDATE audit SET id = 4 WHERE id = 5"],
    "Entry 2, or one": [f"UPDATE audit SET id = {new} WHERE id = {old}" for old, new in ((2, 9), (3, 2), (9, 3))],
    "Entry 6, or one": ["INSERT INTO audit SELECT 6, at, actor, action, subject, detail, seal FROM audit LIMIT 1"],
    "4 entries but should have 5": ["DELETE FROM audit WHERE id = 5"],
    "head record of the log is missing": ["DELETE FROM audit_head"],
    "head record of the log was changed": ["DELETE FROM audit WHERE id = 5", "UPDATE audit_head SET count = 4"],
}


@pytest.mark.parametrize("fault", FORGED)
def test_entries_that_are_deleted_swapped_added_or_cut_off_are_found(five: None, fault: str) -> None:
    forge(*FORGED[fault])

    (said,) = audit.verify()
    assert fault in said


def test_an_older_head_over_a_cut_log_is_found_by_the_opener(app: Flask) -> None:
    record("one", "two", "three")
    old = head_row()
    record("four", "five")
    audit.note_head()
    audit.note_head()

    forge("DELETE FROM audit WHERE id > 3", old)

    assert audit.verify() == [], "the front room alone cannot see this"
    (fault,) = audit.verify_anchors()
    assert "recorded 5 entries but there are 3" in fault


def test_a_cut_log_that_grew_again_is_found_by_the_opener(app: Flask) -> None:
    record("one")
    old = head_row()
    record("two")
    audit.note_head()

    forge("DELETE FROM audit WHERE id > 1", old)
    record("another", "more")

    assert audit.verify() == []
    assert audit.verify_anchors() == ["Entry 2 is not the one that the opener recorded."]


def test_a_log_that_was_emptied_is_found_by_the_opener(five: None) -> None:
    audit.note_head()

    forge("DELETE FROM audit", "DELETE FROM audit_head")

    assert "there are 0" in audit.verify_anchors()[0]


@pytest.mark.both_databases
@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit"])
def test_the_front_room_cannot_change_the_log(five: None, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"append-only|permission denied"), db.writing() as session:
        session.execute(text(statement))
    assert audit.verify() == []


@pytest.mark.both_databases
@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"])
def test_the_owner_cannot_change_the_log_by_mistake(five: None, statement: str) -> None:
    with pytest.raises(DBAPIError, match=r"append-only|syntax error"), owner() as connection:
        connection.execute(text(statement))
    assert len(entries()) == 5


@time_machine.travel(dt.datetime.combine(TODAY, dt.time(12), dt.UTC), tick=False)
def test_acts_close_to_answers_hold_no_name_and_no_time(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tiny.codes(30, "north visits")[0]
    with audit.acting("anna@example.org"):
        record("other acts")
        cards.void_code(code)
        for mode in assisted_entry.MODES:
            assisted_entry.make_link(mode)
    monkeypatch.setattr(clock, "today", lambda: TODAY + dt.timedelta(1))
    assisted_entry.note_past_days()

    other, *found = entries()[-5:]
    assert other.actor == "anna@example.org"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", other.at)
    assert {entry.at for entry in found} == {TODAY.isoformat()}
    assert {entry.actor for entry in found} == {"a collector"}
    assert [entry.subject for entry in found] == ["one card", *sorted(assisted_entry.MODES)]
    assert {entry.detail for entry in found} == {"{}", f'{{"on": "{TODAY}", "times": 1}}'}


REFUSED: dict[str, Act] = {
    "a batch name twice": lambda t: t.codes(30),
    "a second open wave": lambda t: waves.open_wave(waves.create_wave(t.slug, TOMORROW, TOMORROW)[0]),
    "a wave the wrong way round": lambda t: waves.create_wave(t.slug, TODAY, TODAY - MONTH),
    "a last day that is past": lambda t: waves.change_dates(t.wave, TODAY - MONTH, TODAY - dt.timedelta(1)),
    "a frame without heads": lambda t: frames.set_frame(
        t.wave, definition="all", counted_on=TODAY, counts={("all", "north"): 0}
    ),
    "an account twice": lambda t: accounts.create_user("anna@example.org", "evaluator"),
    "a link for no mode": lambda t: assisted_entry.make_link("by hand"),
    "a void batch that is none": lambda t: cards.void_batch("no batch"),
    "a password for no link": lambda t: accounts.set_password("no link", secrets.token_urlsafe(12)),
    "an agreement with oneself": lambda t: approvals.decide(IssueCards, 1, accounts.get_user(1), is_agreed=True),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_act_that_is_refused_leaves_no_entry(tiny: TinySurvey, name: str) -> None:
    tiny.codes(30)
    accounts.create_user("anna@example.org", "evaluator")
    ask_for_cards(accounts.get_user(1), "more")
    before = [entry.subject for entry in entries()]

    with pytest.raises(Refused):
        REFUSED[name](tiny)

    made = ["family-2"] if name == "a second open wave" else []  # making it is an act of its own and was not refused
    assert [entry.subject for entry in entries()] == [*before, *made]
    assert audit.verify() == []


def test_an_act_that_fails_after_its_entry_leaves_neither(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    before = everything()
    monkeypatch.setattr(requests, "ask", lambda _verb, _subject: 1 / 0)

    for act in (lambda: waves.close_wave(tiny.wave), lambda: waves.create_wave(tiny.slug, TOMORROW, TOMORROW)):
        with pytest.raises(ZeroDivisionError):
            act()

    assert everything() == before


ACTS: dict[str, Act] = {
    "issue cards": lambda t: t.codes(30, "more"),
    "void a batch": lambda t: cards.void_batch(cards.list_batches(t.slug)[0][0].id),
    "change dates": lambda t: waves.change_dates(t.wave, TODAY - MONTH, TODAY),
    "close a wave": lambda t: waves.close_wave(t.wave),
    "set a frame": lambda t: frames.set_frame(t.wave, definition="all", counted_on=TODAY, counts={("all", "north"): 9}),
    "make an account": lambda t: accounts.create_user("ben@example.org", "viewer"),
    "make a wave": lambda t: waves.create_wave(t.slug, TOMORROW, TOMORROW),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("name", [*ACTS, "void a code"])
def test_an_act_whose_entry_cannot_be_written_is_not_done(
    tiny: TinySurvey, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tiny.codes(30)[0]
    before = everything()
    monkeypatch.setattr(audit, "record", lambda *_a, **_k: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        {**ACTS, "void a code": lambda _t: cards.void_code(code)}[name](tiny)

    assert everything() == before


def test_no_entry_ever_holds_a_code_or_a_password(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    cards.void_code(codes[0])
    password, seed = secrets.token_urlsafe(12), second_factor.new_seed("set up")
    token = accounts.make_link(accounts.create_user("anna@example.org", "administrator"))
    accounts.set_password(token, password)
    shown = second_factor.enrol(accounts.get_user(1), "set up", pyotp.TOTP(seed).now())
    session_id = sessions.sign_in("anna@example.org", password)
    assert session_id is not None
    assert sessions.sign_in("anna@example.org", "a wrong password") is None
    assert second_factor.check(accounts.get_user(1), shown[0])
    link = assisted_entry.make_link("paper")

    with db.reading() as session:
        box, known = session.execute(select(StaffUser.totp_box, StaffUser.password_hash).filter_by(id=1)).one()
    typed = [password, "a wrong password", seed, token, link, session_id, known]
    secret = [*codes, *map(print_code, codes), *shown, *typed]
    held = everything()
    log = "\n".join(held["audit"] + held["audit_head"])
    assert len(held["audit"]) >= 8
    forms = [form for one in secret for form in (one, one.encode().hex(), repr(one))]
    assert [form for form in [*forms, box.hex(), repr(box)] if form in log] == []
