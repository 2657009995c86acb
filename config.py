"""Settings, read once from the environment, PORTAL_HOME/portal.env and ./.env (in this order of priority); validated
at the start, strictly in production."""

import datetime as dt
import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

MIN_SECRET = 32
MAX_GRACE = 240
OFF = ("", "0", "false", "no")
DEMO_LOCALITIES = {"north": "North", "central": "Central", "south": "South", "boroughwide": "Not tied to one area"}
DEMO_CHANNELS = {
    "visit": "Given at a visit",
    "centre": "Family centre",
    "school": "School",
    "post": "By post",
    "team": "Team meeting",
    "any": "More than one way",
}


class SettingsError(RuntimeError):
    """A missing or invalid setting; the message is one sentence."""


@dataclass(frozen=True)
class Contact:
    """A phone number: ``when`` is ``danger``, ``office``, ``evening`` or ``child``; ``checked`` a date or empty."""

    when: str
    number: str
    checked: str = ""


@dataclass(frozen=True)
class Settings:
    """All settings of one installation."""

    home: Path
    env: str
    secret_key: str
    base_url: str
    port: int
    database_url: str = ""
    answers_database_url: str = ""
    owner_database_url: str = ""
    redis_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    web_workers: int = 1
    council: str = "Stockport Family"
    localities: Mapping[str, str] = field(default_factory=lambda: dict(DEMO_LOCALITIES))
    channels: Mapping[str, str] = field(default_factory=lambda: dict(DEMO_CHANNELS))
    contacts: tuple[Contact, ...] = ()
    leave_url: str = "https://www.bbc.co.uk/weather"
    security_contact: str = ""
    backup_passphrase: str = ""
    grace_minutes: int = 60

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
    """Return the NAME=VALUE lines of a file; blank lines and lines that start with # are ignored.

    Raises:
        SettingsError: the file cannot be read.
    """
    if not path.is_file():
        return {}
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} cannot be read as UTF-8 text ({type(error).__name__}).") from error
    lines = (line.strip() for line in content.splitlines())
    pairs = (line.split("=", 1) for line in lines if line and not line.startswith("#") and "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the installation that the environment names.

    Raises:
        SettingsError: a value is missing or invalid; the message names the setting.
    """
    given = dict(os.environ if environ is None else environ)
    home = Path(given.get("PORTAL_HOME") or "instance").resolve()
    written = {**read_env_file(Path(".env")), **read_env_file(home / "portal.env")}
    values = {**written, **given}
    _check_words(values, written)
    env = values.get("PORTAL_ENV", "production")
    settings = Settings(
        home=home,
        env=env,
        secret_key=values.get("SECRET_KEY", "") or ("" if env == "production" else secrets.token_urlsafe(MIN_SECRET)),
        base_url=values.get("BASE_URL", "").rstrip("/") or f"http://127.0.0.1:{values.get('PORT', '8000')}",
        port=_whole(values, "PORT", 8000),
        database_url=values.get("DATABASE_URL", ""),
        answers_database_url=values.get("ANSWERS_DATABASE_URL", ""),
        owner_database_url=values.get("OWNER_DATABASE_URL", ""),
        redis_url=values.get("REDIS_URL", ""),
        trusted_hosts=_hosts(values),
        trusted_proxies=_whole(values, "TRUSTED_PROXIES", 0),
        web_workers=_whole(values, "WEB_WORKERS", 1),
        council=values.get("COUNCIL", "Stockport Family"),
        localities=_names(values, "LOCALITIES", DEMO_LOCALITIES, "boroughwide"),
        channels=_names(values, "CHANNELS", DEMO_CHANNELS, "any"),
        contacts=_contacts(values),
        leave_url=values.get("LEAVE_URL") or "https://www.bbc.co.uk/weather",
        security_contact=values.get("SECURITY_CONTACT", ""),
        backup_passphrase=values.get("BACKUP_PASSPHRASE", ""),
        grace_minutes=_grace(values),
    )
    try:
        _check(settings)
    except SettingsError as error:
        more = "" if (home / "portal.env").exists() else f" There is no file {home / 'portal.env'}."
        raise SettingsError(f"{error}{more}") from error
    return settings


def prepare_development_home(environ: Mapping[str, str]) -> Path:
    """Write ``portal.env`` at the first start, and update its port from the environment.

    The phone numbers are from Ofcom's range for drama use; a real installation sets its own.
    """
    home = Path(environ.get("PORTAL_HOME") or "instance").resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "portal.env"
    values = read_env_file(path)
    port = environ.get("PORT") or values.get("PORT") or "8000"
    values = {
        "PORTAL_ENV": "development",
        "SECRET_KEY": secrets.token_urlsafe(MIN_SECRET),
        "CONTACT_OFFICE": "0161 496 0101",
        "CONTACT_EVENING": "0161 496 0102",
        **values,
        "PORT": port,
        "BASE_URL": f"http://127.0.0.1:{port}",
    }
    path.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
    path.chmod(0o600)
    return home


def _whole(values: Mapping[str, str], name: str, default: int) -> int:
    try:
        return int(values.get(name) or default)
    except ValueError as error:
        raise SettingsError(f"{name} must be a whole number.") from error


def _grace(values: Mapping[str, str]) -> int:
    minutes = _whole(values, "GRACE_MINUTES", 60)
    if not 0 <= minutes <= MAX_GRACE:
        raise SettingsError(f"GRACE_MINUTES must be a whole number from 0 to {MAX_GRACE}.")
    return minutes


def _hosts(values: Mapping[str, str]) -> tuple[str, ...]:
    named = [host.strip() for host in values.get("TRUSTED_HOSTS", "").split(",") if host.strip()]
    own = urlsplit(values.get("BASE_URL", "")).hostname
    local = [] if values.get("PORTAL_ENV", "production") == "production" else ["127.0.0.1", "localhost"]
    return tuple(dict.fromkeys([*named, *([own] if own else []), *local]))


def _names(values: Mapping[str, str], name: str, default: Mapping[str, str], kept: str) -> dict[str, str]:
    if not values.get(name):
        return dict(default)
    try:
        named = {str(slug): str(words) for slug, words in json.loads(values[name]).items()}
    except (ValueError, AttributeError) as error:
        raise SettingsError(f'{name} must be JSON such as {{"north": "North"}}.') from error
    if kept not in named:
        raise SettingsError(f'{name} must keep "{kept}": small batches go there.')
    return named


def _contacts(values: Mapping[str, str]) -> tuple[Contact, ...]:
    checked = values.get("CONTACTS_CHECKED", "")
    named = (
        ("danger", values.get("CONTACT_DANGER", "999")),
        ("office", values.get("CONTACT_OFFICE", "")),
        ("evening", values.get("CONTACT_EVENING", "")),
        ("child", values.get("CONTACT_CHILD", "0800 1111")),
    )
    return tuple(Contact(when, number, checked) for when, number in named if number)


def _check_words(values: Mapping[str, str], written: Mapping[str, str]) -> None:
    """Reject values that are invalid on their own."""
    for name, value in written.items():
        if value[:1] in ("'", '"') and value[:1] == value[-1:]:
            raise SettingsError(f"{name} is in quotes: remove them, they would be part of the value.")
    if "BACKUP_PASSPHRASE" in written:
        raise SettingsError("BACKUP_PASSPHRASE must not be in a file: give it to the one command that needs it.")
    for name in ("DATABASE_URL", "ANSWERS_DATABASE_URL", "OWNER_DATABASE_URL"):
        if values.get(name) and not values[name].startswith(("postgresql://", "postgresql+psycopg://", "sqlite:///")):
            raise SettingsError(f"{name} must start with postgresql://.")
    if values.get("FLASK_DEBUG", "").lower() not in OFF and values.get("PORTAL_ENV", "production") == "production":
        raise SettingsError("FLASK_DEBUG must not be set in production: some errors would bypass our error page.")
    if "*" in values.get("TRUSTED_HOSTS", ""):
        raise SettingsError("TRUSTED_HOSTS must name each host; * would allow every host.")
    if values.get("LEAVE_URL") and urlsplit(values["LEAVE_URL"]).scheme not in ("https", "http"):
        raise SettingsError("LEAVE_URL must start with https://.")
    try:
        dt.date.fromisoformat(values.get("CONTACTS_CHECKED") or "2000-01-01")
    except ValueError as error:
        raise SettingsError("CONTACTS_CHECKED must be a date such as 2027-01-31.") from error


def _check(settings: Settings) -> None:
    if not 0 < settings.port < 65536:
        raise SettingsError("PORT must be a number from 1 to 65535.")
    if settings.trusted_proxies < 0 or settings.web_workers < 1:
        raise SettingsError("TRUSTED_PROXIES must be 0 or more, WEB_WORKERS 1 or more.")
    _check_redis(settings.redis_url)
    if settings.security_contact and not settings.security_contact.startswith(("https://", "mailto:", "tel:")):
        raise SettingsError("SECURITY_CONTACT must start with https://, mailto: or tel:.")
    if settings.env not in ("production", "development"):
        raise SettingsError("PORTAL_ENV must be production or development.")
    if not settings.is_production:
        return
    if len(settings.secret_key) < MIN_SECRET:
        raise SettingsError(f"SECRET_KEY must be set and have at least {MIN_SECRET} characters.")
    if len(set(settings.secret_key)) < 8:
        raise SettingsError("SECRET_KEY must be random; this one has too few different characters.")
    if urlsplit(settings.base_url).scheme != "https":
        raise SettingsError("BASE_URL must start with https:// in production.")
    if not any(contact.when == "office" for contact in settings.contacts):
        raise SettingsError("CONTACT_OFFICE must name the phone number that families can ring.")


def _check_redis(url: str) -> None:
    try:
        is_known = not url or (urlsplit(url).scheme in ("redis", "rediss", "unix") and (urlsplit(url).port or 1) > 0)
    except ValueError:
        is_known = False
    if not is_known:
        raise SettingsError("REDIS_URL must look like redis://localhost:6379/0.")


if __name__ == "__main__":
    try:
        prepare_development_home(os.environ)
    except (SettingsError, OSError) as fault:
        sys.exit(f"The portal does not start: {fault}")
