"""``flask release``: publish a round's results, and print them."""

import datetime as dt
import json
from pathlib import Path

import click

from app.cli.counting import settle
from app.cli.group import CommandGroup, as_json
from app.reports import service as reports
from app.results import certificates, files
from app.results import service as releases

group = CommandGroup("release", help="Published results.")


@group.command("make")
@click.argument("wave")
@click.option("--public-on", type=click.DateTime(["%Y-%m-%d"]), help="The day from which everybody can read them.")
def make(wave: str, public_on: dt.datetime | None) -> None:
    """Publish the results of a closed round. A second call changes nothing."""
    settle(releases.ask_for_release(wave, public_on.date() if public_on else None))
    click.echo(f"{wave} is published.")


@group.command("show")
@click.argument("wave")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json")
def show(wave: str, form: str) -> None:
    """Print published results: the same numbers that every page shows."""
    click.echo(releases.as_csv(wave) if form == "csv" else releases.as_json(wave), nl=form == "json")


@group.command("export")
@click.argument("wave")
@click.option("--format", "form", type=click.Choice([*files.FORMATS, *reports.FORMATS]), required=True)
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
def export(wave: str, form: str, out: Path) -> None:
    """Write a file of published results: the same bytes as on the page of results."""
    is_report = form in reports.FORMATS
    file = reports.get_file(wave, form, preview=True) if is_report else files.get_file(wave, form)
    out.write_bytes(file.content)
    click.echo(f"{out} is written ({len(file.content):,} bytes).")


@group.command("certificate")
@click.argument("wave")
@as_json
def certificate(wave: str, as_json: bool) -> None:
    """Print how the groups of published results were checked."""
    found = certificates.certificate_of(wave)
    if as_json:
        click.echo(json.dumps(found))
        return
    if not found["audited"]:
        click.echo(f"The groups of {wave} were not audited.")
    else:
        click.echo(f"{wave} was audited in {found['seconds']} s, {found['passes']} passes, by {found['solver']}.")
    for step in found["pooled"] or ():
        click.echo(f"{step['part']}: {step['change'].replace('_', ' ')} ({step['reason'].replace('_', ' ')})")
