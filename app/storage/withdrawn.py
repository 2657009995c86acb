"""The list of comments that were withdrawn: the random ids that they had in the inbox, outside databases and backups.

A restored backup brings back what was deleted since. The opener deletes it again by this list
(``counting/moving.repeat_deletions``). After 35 days an id is dropped: no backup is kept for so long.
"""

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.core.keys import ID_BYTES
from app.storage import clock, db

KEEP_DAYS = 35
_PRIVATE_FILE = 0o600


def path() -> Path:
    """Return the path of the list: in the opener's folder, which the web process cannot read."""
    return db.rooms().settings.home / "counting" / "withdrawn"


def add(ids: Sequence[bytes]) -> None:
    """Add ids to the list; they are on the disk when this returns."""
    today = clock.today().isoformat()
    _write(path(), "".join(f"\n{today} {one.hex()}" for one in ids), os.O_APPEND)  # a line that a crash cut short ends


def list_ids() -> list[bytes]:
    """Return the ids that were added in the last 35 days."""
    return sorted({bytes.fromhex(one) for _day, one in _read()})


def drop_old() -> None:
    """Drop the ids that were added before, if there are any."""
    with db.counting():  # nobody adds one meanwhile
        kept = list(_read())
        if path().exists() and len(kept) < len(path().read_text().split("\n")) - 1:
            new = path().with_name("withdrawn.new")
            _write(new, "".join(f"\n{day} {one}" for day, one in kept), os.O_TRUNC)
            new.replace(path())


def _read() -> Iterator[tuple[str, str]]:
    oldest = (clock.today() - dt.timedelta(days=KEEP_DAYS)).isoformat()
    lines = path().read_text().split("\n") if path().exists() else []
    for day, _space, one in (line.partition(" ") for line in lines):
        if len(one) == 2 * ID_BYTES and day >= oldest:
            yield day, one


def _write(file: Path, content: str, how: int) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | how, _PRIVATE_FILE)
    with os.fdopen(handle, "w") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(handle)
