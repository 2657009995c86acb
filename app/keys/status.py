"""Which key files exist, who can read them, and what they can still reveal."""

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.core.keys import KEY_BYTES
from app.storage import db, destroyed_keys, keyfile, keyring
from app.storage.destroyed_keys import SURVEY, WAVE
from app.surveys import service as surveys
from app.surveys import waves

FOLDER, FILE = 0o700, 0o600
UNREADABLE, NAMELESS = "not readable by this user", "not a valid name for a key"
DAMAGED = " (damaged)"
DERIVABLE = {
    "card": "which printed code is one of its cards",
    "wave": "which code took part",
    "link": "which answers a code gave",
    "delete": "which codes have asked for their answers to be deleted",
    "secret": "what unopened letters say",
}


@dataclass(frozen=True)
class KeyRow:
    """The keys of one survey, of one wave, or of the office. A process's keys are a sentence if they cannot be listed.

    The name of a key that exists and cannot be used ends with ``(damaged)``.
    """

    kind: str
    name: str
    burned: bool
    front: list[str] | str
    counting: list[str] | str
    derivable: list[str]


def list_rows() -> list[KeyRow]:
    """Return the keys of the office, of every survey and of every wave."""
    settings = db.rooms().settings
    office = sorted(path.name for path in settings.front_keys.glob("office.*")) if _is_seen(settings.front_keys) else []
    rows = [KeyRow("office", "office", False, office, [], [])]
    for survey in surveys.list_surveys():
        rows.append(_row(SURVEY, survey.slug))
        rows += [_row(WAVE, wave.id) for wave in waves.list_waves(survey.slug)]
    return rows


def faults() -> list[str]:
    """Return what is wrong with folders and files, one sentence each, as far as this user can read them."""
    settings = db.rooms().settings
    folders = (settings.front_keys, settings.counting_keys.parent, settings.counting_keys)
    return [fault for folder in folders if _is_seen(folder) for fault in _folder_faults(folder)]


def _row(kind: str, name: str) -> KeyRow:
    settings = db.rooms().settings
    front = _names(settings.front_keys, keyring.front_files, kind=kind, name=name)
    counting = _names(settings.counting_keys, keyring.counting_files, kind=kind, name=name)
    usable = [file for there in (front, counting) if isinstance(there, list) for file in there if DAMAGED not in file]
    kinds = {file.split(".")[1] for file in usable}
    derivable = [words for suffix, words in DERIVABLE.items() if suffix in kinds]
    return KeyRow(kind, name, destroyed_keys.is_done(kind, name), front, counting, derivable)


def _names(folder: Path, files: Callable[[str, str], list[Path]], *, kind: str, name: str) -> list[str] | str:
    if not _is_seen(folder):
        return UNREADABLE
    try:
        return [f"{path.name}{DAMAGED if keyfile.is_damaged(path) else ''}" for path in files(kind, name)]
    except keyring.KeyMissing:
        return NAMELESS


def _is_seen(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


def _folder_faults(folder: Path) -> list[str]:
    found = [] if _mode(folder) == FOLDER else [f"The folder {folder.name} has the mode {_mode(folder):o}, not 700."]
    if folder.name != "keys":
        return found
    files = sorted(path for path in folder.iterdir() if path.is_file())
    owner = folder.stat().st_uid
    found += [f"{path.name} is a link. A key must be a file." for path in files if path.is_symlink()]
    found += [
        f"The key {path.name} does not belong to the owner of its folder."
        for path in files
        if path.lstat().st_uid != owner
    ]
    found += [f"The key {path.name} has the mode {_mode(path):o}, not 600." for path in files if _mode(path) != FILE]
    found += [f"{path.name} was left by a crash. Delete it." for path in files if path.name.startswith(".")]
    return found + [f"The key {path.name} is damaged." for path in files if not _is_whole(path)]


def _is_whole(path: Path) -> bool:
    try:
        return len(path.read_bytes()) == KEY_BYTES
    except OSError:
        return False


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
