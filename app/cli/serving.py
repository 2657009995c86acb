"""Runs both rooms as two processes and stops them together."""

import signal
import subprocess
import sys
import time

import click
from flask import current_app

from app.core.codes import print_code
from app.demo import borough
from config import Settings

STOP_SECONDS = 10


def serve() -> None:
    """Start the web process and the opener, print the addresses, and wait for Ctrl-C or until one of them ends."""
    settings: Settings = current_app.config["SETTINGS"]
    web = [sys.executable, "-m", "gunicorn", "-c", "python:app.server", "wsgi:app"]
    opener = [sys.executable, "-m", "flask", "--app", "wsgi", "opener", "run"]
    for number in (signal.SIGTERM, signal.SIGINT):  # background jobs of a shell ignore Ctrl-C by default
        signal.signal(number, _interrupt)
    processes = [subprocess.Popen(command) for command in (web, opener)]  # noqa: S603 (fixed commands)
    try:
        click.echo(welcome(settings))
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("Stopping both rooms.")
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(STOP_SECONDS)


def welcome(settings: Settings) -> str:
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


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt
