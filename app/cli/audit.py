"""``flask audit``: verify the integrity of the audit log."""

import click

from app.cli.group import CommandGroup, stop
from app.storage import audit

group = CommandGroup("audit", help="The record of staff actions.")


@group.command("verify")
def verify() -> None:
    """Verify all entries of the log, and compare it with the opener's notes. Run as root."""
    faults = [*audit.verify(), *audit.verify_anchors()]
    if faults:
        stop(" ".join(faults))
    entries, _older = audit.list_entries(0)
    click.echo(f"Log integrity verified: {entries[0].id if entries else 0} entries.")
