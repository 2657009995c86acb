"""Makes a backup: of the databases, or of the keys, never of both, because together they tell who said what."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from app import db
from app.services import clock
from app.services.backups import archive, keyfiles, postgres_copies, sqlite_copies
from app.services.backups.archive import DATABASES, KEYS, Manifest
from app.services.errors import Refused
from app.services.office import audit

FOLDER, AT_WORK = "backups", "at-work-"
MIN_PASSPHRASE = 16


def make(path: Path, of_keys: bool) -> Manifest:
    """Write a backup and return what it holds.

    Args:
        path: where; nothing is overwritten.
        of_keys: of the keys that this user can read; else of both databases.

    Raises:
        Refused: no passphrase in production, a file that is there already, or nothing to copy.
    """
    secret = _secret()
    if path.exists():
        raise Refused(f"{path} is there already; nothing is overwritten.")
    with db.writing():  # written first: a copy that was made and not written down would be the worse fault
        audit.record("began a backup", KEYS if of_keys else DATABASES)
    with work_folder() as folder:
        manifest, parts = _copy_keys() if of_keys else _copy_databases(folder)
        archive.write(path, manifest, parts, secret)
    return manifest


@contextmanager
def work_folder() -> Iterator[Path]:
    """Give a folder for readable copies, closed to others and removed at the end, on the installation's own disk.

    One at a time, so that what a crash left behind can be told from what is still needed; it goes at the next start.

    Raises:
        Refused: somebody else is at it.
    """
    home = db.rooms().settings.home / FOLDER
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("Another backup is being made or tried. Wait until it is done.") from error
        for left in home.glob(f"{AT_WORK}*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(dir=home, prefix=AT_WORK) as folder:
            yield Path(folder)


def copies(dialect: str) -> ModuleType:
    """Return what copies databases of a dialect and puts them back."""
    return postgres_copies if dialect == "postgresql" else sqlite_copies


def dialect() -> str:
    """Return the dialect of this installation's databases."""
    return db.rooms().engine("front").dialect.name


def _copy_databases(folder: Path) -> tuple[Manifest, dict[str, Path]]:
    kind = dialect()
    rows, revisions = copies(kind).take(folder)
    manifest = Manifest(DATABASES, clock.today().isoformat(), kind, revisions, rows)
    return manifest, copies(kind).parts(folder)


def _copy_keys() -> tuple[Manifest, dict[str, Path]]:
    parts = keyfiles.parts()
    return Manifest(KEYS, clock.today().isoformat(), files=sorted(parts)), parts


def _secret() -> str:
    settings = db.rooms().settings
    if settings.is_production and len(settings.backup_passphrase) < MIN_PASSPHRASE:
        raise Refused(f"In production a backup is locked: set BACKUP_PASSPHRASE, {MIN_PASSPHRASE} characters or more.")
    return settings.backup_passphrase
