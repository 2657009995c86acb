"""``flask letterbox`` and ``flask opener``: what runs as the opener."""

import json

import click
from flask import current_app

from app.cli.group import CommandGroup, as_json, print_rows, stop
from app.counting import letterbox, letterbox_status, opener
from app.keys import database_server, walls
from app.storage import installation

group = CommandGroup("letterbox", help="Where letters wait.")
opener_group = CommandGroup("opener", help="The counting room's own process.")


@group.command("status")
@as_json
def status(as_json: bool) -> None:
    """Tell how many letters wait, were opened, or were set aside."""
    _print_status(as_json)


@group.command("open")
@click.option("--wave", help="Only this wave.")
@as_json
def open_all(wave: str | None, as_json: bool) -> None:
    """Open what the rules allow: from 20 letters on, leaving 10; all of a closed wave."""
    opened = letterbox.open_letterbox(wave)
    if not any(opened.values()):
        click.echo("No letter was opened: while a wave is open, that begins at 20 letters and leaves 10.", err=True)
    for sentence in letterbox_status.report_set_aside({}):
        click.echo(sentence, err=True)
    _print_status(as_json)


@opener_group.command("run")
def run() -> None:
    """Answer requests, keep the calendar and open letters at night, until ended."""
    settings = current_app.config["SETTINGS"]
    if settings.is_production and (gaps := walls.find_room_gaps(settings)):
        stop(f"The opener does not start, because the counting room has to be its own: {'; '.join(gaps)}.")
    if settings.is_production and (fault := installation.find_fault(settings)):
        stop(f"The opener does not start: {fault}")
    if gaps := database_server.find_gaps():
        click.echo(f"The database server keeps too much: {'; '.join(gaps)}. See docs/operating.md.", err=True)
    opener.run_forever(lambda sentence: click.echo(sentence, err=True))


def _print_status(is_json: bool) -> None:
    boxes = letterbox_status.status()
    if is_json:
        click.echo(json.dumps({wave: vars(box) for wave, box in boxes.items()}, indent=1))
    else:
        print_rows([{"wave": wave, **vars(box)} for wave, box in boxes.items()], False)
