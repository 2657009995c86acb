"""Collects the evidence of our design, and the true owner of each row by the opener's keys, which attackers lack."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.attacker.evidence import Evidence, Night, Person, Row, Truth
from app.attacker.scene.history import DOCUMENT, SURVEY, History
from app.attacker.scene.stage import Stage, files_of
from app.attacker.thief import Database, Found, PostgresSchema, SqliteFile, stored_in
from app.backups import archive
from app.core import keys, letters

FRONT, COUNTING = (
    ("draft", "saved_draft", "spent", "letter", "card", "void"),
    ("response", "comment", "detached", "turnout", "set_aside", "opened_letter"),
)
ANSWERS = ("response", "comment", "detached")
WAITING = ("letter", "draft", "saved_draft")
"""Tables with rows of the open wave; they are compared with the answers of all earlier waves."""
BEGINNING = 64
"""The number of bytes of a box to search for, because longer ones span several pages of a file."""
Owner = Callable[[dict[str, Any]], int | None]


def portal(stage: Stage) -> Database:
    """Return the front room's database."""
    return PostgresSchema(stage.owner, "portal") if stage.owner else SqliteFile(stage.home / "portal.db")


def answers(stage: Stage) -> Database:
    """Return the counting room's database."""
    return PostgresSchema(stage.owner, "answers") if stage.owner else SqliteFile(stage.home / "counting" / "answers.db")


def ids_in_front(stage: Stage, table: str) -> set[bytes]:
    """Return the ids of all rows of a table of the front room."""
    return {bytes(row.values["id"]) for row in portal(stage).rows(table)}


def rooms(stage: Stage) -> tuple[tuple[Database, tuple[str, ...]], ...]:
    """Return both rooms' databases with the names of their anonymous tables."""
    return ((portal(stage), FRONT), (answers(stage), COUNTING))


def stored(stage: Stage) -> set[bytes]:
    """Return every value of the anonymous tables of both rooms as bytes."""
    return stored_in(row.values for room, tables in rooms(stage) for table in tables for row in room.rows(table))


def all_stored(stage: Stage) -> set[bytes]:
    """Return every value of every table of both rooms as bytes."""
    return stored_in(
        row.values for room in (portal(stage), answers(stage)) for t in room.tables() for row in room.rows(t)
    )


def backups(stage: Stage) -> list[Path]:
    """Make new backups of the databases and of the keys, and return all their parts."""
    folder = Path(tempfile.mkdtemp(dir=stage.home.parent, prefix="backups-"))
    for name, options in (("databases", ()), ("keys", ("--keys",))):
        stage.run("backup", "create", str(folder / f"{name}.backup"), *options)
        (folder / name).mkdir()
        for part, content in archive.read(folder / f"{name}.backup", "", must_be_locked=False)[1].items():
            (folder / name / part.replace("/", "-")).write_bytes(content)
    return files_of(folder)


def rows_of(stage: Stage, waves: Sequence[str], people: Sequence[Person]) -> int:
    """Count the answers, letters and saved drafts of some people that can be found with all keys."""
    opener, web = stage.home / "counting" / "keys", stage.home / "keys"
    link = (opener / f"{SURVEY}.link").read_bytes()
    marks, codes = set(), {person.code for person in people}
    for code in codes:
        for wave in waves:
            marks.add(keys.wave_pseudonym(link, wave, keys.person(link, SURVEY, code)))
            marks |= {keys.comment_id(link, wave=wave, code=code, question=part) for part in parts_of_questions()}
            marks.add(keys.saved_place((web / f"{wave}.wave").read_bytes(), wave, code))
    return len(marks & stored(stage)) + sum(
        _sender(opener, row.values) in codes for row in portal(stage).rows("letter")
    )


def _sender(opener: Path, row: Mapping[str, Any]) -> str | None:
    wave = str(row["wave_id"])
    try:
        return letters.unseal(row["box"], (opener / f"{wave}.secret").read_bytes(), wave).code
    except letters.LetterError:
        return None


def keys_in_a_backup(stage: Stage) -> int:
    """Count keys and drafts in a new backup of the databases."""
    parts = b"\0".join(path.read_bytes() for path in backups(stage) if "databases" in path.parts)
    own = [path.read_bytes() for path in stage.home.rglob("keys/*")]
    boxes = [row.values["box"][:BEGINNING] for table in ("draft", "saved_draft") for row in portal(stage).rows(table)]
    return sum(any(form in parts for form in (secret, secret.hex().encode())) for secret in (*own, *boxes))


def steal_keys(stage: Stage) -> list[Path]:
    """Copy every key file."""
    folder = Path(tempfile.mkdtemp(dir=stage.home.parent, prefix="stolen-"))
    return [Path(shutil.copy(path, folder)) for path in stage.home.rglob("keys/*")]


def keys_left(stage: Stage) -> int:
    """Count the key files of surveys and waves."""
    return len(destroyable(stage.home.rglob("keys/*")))


def destroyable(files: Iterable[Path]) -> list[Path]:
    """Return the key files of surveys and waves, without those of the office, which are never destroyed."""
    return [path for path in files if not path.name.startswith("office.")]


@dataclass(frozen=True)
class Camera:
    """Takes snapshots of both databases before and after each opening."""

    stage: Stage

    def letters(self, wave: str) -> dict[bytes, int]:
        """Return the waiting letters of a wave, with their lengths."""
        waiting = (row.values for row in portal(self.stage).rows("letter") if _of(row, wave))
        return {row["id"]: len(row["box"]) for row in waiting}

    def take(self, wave: str, night: int, *, is_open: bool, before: dict[bytes, int]) -> Night:
        """Return the snapshots before and after a night."""
        room = answers(self.stage)
        seen = {t: frozenset(row.values["id"] for row in room.rows(t) if _of(row, wave)) for t in ANSWERS}
        return Night(wave, night, is_open, seen, before, self.letters(wave))


def collect(stage: Stage, lived: History) -> Evidence:
    """Return the evidence of our design."""
    truth = lived.truth
    owners = {**_owners(stage, truth), **_owners_of_waiting(stage, lived)}
    places = {table: room for room, tables in rooms(stage) for table in tables}
    tables = {
        name: [
            Row(owner, None if name in WAITING else row.values.get("wave_id"), row.orders, row.times, row.values)
            for row in places[name].rows(name)
            if (owner := owners[name](dict(row.values))) is not None
        ]
        for name in ("spent", "card", *ANSWERS, *WAITING)
    }
    return Evidence(
        name="ours",
        truth=truth,
        tables=tables,
        answers=ANSWERS,
        nights=lived.nights,
        files=stage.files(),
        schema={name: room.columns(name) for name, room in places.items()},
        sizes={
            "thank-you page": lived.thanks,
            "letter": [n for night in lived.nights for n in (*night.before.values(), *night.letters.values())],
        },
        key_folders={"web": stage.home / "keys", "opener": stage.home / "counting" / "keys"},
        stored=all_stored(stage),
        words_belong=(stage.home / "counting", *([stage.server / "data"] if stage.server else [])),
    )


def _owners(stage: Stage, truth: Truth) -> dict[str, Owner]:
    """Return, for each table, a function that returns the owner of a row."""
    opener, web = stage.home / "counting" / "keys", stage.home / "keys"
    link, card = (opener / f"{SURVEY}.link").read_bytes(), (web / f"{SURVEY}.card").read_bytes()
    spent, parts, people = {}, {}, {}
    for wave in truth.waves:
        wave_key = (web / f"{wave}.wave").read_bytes()
        for person in truth.people:
            spent[keys.nullifier(wave_key, wave, person.code)] = person.number
            people[keys.wave_pseudonym(link, wave, keys.person(link, SURVEY, person.code))] = person.number
            for part in parts_of_questions():
                parts[keys.comment_id(link, wave=wave, code=person.code, question=part)] = person.number
    tags = {keys.card_tag(card, SURVEY, person.code): person.number for person in truth.people}
    return {
        "response": lambda row: people.get(bytes(row["person"])),
        "comment": lambda row: parts.get(bytes(row["id"])),
        "detached": lambda row: parts.get(bytes(row["id"])),
        "spent": lambda row: spent.get(bytes(row["nullifier"])),
        "card": lambda row: tags.get(bytes(row["tag"])),
    }


def _owners_of_waiting(stage: Stage, lived: History) -> dict[str, Owner]:
    """Return, for letters and drafts, a function that returns the owner of a row."""
    opener, codes = stage.home / "counting" / "keys", {person.code: person.number for person in lived.truth.people}

    def draft_owner(row: dict[str, Any]) -> int | None:
        return lived.drafts.get(bytes(row["id"]))

    return {
        "letter": lambda row: codes.get(_sender(opener, row) or ""),
        "draft": draft_owner,
        "saved_draft": draft_owner,
    }


def parts_of_questions() -> list[str]:
    """Return the names of all detached parts of an answer: the mode of answering, texts, detached options."""
    questions = json.loads(DOCUMENT.read_text(encoding="utf-8"))["questions"]
    options = [f"{q}|{o['code']}" for q, body in questions.items() for o in body.get("options", ())]
    return ["mode", *questions, *options]


def _of(row: Found, wave: str) -> bool:
    return bool(row.values["wave_id"] == wave)
