"""Copies of key files for backups of their own; a destroyed key is never restored."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from app.backups.manifest import COUNTING, FRONT, KEY_NAMES
from app.core.keys import KEY_BYTES
from app.keys import rotation
from app.models.answers import LinkChain
from app.models.letters import DeleteKey
from app.storage import db, destroyed_keys, keyfile
from app.storage.destroyed_keys import SURVEY, WAVE
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves

KIND_OF = {"card": SURVEY, "link": SURVEY, "delete": SURVEY, "wave": WAVE, "secret": WAVE}


@dataclass(frozen=True)
class RestoreResult:
    """The outcome of restoring keys: restored, present before, destroyed and so left out, and still missing."""

    restored: list[str]
    present: list[str]
    destroyed: list[str]
    missing: list[str] = field(default_factory=list)


def collect() -> dict[str, bytes]:
    """Return the key files of both rooms by their names in a backup.

    Only regular files with names of keys: the owner of a folder could put a link to another's key into it.

    Raises:
        Refused: this user cannot read both folders, or there is no key.
    """
    folders = _folders()
    if not all(os.access(folder, os.R_OK | os.X_OK) for folder in folders.values()):
        raise Refused("This user cannot read both key folders. Run this command as root.")
    found = {
        f"{room}/{path.name}": _read(path)
        for room, folder in folders.items()
        for path in sorted(folder.iterdir())
        if KEY_NAMES[room].fullmatch(path.name) and path.is_file() and not path.is_symlink()
    }
    if not found:
        raise Refused("There are no keys here.")
    return found


def find_destroyed(names: list[str]) -> list[str]:
    """Return those keys that were destroyed in this installation."""
    found = []
    for name in names:
        subject, _dot, rest = name.partition("/")[2].partition(".")
        kind = KIND_OF.get(rest.split(".")[0])
        if kind is not None and destroyed_keys.is_begun(kind, subject):
            found.append(name)
    return found


def find_missing() -> list[str]:
    """Return the keys that the databases need and that are missing, because the backup of keys was too old."""
    needed = []
    with db.counting() as answers:
        rotations = {chain.survey_slug: chain.ratchets for chain in answers.scalars(select(LinkChain))}
    with db.reading() as portal:
        with_delete_key = set(portal.scalars(select(DeleteKey.survey_slug)))
    for slug in (survey.slug for survey in surveys.list_surveys() if not destroyed_keys.is_begun(SURVEY, survey.slug)):
        needed += [f"{FRONT}/{name}" for name in (f"{slug}.card", *rotation.list_card_keys(slug))]
        needed += [f"{COUNTING}/{slug}.link", *([f"{COUNTING}/{slug}.delete"] if slug in with_delete_key else [])]
        needed += [f"{COUNTING}/{slug}.link.{n + 1}" for n in range(rotations.get(slug, 0))]
        for wave in waves.list_waves(slug):
            if wave.letter_pub and not destroyed_keys.is_begun(WAVE, wave.id):
                needed += [f"{FRONT}/{wave.id}.wave", f"{COUNTING}/{wave.id}.secret"]
    return [name for name in needed if keyfile.NAME.fullmatch(name.partition("/")[2]) and not _target(name).exists()]


def check(parts: Mapping[str, bytes], names: list[str]) -> None:
    """Raise Refused if a backup does not contain what its manifest says, or a key has a wrong length."""
    wrong = [name for name in names if len(parts.get(name, b"")) != KEY_BYTES]
    if wrong or parts.keys() != set(names):
        raise Refused(f"This backup is damaged: {', '.join(wrong) or 'its files are not the ones it lists'}.")


def restore(parts: Mapping[str, bytes]) -> RestoreResult:
    """Restore the keys of a backup that were not destroyed; Refused, and none restored, if a different one exists."""
    destroyed = find_destroyed(sorted(parts))
    present = [name for name in sorted(parts) if name not in destroyed and _target(name).exists()]
    if other := [name for name in present if _read(_target(name)) != parts[name]]:
        raise Refused(f"Different keys with these names already exist: {', '.join(other)}. Nothing was restored.")
    restored = [name for name in sorted(parts) if name not in destroyed and name not in present]
    for name in restored:
        keyfile.make(_target(name), parts[name])
    return RestoreResult(restored, present, destroyed, find_missing())


def _read(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        return file.read(KEY_BYTES + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else b""


def _folders() -> dict[str, Path]:
    settings = db.rooms().settings
    return {FRONT: settings.front_keys, COUNTING: settings.counting_keys}


def _target(name: str) -> Path:
    room, _slash, file = name.partition("/")
    return _folders()[room] / file
