"""An installation made by ``docs/install/separate-rooms.sh``, whose web process and opener are two unprivileged users.

They run with the command, the group and the umask of the unit files that lie beside it. Nobody is added to this
machine: two of its users who share a group already are taken.
"""

import configparser
import json
import os
import pwd
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from app.attacker.scene import postgres
from app.attacker.scene.servers import free_port
from config import read_env_file
from tests.support.homes import ROOT
from tests.support.servers import or_skip
from tests.support.unprivileged import Stranger, stranger

INSTALL = ROOT / "docs" / "install"
SCRIPT = INSTALL / "separate-rooms.sh"
OPENER, WEB = "nobody", ("_apt", "sync")
SECONDS = 60


def unit(name: str) -> dict[str, str]:
    """Return the [Service] part of a unit file."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(INSTALL / f"feedback-{name}.service", encoding="utf-8")
    return dict(parser["Service"])


@dataclass(frozen=True)
class Installed:
    """An installation and its two users.

    Attributes:
        top: a folder for it alone; ``home`` and ``secrets`` lie in it.
        superuser: the URL of the database server's superuser; empty on SQLite.
    """

    top: Path
    port: int
    superuser: str
    web: Stranger
    opener: Stranger

    @property
    def home(self) -> Path:
        """The installation's folder."""
        return self.top / "home"

    @property
    def base(self) -> str:
        """Where the web process listens."""
        return f"http://127.0.0.1:{self.port}"

    def set_up(self, *more: str) -> subprocess.CompletedProcess[str]:
        """Run the script as root."""
        assert self.web.user
        environ = {
            "PATH": os.environ["PATH"],
            "PYTHON": sys.executable,
            "PORTAL_HOME": str(self.home),
            "WEB_USER": self.web.user.pw_name,
            "OPENER_USER": OPENER,
            "SECRETS": str(self.top / "secrets"),
        }
        if self.superuser:
            place = urlsplit(self.superuser)
            environ |= {"PGHOST": place.hostname or "", "PGPORT": str(place.port), "PGUSER": place.username or ""}
            environ |= {"PGPASSWORD": unquote(place.password or "")}
        kind = "postgresql" if self.superuser else "sqlite"
        return subprocess.run(["sh", SCRIPT, kind, *more], cwd=ROOT, env=environ, capture_output=True, text=True)

    def environment(self, room: str) -> dict[str, str]:
        """Return the settings of a room's process: the folder, and to the opener alone its own file."""
        mine = read_env_file(self.top / "secrets" / "opener.env") if room == "opener" else {}
        return {"PORTAL_HOME": str(self.home), **mine}

    def start(self, room: str) -> subprocess.Popen[str]:
        """Start a room's service as its unit file says."""
        service = unit(room)
        program, *arguments = service["ExecStart"].split()
        command = ["-m", Path(program).name, *(["--app", "wsgi"] if program.endswith("flask") else []), *arguments]
        who = self.web if room == "web" else self.opener
        return who.start(command, self.environment(room), umask=int(service["UMask"], 8))

    def flask(self, *arguments: str) -> str:
        """Run a command as the web process's user and return what it prints."""
        started = self.web.start(["-m", "flask", "--app", "wsgi", *arguments], self.environment("web"), umask=0o007)
        out, said = started.communicate(timeout=SECONDS)
        assert started.returncode == 0, (arguments, said)
        return out

    def look(self, room: str) -> dict[str, int]:
        """Return what somebody with a shell as a room's user finds."""
        who = self.web if room == "web" else self.opener
        environ = self.environment(room)
        environ |= {"DATABASE_URL": environ["ANSWERS_DATABASE_URL"]} if "ANSWERS_DATABASE_URL" in environ else {}
        out, said = who.start(["-m", "tests.security.intruder"], environ).communicate(timeout=SECONDS)
        assert out, said
        found: dict[str, int] = json.loads(out)
        return found

    @contextmanager
    def both_running(self, first: str) -> Iterator[None]:
        """Keep both services running; one is started when the other works already."""
        with ExitStack() as stack:
            for room in (first, "opener" if first == "web" else "web"):
                stack.callback(end, started := self.start(room))
                self._wait(self._has_opened if room == first == "opener" else partial(self._is_ready, room), started)
            yield

    def _wait(self, is_up: Callable[[], bool], started: subprocess.Popen[str]) -> None:
        until = time.monotonic() + SECONDS
        while not is_up():
            if started.poll() is not None:
                raise AssertionError(started.communicate()[1])
            assert time.monotonic() < until, "it does not answer"
            time.sleep(0.1)

    def _has_opened(self) -> bool:
        """Tell whether an opener that is alone has opened the portal database; on PostgreSQL no file would show it."""
        return bool(self.superuser) or (self.home / "portal.db-wal").exists()

    def _is_ready(self, room: str) -> bool:
        """Tell whether the web process answers, and has seen a heartbeat if it is the opener that started last."""
        try:
            with urllib.request.urlopen(f"{self.base}/readyz", timeout=2) as answer:
                return room == "web" or json.load(answer)["hours_since_opener"] is not None
        except OSError:
            return False


def end(started: subprocess.Popen[str]) -> None:
    """End a service of ours; it has had nothing to complain of."""
    started.terminate()
    _out, said = started.communicate(timeout=SECONDS)
    assert said == ""


@contextmanager
def own_server() -> Iterator[str]:
    """Yield the superuser's URL of a server of one's own, for the script sets the server's roles."""
    with postgres.serving() as server:
        yield server.url


def set_up(site: Installed) -> None:
    """Run the script, which must succeed."""
    done = site.set_up()
    assert done.returncode == 0, done.stderr


@contextmanager
def installed_on(database: str) -> Iterator[Installed]:
    """Yield an installation that is set up."""
    with ExitStack() as stack:
        made = stack.enter_context(
            installation("" if database == "sqlite" else stack.enter_context(or_skip(own_server)))
        )
        set_up(made)
        yield made


@contextmanager
def installation(superuser: str) -> Iterator[Installed]:
    """Yield a folder with the settings that docs/operating.md asks for, and two users; the script is not yet run."""
    shared = pwd.getpwnam(OPENER).pw_gid
    names = [user.pw_name for user in pwd.getpwall() if user.pw_name in WEB and user.pw_gid == shared]
    if os.geteuid() != 0 or not names:
        pytest.skip("only root can start processes as two users, and two of this machine's have to share a group")
    with (
        tempfile.TemporaryDirectory(prefix="portal-installed-") as top,
        stranger(name=names[0]) as web,
        stranger(name=OPENER) as opener,
    ):
        os.chmod(top, 0o755)
        made = Installed(Path(top), free_port(), superuser, web, opener)
        made.home.mkdir(mode=0o755)
        lines = [
            "PORTAL_ENV=production",
            f"SECRET_KEY={secrets.token_urlsafe(32)}",
            "BASE_URL=https://feedback.example.org",
            "CONTACT_OFFICE=0161 496 0101",
            "TRUSTED_PROXIES=1",
            f"PORT={made.port}",
            "TRUSTED_HOSTS=127.0.0.1",
        ]
        (made.home / "portal.env").write_text("\n".join(lines), encoding="utf-8")
        yield made
