"""``flask comment``: how far people's own words are read."""

from app.cli.group import CommandGroup, as_json, print_numbers
from app.comments import service

group = CommandGroup("comment", help="What people wrote in their own words.")


@group.command("status")
@as_json
def status(as_json: bool) -> None:
    """Print for each round how many comments are in the inbox, read, flagged and quoted."""
    print_numbers(service.count_all(), as_json)
