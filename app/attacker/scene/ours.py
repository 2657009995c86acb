"""Collects the evidence of our design, and the true owner of each row by the opener's keys, which attackers lack."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from app.attacker.evidence import Evidence, History, Person, Truth
from app.attacker.scene.stage import ROOT, Stage, files_of
from app.attacker.thief import Database, PostgresSchema, SqliteFile, stored_in
from app.backups import archive
from app.core import keys, letters

SURVEY = "partner"
DOCUMENT = ROOT / "app" / "questionnaires" / f"{SURVEY}.json"
FRONT, COUNTING = (
    ("draft", "saved_draft", "spent", "letter", "card", "void", "inbox"),
    ("response", "comment", "detached", "turnout", "set_aside", "opened_letter"),
)
ANSWERS = ("response", "comment", "detached", "inbox")
WAITING = ("letter", "draft", "saved_draft")
"""Tables with rows of the open wave; they are compared with the answers of all earlier waves."""
MARKS = {"spent": "nullifier", "card": "tag", "response": "person", "letter": "box"}
MARKS["inbox"] = "body"
MARKS |= dict.fromkeys(("comment", "detached", "draft", "saved_draft"), "id")
"""The column of each table that tells whose a row is, to somebody with all keys."""
BEGINNING = 64
"""The number of bytes of a box to search for, because longer ones span several pages of a file."""


def portal(stage: Stage) -> Database:
    """Return the front room's database."""
    url = stage.owner or stage.front
    return PostgresSchema(url, "portal") if url else SqliteFile(stage.home / "portal.db")


def answers(stage: Stage) -> Database:
    """Return the counting room's database."""
    url = stage.owner or stage.counting
    return PostgresSchema(url, "answers") if url else SqliteFile(stage.home / "counting" / "answers.db")


def tables(stage: Stage) -> dict[str, Database]:
    """Return the anonymous tables of both rooms, each with its database."""
    return {**dict.fromkeys(FRONT, portal(stage)), **dict.fromkeys(COUNTING, answers(stage))}


def ids(stage: Stage, table: str, wave: str | None = None) -> frozenset[bytes]:
    """Return the ids of all rows of a table, or of those of a wave."""
    rows = tables(stage)[table].rows(table)
    return frozenset(row.values["id"] for row in rows if wave is None or row.values["wave_id"] == wave)


def waiting_letters(stage: Stage, wave: str) -> dict[bytes, int]:
    """Return the waiting letters of a wave, with their lengths."""
    rows = (row.values for row in portal(stage).rows("letter"))
    return {row["id"]: len(row["box"]) for row in rows if row["wave_id"] == wave}


def stored(stage: Stage) -> set[bytes]:
    """Return every value of the anonymous tables of both rooms as bytes."""
    return stored_in(row for name, room in tables(stage).items() for row in room.rows(name))


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
    found, link = set(), link_key(stage)
    for wave, person in product(waves, people):
        found.add(keys.saved_place((stage.home / "keys" / f"{wave}.wave").read_bytes(), wave, person.code))
        found |= marks_of_answers(link, wave, person)
    codes = {person.code for person in people}
    letters_left = sum(_sender(stage, row.values) in codes for row in portal(stage).rows("letter"))
    return len(found & stored(stage)) + letters_left


def link_key(stage: Stage) -> bytes:
    """Return the link key of the survey, which only the opener can read."""
    return (stage.home / "counting" / "keys" / f"{SURVEY}.link").read_bytes()


def parts_of_questions() -> list[str]:
    """Return the names of all detached parts of an answer: the mode of answering, texts, detached options."""
    questions = json.loads(DOCUMENT.read_text(encoding="utf-8"))["questions"]
    options = [f"{q}|{o['code']}" for q, body in questions.items() for o in body.get("options", ())]
    return ["mode", *questions, *options]


def marks_of_answers(link: bytes, wave: str, person: Person) -> set[bytes]:
    """Return what a link key finds of a person's answers in a wave: the pseudonym and the ids of detached parts."""
    parts = {keys.comment_id(link, wave=wave, code=person.code, question=part) for part in parts_of_questions()}
    return parts | {keys.wave_pseudonym(link, wave, keys.person(link, SURVEY, person.code))}


def _sender(stage: Stage, letter: Mapping[str, Any]) -> str | None:
    """Return the code in a letter, opened with the key of the opener."""
    wave = letter["wave_id"]
    try:
        secret = (stage.home / "counting" / "keys" / f"{wave}.secret").read_bytes()
        return letters.unseal(letter["box"], secret, wave).code
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


def destroyable(files: Iterable[Path]) -> list[Path]:
    """Return the key files of surveys and waves, without those of the office, which are never destroyed."""
    return [path for path in files if not path.name.startswith("office.")]


def collect(stage: Stage, lived: History) -> Evidence:
    """Return the evidence of our design."""
    rooms, owners = tables(stage), {**_owners(stage, lived.truth), **lived.drafts}
    lengths = [size for night in lived.nights for size in (*night.before.values(), *night.letters.values())]
    return Evidence(
        truth=lived.truth,
        tables={
            name: [
                replace(row, owner=owners[row.values[by]], wave=None if name in WAITING else row.values.get("wave_id"))
                for row in rooms[name].rows(name)
                if row.values[by] in owners
            ]
            for name, by in MARKS.items()
        },
        answers=ANSWERS,
        nights=lived.nights,
        files=stage.files(),
        schema={name: room.columns(name) for name, room in rooms.items()},
        sizes={"thank-you page": lived.thanks, "letter": lengths},
        web_keys=stage.home / "keys",
        stored=stored_in(
            row for room in (portal(stage), answers(stage)) for table in room.tables() for row in room.rows(table)
        ),
        words_belong=(stage.home / "counting", *([stage.server / "data"] if stage.server else [])),
        inbox=inbox(stage),
    )


def inbox(stage: Stage) -> dict[Path, list[str]]:
    """Return the files of SQLite's portal database, with the comments that people read there."""
    bodies = [row.values["body"] for row in portal(stage).rows("inbox")]
    return dict.fromkeys(stage.home.glob("portal.db*"), bodies)


def _owners(stage: Stage, truth: Truth) -> dict[Any, int]:
    """Return the number of each person by code, card, letter, and all that keys find of them in the waves."""
    link, card = link_key(stage), (stage.home / "keys" / f"{SURVEY}.card").read_bytes()
    owners: dict[Any, int] = {}
    for person in truth.people:
        owners |= dict.fromkeys((person.code, person.words, keys.card_tag(card, SURVEY, person.code)), person.number)
    for wave, person in product(truth.waves, truth.people):
        nullifier = keys.nullifier((stage.home / "keys" / f"{wave}.wave").read_bytes(), wave, person.code)
        owners |= dict.fromkeys({nullifier, *marks_of_answers(link, wave, person)}, person.number)
    for letter in (row.values for row in portal(stage).rows("letter")):
        if (code := _sender(stage, letter)) in owners:
            owners[letter["box"]] = owners[code]
    return owners
