"""An opener killed (SIGKILL) when it comes to a step: a process of its own, forked, with connections of its own."""

import importlib
import os
import signal
import warnings
from typing import Any

from app.counting import letterbox
from app.storage import db


def die(module: str, name: str, time: int) -> None:
    """Have a process open the letterbox and be killed the n-th time that a function is called; fail if it lives."""
    db.rooms().dispose()  # the new process must not take over connections
    with warnings.catch_warnings():
        # Python 3.12 warns of other threads; the one of a pytest-xdist worker only reads from a pipe
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            _open_until(module, name, time)
        finally:
            os._exit(0)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it was not killed"
    assert os.WTERMSIG(status) == signal.SIGKILL


def _open_until(module: str, name: str, time: int) -> None:
    place, calls = importlib.import_module(module), 0
    real = getattr(place, name)

    def deadly(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(place, name, deadly)
    letterbox.open_letterbox()
