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
    """Write a backup to a new file, of the keys of both processes or of both databases, and return its manifest.

    Raises:
        Refused: no passphrase in production, an existing file, or nothing to copy.
    """
    settings = db.rooms().settings
    if settings.is_production and len(settings.backup_passphrase) < MIN_PASSPHRASE:
        raise Refused(
            f"In production, backups are encrypted: set BACKUP_PASSPHRASE to {MIN_PASSPHRASE} characters or more."
        )
    if path.exists():
        raise Refused(f"{path} already exists. Nothing was overwritten.")
    with db.writing():  # recorded first: a copy without an entry would be the worse fault
        audit.record("began a backup", KEYS if of_keys else DATABASES)
    if of_keys:
        parts = key_copies.collect()
        manifest = Manifest(KEYS, clock.today().isoformat(), files=sorted(parts))
    else:
        with work_folder() as folder:
            rows, revisions = copies(dialect()).take(folder)
            parts = {name: (folder / name).read_bytes() for name in copies(dialect()).PARTS}
        manifest = Manifest(DATABASES, clock.today().isoformat(), dialect(), revisions, rows)
    archive.write(path, manifest, parts, secret=settings.backup_passphrase)
    return manifest


def copies(dialect: str) -> ModuleType:
    """Return the module that copies and restores databases of a dialect."""
    return postgres_copies if dialect == "postgresql" else sqlite_copies


def dialect() -> str:
    """Return the dialect of this installation's databases."""
    return db.rooms().engine("front").dialect.name
