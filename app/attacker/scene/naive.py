"""The naive twin, a typical survey system: plain-text codes, sequential ids, timestamps, an access log.

Its table ``keyed`` has random keys and no rowid, which alone is not sufficient either. All people do the same as in our
design, so that the same attacks can be run on both.
"""

import datetime as dt
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.attacker.evidence import Evidence, Night, Sending, Truth
from app.attacker.finding import Measured
from app.attacker.scene import sites
from app.attacker.scene.stage import files_of
from app.attacker.thief import Database, PostgresSchema, SqliteFile, connected

TABLES = {
    "token": "(id {serial}, code text, used_at text)",
    "response": "(id {serial}, wave text, code text, created_at text, address text, agent text, words text)",
    "keyed": "(id {blob} PRIMARY KEY, wave text, code text){tail}",
}
SQLITE = {"serial": "integer primary key autoincrement", "blob": "blob", "tail": " WITHOUT ROWID"}
POSTGRES = {"serial": "serial primary key", "blob": "bytea", "tail": ""}
INSERTS = (
    "INSERT INTO token (code, used_at) VALUES (:code, :moment)",
    "INSERT INTO response (wave, code, created_at, address, agent, words)"
    " VALUES (:wave, :code, :moment, :address, :agent, :words)",
    "INSERT INTO keyed (id, wave, code) VALUES (:key, :wave, :code)",
)
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
        self._people = {person.number: person for person in truth.people}
        home.mkdir(parents=True, exist_ok=True)

    @property
    def database(self) -> Database:
        """Its database."""
        return PostgresSchema(self._owner, "naive") if self._owner else SqliteFile(self.home / "naive.db")

    def live(self) -> list[Night]:
        """Repeat all submissions, with a snapshot each night; every submission is one transaction."""
        with connected(self.database) as connection:
            if self._owner:
                connection.execute(text("CREATE SCHEMA naive"))
            for name, columns in TABLES.items():
                kinds = POSTGRES if self._owner else SQLITE
                connection.execute(text(f"CREATE TABLE {name} {columns.format(**kinds)}"))
        nights: list[Night] = []
        for wave in self.truth.waves:
            for night in sorted({sending.night for sending in self.truth.of_wave(wave)}):
                self._send([s for s in self.truth.of_wave(wave) if s.night == night])
                rows = self.database.rows("response")
                seen = frozenset(row.values["id"] for row in rows if row.values["wave"] == wave)
                nights.append(Night(wave, night, True, {"response": seen}))
            nights[-1] = replace(nights[-1], is_open=False)
        return nights

    def collect(self, nights: list[Night]) -> Evidence:
        """Return the evidence of the twin."""
        numbers = {person.code: person.number for person in self.truth.people}
        tables = {
            name: [
                replace(row, owner=numbers[row.values["code"]], wave=row.values.get("wave"))
                for row in self.database.rows(name)
            ]
            for name in TABLES
        }
        (self.home / "keys").mkdir(exist_ok=True)
        return Evidence(
            truth=self.truth,
            tables=tables,
            answers=("response", "keyed"),
            nights=nights,
            files=files_of(self.home),
            schema={name: self.database.columns(name) for name in TABLES},
            sizes={"letter": [len(row.values["words"]) + len(row.values["agent"]) for row in tables["response"]]},
            web_keys=self.home / "keys",
        )

    def one_code_at_once(self, times: int = 40) -> Measured:
        """Send the answers of one code many times; the twin accepts all of them."""
        before = len(self.database.rows("response"))
        self._send([self.truth.sendings[-1]] * times)
        return Measured(len(self.database.rows("response")) - before - 1)

    def under_faults(self) -> Path:
        """Let everybody send again with a missing table and duplicate keys, and return the log.

        Errors are logged with SQLAlchemy's default message, which includes the values.
        """
        log = self.home / "faults.log"
        with log.open("a", encoding="utf-8") as lines, connected(self.database) as connection:
            for person in self.truth.people:
                for statement in BROKEN:
                    try:
                        connection.execute(text(statement), vars(person))
                    except DBAPIError as error:
                        lines.write(f"ERROR {error}\n")
        return log

    def _send(self, sendings: Sequence[Sending]) -> None:
        log = self.home / "access.log"
        with log.open("a", encoding="utf-8") as lines, connected(self.database) as connection:
            for sending in sendings:
                person, moment = self._people[sending.person], dt.datetime.fromtimestamp(sending.at, dt.UTC).isoformat()
                row = {**vars(person), "wave": sending.wave, "moment": moment, "key": secrets.token_bytes(16)}
                for statement in INSERTS:
                    connection.execute(text(statement), row)
                lines.write(f'{person.address} [{moment}] "POST /survey/{person.code}" "{person.agent}"\n')


def serving(used: set[str], unused: set[str], log: Path) -> AbstractContextManager[str]:
    """Run a naive site and yield its address; it writes an access log, as servers do by default."""

    def answer(path: str, _host: str) -> sites.Reply:
        code = path.rsplit("/", 1)[-1]
        body = USED if code in used else FORM if code in unused else UNKNOWN
        return sites.Reply(body, 200 if body != UNKNOWN else 404)

    return sites.listening(answer, log)
