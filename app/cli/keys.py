"""``flask keys``: list keys, destroy keys that are no longer needed, rotate keys that may have leaked."""

import json
import sys

import click

from app.cli.counting import settle
from app.cli.group import CommandGroup, as_json, print_rows, stop
from app.keys import destroying, rotation, status

group = CommandGroup("keys", help="Key files: list, rotate and destroy them.")
is_sure = click.option("--yes", is_flag=True, help="Do not ask for confirmation.")


@group.command("status")
@as_json
def show(as_json: bool) -> None:
    """List the keys of every survey and round, and what they can still reveal. Status 1 if others can read them."""
    rows = [vars(row) for row in status.list_rows()]
    print_rows(rows if as_json else [_as_text(row) for row in rows], as_json)
    if faults := status.faults():
        stop(" ".join(faults))


@group.command("destroy-wave")
@click.argument("wave")
@is_sure
def destroy_wave(wave: str, yes: bool) -> None:
    """Destroy the keys of a round that is over. Its answers and results stay."""
    _destroy("wave", wave, yes)


@group.command("destroy-survey")
@click.argument("survey")
@is_sure
def destroy_survey(survey: str, yes: bool) -> None:
    """Destroy all keys of a survey, so that answers can no longer be traced to cards. Answers and results stay."""
    _destroy("survey", survey, yes)


group.add_command(destroy_wave, "burn-wave")
group.add_command(destroy_survey, "burn-survey")


@group.command("ratchet")
@click.argument("survey")
def ratchet(survey: str) -> None:
    """Rotate the link key after it may have leaked. Answers stay linked."""
    settle(rotation.ask_ratchet(survey))
    click.echo(f"The link key of {survey} was rotated. Make a new backup of keys and destroy the older ones.")


@group.command("rotate-cards")
@click.argument("survey")
def rotate_cards(survey: str) -> None:
    """Rotate the card key for new batches. Cards already issued go on working."""
    rotation.rotate_cards(survey)
    click.echo(f"The card key of {survey} was rotated. Cards already issued go on working.")


def _destroy(kind: str, subject: str, is_sure: bool) -> None:
    """Ask for the name as confirmation, request that the opener destroys its keys, and destroy the front room's."""
    destroying.survey_of(kind, subject)
    if not is_sure and not _is_terminal():
        stop("Destroyed keys cannot be recovered. Add --yes to continue without confirmation.")
    question = f"Destroyed keys cannot be recovered. Type {subject} to continue"
    if not is_sure and click.prompt(question, default="", show_default=False) != subject:
        stop("Nothing was destroyed.")
    settle(destroying.ask(kind, subject))
    destroying.finish()
    click.echo(f"The keys of {subject} are destroyed. Destroy every backup of keys too: it would undo this.")


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _as_text(row: dict[str, object]) -> dict[str, object]:
    return {name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()}
