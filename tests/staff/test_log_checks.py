"""The audit log is checked once a day, not at each visit: at the first sign-in and by the opener at night."""

import datetime as dt
import json
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from app.cards import assisted_entry
from app.core import keys
from app.counting import opener
from app.staff import accounts
from app.storage import audit, clock
from tests.conftest import TODAY
from tests.security.test_role_matrix import client_of
from tests.staff.test_audit import entries, forge, head_row, record
from tests.support.client import StrictClient, counted_queries
from tests.support.staff import Person, signed_in

DAY = dt.timedelta(1)
FAILED, OLD = "integrity check of the audit log failed", "has not been checked since"


@pytest.fixture
def person(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody who signs in with a password alone; the night's work of the opener is due, whatever hour it is."""
    monkeypatch.setattr(opener, "NIGHT_HOUR", 0)
    person = Person("lead@example.org", secrets.token_urlsafe(16))
    accounts.create_user(person.email, "evaluator", password=person.password)
    return person


@pytest.fixture
def officer(app: Flask, person: Person) -> StrictClient:
    """The browser of a data protection officer, who may read the log."""
    return client_of(app, "data protection officer")


@contextmanager
def later(days: int) -> Iterator[None]:
    """Let it be another day for everybody, browsers too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "today", lambda: TODAY + days * DAY)
        yield


def night(days: int = 0) -> list[str]:
    """Let the opener do a night's work, and return what it reports."""
    reports: list[str] = []
    audit.note_head()
    with later(days):
        opener.run_nightly_jobs(reports.append)
    return reports


def log_page(client: StrictClient) -> tuple[str, str]:
    """Return what the page says of the log: its mark and its words."""
    tree = client.request("GET", "/staff/audit").tree
    (said,) = [e for e in tree.iter() if e.get("data-log")]
    return said.get("data-log", ""), " ".join("".join(said.itertext()).split())


def test_a_log_is_verified_when_both_parts_were_checked(app: Flask, person: Person, officer: StrictClient) -> None:
    signed_in(app, person)
    assert log_page(officer)[0] == "unchecked"
    assert log_page(officer)[1].startswith("Log integrity not fully checked yet.")

    assert night() == []

    assert log_page(officer) == ("whole", f"Log integrity verified on {TODAY:%-d %B %Y}.")
    home = officer.request("GET", "/staff/").words
    assert (FAILED in home, OLD in home) == (False, False)


@pytest.mark.both_databases
def test_a_cut_end_is_reported_after_the_night(app: Flask, person: Person, officer: StrictClient) -> None:
    signed_in(app, person)
    old = head_row()
    (kept,) = re.findall(r"count = (\d+)", old)
    record("one", "two")
    assert night() == []
    forge(f"DELETE FROM audit WHERE id > {kept}", old)
    assert audit.verify() == [], "the web process alone cannot see this"

    (report,) = night(1)

    assert report.startswith("The audit log has failed its check: The opener recorded")
    assert log_page(officer)[0] == "faults"
    assert "the newest entries were removed" in log_page(officer)[1]
    assert FAILED in officer.request("GET", "/staff/").words


def test_a_changed_entry_is_reported_after_the_first_sign_in_of_the_next_day(
    app: Flask, person: Person, officer: StrictClient
) -> None:
    signed_in(app, person)
    night()
    forge("UPDATE audit SET actor = 'x' WHERE id = 1")
    signed_in(app, person)
    assert log_page(officer)[0] == "whole", "this day's check was made before"

    with later(1):
        signed_in(app, person)

    mark, words = log_page(officer)
    assert (mark, "Entry 1" in words) == ("faults", True)
    assert words.startswith("Log integrity check failed")
    assert FAILED in officer.request("GET", "/staff/").words
    assert audit.last_check().faults == audit.verify()


def test_a_log_that_is_intact_again_is_verified_at_the_next_sign_in(
    app: Flask, person: Person, officer: StrictClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    night()
    with monkeypatch.context() as patch:
        patch.setattr(audit, "verify", lambda: ["Entry 1 is missing."])
        signed_in(app, person)
    assert log_page(officer)[0] == "faults"

    signed_in(app, person)

    assert log_page(officer)[0] == "whole"


@pytest.mark.parametrize(("days", "is_old"), [(2, False), (3, True)])
def test_a_check_that_is_older_than_two_days_is_not_relied_on(
    app: Flask, person: Person, officer: StrictClient, days: int, is_old: bool
) -> None:
    night()
    with later(days):
        signed_in(app, person)  # the web process does its part; the opener is down
        mark, words = log_page(officer)
        assert (OLD in officer.request("GET", "/staff/").words) is is_old
    assert mark == ("unchecked" if is_old else "whole")
    assert words.startswith(f"Log integrity not checked since {TODAY:%-d %B %Y}.") is is_old


@pytest.mark.both_databases
def test_a_sign_in_writes_the_counts_of_assisted_entry_of_past_days(app: Flask, person: Person) -> None:
    assisted_entry.make_link("paper")
    signed_in(app, person)
    assert [entry for entry in entries() if entry.action == "started keying in"] == [], "the day is not over"

    with later(1):
        signed_in(app, person)
        signed_in(app, person)

    (entry,) = [entry for entry in entries() if entry.action == "started keying in"]
    assert json.loads(entry.detail) == {"on": TODAY.isoformat(), "times": 1}
    assert audit.verify() == []


def test_visits_do_not_walk_the_log(
    app: Flask, person: Person, officer: StrictClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(app, person)
    night()

    def visit() -> list[int]:
        found = []
        for path in ("/staff/", "/staff/audit"):
            with counted_queries() as statements:
                assert officer.request("GET", path).status == 200
            found.append(len(statements))
        return found

    before = visit()
    record(*map(str, range(150)))
    sealed: list[object] = []
    monkeypatch.setattr(keys, "seal_entry", lambda *given: sealed.append(given))

    assert visit() == before
    assert sealed == []
