"""The naive twin, a typical survey system: plain-text codes, sequential ids, timestamps, an access log.

Its table ``keyed`` has random keys and no rowid, which alone is not sufficient either. All people do the same as in our
design, so that the same attacks can be run on both.
"""

import datetime as dt
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from app.attacker.evidence import Evidence, Night, Person, Row, Sending, Truth
from app.attacker.finding import Measured
from app.attacker.scene import sites
from app.attacker.scene.stage import files_of
from app.attacker.thief import Database, PostgresSchema, SqliteFile

TABLES = ("token", "response", "keyed")
KEYED = "CREATE TABLE keyed (id {bytes} PRIMARY KEY, wave text, code text){tail}"
TOKEN = "CREATE TABLE token (id {serial}, code text, used_at text)"  # noqa: S105 (a table, no secret)
RESPONSE = (
    "CREATE TABLE response (id {serial}, wave text, code text, created_at text, address text, agent text, words text)"
)
INSERT = "INSERT INTO response (wave, code, created_at, address, agent, words) VALUES ({})"
BROKEN = (
    "INSERT INTO answer (code, address, agent, words) VALUES (:code, :address, :agent, :words)",
    "INSERT INTO response (id, code, address, agent, words) SELECT id, :code, :address, :agent, :words FROM response",
)
"""A table that does not exist, and primary keys that already exist."""

FORM, USED, UNKNOWN = b"<form>What do you think?</form>", b"<p>This code was used already.</p>", b"<p>No such code.</p>"


class Twin:
    """A naive installation for comparison, on the same kind of database."""

    def __init__(self, home: Path, truth: Truth, owner: str = "") -> None:
        self.home, self.truth, self._owner = home, truth, owner
        home.mkdir(parents=True, exist_ok=True)

    @property
    def database(self) -> Database:
        """Its database."""
        return PostgresSchema(self._owner, "naive") if self._owner else SqliteFile(self.home / "naive.db")

    def live(self) -> list[Night]:
        """Repeat all submissions, with a snapshot each night; every submission is one transaction."""
        people = {person.number: person for person in self.truth.people}
        self._run(["CREATE SCHEMA naive"] if self._owner else [])
        serial = "serial primary key" if self._owner else "integer primary key autoincrement"
        kind, tail = ("bytea", "") if self._owner else ("blob", " WITHOUT ROWID")
        keyed = KEYED.format(bytes=kind, tail=tail)
        self._run([TOKEN.format(serial=serial), RESPONSE.format(serial=serial), keyed])
        nights: list[Night] = []
        for wave in self.truth.waves:
            for night in sorted({sending.night for sending in self.truth.of_wave(wave)}):
                self._send([s for s in self.truth.of_wave(wave) if s.night == night], people)
                seen = frozenset(
                    row.values["id"] for row in self.database.rows("response") if row.values["wave"] == wave
                )
                nights.append(Night(wave, night, True, {"response": seen}))
            nights[-1] = replace(nights[-1], is_open=False)
        return nights

    def collect(self, nights: list[Night]) -> Evidence:
        """Return the evidence of the twin."""
        numbers = {person.code: person.number for person in self.truth.people}
        tables = {
            name: [
                Row(numbers[row.values["code"]], row.values.get("wave"), row.orders, row.times, row.values)
                for row in self.database.rows(name)
            ]
            for name in TABLES
        }
        web = self.home / "keys"
        web.mkdir(exist_ok=True)
        return Evidence(
            name="naive",
            truth=self.truth,
            tables=tables,
            answers=("response", "keyed"),
            nights=nights,
            files=files_of(self.home),
            schema={name: self.database.columns(name) for name in TABLES},
            sizes={"letter": [len(row.values["words"]) + len(row.values["agent"]) for row in tables["response"]]},
            key_folders={"web": web, "opener": web},
        )

    def one_code_at_once(self, times: int = 40) -> Measured:
        """Send the answers of one code many times; the twin accepts all of them."""
        before = len(self.database.rows("response"))
        last = self.truth.sendings[-1]
        self._send([last] * times, {person.number: person for person in self.truth.people})
        return Measured(len(self.database.rows("response")) - before - 1, 0)

    def under_faults(self) -> Path:
        """Let everybody send again with a missing table and duplicate keys, and return the log.

        Errors are logged with SQLAlchemy's default message, which includes the values.
        """
        place = self._owner.replace("postgresql:", "postgresql+psycopg:") or f"sqlite:///{self.home / 'naive.db'}"
        options = {"connect_args": {"options": "-csearch_path=naive"}} if self._owner else {"module": sqlite}
        engine, log = create_engine(place, **options), self.home / "faults.log"
        with log.open("a", encoding="utf-8") as lines:
            for person in self.truth.people:
                row = {"code": person.code, "address": person.address, "agent": person.agent, "words": person.words}
                for statement in BROKEN:
                    try:
                        with engine.begin() as connection:
                            connection.execute(text(statement), row)
                    except DBAPIError as error:
                        lines.write(f"ERROR {error}\n")
        engine.dispose()
        return log

    def _send(self, sendings: Sequence[Sending], people: dict[int, Person]) -> None:
        for sending in sendings:
            person = people[sending.person]
            moment = dt.datetime.fromtimestamp(sending.at, dt.UTC).isoformat()
            row = (sending.wave, person.code, moment, person.address, person.agent, person.words)
            self._write("INSERT INTO token (code, used_at) VALUES ({})", (person.code, moment))
            self._write(INSERT, row)
            key = secrets.token_bytes(16)
            self._write("INSERT INTO keyed (id, wave, code) VALUES ({})", (key, sending.wave, person.code))
            with (self.home / "access.log").open("a", encoding="utf-8") as log:
                log.write(f'{person.address} [{moment}] "POST /survey/{person.code}" "{person.agent}"\n')

    def _write(self, statement: str, row: tuple[str | bytes, ...]) -> None:
        mark = "%s" if self._owner else "?"
        filled = statement.format(", ".join([mark] * len(row)))
        if self._owner:
            with psycopg.connect(self._owner, options="-csearch_path=naive") as connection:
                connection.execute(filled.encode(), row)
            return
        connection = sqlite.connect(str(self.home / "naive.db"), isolation_level=None)
        connection.execute(filled, row)
        connection.close()

    def _run(self, statements: list[str]) -> None:
        for statement in statements:
            self._write(statement, ())


@contextmanager
def serving(used: set[str], unused: set[str], log: Path) -> Iterator[str]:
    """Run a naive site and yield its address; it writes an access log, as servers do by default."""

    def answer(path: str, _host: str) -> sites.Reply:
        code = path.rsplit("/", 1)[-1]
        body = USED if code in used else FORM if code in unused else UNKNOWN
        return sites.Reply(body, 200 if body != UNKNOWN else 404)

    with sites.listening(answer, log) as base:
        yield base
