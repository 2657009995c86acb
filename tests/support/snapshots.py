"""What takes long to fill an installation with is made once in each process; later tests get the same files again.

On SQLite only: on PostgreSQL it is made anew each time.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.storage import db

Made = TypeVar("Made")


@dataclass(frozen=True)
class Snapshot:
    """All files of an installation, with their modes, and what whoever filled it returned."""

    made: object
    files: dict[Path, tuple[bytes, int]]


_taken: dict[str, Snapshot] = {}


def filled(name: str, fill: Callable[[], Made]) -> Made:
    """Fill the installation of this application context, or bring it to where the first one of that name was.

    Args:
        name: what it is filled with.
        fill: fills it from its empty tables, with whatever fixtures put there before; returns what tests need to know.
    """
    settings = db.rooms().settings
    if settings.database_url:
        return fill()
    if name not in _taken:
        made = fill()
        db.rooms().dispose()  # the last connection writes everything into the database files
        paths = [path for path in settings.home.rglob("*") if path.is_file()]
        files = {p.relative_to(settings.home): (p.read_bytes(), p.stat().st_mode & 0o777) for p in paths}
        _taken[name] = Snapshot(copy.deepcopy(made), files)
        return made
    _put_back(_taken[name], settings.home)
    return copy.deepcopy(_taken[name].made)  # type: ignore[return-value]


def _put_back(snapshot: Snapshot, home: Path) -> None:
    db.rooms().dispose()
    for path in list(home.rglob("*")):
        if path.is_file():
            path.unlink()
    for name, (content, mode) in snapshot.files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=mode)
        path.write_bytes(content)
        path.chmod(mode)
