"""What a backup says it holds; read back with suspicion, since its names go into statements, paths and sentences."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.storage.refusals import Refused

FORMAT = 2
DATABASES, KEYS = "databases", "keys"
FRONT, COUNTING = "front", "counting"
DIALECTS = ("sqlite", "postgresql")
_NAME = r"[A-Za-z0-9_-]+"
KEY_NAMES = {
    FRONT: re.compile(rf"office\.(audit|second-factor)|{_NAME}\.card(\.\d+)?|{_NAME}\.wave"),
    COUNTING: re.compile(rf"{_NAME}\.link(\.\d+)?|{_NAME}\.(delete|secret)"),
}
_TABLE, _REVISION = re.compile(r"[a-z_]{1,60}"), re.compile(r"[0-9a-z]{1,20}")
Rows = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        kind: ``databases`` or ``keys``; never both.
        made_on: the day.
        dialect: of the databases, ``sqlite`` or ``postgresql``.
        revisions: of each room's tables.
        rows: how many rows each table of each room has.
        files: the names of key files, each with its room in front.
    """

    kind: str
    made_on: str
    dialect: str = ""
    revisions: dict[str, str] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def tables(self) -> int:
        """How many tables there are."""
        return sum(len(tables) for tables in self.rows.values())

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(sum(tables.values()) for tables in self.rows.values())


def read_manifest(said: Any) -> Manifest:
    """Return a manifest from what a file says.

    Raises:
        Refused: it was made by another version. ValueError: it is none, or names what cannot be.
    """
    if not isinstance(said, dict) or not isinstance(said.get("format"), int):
        raise ValueError("no manifest")
    if said["format"] != FORMAT:
        raise Refused("This backup was made by a version of the portal that this version does not know.")
    if said.keys() != Manifest.__dataclass_fields__.keys() or not _is_sound(said):
        raise ValueError("no manifest of ours")
    return Manifest(**said)


def is_key_name(name: str) -> bool:
    """Tell whether a name in a backup is that of a key file of one of the rooms."""
    room, _slash, file = name.partition("/")
    return room in KEY_NAMES and KEY_NAMES[room].fullmatch(file) is not None


def _is_sound(said: Mapping[str, Any]) -> bool:
    dt.date.fromisoformat(said["made_on"])
    if said["kind"] == KEYS:
        return bool(said["files"]) and isinstance(said["files"], list) and all(map(is_key_name, said["files"]))
    return (
        said["kind"] == DATABASES
        and said["dialect"] in DIALECTS
        and set(said["rows"]) == set(said["revisions"]) == {"portal", "answers"}
        and all(_REVISION.fullmatch(revision) for revision in said["revisions"].values())
        and all(_TABLE.fullmatch(name) for tables in said["rows"].values() for name in tables)
        and all(isinstance(number, int) for tables in said["rows"].values() for number in tables.values())
    )
