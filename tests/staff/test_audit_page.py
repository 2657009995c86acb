"""The page of the audit log: who did what and when is found again, and can be downloaded for a spreadsheet."""

import csv
import datetime as dt
import io
import json
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from app.storage import audit, clock
from app.storage.refusals import Refused
from app.surveys import service as surveys
from tests.conftest import TODAY
from tests.security.test_role_matrix import client_of
from tests.support.builders import tiny_document
from tests.support.client import Seen, StrictClient, counted_queries

DAY = dt.timedelta(days=1)


@pytest.fixture
def reader(app: Flask, monkeypatch: pytest.MonkeyPatch) -> StrictClient:
    """An administrator's browser, and a log of three days, two people and three acts."""
    now = clock.now()
    for who, act, subject, age in (
        ("anna@example.org", "closed a wave", "family-1", 2),
        ("ben@example.org", "issued cards", "north 100% visits", 2),
        ("anna@example.org", "issued cards", "SOUTH_visits", 1),
        ("ben@example.org", "issued cards", "southern visits", 1),
    ):
        monkeypatch.setattr(clock, "now", lambda age=age: now - age * DAY)
        with audit.acting(who):
            audit.record(act, subject, cards=40, areas={"north": 30, "south": 10})
    monkeypatch.setattr(clock, "now", lambda: now)
    return client_of(app, "data protection officer")


def subjects(page: Seen) -> list[str]:
    """Return the subjects in the table that were put there by the fixture, as they stand."""
    rows = [[" ".join(cell.itertext()) for cell in row] for row in page.find("tbody").iter("tr")]
    return [row[4] for row in rows if len(row) > 1 and row[2] in ("anna@example.org", "ben@example.org")]


ALL = ["southern visits", "SOUTH_visits", "north 100% visits", "family-1"]
FOUND = {
    "": ALL,
    "?actor=&act=&subject=&first=&last=": ALL,
    "?actor=anna@example.org": ["SOUTH_visits", "family-1"],
    "?act=issued cards": ALL[:3],
    "?actor=anna@example.org&act=issued cards": ["SOUTH_visits"],
    "?subject=south": ALL[:2],
    "?subject=South_": ["SOUTH_visits"],
    "?subject= 100%25 ": ["north 100% visits"],
    "?subject=%25": ["north 100% visits"],
    "?subject=\\": [],
    f"?first={TODAY - DAY}": ALL[:2],
    f"?last={TODAY - 2 * DAY}": ALL[2:],
    f"?first={TODAY - 2 * DAY}&last={TODAY - 2 * DAY}": ALL[2:],
    "?last=9999-12-31": ALL,
}


@pytest.mark.both_databases
@pytest.mark.parametrize("query", FOUND)
def test_entries_are_found_by_person_act_subject_and_day(reader: StrictClient, query: str) -> None:
    page = reader.request("GET", f"/staff/audit{query.replace(' ', '%20')}")

    assert (page.status, subjects(page)) == (200, FOUND[query])


@pytest.mark.parametrize("query", ["first=31.12.2026", "last=x", "actor=nobody", "act=x", f"subject={'x' * 201}"])
def test_a_filter_that_cannot_be_says_so_and_shows_everything(reader: StrictClient, query: str) -> None:
    for path in ("audit", "audit.csv"):
        page = reader.request("GET", f"/staff/{path}?{query}&_scheme=x&endpoint=y")
        assert (page.status, subjects(page)) == (422, ALL)
        assert page.find("div", id="error-summary") is not None


@pytest.mark.both_databases
@pytest.mark.parametrize("text", ["sou%00th", "%00", "%ff", "%ed%a0%80", "a%0d%0ab"])
def test_text_that_no_database_holds_is_answered(reader: StrictClient, text: str) -> None:
    assert reader.request("GET", f"/staff/audit?subject={text}&page={text}").status in (200, 422)


@pytest.mark.parametrize("page", ["-1", "99999999999999999999", "x"])
def test_any_page_number_is_answered(reader: StrictClient, page: str) -> None:
    assert reader.request("GET", f"/staff/audit?page={page}").status == 200


def test_the_choices_are_what_is_in_the_log(reader: StrictClient) -> None:
    page = reader.request("GET", "/staff/audit?actor=ben@example.org")
    people, acts = ([e.text for e in page.find("select", id=name).iter("option")] for name in ("actor", "act"))

    assert people[0] == "Everybody"
    assert {"anna@example.org", "ben@example.org", "shell"} <= set(people)
    assert acts[0] == "All actions"
    assert {"closed a round", "issued cards", "created an account"} <= set(acts)
    chosen = [e.text for e in page.find("select", id="actor").iter("option") if e.get("selected") is not None]
    assert chosen == ["ben@example.org"]


def test_the_next_page_keeps_the_filter(reader: StrictClient) -> None:
    with audit.acting("carl@example.org"):
        for number in range(audit.PAGE + 1):
            audit.record("issued cards", f"pile {number}")
    page = reader.request("GET", "/staff/audit?actor=carl@example.org&subject=pile")
    (older,) = page.links("Older entries")

    asked = parse_qs(urlsplit(older).query)
    assert asked == {"actor": ["carl@example.org"], "subject": ["pile"], "page": ["1"]}
    last = reader.request("GET", older)
    assert [" ".join(row.itertext()).split("pile ")[1].strip() for row in last.find("tbody").iter("tr")] == ["0"]


def read_csv(answer: Seen) -> list[dict[str, str]]:
    """Return the rows of a downloaded file."""
    return list(csv.DictReader(io.StringIO(answer.body.decode("utf-8-sig"))))


def test_what_is_shown_can_be_downloaded_for_a_spreadsheet(reader: StrictClient) -> None:
    (link,) = reader.request("GET", "/staff/audit?act=issued cards".replace(" ", "%20")).links("Download as CSV")
    answer = reader.request("GET", link)
    rows = read_csv(answer)

    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == "attachment; filename=audit-log.csv"
    assert answer.body.startswith(b"\xef\xbb\xbf"), "so that Excel reads Urdu names"
    assert [row["Subject"] for row in rows] == ALL[:3]
    assert rows[0]["User"] == "ben@example.org"
    assert rows[0]["Details"] == "areas: north 30, south 10, cards: 40"
    assert rows[0]["Time (UTC)"].startswith(str(TODAY - DAY))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝", " ="])
def test_no_cell_of_the_download_is_run_as_a_formula(reader: StrictClient, start: str) -> None:
    audit.record("issued cards", f"{start}cmd|' /C calc'!A0")
    rows = read_csv(reader.request("GET", "/staff/audit.csv"))

    (subject,) = [row["Subject"] for row in rows if "calc" in row["Subject"]]
    assert subject == f"'{start}cmd|' /C calc'!A0".replace("\r", "\n")


def test_more_entries_send_no_more_queries(reader: StrictClient) -> None:
    def count(path: str) -> int:
        with counted_queries() as statements:
            assert reader.request("GET", path).status == 200
        return len(statements)

    paths = ("/staff/audit", "/staff/audit?subject=s&actor=shell", "/staff/audit.csv")
    before = [count(path) for path in paths]
    for number in range(3 * audit.PAGE):
        with audit.acting(f"{number % 7}@example.org"):
            audit.record(f"did thing {number % 5}", "nothing")

    assert [count(path) for path in paths] == before
    assert max(before) <= 8


def imports() -> list[tuple[str, str, str]]:
    """Return the entries about imported questionnaires, oldest first."""
    found, _older = audit.list_entries(0)
    return [(e.actor, e.subject, e.detail) for e in reversed(found) if e.action == "imported a questionnaire"]


def test_an_import_of_a_questionnaire_has_its_line(app: Flask) -> None:
    document = json.dumps(tiny_document())
    for _twice in range(2):
        surveys.import_questionnaire(document, "tiny.json")
    surveys.import_questionnaire(json.dumps(tiny_document(version="2")), "tiny.json", survey="trial")
    with pytest.raises(Refused):
        surveys.import_questionnaire(json.dumps(tiny_document(minutes=9)), "tiny.json")

    assert imports() == [("shell", "family", '{"version": "1"}'), ("shell", "trial", '{"version": "2"}')]
    assert audit.verify() == []


def test_an_import_whose_line_cannot_be_written_is_not_done(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "record", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        surveys.import_questionnaire(json.dumps(tiny_document()), "tiny.json")

    assert surveys.list_surveys() == []
