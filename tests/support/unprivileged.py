"""Real processes as a user with no rights of ours: what a production web process is. Needs root to change users.

Interpreter, packages and code may lie where that user cannot walk to (a home of root's). They are handed over as open
folders, ``/proc/self/fd/N``, which need no way from the top. Everything in them is readable anyway.
"""

import os
import pwd
import site
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
USER = "nobody"


@dataclass(frozen=True)
class Stranger:
    """Starts Python as a user who is not us."""

    user: pwd.struct_passwd | None
    folders: tuple[int, ...]

    def start(self, arguments: Sequence[str], environ: Mapping[str, str], **more: Any) -> subprocess.Popen[str]:
        """Start ``python ARGUMENTS`` in the folder ``/`` with nothing but this environment."""
        base, packages, code = (f"/proc/self/fd/{number}" for number in self.folders)
        python = f"{base}/bin/{Path(sys.executable).resolve().name}"
        own = {
            "PATH": "/usr/bin:/bin",
            "PWD": "/",
            "HOME": "/",
            "PYTHONHOME": base,
            "PYTHONPATH": f"{code}:{packages}",
            "LD_LIBRARY_PATH": f"{base}/lib",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        rights: dict[str, Any] = {}
        if self.user is not None:
            rights = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return subprocess.Popen(
            [python, *arguments],
            cwd="/",
            env={**own, **environ},
            pass_fds=self.folders,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **rights,
            **more,
        )


@contextmanager
def stranger(is_other: bool = True, name: str = USER) -> Iterator[Stranger]:
    """Yield who starts processes as a user, or as ourselves; without root it is ourselves either way."""
    user = pwd.getpwnam(name) if is_other and os.geteuid() == 0 else None
    places = (sys.base_prefix, site.getsitepackages()[0], str(ROOT))
    folders = tuple(os.open(place, os.O_RDONLY | os.O_DIRECTORY) for place in places)
    try:
        yield Stranger(user, folders)
    finally:
        for number in folders:
            os.close(number)
