"""``flask backup``: create, verify and restore backups of the databases or of the keys."""

from collections.abc import Iterator
from pathlib import Path

import click

from app.backups import archive, making, restoring
from app.backups.manifest import KEYS, Manifest
from app.backups.restoring import Outcome
from app.cli.group import CommandGroup
from app.storage import withdrawn

group = CommandGroup("backup", help="Backups of the databases or of the keys, never of both in one file.")
a_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@group.command("create")
@a_file
@click.option("--keys", "of_keys", is_flag=True, help="Back up the key files of both rooms, not the databases.")
def create(file: Path, of_keys: bool) -> None:
    """Write a backup to FILE, encrypted with BACKUP_PASSPHRASE. Run as root."""
    manifest = making.make(file, of_keys)
    click.echo(f"{file} contains {_content(manifest)}, made on {manifest.made_on}.")
    if not archive.is_locked(file):
        click.echo(
            "It is NOT encrypted, because BACKUP_PASSPHRASE is not set. Anybody who has the file can read it.", err=True
        )


@group.command("restore")
@a_file
@click.option("--verify", "only_try", is_flag=True, help="Only verify it, in a separate place; nothing is changed.")
def restore(file: Path, only_try: bool) -> None:
    """Restore the backup in FILE and check its content. Run as root; nothing is overwritten."""
    outcome = restoring.verify(file) if only_try else restoring.restore(file)
    verb = "is complete" if only_try else "was restored"
    click.echo(f"{file} {verb}: {_content(outcome.manifest)}, made on {outcome.manifest.made_on}.")
    for sentence in _more(outcome):
        click.echo(sentence, err=True)


def _content(manifest: Manifest) -> str:
    if manifest.kind == KEYS:
        return f"{len(manifest.files)} keys"
    sizes = [rows for tables in manifest.rows.values() for rows in tables.values()]
    return f"{len(sizes)} tables with {sum(sizes)} rows"


def _more(outcome: Outcome) -> Iterator[str]:
    """Yield further messages for the operator."""
    keys = outcome.keys
    if keys is None and not outcome.is_log_checked:
        yield "The audit log was not verified: its key is missing. Restore the keys, then run 'flask audit verify'."
    if outcome.may_return:
        yield (
            f"{withdrawn.path()} is not here: comments that were deleted after {outcome.manifest.made_on} may be back."
            " Copy the list there before the opener starts."
        )
    if keys and keys.present:
        yield f"{len(keys.present)} of them already existed."
    if keys and keys.destroyed:
        names = ", ".join(keys.destroyed)
        yield f"Destroyed since then and not restored: {names}. Destroy this backup: it would bring these keys back."
    if keys and keys.missing:
        yield f"Still missing: {', '.join(keys.missing)}. Look for them in a newer backup of keys."
