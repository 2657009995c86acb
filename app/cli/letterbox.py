"""``flask letterbox`` and ``flask opener``: the commands that run as the opener."""

import json
from functools import partial

import click
from flask import current_app

from app.cli.group import CommandGroup, as_json, print_rows, stop
from app.counting import letterbox, opener
from app.keys import database_server, walls
from app.storage import installation

group = CommandGroup("letterbox", help="Sealed answers (letters) waiting to be opened.")
opener_group = CommandGroup("opener", help="The process of the counting room.")


@group.command("status")
@as_json
def status(as_json: bool) -> None:
    """Print how many letters are waiting, opened and set aside."""
    _print_status(as_json)


@group.command("open")
@click.option("--wave", help="Only this round.")
@as_json
def open_all(wave: str | None, as_json: bool) -> None:
    """Open the letters that the rules allow: from 20 letters on, leaving 10; all letters of a closed round."""
    opened = letterbox.open_letterbox(wave)
    if not any(opened.values()):
        click.echo(
            "No letters were opened. While a round is open, this needs at least 20 letters and leaves 10; nothing is"
            " opened between its last day and its close.",
            err=True,
        )
    for sentence in letterbox.report_set_aside({}):
        click.echo(sentence, err=True)
    _print_status(as_json)


@opener_group.command("run")
def run() -> None:
    """Answer requests, open and close rounds on their dates, and open letters at night, until stopped."""
    settings = current_app.config["SETTINGS"]
    if settings.is_production and (gaps := walls.find_room_gaps(settings)):
        stop(f"The opener does not start, because others could read the counting room: {'; '.join(gaps)}.")
    if fault := installation.find_fault(settings, *installation.ROOMS):
        stop(f"The opener does not start: {fault}")
    if gaps := database_server.find_gaps():
        click.echo(
            f"The database server keeps more data than it should: {'; '.join(gaps)}. See docs/operating.md.", err=True
        )
    opener.run_forever(partial(click.echo, err=True))


def _print_status(is_json: bool) -> None:
    boxes = letterbox.status()
    if is_json:
        click.echo(json.dumps({wave: vars(box) for wave, box in boxes.items()}, indent=1))
    else:
        print_rows([{"wave": wave, **vars(box)} for wave, box in boxes.items()], False)
