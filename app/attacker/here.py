"""Checks of this installation that need no ground truth: columns of tables, lengths of letters, codes in files."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from app.attacker.evidence import Evidence, Row, Truth
from app.attacker.finding import Finding, Measured, compare
from app.attacker.scene.ours import COUNTING, FRONT
from app.attacker.scene.stage import files_of
from app.attacker.thief import Database, PostgresSchema, SqliteFile
from app.attacker.ways import traces
from app.core import keys
from app.core.codes import CodeError, read_code
from app.keys import database_server
from app.storage import db, keyring
from app.surveys import service as surveys

CODE_LIKE = re.compile(rb"(?<!\d)\d{3}([ .-]?)\d{3}\1\d{3}\1\d{3}\1\d{3}(?!\d)")


def look_here(report: Callable[[str], object] = str) -> list[Finding]:
    """Return what an attacker with this installation's files would find without other knowledge.

    It reads both rooms, so it must run as root or as a user with access to both.

    Args:
        report: called with the names of files that contain codes, never with codes.
    """
    settings = db.rooms().settings
    evidence = _evidence(files_of(settings.home))
    codes = _codes(evidence.files, report)
    found = [
        *(
            compare(attack.name, attack.metric, found=attack.measure(evidence), naive=None)
            for attack in traces.ATTACKS
            if attack.measure not in (traces.canaries, traces.disguised)
        ),
        compare("T5 codes in files", "numbers in files that are codes of cards", found=codes, naive=None),
    ]
    if settings.database_url:
        server = Measured(len(database_server.find_gaps()), 0)
        found.append(
            compare("T9 database server", "settings that let it keep what was deleted", found=server, naive=None)
        )
    return found


def _evidence(files: list[Path]) -> Evidence:
    rooms = {**dict.fromkeys(FRONT, _room(db.PORTAL)), **dict.fromkeys(COUNTING, _room(db.ANSWERS))}
    rows = {name: room.rows(name) for name, room in rooms.items()}
    letters = [len(row.values["box"]) for row in rows["letter"]]
    return Evidence(
        name="this installation",
        truth=Truth("", (), ()),
        tables={name: [Row(-1, None, row.orders, row.times, row.values) for row in rows[name]] for name in rows},
        answers=(),
        nights=[],
        files=files,
        schema={name: room.columns(name) for name, room in rooms.items()},
        sizes={"letter": letters},
    )


def _room(name: str) -> Database:
    settings = db.rooms().settings
    if settings.owner_database_url or settings.database_url:
        own = settings.answers_database_url if name == db.ANSWERS else settings.database_url
        return PostgresSchema(settings.owner_database_url or own, name)
    return SqliteFile(settings.home / "portal.db" if name == db.PORTAL else settings.home / "counting" / "answers.db")


def _codes(files: list[Path], report: Callable[[str], object]) -> Measured:
    """Count the numbers in files that are codes of cards; every number that looks like a code is tried."""
    known = {bytes(row.values["tag"]) for row in _room(db.PORTAL).rows("card")}
    roots = {}
    for survey in surveys.list_surveys():
        with suppress(keyring.KeyMissing):
            roots[survey.slug] = keyring.card_keys(survey.slug)
    found = set()
    for path in files:
        here = {code for code in _codes_like(path) if _tags(code, roots) & known}
        if here:
            report(f"Codes of cards are in {path}: {len(here)}.")
        found |= here
    return Measured(len(found), 0)


def _codes_like(path: Path) -> Iterator[str]:
    """Yield the numbers in a file that could be codes."""
    for match in CODE_LIKE.finditer(path.read_bytes()):
        with suppress(CodeError):
            yield read_code(match.group().decode())


def _tags(code: str, roots: dict[str, list[bytes]]) -> set[bytes]:
    return {keys.card_tag(root, slug, code) for slug, versions in roots.items() for root in versions}
