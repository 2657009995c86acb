"""A temporary installation for attacks: real processes, files and logs, separate from the caller's installation."""

import os
import secrets
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.attacker.scene import postgres, servers

ROOT = Path(__file__).resolve().parents[3]
STOP_SECONDS, COMMAND_SECONDS = 15, 300
KEPT = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")
PYTHON = sys.executable
FLASK = (PYTHON, "-m", "flask", "--app", "wsgi")


class StageError(RuntimeError):
    """The temporary installation does not work as expected; the message has the details."""


@dataclass(frozen=True)
class Stage:
    """A temporary installation in a folder; ``port`` is that of its web process.

    Args:
        front, counting, owner: URLs of a PostgreSQL database, one for each role; all empty for SQLite.
        server: the folder of its own database server, if any; files of other servers are not searched.
    """

    home: Path
    front: str = ""
    counting: str = ""
    owner: str = ""
    port: int = field(default_factory=servers.free_port)
    server: Path | None = None

    @property
    def base(self) -> str:
        """The address of the web process."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """The log of the web process."""
        return self.home / "logs" / "web.log"

    @property
    def opener_log(self) -> Path:
        """The log of the opener."""
        return self.home / "logs" / "opener.log"

    @property
    def commands_log(self) -> Path:
        """The standard error of the commands."""
        return self.home.parent / f"{self.home.name}-commands.log"

    @property
    def logs(self) -> list[Path]:
        """The existing logs of both processes, the commands and its own database server."""
        found = [self.log, self.opener_log, self.commands_log, *([self.server / servers.LOG] if self.server else [])]
        return [path for path in found if path.exists()]

    def files(self) -> list[Path]:
        """Return every file of the installation and of its own database server."""
        return [*files_of(self.home), *(files_of(self.server) if self.server else [])]

    def pass_an_hour(self) -> None:
        """Run an hour's maintenance of its own database server, if any."""
        if self.server:
            postgres.pass_an_hour(self.owner)

    def prepare(self) -> None:
        """Write the settings and create the databases."""
        self.home.mkdir(parents=True, exist_ok=True)
        values = {
            "PORTAL_ENV": "development",
            "SECRET_KEY": secrets.token_urlsafe(32),
            "PORT": str(self.port),
            "BASE_URL": self.base,
            "DATABASE_URL": self.front,
            "ANSWERS_DATABASE_URL": self.counting,
            "OWNER_DATABASE_URL": self.owner,
            "CONTACT_OFFICE": "0161 496 0101",
        }
        lines = [f"{name}={value}\n" for name, value in values.items() if value]
        (self.home / "portal.env").write_text("".join(lines), encoding="utf-8")
        self.run("database", "migrate")

    def run(self, *arguments: str, typed: str = "") -> str:
        """Run one command in its own process, with ``typed`` as its standard input, and return its standard output.

        Raises:
            StageError: the command failed.
        """
        command, env, limit = [*FLASK, *arguments], self.environment(), COMMAND_SECONDS
        done = subprocess.run(  # noqa: S603 (our own command line)
            command, input=typed, cwd=ROOT, env=env, capture_output=True, text=True, timeout=limit
        )
        with self.commands_log.open("a", encoding="utf-8") as log:
            log.write(done.stderr)
        if done.returncode != 0:
            raise StageError(f"'flask {' '.join(arguments[:2])}' failed: {done.stderr.strip()[:200]}")
        return done.stdout

    @contextmanager
    def serving(self) -> Iterator[str]:
        """Run a web process and yield its address."""
        with self._running([PYTHON, "-m", "gunicorn", "-c", "python:app.server", "wsgi:app"], self.log) as process:
            if not servers.comes_up(process, _answers, self.port):
                ended = process.poll() is not None
                raise StageError("the web process " + ("ended at its start" if ended else "did not answer"))
            yield self.base

    def opening(self) -> AbstractContextManager[object]:
        """Run an opener."""
        return self._running([*FLASK, "opener", "run"], self.opener_log)

    @contextmanager
    def _running(self, command: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=out, stderr=out)  # noqa: S603
            try:
                yield process
            finally:
                process.terminate()
                process.wait(STOP_SECONDS)

    def environment(self) -> dict[str, str]:
        """Return the environment of the installation's processes, without the caller's settings."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        return {**kept, "PORTAL_HOME": str(self.home), "PORT": str(self.port), "PYTHONPATH": str(ROOT)}


def _answers(port: int) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2):
        return True
    return False


def files_of(folder: Path) -> list[Path]:
    """Return all files in a folder, recursively."""
    return sorted(path for path in folder.rglob("*") if path.is_file())
