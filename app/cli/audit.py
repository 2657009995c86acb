"""``flask audit``: check that the audit log is whole."""

import click

from app.cli.group import CommandGroup, stop
from app.storage import audit

group = CommandGroup("audit", help="Who did what on the staff side.")


@group.command("verify")
def verify() -> None:
    """Check every seal of the log, and what the counting room has noted of it. Run as root: it needs both rooms."""
    faults = [*audit.verify(), *audit.verify_anchors()]
    if faults:
        stop(" ".join(faults))
    entries, _older = audit.list_entries(0)
    click.echo(f"The audit log is whole: {entries[0].id if entries else 0} entries.")
