"""How a command waits for the counting room: it does the work itself where it may, else it waits for the opener."""

import contextlib
import os

import click

from app import db
from app.cli.group import stop
from app.services import requests
from app.services.counting import opener
from app.services.errors import Refused

WAIT_SECONDS = 30.0


def settle(request: int) -> None:
    """See a request through; end the program when it meets a fault, is refused or nobody answers."""
    faults = _work() if os.access(db.rooms().settings.counting_keys, os.R_OK | os.W_OK) else {}
    for number, fault in faults.items():
        if number != request:
            click.echo(f"Request {number}, which waited, met a fault: {type(fault).__name__}.", err=True)
    if request in faults:
        raise faults[request]
    done = requests.wait_for(request, WAIT_SECONDS)
    if done.state == "refused":
        stop(done.refusal or "The opener refused.")
    if done.state != "done":
        stop("The opener has not answered within 30 seconds. Is it running?")


def _work() -> dict[int, Exception]:
    """Answer what waits, and return the requests that met a fault; not only ours waited."""
    faults: dict[int, Exception] = {}
    with contextlib.suppress(Refused):  # another opener is at work, and answers ours too
        opener.answer_requests(faults.__setitem__)
    return faults
