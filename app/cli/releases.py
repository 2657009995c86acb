"""``flask release``: publish a round's results, and print them."""

import json

import click

from app.cli.counting import settle
from app.cli.group import CommandGroup, as_json
from app.results import certificates
from app.results import service as releases

group = CommandGroup("release", help="Published results.")


@group.command("make")
@click.argument("wave")
def make(wave: str) -> None:
    """Publish the results of a closed round. A second call changes nothing."""
    settle(releases.ask_for_release(wave))
    click.echo(f"{wave} is published.")


@group.command("show")
@click.argument("wave")
@click.option("--format", "form", type=click.Choice(["json", "csv"]), default="json")
def show(wave: str, form: str) -> None:
    """Print published results: the same numbers that every page shows."""
    click.echo(releases.as_csv(wave) if form == "csv" else releases.as_json(wave), nl=form == "json")


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
