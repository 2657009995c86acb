"""``flask comment``: how far people's own words are read."""

import json

import click

from app.cli.group import CommandGroup, as_json, print_rows
from app.comments import service

group = CommandGroup("comment", help="What people wrote in their own words.")


@group.command("status")
@as_json
def status(as_json: bool) -> None:
    """Print for each round how many comments are in the inbox, read, flagged and quoted."""
    found = service.count_all()
    if as_json:
        click.echo(json.dumps(found, indent=1))
    else:
        print_rows([{"wave": wave, **numbers} for wave, numbers in found.items()], as_json)
