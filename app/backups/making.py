"""Makes a backup: of the databases, or of the keys, never of both, because together they reveal who said what."""

from pathlib import Path
from types import ModuleType

from app.backups import archive, key_copies, postgres_copies, sqlite_copies
from app.backups.manifest import DATABASES, KEYS, Manifest
from app.backups.work_folder import work_folder
from app.storage import audit, clock, db
from app.storage.refusals import Refused

MIN_PASSPHRASE = 16


def make(path: Path, of_keys: bool) -> Manifest:
    """Write a backup and return its manifest.

    Args:
        path: the new file; nothing is overwritten.
        of_keys: back up the keys of both processes; else both databases.

    Raises:
        Refused: no passphrase in production, an existing file, or nothing to copy.
    """
    secret = _secret()
    if path.exists():
        raise Refused(f"{path} already exists. Nothing was overwritten.")
    with db.writing():  # recorded first: a copy without an entry would be the worse fault
        audit.record("began a backup", KEYS if of_keys else DATABASES)
    manifest, parts = _copy_keys() if of_keys else _copy_databases()
    archive.write(path, manifest, parts, secret=secret)
    return manifest


def copies(dialect: str) -> ModuleType:
    """Return the module that copies and restores databases of a dialect."""
    return postgres_copies if dialect == "postgresql" else sqlite_copies


def dialect() -> str:
    """Return the dialect of this installation's databases."""
    return db.rooms().engine("front").dialect.name


def _copy_databases() -> tuple[Manifest, dict[str, bytes]]:
    kind = dialect()
    with work_folder() as folder:
        rows, revisions = copies(kind).take(folder)
        parts = {name: (folder / name).read_bytes() for name in copies(kind).PARTS}
    return Manifest(DATABASES, clock.today().isoformat(), kind, revisions, rows), parts


def _copy_keys() -> tuple[Manifest, dict[str, bytes]]:
    parts = key_copies.collect()
    return Manifest(KEYS, clock.today().isoformat(), files=sorted(parts)), parts


def _secret() -> str:
    settings = db.rooms().settings
    if settings.is_production and len(settings.backup_passphrase) < MIN_PASSPHRASE:
        raise Refused(
            f"In production, backups are encrypted: set BACKUP_PASSPHRASE to {MIN_PASSPHRASE} characters or more."
        )
    return settings.backup_passphrase
