"""``flask cards``: issue a batch. The codes are printed once, and nothing else is printed on standard output."""

import sys

import click

from app.cards import service as cards
from app.cli.group import CommandGroup
from app.core.codes import print_code
from app.storage import db

group = CommandGroup("cards", help="Cards and their codes.")


@group.command("issue")
@click.argument("survey")
@click.option("--batch", required=True, help="Name of the batch; it must be new in this survey.")
@click.option("--locality", required=True)
@click.option("--channel", required=True)
@click.option("--count", required=True, type=int, help="Number of cards.")
@click.option("--schools", type=int, help="Schools survey: the number of schools that share these cards.")
@click.option("--replacement", is_flag=True, help="Replacement for lost cards.")
def issue(
    survey: str, batch: str, locality: str, channel: str, count: int, schools: int | None, replacement: bool
) -> None:
    """Issue a batch of cards and print their codes, one on each line."""
    kind = "replacement" if replacement else "standard"
    with db.writing():  # if the codes cannot be printed, no card is issued
        issued = cards.issue_cards(
            survey, batch=batch, locality=locality, channel=channel, count=count, kind=kind, schools=schools
        )
        for code in issued.codes:
            click.echo(print_code(code))
        sys.stdout.flush()
    if issued.merged_because:
        click.echo(f"{issued.merged_because}: they count in {issued.cell}.", err=True)
    if issued.cell_cards < cards.MIN_CELL:
        sentence = f"{issued.cell} has {issued.cell_cards} cards so far. Give none out until it has {cards.MIN_CELL}."
        click.echo(sentence, err=True)
