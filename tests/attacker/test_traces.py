"""What the attacker has to see in tables and files: every way of joining a code, every table, every declaration."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import psycopg
import pytest
from pysqlite3 import dbapi2 as sqlite

from app.attacker.evidence import Person, Row
from app.attacker.scene import postgres
from app.attacker.thief import Database, PostgresSchema, SqliteFile
from app.attacker.ways import order, traces
from tests.attacker.test_measures import PEOPLE, evidence, fairly

PLAIN = "CREATE TABLE answer (id {blob} PRIMARY KEY, words text)"
TELLING = {
    "a default": "CREATE TABLE answer (id {blob} PRIMARY KEY, words text DEFAULT 'none')",
    "a moment by default": "CREATE TABLE answer (id {blob} PRIMARY KEY, words text DEFAULT CURRENT_TIMESTAMP)",
    "a reference": "CREATE TABLE answer (id {blob} PRIMARY KEY, words {blob} REFERENCES card (tag))",
    "an identity": "CREATE TABLE answer (id integer {identity} PRIMARY KEY, words text)",
}
Make = Callable[[str], Database]


@pytest.fixture
def make(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """What makes a database with a table of cards and one of answers."""

    def made(statement: str) -> Database:
        cards = "CREATE TABLE card (tag {blob} PRIMARY KEY)"
        if database == "sqlite":
            connection = sqlite.connect(str(tmp_path / "made.db"), isolation_level=None)
            for one in (cards, statement):
                connection.execute(one.format(blob="blob", identity="") + ("" if "{id" in one else " WITHOUT ROWID"))
            connection.close()
            return SqliteFile(tmp_path / "made.db")
        urls = postgres.new_database(request.getfixturevalue("postgres_server"))
        with psycopg.connect(urls.owner) as connection:
            for one in (cards, statement):
                filled = one.format(blob="bytea", identity="GENERATED ALWAYS AS IDENTITY")
                connection.execute(filled.encode())
            for column in ("id", "words"):
                connection.execute(f"ALTER TABLE answer ALTER {column} SET STATISTICS 0".encode())
        return PostgresSchema(urls.owner, "public")

    return made


def is_left_in(room: Database) -> float:
    """Return what T6 counts in a table of answers."""
    return traces.schema(replace(evidence(fairly), schema={"response": room.columns("answer")})).value


@pytest.mark.both_databases
def test_a_table_that_tells_nothing_is_held(make: Make) -> None:
    room = make(PLAIN)
    assert sorted(room.tables()) == ["answer", "card"]
    assert is_left_in(room) == 0


@pytest.mark.both_databases
@pytest.mark.parametrize("fault", TELLING)
def test_what_a_declaration_tells_is_read_from_the_database(make: Make, fault: str) -> None:
    assert is_left_in(make(TELLING[fault])) == 1


@pytest.mark.parametrize("joint", ["", " ", "-", "+", "%20"])
def test_a_code_in_a_file_is_found_however_it_is_joined(tmp_path: Path, joint: str) -> None:
    log, here = tmp_path / "web.log", evidence(fairly)
    code = here.truth.people[7].code
    log.write_text(f"GET /c?code={joint.join(code[i : i + 3] for i in range(0, 15, 3))}&x", encoding="utf-8")
    assert traces.canaries(replace(here, files=[log])).value == 1
    log.write_text(f"GET /c?code={code[:9]}", encoding="utf-8")
    assert traces.canaries(replace(here, files=[log])).value == 0


def test_a_disguise_in_a_table_of_nobody_known_is_found() -> None:
    here = evidence(fairly)
    hidden = hashlib.sha256(here.truth.people[7].code.encode()).digest()
    assert traces.disguised(replace(here, stored=frozenset({b"else"}))).value == 0
    assert traces.disguised(replace(here, stored=frozenset({b"else", hidden}))).value == 1


@pytest.mark.parametrize("count", [20, PEOPLE])
def test_letters_that_lie_as_answers_lie_are_seen_even_if_they_are_few(count: int) -> None:
    def lying(people: list[Person]) -> list[Row]:
        return [Row(p.number, None, {"row number": place}, (), {"id": b"x"}) for place, p in enumerate(people)]

    here, chance = evidence(fairly), Random(count)
    people = chance.sample(list(here.truth.people), PEOPLE)
    answers = [replace(row, wave=here.truth.waves[0]) for row in lying(people)]
    beside = chance.sample(people, count)
    for letters, is_held in ((beside, True), (sorted(beside, key=people.index), False)):
        tables = {"response": answers, "letter": lying(letters), "spent": lying(chance.sample(people, PEOPLE))}
        assert order.order_across_tables(replace(here, tables=tables)).is_held is is_held
