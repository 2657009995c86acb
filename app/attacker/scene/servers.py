"""Temporary servers from installed programs: private folder, loopback interface, unprivileged user."""

import os
import pwd
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

START_SECONDS, STOP_SECONDS, STARTS = 30, 15, 3
PORTS, PORT_TRIES = range(20_000, 32_000), 50
UNPRIVILEGED = ("postgres", "nobody")
LOG = "server.log"


class Missing(RuntimeError):
    """A required server or program is not available; the message has the reason."""


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return the user for a server, or None for the current user; PostgreSQL refuses to run as root.

    Raises:
        Missing: there is no unprivileged user.
    """
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise Missing(f"PostgreSQL does not run as root and there is no user {' or '.join(UNPRIVILEGED)}")


@contextmanager
def private_folder(user: pwd.struct_passwd | None) -> Iterator[Path]:
    """Yield a new folder owned by a user, and remove it at the end."""
    with tempfile.TemporaryDirectory(prefix="portal-server-", ignore_cleanup_errors=True) as name:
        if user is not None:
            os.chown(name, user.pw_uid, user.pw_gid)
        yield Path(name)


def run_once(command: Sequence[str | Path], user: pwd.struct_passwd | None) -> None:
    """Run a program and wait for it.

    Raises:
        Missing: the program failed.
    """
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, **_as(user))  # noqa: S603
    if done.returncode != 0:
        raise Missing(f"{command[0]} failed: {done.stderr.strip()[-500:]}")


@contextmanager
def running(
    command: Callable[[int], Sequence[str | Path]],
    answers: Callable[[int], bool],
    folder: Path,
    *,
    user: pwd.struct_passwd | None,
    stops: Sequence[signal.Signals],
) -> Iterator[int]:
    """Start a server on a free port, yield the port once it answers, and stop the server.

    Args:
        command, answers: return the command that starts it on a port, and whether it answers there.
        folder: the folder of its output, ``server.log``.
        stops: signals that stop it, tried in order.

    Raises:
        Missing: the server does not start.
    """
    log = folder / LOG
    for _ in range(STARTS):
        port = free_port()
        with log.open("wb") as out:
            server = subprocess.Popen(command(port), cwd="/", stdout=out, stderr=out, **_as(user))  # noqa: S603
        try:
            if comes_up(server, answers, port):
                yield port
                return
        finally:
            _stop(server, stops)
    raise Missing(f"{command(0)[0]} did not start: {log.read_text(errors='replace').strip()[-500:]}")


def _as(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """Return the subprocess arguments that drop root privileges (user, group and supplementary groups)."""
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def comes_up(server: subprocess.Popen[bytes], answers: Callable[[int], bool], port: int) -> bool:
    """Wait until a server answers on a port; False if it ended, for example because another process took the port."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and server.poll() is None:
        if answers(port):
            return server.poll() is None
        time.sleep(0.05)
    return False


def _stop(server: subprocess.Popen[bytes], stops: Sequence[signal.Signals]) -> None:
    for stop in stops:
        if server.poll() is None:
            server.send_signal(stop)
            with suppress(subprocess.TimeoutExpired):
                server.wait(STOP_SECONDS)


def free_port() -> int:
    """Return a free port below the range of ephemeral ports.

    Raises:
        Missing: no free port was found.
    """
    for _try in range(PORT_TRIES):
        port = PORTS.start + secrets.randbelow(len(PORTS))
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise Missing("no free port was found")
