"""An opener that says when it is at work: ``python -m tests.support.telling_opener MARK DAYS_AGO COMMAND ...``.

``COMMAND ...`` is what would stand after ``flask``. The file ``MARK`` is there as long as letters are being opened.
``flask opener run`` opens letters once a night: it is given the night, and another day than the opener before it.
"""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

from flask.cli import cli

from app.counting import letterbox, opener
from app.storage import clock


def main(mark: Path, days_ago: int, *command: str) -> None:
    """Run a command of ours with an opening that reports itself."""
    real = letterbox.open_letterbox

    def telling(*arguments: Any) -> dict[str, int]:
        mark.touch()
        try:
            return real(*arguments)
        finally:
            mark.unlink()

    letterbox.open_letterbox, opener.NIGHT_HOUR = telling, 0
    with clock.on_day(clock.today() - dt.timedelta(days=days_ago)):
        cli.main(args=["--app", "wsgi", *command], prog_name="flask")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
