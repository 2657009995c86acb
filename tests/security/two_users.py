"""A production installation whose rooms belong to two operating-system users, as docs/operating.md sets it up."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from config import Settings
from tests.conftest import TinySurvey
from tests.counting.test_letterbox import send
from tests.support.homes import SECRET, application, postgres_settings, sqlite_settings
from tests.support.unprivileged import Stranger, stranger


@dataclass
class Site:
    """A production installation with answers and waiting letters, whose rooms belong to different users."""

    settings: Settings
    web: Stranger

    def environment(self, **changes: str) -> dict[str, str]:
        """Return the web process's settings, and nothing of the opener's."""
        own = {
            "PORTAL_HOME": str(self.settings.home),
            "PORTAL_ENV": "production",
            "SECRET_KEY": SECRET,
            "BASE_URL": "https://portal.example",
            "TRUSTED_HOSTS": "127.0.0.1",
            "CONTACT_OFFICE": "0161 496 0101",
            "PORT": str(self.settings.port),
            "DATABASE_URL": self.settings.database_url,
        }
        return {name: value for name, value in {**own, **changes}.items() if value}

    @property
    def room(self) -> Path:
        """The counting room's folder."""
        return self.settings.home / "counting"


@contextmanager
def home(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Settings]:
    """Yield settings on one kind of database."""
    if kind == "sqlite":
        yield sqlite_settings(folder)
        return
    server, template = (request.getfixturevalue(name) for name in ("postgres_server", "migrated_postgres"))
    with postgres_settings(folder, server, template) as found:
        yield found


@contextmanager
def two_users(kind: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """Yield an installation in a folder that any user can walk to: a wave that is over, and one whose letters wait."""
    if os.geteuid() != 0:
        pytest.skip("only root can start processes as two users")
    with tempfile.TemporaryDirectory(prefix="portal-walls-") as top, stranger() as web:
        os.chmod(top, 0o755)
        with home(kind, request, Path(top) / "home") as settings:
            with application(settings):
                tiny = TinySurvey()
                made = tiny.codes(30)
                for code in made[:5]:
                    send(code, words="zebra-canary")
                tiny.close_wave()
                tiny.open_wave()
                for code in made[:3]:
                    send(code)
            separate(settings, web)
            yield Site(settings, web)
            (settings.home / "counting").chmod(0o700)


def separate(settings: Settings, web: Stranger) -> None:
    """Share the installation's folder as docs/operating.md says; the counting room is ours, shut to everybody else."""
    assert web.user is not None
    os.chown(settings.home, -1, web.user.pw_gid)
    settings.home.chmod(0o755 if settings.database_url else 0o3770)
    for path in (settings.front_keys, *settings.front_keys.iterdir()):
        os.chown(path, web.user.pw_uid, web.user.pw_gid)
    for path in settings.home.glob("portal.db*"):
        os.chown(path, -1, web.user.pw_gid)
        path.chmod(0o660)
