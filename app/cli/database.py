"""``flask database``: migrate the databases of both rooms to the newest revision."""

import click

from app.cli.group import CommandGroup
from app.storage import installation, migrating

group = CommandGroup("database", help="The databases of both rooms.")


@group.command("migrate")
def migrate() -> None:
    """Create folders and tables, or bring them up to date."""
    migrating.migrate()
    click.echo("Both databases are at the newest revision.")


@group.command("revise")
@click.argument("room", type=click.Choice(list(installation.ROOMS)))
@click.argument("message")
def revise(room: str, message: str) -> None:
    """Write a new revision from the difference between models and database (for developers)."""
    migrating.write_revision(room, message)
