"""How a command waits for the counting room: it does the work itself where it may, else it waits for the opener."""

import os

from app import db
from app.cli.group import stop
from app.services import requests
from app.services.counting import opener
from app.services.errors import Refused

WAIT_SECONDS = 30.0


def settle(request: int) -> None:
    """See a request through; end the program when it is refused or nobody answers."""
    fault = _work() if os.access(db.rooms().settings.counting_keys, os.R_OK | os.W_OK) else None
    done = requests.wait_for(request, WAIT_SECONDS if fault is None else 0)
    if done.state == "refused":
        stop(done.refusal or "The opener refused.")
    if done.state != "done" and fault is not None:
        raise fault
    if done.state != "done":
        stop("The opener has not answered within 30 seconds. Is it running?")


def _work() -> Exception | None:
    """Answer what waits, and return the first fault: it may be of somebody else's request, so ours is looked up."""
    try:
        opener.answer_requests()
    except Refused:
        return None  # another opener is at work, and answers ours too
    except Exception as fault:
        return fault
    return None
