"""``flask demo``: load synthetic data; ``flask demo run`` is what ``make run`` calls."""

import signal
import subprocess
import sys
import time

import click
from flask import current_app

from app.cli.group import CommandGroup
from app.core.codes import print_code
from app.demo import borough
from app.storage import migrating
from app.surveys import service as surveys
from config import Settings

STOP_SECONDS = 10
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
    _serve(current_app.config["SETTINGS"])


def _serve(settings: Settings) -> None:
    """Run the web process and the opener, and stop both on Ctrl-C or when one of them ends."""
    web = [sys.executable, "-m", "gunicorn", "-c", "python:app.server", "wsgi:app"]
    opener = [sys.executable, "-m", "flask", "--app", "wsgi", "opener", "run"]
    for number in (signal.SIGTERM, signal.SIGINT):  # background jobs of a shell ignore Ctrl-C by default
        signal.signal(number, signal.default_int_handler)
    processes = [subprocess.Popen(command) for command in (web, opener)]  # noqa: S603 (fixed commands)
    try:
        click.echo(_welcome(settings))
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("Stopping both processes.")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(STOP_SECONDS)


def _welcome(settings: Settings) -> str:
    """Return the start message: the public page, a new code for each audience, the staff page and a sign-in."""
    base = settings.base_url
    lines = ["", f"The public page:  {base}/", ""]
    if not settings.is_production:
        lines.append("One unused code for each audience (made-up data, new at each start):")
        for survey, code in borough.trial_codes().items():
            lines.append(f"  {survey:<8} {print_code(code)}   {base}/c#{code}")
        lines += ["", f"The staff page:   {base}/staff/"]
        for email, (role, password) in borough.fresh_sign_ins().items():
            lines.append(f"  sign in as {email} with the password {password}  ({role})")
    return "\n".join([*lines, "", "Ctrl-C stops everything.", ""])
