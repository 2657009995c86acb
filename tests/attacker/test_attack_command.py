"""``flask attack``: its table, its JSON, the page that shows its outcome, and the look at one's own installation."""

import json
import secrets
from dataclasses import asdict

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text

from app.attacker.finding import Finding
from app.attacker.here import look_here
from app.cli.attack import table
from app.home import attack_report
from app.keys import database_server, rotation
from app.staff import accounts
from app.storage import db
from tests.conftest import TinySurvey
from tests.support.staff import Person, signed_in

HELD = Finding("T4 copies of two nights", "expected share of rows found", 0.053, 0.1, True, 0.2, True)
LOST = Finding("T5 search of every byte", "codes found", 3, 0, False, 9, True)


def test_a_finding_has_what_programs_rely_on() -> None:
    assert set(asdict(HELD)) == {"name", "metric", "value", "bound", "passed", "naive_value", "naive_broken"}


def test_the_table_and_its_words_are_what_was_measured() -> None:
    assert table([HELD, LOST]).splitlines()[2] == (
        "T5 search of every byte  3        0          NO    9             yes          codes found"
    )
    report = attack_report.Report(people=120, waves=3, seed=7, database="sqlite", findings=(HELD, LOST))
    assert "120 made-up people answered 3 rounds. Tried 2 ways; 1 of them found no more" in report.words
    assert "right for 6.4 of 120 people. Blind guessing is right for 1 of 120; the promise is 12" in report.words
    assert "broke the naive survey in 2 of 2 ways" in report.words


def test_a_control_is_no_way_of_attacking_but_is_in_the_table() -> None:
    control = Finding("T7 control: the opener's keys", "share missed", 0, 0, True, None, None)
    report = attack_report.Report(people=120, waves=3, seed=7, database="sqlite", findings=(HELD, control, LOST))
    assert "Tried 2 ways; 1 of them found no more" in report.words
    assert "| T7 control: the opener's keys | share missed | 0 | 0 | yes |" in attack_report.as_page(report)


def test_the_page_of_the_documentation_is_written_from_what_was_measured() -> None:
    report = attack_report.Report(people=120, waves=3, seed=7, database="sqlite", findings=(HELD, LOST))
    page = attack_report.as_page(report)
    assert f"On {report.day} this software" in page
    assert f"(seed 7). {report.words}" in page
    assert "| T5 search of every byte | codes found | 3 | 0 | NO | 9 | yes |" in page.splitlines()


def test_the_staff_page_shows_the_last_outcome(app: Flask) -> None:
    person = Person("lead@example.org", secrets.token_urlsafe(12))
    accounts.create_user(person.email, "viewer", password=person.password)
    client = signed_in(app, person)
    assert "has not been run on this installation yet" in client.request("GET", "/staff/who-sees-what").words
    attack_report.save(attack_report.Report(people=120, waves=3, seed=7, database="sqlite", findings=(HELD, LOST)))
    page = client.request("GET", "/staff/who-sees-what")
    assert "120 made-up people answered 3 rounds. Tried 2 ways; 1 of them" in page.words
    assert page.find("table", data_table="attacks") is not None
    (db.rooms().settings.home / attack_report.NAME).write_text("{", encoding="utf-8")
    assert attack_report.load() is None


@pytest.mark.both_databases
def test_a_look_at_ones_own_installation_needs_no_truth(tiny: TinySurvey, app: Flask) -> None:
    codes = tiny.codes(30)
    assert [finding for finding in look_here() if not finding.passed] == []
    (app.config["SETTINGS"].home / "logs" / "stray.log").write_text(f"code {codes[0]} seen", encoding="utf-8")
    reported: list[str] = []
    assert [finding.value for finding in look_here(reported.append) if not finding.passed] == [1]
    assert reported == [f"Codes of cards are in {app.config['SETTINGS'].home}/logs/stray.log: 1."]


def test_a_look_knows_cards_of_every_key_in_every_spelling(tiny: TinySurvey, app: Flask) -> None:
    old = tiny.codes(30)[0]
    rotation.rotate_cards("family")
    new = tiny.codes(30, "later")[0]
    dotted = ".".join(new[i : i + 3] for i in range(0, 15, 3))
    log = app.config["SETTINGS"].home / "logs" / "stray.log"
    log.write_text(f"{old} and {dotted}", encoding="utf-8")
    assert [finding.value for finding in look_here() if not finding.passed] == [2]


def test_a_look_sees_a_table_that_tells_the_time(tiny: TinySurvey) -> None:
    with db.counting() as session:
        session.execute(text("ALTER TABLE response ADD COLUMN sent_at DATETIME"))
    assert [finding.name for finding in look_here() if not finding.passed] == ["T6 tables that tell"]
    assert json.dumps([asdict(finding) for finding in look_here()])


@pytest.mark.both_databases
def test_a_database_server_that_keeps_deleted_words_is_named(app: Flask, tiny: TinySurvey) -> None:
    gaps = database_server.find_gaps()
    if db.rooms().engine("front").dialect.name != "postgresql":
        assert gaps == []
        return
    owner = app.config["SETTINGS"].owner_database_url
    name = owner.rpartition("/")[2]
    with psycopg.connect(owner, autocommit=True) as connection:
        for change in ("log_min_duration_statement = 0", "log_parameter_max_length = -1"):
            connection.execute(f"ALTER DATABASE {name} SET {change}".encode())
    db.rooms().dispose()
    more = ["log_parameter_max_length is -1, not 0", "log_min_duration_statement is 0, not -1"]
    assert sorted(database_server.find_gaps()) == sorted([*gaps, *more])
    assert {f.name: f.value for f in look_here() if not f.passed} == {"T9 database server": len(gaps) + 2}
