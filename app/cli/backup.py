"""``flask backup``: copies of the databases or of the keys, and back again."""

from pathlib import Path

import click

from app.backups import archive, making, restoring
from app.backups.manifest import KEYS, Manifest
from app.backups.restoring import Outcome
from app.cli.group import CommandGroup

group = CommandGroup("backup", help="Copies of the databases, or of the keys; never of both.")
a_file = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@group.command("create")
@a_file
@click.option("--keys", "of_keys", is_flag=True, help="Of the key files of both rooms, not of the databases.")
def create(file: Path, of_keys: bool) -> None:
    """Write a backup to FILE, locked with BACKUP_PASSPHRASE. Run as root, as for migrating."""
    manifest = making.make(file, of_keys)
    click.echo(f"{file} holds {_content(manifest)}, made on {manifest.made_on}.")
    if not archive.is_locked(file):
        click.echo("It is NOT locked: BACKUP_PASSPHRASE is not set. Anybody who has the file can read it.", err=True)


@group.command("restore")
@a_file
@click.option("--verify", "only_try", is_flag=True, help="Only try it, in a place of its own; nothing here changes.")
def restore(file: Path, only_try: bool) -> None:
    """Put the backup in FILE back and compare it with what it says it holds. Run as root; nothing is overwritten."""
    outcome = restoring.verify(file) if only_try else restoring.restore(file)
    verb = "is whole" if only_try else "was put back"
    click.echo(f"{file} {verb}: {_content(outcome.manifest)}, made on {outcome.manifest.made_on}.")
    for sentence in _more(outcome):
        click.echo(sentence, err=True)


def _content(manifest: Manifest) -> str:
    if manifest.kind == KEYS:
        return f"{len(manifest.files)} keys"
    return f"{manifest.tables} tables with {manifest.total} rows"


def _more(outcome: Outcome) -> list[str]:
    """Return what else somebody has to know."""
    found = []
    if outcome.keys is None and not outcome.is_log_checked:
        found.append("The audit log was not checked: its key is not here. Put the keys back, then verify the log.")
    if outcome.keys and outcome.keys.here:
        found.append(f"{len(outcome.keys.here)} of them were here already.")
    if outcome.keys and outcome.keys.burned:
        names = ", ".join(outcome.keys.burned)
        found.append(f"Burned since, and not put back: {names}. Destroy this file: it undoes the burning.")
    if outcome.keys and outcome.keys.missing:
        found.append(f"Needed and not here: {', '.join(outcome.keys.missing)}. A newer backup of keys has them.")
    return found
