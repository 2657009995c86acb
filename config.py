"""Settings, read once from the environment, PORTAL_HOME/portal.env and ./.env (in this order of priority).

Their names, checks and defaults stand in ``app/core/settings.py``; what only production requires is checked here.
"""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.settings import NAMES, PORTAL_FILE, look_alike, read_lines, read_settings

MIN_SECRET, MIN_LETTERS = 32, 8
OFF = ("", "0", "false", "no")
HERE = ("localhost", "127.0.0.1")


class SettingsError(RuntimeError):
    """Missing or invalid settings: ``faults`` has one sentence for each; the message is all of them, one a line."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults

    def at_start(self) -> str:
        """Return what a process says that does not start, one line for each fault."""
        return "\n".join(f"The portal does not start: {fault}" for fault in self.faults)


@dataclass(frozen=True)
class Contact:
    """A phone number: ``when`` is ``danger``, ``office``, ``evening`` or ``child``; ``checked`` a date or empty."""

    when: str
    number: str
    checked: str = ""


@dataclass(frozen=True)
class Settings:
    """All settings of one installation; their defaults stand in ``core/settings``."""

    home: Path
    env: str
    secret_key: str
    base_url: str
    port: int
    database_url: str
    answers_database_url: str
    owner_database_url: str
    redis_url: str
    trusted_hosts: tuple[str, ...]
    trusted_proxies: int
    web_workers: int
    council: str
    localities: Mapping[str, str]
    channels: Mapping[str, str]
    contacts: tuple[Contact, ...]
    leave_url: str
    security_contact: str
    staff_help: str
    safeguarding_lead: str
    safeguarding_deputy: str
    safeguarding_duty: str
    readers_support: str
    backup_passphrase: str
    grace_minutes: int
    keep_words_days: int

    @property
    def is_production(self) -> bool:
        """Whether this is production, which requires https, a strong secret and phone numbers."""
        return self.env == "production"

    @property
    def front_keys(self) -> Path:
        """The folder of the web process's keys."""
        return self.home / "keys"

    @property
    def counting_keys(self) -> Path:
        """The folder of the opener's keys; the web process needs no access."""
        return self.home / "counting" / "keys"

    @property
    def portal_url(self) -> str:
        """The URL of the portal database."""
        return self.database_url or f"sqlite:///{self.home / 'portal.db'}"

    @property
    def answers_url(self) -> str:
        """The URL of the answers database, which only the opener uses."""
        return self.answers_database_url or f"sqlite:///{self.home / 'counting' / 'answers.db'}"


def read_env_file(path: Path) -> dict[str, str]:
    """Return the NAME=VALUE lines of a file; blank lines and lines that start with # are left out.

    Raises:
        SettingsError: the file cannot be read, or a line is wrong.
    """
    values, faults = _read_file(path)
    if faults:
        raise SettingsError(*faults)
    return values


def _read_file(path: Path) -> tuple[dict[str, str], list[str]]:
    if not path.is_file():
        return {}, []
    try:
        return read_lines(path.read_bytes().decode(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        return {}, [f"{path} cannot be read as UTF-8 text ({type(error).__name__})."]


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the installation that the environment names.

    Raises:
        SettingsError: values are missing or invalid; each sentence names the setting.
    """
    given = dict(os.environ if environ is None else environ)
    home = Path(given.get("PORTAL_HOME") or "instance").resolve()
    (near, near_faults), (own, own_faults) = (_read_file(path) for path in (Path(".env"), home / PORTAL_FILE))
    values, faults = read_settings({**near, **own, **given})
    faults = [*own_faults, *near_faults, *faults]
    settings = _settings_of(home, values)
    named = {fault.split(" ", 1)[0] for fault in faults}
    faults += [fault for fault in _production_faults(settings, values) if fault.split(" ", 1)[0] not in named]
    if faults:
        raise SettingsError(
            *dict.fromkeys(faults),
            *([] if (home / PORTAL_FILE).exists() else [f"PORTAL_HOME is {home}, which has no {PORTAL_FILE}."]),
        )
    return settings


def _settings_of(home: Path, values: Mapping[str, Any]) -> Settings:
    """Return the settings from checked values: a field has the name of its setting in small letters."""
    fields = {name.lower(): value for name, value in values.items() if name.lower() in Settings.__dataclass_fields__}
    is_production = values["PORTAL_ENV"] == "production"
    fields["secret_key"] = values["SECRET_KEY"] or ("" if is_production else secrets.token_urlsafe(MIN_SECRET))
    fields["base_url"] = values["BASE_URL"] or f"http://127.0.0.1:{values['PORT']}"
    own = urlsplit(values["BASE_URL"]).hostname
    local = () if is_production else ("127.0.0.1", "localhost")
    fields["trusted_hosts"] = tuple(dict.fromkeys([*values["TRUSTED_HOSTS"], *([own] if own else []), *local]))
    named = ((when, values[f"CONTACT_{when.upper()}"]) for when in ("danger", "office", "evening", "child"))
    fields["contacts"] = tuple(Contact(when, number, values["CONTACTS_CHECKED"]) for when, number in named if number)
    return Settings(home=home, env=values["PORTAL_ENV"], **fields)


def find_look_alikes() -> list[str]:
    """Return a sentence for each variable of the environment that looks like a setting; it may be another program's."""
    found = {name: look_alike(name) for name in os.environ if name not in NAMES}
    return [f"{name} in the environment is not read: did you mean {like}?" for name, like in found.items() if like]


def _production_faults(settings: Settings, values: Mapping[str, str]) -> list[str]:
    """Return a sentence for each setting that production needs, or that is not safe there."""
    if not settings.is_production:
        return []
    checks = (
        (len(settings.secret_key) >= MIN_SECRET, f"SECRET_KEY must be set and have at least {MIN_SECRET} characters."),
        (
            len(set(settings.secret_key)) >= MIN_LETTERS or len(settings.secret_key) < MIN_SECRET,
            "SECRET_KEY must be random; this one has too few different characters.",
        ),
        (settings.base_url.startswith("https:"), "BASE_URL must be set, and start with https:// in production."),
        (urlsplit(settings.base_url).hostname not in HERE, "BASE_URL must be the address that families use."),
        (values["CONTACT_OFFICE"], "CONTACT_OFFICE must be the phone number that families can call."),
        (
            values["FLASK_DEBUG"].lower() in OFF,
            "FLASK_DEBUG must not be set in production: some errors would bypass our error page.",
        ),
    )
    return [sentence for is_right, sentence in checks if not is_right]


def prepare_development_home(environ: Mapping[str, str]) -> Path:
    """Write ``portal.env`` at the first start, and update its port from the environment.

    The phone numbers are from Ofcom's range for drama use; a real installation sets its own.
    """
    home = Path(environ.get("PORTAL_HOME") or "instance").resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / PORTAL_FILE
    before = read_env_file(path)
    port = environ.get("PORT") or before.get("PORT") or "8000"
    values = {
        "PORTAL_ENV": "development",
        "SECRET_KEY": secrets.token_urlsafe(MIN_SECRET),
        "CONTACT_OFFICE": "0161 496 0101",
        "CONTACT_EVENING": "0161 496 0102",
        **before,
        "PORT": port,
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    if values != before:
        path.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    path.chmod(0o600)
    return home


if __name__ == "__main__":
    try:
        prepare_development_home(os.environ)
    except SettingsError as error:
        sys.exit(error.at_start())
    except OSError as error:
        sys.exit(f"The portal does not start: {error}")
