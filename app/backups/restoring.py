"""Restores a backup, or verifies it in a separate place; either way it is compared with its manifest."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.backups import archive, counting_rows, key_copies
from app.backups.key_copies import RestoreResult
from app.backups.making import copies, dialect
from app.backups.manifest import KEYS, Manifest
from app.backups.work_folder import work_folder
from app.models.comments import RestoredWords
from app.storage import audit, db, installation, keyring, migrating, withdrawn
from app.storage.refusals import Refused


@dataclass(frozen=True)
class Outcome:
    """What the backup contains, what was done with its keys, and whether the audit log could be checked.

    ``may_return``: it has comments that people read, and the list of those that were withdrawn since is not here.
    """

    manifest: Manifest
    keys: RestoreResult | None = None
    is_log_checked: bool = False
    may_return: bool = False


def verify(path: Path) -> Outcome:
    """Compare a backup with its manifest in a separate place; Refused, with a sentence on each fault, if it differs."""
    manifest, parts = _open(path)
    if manifest.kind == KEYS:
        destroyed = key_copies.find_destroyed(manifest.files) if installation.has_tables() else []
        return Outcome(manifest, RestoreResult([], [], destroyed))
    place = copies(manifest.dialect)
    with _extracted(parts) as folder, place.elsewhere(db.rooms().settings, folder) as there, db.elsewhere(there):
        return Outcome(manifest, is_log_checked=_compare(manifest))


def restore(path: Path) -> Outcome:
    """Restore a backup into this installation, which must be empty; migrate older tables.

    Raises:
        Refused: the backup cannot be read, there is data already, or the backup differs from its manifest; then nothing
            of it stays.
    """
    manifest, parts = _open(path)
    if manifest.kind == KEYS:
        if not installation.has_tables():
            raise Refused("Restore the databases first: they say which keys were destroyed and must not be restored.")
        result = key_copies.restore(parts)
        _note(manifest)
        return Outcome(manifest, result)
    settings = db.rooms().settings
    copies(manifest.dialect).check_free(settings)
    installation.prepare_folders()
    with _extracted(parts) as folder:
        copies(manifest.dialect).restore(folder, settings)
    try:
        is_checked = _compare(manifest)
    except BaseException:
        db.rooms().dispose()
        copies(manifest.dialect).drop(settings)
        raise
    _note(manifest)
    may_return = manifest.rows[db.PORTAL].get("inbox", 0) > 0 and not withdrawn.path().exists()
    if may_return:
        with db.writing() as session:  # pages of readers say so until somebody has looked into it
            session.merge(RestoredWords(made_on=dt.date.fromisoformat(manifest.made_on)))
    return Outcome(manifest, is_log_checked=is_checked, may_return=may_return)


def _open(path: Path) -> tuple[Manifest, dict[str, bytes]]:
    """Read a backup and check that it is complete and fits this installation."""
    settings = db.rooms().settings
    must_be_locked = settings.is_production or bool(settings.backup_passphrase)
    manifest, parts = archive.read(path, settings.backup_passphrase, must_be_locked)
    if manifest.kind == KEYS:
        key_copies.check(parts, manifest.files)
        return manifest, parts
    if manifest.dialect != dialect():
        raise Refused(f"This is a backup of {manifest.dialect}, but this installation uses {dialect()}.")
    if parts.keys() != set(copies(manifest.dialect).PARTS):
        raise Refused("This backup is damaged: it does not contain both databases.")
    if not all(migrating.knows_revision(room, revision) for room, revision in manifest.revisions.items()):
        raise Refused("This backup was made by a newer version of the portal. Upgrade first.")
    return manifest, parts


@contextmanager
def _extracted(parts: Mapping[str, bytes]) -> Iterator[Path]:
    with work_folder() as folder:
        for name, content in parts.items():
            (folder / name).touch(0o600)
            (folder / name).write_bytes(content)
        yield folder


def _note(manifest: Manifest) -> None:
    """Record it in the audit log, unless the log's key is not restored yet: another key would break the log."""
    if keyring.has_office_key("audit"):
        with db.writing():
            audit.record("put a backup back", manifest.kind, made_on=manifest.made_on)


def _compare(manifest: Manifest) -> bool:
    """Compare both databases with the backup's manifest, and verify the audit log if its key is here.

    Older tables are migrated once their rows are counted. Returns whether the audit log could be verified.
    """
    if faults := copies(manifest.dialect).faults(db.rooms().settings) or _wrong_counts(manifest):
        raise Refused(" ".join(["This backup is incomplete or damaged.", *faults]))
    migrating.upgrade()
    can_check = keyring.has_office_key("audit")
    if can_check and (faults := [*audit.verify(), *audit.verify_anchors()]):
        raise Refused(" ".join(["The integrity check of the audit log in this backup failed.", *faults]))
    return can_check


def _wrong_counts(manifest: Manifest) -> list[str]:
    found = counting_rows.count_installation()
    return [
        f"{room}.{name} has {tables.get(name, 'no')} rows but should have {manifest.rows[room].get(name, 'none')}."
        for room, tables in found.items()
        for name in sorted(tables.keys() | manifest.rows[room].keys())
        if tables.get(name) != manifest.rows[room].get(name)
    ]
