"""Copies of key files: a backup of their own, and back again, but never a key that was burned."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app import db
from app.core.keys import KEY_BYTES
from app.services.errors import Refused
from app.services.keycare import marks
from app.services.keycare.marks import SURVEY, WAVE

FRONT, COUNTING = "front", "counting"
KIND_OF = {"card": SURVEY, "link": SURVEY, "delete": SURVEY, "wave": WAVE, "secret": WAVE}
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


@dataclass(frozen=True)
class Brought:
    """What became of the keys of a backup: put back, here already, or burned and therefore left out."""

    back: list[str]
    here: list[str]
    burned: list[str]


def parts() -> dict[str, Path]:
    """Return the key files of those rooms that this user can read, by their names in a backup.

    Raises:
        Refused: there are none.
    """
    found = {f"{room}/{path.name}": path for room, folder in _folders().items() for path in _readable(folder)}
    if not found:
        raise Refused("There are no keys here, or this user may read none.")
    return found


def burned(folder: Path, names: list[str]) -> list[str]:
    """Return the keys of an opened backup that were burned here since."""
    return [name for name in names if _is_burned((folder / name).name)]


def check(folder: Path, names: list[str]) -> None:
    """Raise Refused where an opened backup does not hold what its manifest says, or a key of a wrong length."""
    sizes = {name: (folder / name).stat().st_size if (folder / name).is_file() else 0 for name in names}
    if wrong := [name for name, size in sizes.items() if size != KEY_BYTES]:
        raise Refused(f"This backup is damaged: {', '.join(wrong)}.")


def put_back(folder: Path, names: list[str]) -> Brought:
    """Put the keys of an opened backup where they belong; those that were burned are left out.

    Raises:
        Refused: another key of the same name is here; nothing was put back.
    """
    dead = burned(folder, names)
    here = [name for name in names if name not in dead and _target(name).exists()]
    if other := [name for name in here if _target(name).read_bytes() != (folder / name).read_bytes()]:
        raise Refused(f"Other keys of these names are here: {', '.join(other)}. Nothing was put back.")
    back = [name for name in names if name not in dead and name not in here]
    for name in back:
        _put(folder / name, _target(name))
    return Brought(back, here, dead)


def _put(source: Path, target: Path) -> None:
    """Write a key, owned by whoever owns its folder: what root puts back has to be readable for its room."""
    target.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(handle, "wb") as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(handle)
        owner = target.parent.stat()
        if os.geteuid() == 0:
            os.fchown(handle, owner.st_uid, owner.st_gid)


def _folders() -> dict[str, Path]:
    settings = db.rooms().settings
    return {FRONT: settings.front_keys, COUNTING: settings.counting_keys}


def _target(name: str) -> Path:
    room, _slash, file = name.partition("/")
    return _folders()[room] / file


def _readable(folder: Path) -> Iterator[Path]:
    if os.access(folder, os.R_OK | os.X_OK):
        yield from sorted(path for path in folder.iterdir() if path.is_file() and os.access(path, os.R_OK))


def _is_burned(file: str) -> bool:
    name, _dot, rest = file.partition(".")
    kind = KIND_OF.get(rest.split(".")[0])
    return kind is not None and marks.is_begun(kind, name)
