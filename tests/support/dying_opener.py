"""An opener killed (SIGKILL) when it comes to a step: ``python -m tests.support.dying_opener MODULE NAME TIME``."""

import importlib
import os
import signal
import sys
from typing import Any

from app import create_app
from app.counting import letterbox


def main(module: str, name: str, time: int) -> None:
    """Open the letterbox and die the n-th time that a function is called."""
    place, calls = importlib.import_module(module), 0
    real = getattr(place, name)

    def deadly(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == time:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    setattr(place, name, deadly)
    with create_app().app_context():
        letterbox.open_letterbox()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
