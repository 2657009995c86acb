"""``flask demo``: load synthetic data; ``flask demo run`` is what ``make run`` calls."""

import click

from app.cli.group import CommandGroup
from app.cli.serving import serve
from app.demo import borough
from app.storage import migrating
from app.surveys import service as surveys

group = CommandGroup("demo", help="Demonstration data, all of it made up.")


@group.command("load")
@click.option("--seed", type=int, default=2016, show_default=True)
@click.option(
    "--respondents", type=click.IntRange(1, 1_000_000), help="Answers in each closed round of the families' survey."
)
@click.option("--waves", type=click.IntRange(1, 20), default=2, show_default=True, help="Number of closed rounds.")
def load(seed: int, respondents: int | None, waves: int) -> None:
    """Replace the demonstration data with new made-up data."""
    borough.load_demo(seed=seed, respondents=respondents, closed_waves=waves, report=click.echo)


@group.command("run")
def run() -> None:
    """Set everything up, print the addresses, and run both rooms until Ctrl-C."""
    migrating.migrate()
    if not surveys.list_surveys():
        click.echo("Loading made-up demonstration data …")
        borough.load_demo(seed=2016, respondents=None, closed_waves=2, report=click.echo)
    serve()
