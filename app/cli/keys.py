"""``flask keys``: which keys there are; burn those of what is over; turn on those that may have leaked."""

import json
import sys

import click

from app.cli.counting import settle
from app.cli.group import CommandGroup, as_json, print_rows, stop
from app.keys import destroying, rotation, status

group = CommandGroup("keys", help="Key files, and how they end.")
is_sure = click.option("--yes", is_flag=True, help="Do not ask.")


@group.command("status")
@as_json
def show(as_json: bool) -> None:
    """List the keys of every survey and wave, and what they can still derive; status 1 when others can read them."""
    rows = [vars(row) for row in status.list_rows()]
    print_rows(rows if as_json else [_in_words(row) for row in rows], as_json)
    if faults := status.faults():
        stop(" ".join(faults))


@group.command("burn-wave")
@click.argument("wave")
@is_sure
def burn_wave(wave: str, yes: bool) -> None:
    """Destroy the keys of a wave that is over, and its spent marks. Its answers and results stay."""
    _burn("wave", wave, yes)


@group.command("burn-survey")
@click.argument("survey")
@is_sure
def burn_survey(survey: str, yes: bool) -> None:
    """Cut a survey's answers off from its cards for good, and destroy all its keys. Answers and results stay."""
    _burn("survey", survey, yes)


@group.command("ratchet")
@click.argument("survey")
def ratchet(survey: str) -> None:
    """Have the opener turn the link key on after it may have leaked; nobody's answers lose their link."""
    settle(rotation.ask_ratchet(survey))
    click.echo(f"The link key of {survey} was turned on. Make a new backup of keys, and destroy those before it.")


@group.command("rotate-cards")
@click.argument("survey")
def rotate_cards(survey: str) -> None:
    """Print new batches under a new card key; cards that are out go on working."""
    rotation.rotate_cards(survey)
    click.echo(f"New cards of {survey} get a new key; cards that are out go on working.")


def _burn(kind: str, subject: str, is_sure: bool) -> None:
    """Have the opener burn its keys, then burn ours."""
    destroying.survey_of(kind, subject)
    _confirm(subject, is_sure)
    settle(destroying.ask(kind, subject))
    destroying.finish()
    click.echo(f"The keys of {subject} are burned. Destroy every backup of keys: it undoes this.")


def _confirm(name: str, is_sure: bool) -> None:
    """Have the name typed; without a terminal only ``--yes`` will do."""
    if is_sure:
        return
    if not _is_terminal():
        stop("Burned keys never come back. Add --yes when nobody can be asked.")
    if click.prompt(f"Burned keys never come back. Type {name} to go on", default="", show_default=False) != name:
        stop("Nothing was burned.")


def _is_terminal() -> bool:
    return sys.stdin.isatty()


def _in_words(row: dict[str, object]) -> dict[str, object]:
    return {name: json.dumps(value) if isinstance(value, list) else value for name, value in row.items()}
