"""The folder for unencrypted copies while a backup is made or verified; nobody else can use it."""

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.storage import db
from app.storage.refusals import Refused

FOLDER, AT_WORK = "backups", "at-work-"
_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give a folder on the installation's own disk that is removed at the end.

    Only one at a time: whatever else is there was left by a crash, and is deleted.

    Raises:
        Refused: another process uses it, or another user could.
    """
    home = db.rooms().settings.home / FOLDER
    home.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    _check_own(home)
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _PRIVATE_FILE)
    with os.fdopen(handle, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("Another backup is being made or verified. Wait until it is finished.") from error
        for left in home.glob(f"{AT_WORK}*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(dir=home, prefix=AT_WORK) as folder:
            yield Path(folder)


def _check_own(folder: Path) -> None:
    """Raise Refused unless a folder is ours alone, and nobody else can replace it."""
    there, above = folder.lstat(), folder.parent.stat()
    is_ours = stat.S_ISDIR(there.st_mode) and there.st_uid == os.geteuid() and not there.st_mode & 0o077
    can_be_moved = above.st_mode & 0o022 and not above.st_mode & stat.S_ISVTX
    if not is_ours or can_be_moved or above.st_uid not in (0, os.geteuid()):
        raise Refused(
            f"{folder} must belong to the user who makes backups, with mode 700, "
            f"and {folder.parent} to root; if others may write in it, with mode 3770."
        )
