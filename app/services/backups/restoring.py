"""Puts a backup back, or tries it in a place of its own; either way it is compared with what it says it holds."""

from dataclasses import dataclass
from pathlib import Path

from app import db
from app.services import installation, keyring
from app.services.backups import archive, counting_rows, keyfiles
from app.services.backups.archive import KEYS, Manifest
from app.services.backups.keyfiles import Brought
from app.services.backups.making import copies, dialect, work_folder
from app.services.errors import Refused
from app.services.office import audit


@dataclass(frozen=True)
class Outcome:
    """What came of a backup: what it holds, what became of its keys, and whether the audit log could be checked."""

    manifest: Manifest
    keys: Brought | None = None
    is_log_checked: bool = False


def verify(path: Path) -> Outcome:
    """Open a backup in a place of its own and compare everything; this installation stays as it is.

    Raises:
        Refused: the backup cannot be read, or is not what it says; one sentence for each fault.
    """
    with work_folder() as folder:
        manifest = archive.read(path, db.rooms().settings.backup_passphrase, folder)
        if manifest.kind == KEYS:
            keyfiles.check(folder, manifest.files)
            return Outcome(manifest, Brought([], [], _burned(folder, manifest)))
        _check_fits(manifest)
        with copies(manifest.dialect).elsewhere(db.rooms().settings, folder) as there, db.elsewhere(there):
            return Outcome(manifest, is_log_checked=_compare(manifest))


def restore(path: Path) -> Outcome:
    """Put a backup back into this installation, which has to be empty; bring older tables up to date.

    Raises:
        Refused: the backup cannot be read, there is something already, or it is not what it says.
    """
    with work_folder() as folder:
        manifest = archive.read(path, db.rooms().settings.backup_passphrase, folder)
        if manifest.kind == KEYS:
            return _restore_keys(folder, manifest)
        _check_fits(manifest)
        settings = db.rooms().settings
        copies(manifest.dialect).check_free(settings)
        installation.prepare_folders()
        copies(manifest.dialect).put(folder, settings)
    is_checked = _compare(manifest)
    _note(manifest)
    return Outcome(manifest, is_log_checked=is_checked)


def _restore_keys(folder: Path, manifest: Manifest) -> Outcome:
    if not installation.is_migrated():
        raise Refused("Put the databases back first: they tell which keys were burned and must not come back.")
    keyfiles.check(folder, manifest.files)
    brought = keyfiles.put_back(folder, manifest.files)
    _note(manifest)
    return Outcome(manifest, brought)


def _note(manifest: Manifest) -> None:
    """Write it into the audit log, unless its key is not back yet: another key would break the log."""
    if keyring.has_office_key("audit"):
        with db.writing():
            audit.record("put a backup back", manifest.kind, made_on=manifest.made_on)


def _burned(folder: Path, manifest: Manifest) -> list[str]:
    return keyfiles.burned(folder, manifest.files) if installation.is_migrated() else []


def _check_fits(manifest: Manifest) -> None:
    if manifest.dialect != dialect():
        raise Refused(f"This is a backup of {manifest.dialect}; this installation stands on {dialect()}.")
    if not all(installation.knows_revision(room, revision) for room, revision in manifest.revisions.items()):
        raise Refused("This backup was made by a newer version of the portal. Upgrade first.")


def _compare(manifest: Manifest) -> bool:
    """Compare the databases of the rooms as they are now with what the backup says, and check the audit log.

    Older tables are brought up to date once their rows are counted.

    Returns:
        Whether the audit log could be checked: its key may lie in another backup.
    """
    if faults := copies(manifest.dialect).faults(db.rooms().settings) or _wrong_counts(manifest):
        raise Refused(" ".join(["This backup is not whole.", *faults]))
    installation.migrate()
    can_check = keyring.has_office_key("audit")
    if can_check and (faults := [*audit.verify(), *audit.verify_anchors()]):
        raise Refused(" ".join(["The audit log in this backup is not whole.", *faults]))
    return can_check


def _wrong_counts(manifest: Manifest) -> list[str]:
    found = counting_rows.count_installation()
    return [
        f"{room}.{name} has {found[room].get(name, 0)} rows and should have {rows}."
        for room, tables in manifest.rows.items()
        for name, rows in tables.items()
        if found[room].get(name, 0) != rows
    ]
