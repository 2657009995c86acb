"""The manifest of a backup. It is checked when it is read: its names go into statements, paths and sentences."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.storage.refusals import Refused

FORMAT = 2
DATABASES, KEYS = "databases", "keys"
FRONT, COUNTING = "front", "counting"
_NAME = r"[A-Za-z0-9_-]+"
KEY_NAMES = {
    FRONT: re.compile(rf"office\.(audit|second-factor)|{_NAME}\.card(\.\d+)?|{_NAME}\.wave"),
    COUNTING: re.compile(rf"{_NAME}\.link(\.\d+)?|{_NAME}\.(delete|secret)"),
}
_TABLE, _REVISION = re.compile(r"[a-z_]{1,60}"), re.compile(r"[0-9a-z]{1,20}")
Rows = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Manifest:
    """What a backup contains: by ``kind``, ``databases`` or ``keys``, never both.

    ``revisions`` are those of each room's tables, ``rows`` the number of rows of each table of each room, ``files`` the
    names of key files, each with its room in front.
    """

    kind: str
    made_on: str
    dialect: str = ""
    revisions: dict[str, str] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    format: int = FORMAT


def read_manifest(content: Any) -> Manifest:
    """Return a manifest from the JSON of a backup.

    Raises:
        Refused: it was made by another version. ValueError: it is not a manifest, or has names that cannot be ours.
    """
    if not isinstance(content, dict) or not isinstance(content.get("format"), int):
        raise ValueError("no manifest")
    if content["format"] != FORMAT:
        raise Refused("This backup was made by a version of the portal that this version does not know.")
    if content.keys() != Manifest.__dataclass_fields__.keys() or not _is_valid(content):
        raise ValueError("no manifest of ours")
    return Manifest(**content)


def is_key_name(name: str) -> bool:
    """Tell whether a name in a backup is that of a key file."""
    room, _slash, file = name.partition("/")
    return room in KEY_NAMES and KEY_NAMES[room].fullmatch(file) is not None


def _is_valid(content: Mapping[str, Any]) -> bool:
    dt.date.fromisoformat(content["made_on"])
    if content["kind"] == KEYS:
        return bool(content["files"]) and isinstance(content["files"], list) and all(map(is_key_name, content["files"]))
    return (
        content["kind"] == DATABASES
        and content["dialect"] in ("sqlite", "postgresql")
        and set(content["rows"]) == set(content["revisions"]) == {"portal", "answers"}
        and all(_REVISION.fullmatch(revision) for revision in content["revisions"].values())
        and all(_TABLE.fullmatch(name) for tables in content["rows"].values() for name in tables)
        and all(isinstance(number, int) for tables in content["rows"].values() for number in tables.values())
    )
