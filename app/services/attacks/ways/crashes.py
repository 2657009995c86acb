"""T13: break the running site in every way that an accident can, and look for traces of people in what it wrote."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from pysqlite3 import dbapi2 as sqlite

from app.services.attacks.evidence import Person
from app.services.attacks.finding import Measured
from app.services.attacks.scene.stage import Stage, StageError
from app.services.attacks.scene.visitor import Visitor
from app.services.attacks.ways.traces import forms_of, secrets_of

TABLES = ("draft", "saved_draft", "spent", "letter", "card", "questionnaire")
SERVER_ERROR = 500
PATHS = ("/", "/c", "/r/start", "/r/page/1", "/r/check", "/r/done", "/leave")
PIN = "482913"


def break_everything(stage: Stage, wave: str, people: Sequence[Person]) -> None:
    """Let one person after the other be in the middle of a journey while a table or a key is gone.

    Raises:
        StageError: no page showed that anything was broken; then the logs prove nothing.
    """
    key = stage.home / "keys" / f"{wave}.wave"
    faults = [*(_without_table(stage, table) for table in TABLES), _without_file(key)]
    for person, fault in zip(people, faults, strict=False):
        if not any(status >= SERVER_ERROR for status in _under_a_fault(stage, person, fault)):
            raise StageError("a fault was injected and no page showed it")


def traces_in(logs: Sequence[Path], people: Sequence[Person]) -> Measured:
    """Count the secrets of people that stand in what servers wrote."""
    content = b"".join(log.read_bytes() for log in logs)
    secrets = [secret for person in people for secret in secrets_of(person)]
    return Measured(sum(any(form in content for form in forms_of(secret)) for secret in secrets), 0)


def _under_a_fault(stage: Stage, person: Person, fault: AbstractContextManager[None]) -> list[int]:
    """Walk to the last page, break something, press everything; return the statuses that were answered."""
    visitor = Visitor(stage.base, person.address, person.agent)
    check = visitor.walk_to_check(person.code, 0, person.words)
    with fault:
        answers = [replace(visitor, cookies=dict(visitor.cookies)).request("GET", path) for path in PATHS]
        answers.append(visitor.request("POST", "/r/page/1", [*check.hidden, ("words", person.words)]))
        answers.append(visitor.request("POST", "/r/check", check.hidden))
        answers += [visitor.enter(person.code), visitor.save(PIN), visitor.come_back(person.code, PIN)]
    return [answer.status for answer in answers]


@contextmanager
def _without_table(stage: Stage, table: str) -> Iterator[None]:
    _rename(stage, table, f"{table}_gone")
    try:
        yield
    finally:
        _rename(stage, f"{table}_gone", table)


@contextmanager
def _without_file(path: Path) -> Iterator[None]:
    away = path.with_name(path.name + ".away")
    path.rename(away)
    try:
        yield
    finally:
        away.rename(path)


def _rename(stage: Stage, table: str, name: str) -> None:
    statement = f"ALTER TABLE {table} RENAME TO {name}"
    if stage.owner:
        with psycopg.connect(stage.owner, options="-csearch_path=portal", autocommit=True) as connection:
            connection.execute(statement.encode())
        return
    connection = sqlite.connect(str(stage.home / "portal.db"), timeout=20, isolation_level=None)
    connection.execute("PRAGMA legacy_alter_table=ON")
    connection.execute(statement)
    connection.close()
