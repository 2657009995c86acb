"""Checks of this installation that need no ground truth: columns of tables, lengths of letters, codes in files."""

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from app.attacker.evidence import Evidence, Truth
from app.attacker.finding import Finding, Measured, compare
from app.attacker.scene import ours
from app.attacker.scene.stage import Stage
from app.attacker.ways import traces
from app.core import keys
from app.core.codes import CodeError, read_code
from app.keys import database_server
from app.storage import db, keyring
from app.surveys import service as surveys

CODE_LIKE = re.compile(rb"(?<!\d)\d{3}([ .-]?)\d{3}\1\d{3}\1\d{3}\1\d{3}(?!\d)")


def look_here(report: Callable[[str], object] = str) -> list[Finding]:
    """Return what an attacker with this installation's files would find without other knowledge.

    It reads both rooms, so it must run as root or as a user with access to both. ``report`` is called with the names of
    files that contain codes, never with codes.
    """
    settings = db.rooms().settings
    owner = settings.owner_database_url
    stage = Stage(settings.home, settings.database_url, settings.answers_database_url, owner, settings.port)
    rooms = ours.tables(stage)
    rows = {name: room.rows(name) for name, room in rooms.items()}
    evidence = Evidence(
        truth=Truth((), ()),
        tables=rows,
        answers=(),
        nights=[],
        files=stage.files(),
        schema={name: room.columns(name) for name, room in rooms.items()},
        sizes={"letter": [len(row.values["box"]) for row in rows["letter"]]},
    )
    codes = _codes(evidence.files, {row.values["tag"] for row in rows["card"]}, report)
    found = [way.judge(evidence) for way in traces.ATTACKS if way.measure not in (traces.canaries, traces.disguised)]
    found.append(compare("T5 codes in files", "numbers in files that are codes of cards", found=codes))
    if settings.database_url:
        gaps = Measured(len(database_server.find_gaps()))
        found.append(compare("T9 database server", "settings that let it keep what was deleted", found=gaps))
    return found


def _codes(files: list[Path], known: set[bytes], report: Callable[[str], object]) -> Measured:
    """Count the numbers in files that are codes of cards with known tags; every number that looks like one is tried."""
    roots, found = [], set()
    for survey in surveys.list_surveys():
        with suppress(keyring.KeyMissing):
            roots += [(root, survey.slug) for root in keyring.card_keys(survey.slug)]
    for path in files:
        here = {code for code in _codes_like(path) if known & {keys.card_tag(*root, code) for root in roots}}
        if here:
            report(f"Codes of cards are in {path}: {len(here)}.")
        found |= here
    return Measured(len(found))


def _codes_like(path: Path) -> Iterator[str]:
    """Yield the numbers in a file that could be codes."""
    for match in CODE_LIKE.finditer(path.read_bytes()):
        with suppress(CodeError):
            yield read_code(match.group().decode())
