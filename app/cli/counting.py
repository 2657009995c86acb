"""Completes requests to the counting room: in this process if it has access, else by waiting for the opener."""

import os

import click

from app.cli.group import stop
from app.counting import opener
from app.storage import db, requests
from app.storage.refusals import Refused, RetryLater

WAIT_SECONDS = 30.0
LATE = "a database was unavailable or busy. The opener will do it as soon as it can."


def settle(request: int) -> None:
    """Complete a request; end the program if it fails, is refused or is not answered in time."""
    fault = _work(request) if os.access(db.rooms().settings.counting_keys, os.R_OK | os.W_OK) else None
    if isinstance(fault, RetryLater) or (fault is not None and db.is_transient(fault)):
        stop(f"Request {request} is waiting: {LATE}")
    if fault is not None:
        raise fault
    done = requests.wait_for(request, WAIT_SECONDS)
    while done.state == "taken" and done.refusal:  # it takes long, and says how far it has got
        click.echo(done.refusal, err=True)
        done = requests.wait_for(request, WAIT_SECONDS)
    if done.state == "refused":
        stop(done.refusal or "The opener refused.")
    if done.state != "done":
        stop("The opener has not answered within 30 seconds. Check that it is running.")


def _work(request: int) -> Exception | None:
    """Answer all waiting requests and return the error that prevented ours, or None."""
    ours: list[Exception] = []

    def report(number: int, fault: Exception) -> None:
        if number == request:
            ours.append(fault)
        else:
            click.echo(f"Another waiting request, {number}, failed: {type(fault).__name__}.", err=True)

    try:
        opener.answer_requests(report)
    except Refused:
        pass  # another opener is running and will answer ours too
    except Exception as fault:
        if not ours and requests.get_request(request).state in requests.UNFINISHED:
            return fault
        click.echo(f"Other requests may still be waiting: {type(fault).__name__}.", err=True)
    return ours[0] if ours else None
