"""The settings of an installation: name, check and default of each, and how a file of settings is read."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core import setting_checks as checks

DEMO_LOCALITIES = '{"north": "North", "central": "Central", "south": "South", "boroughwide": "Not tied to one area"}'
DEMO_CHANNELS = (
    '{"visit": "Given at a visit", "centre": "Family centre", "school": "School", "post": "By post",'
    ' "team": "Team meeting", "any": "More than one way"}'
)
PORTAL_FILE = "portal.env"
ALIKE, SIMILAR, SHORT = 0.85, 0.6, 8


@dataclass(frozen=True)
class Setting:
    """A setting, and the text that an empty one stands for. Without such a text its value is ``absent``.

    With ``is_verbatim`` the text is not looked at: a passphrase that made a backup has to open it.
    """

    name: str
    check: Callable[[str], Any]
    default: str = ""
    absent: Any = ""
    is_verbatim: bool = False


SETTINGS = (
    Setting("PORTAL_HOME", str, "instance"),
    Setting("PORTAL_ENV", checks.environment, "production"),
    Setting("SECRET_KEY", str),
    Setting("BASE_URL", checks.base_url),
    Setting("PORT", checks.whole(1, 65535), "8000"),
    Setting("DATABASE_URL", checks.database_url),
    Setting("ANSWERS_DATABASE_URL", checks.database_url),
    Setting("OWNER_DATABASE_URL", checks.database_url),
    Setting("REDIS_URL", checks.redis_url),
    Setting("TRUSTED_HOSTS", checks.hosts, absent=()),
    Setting("TRUSTED_PROXIES", checks.whole(0, 10), "0"),
    Setting("WEB_WORKERS", checks.whole(1, 64), "1"),
    Setting("COUNCIL", checks.text, "Stockport Family"),
    Setting("LOCALITIES", checks.names("boroughwide"), DEMO_LOCALITIES),
    Setting("CHANNELS", checks.names("any"), DEMO_CHANNELS),
    Setting("CONTACT_DANGER", checks.phone, "999"),
    Setting("CONTACT_OFFICE", checks.phone),
    Setting("CONTACT_EVENING", checks.phone),
    Setting("CONTACT_CHILD", checks.phone, "0800 1111"),
    Setting("CONTACTS_CHECKED", checks.day),
    Setting("SAFEGUARDING_LEAD", checks.text),
    Setting("SAFEGUARDING_DEPUTY", checks.text),
    Setting("SAFEGUARDING_DUTY", checks.text),
    Setting("READERS_SUPPORT", checks.text),
    Setting("STAFF_HELP", checks.staff_help),
    Setting("GRACE_MINUTES", checks.whole(0, 240), "60"),
    Setting("KEEP_WORDS_DAYS", checks.whole(1, 3650), "90"),
    Setting("LEAVE_URL", checks.web_url, "https://www.bbc.co.uk/weather"),
    Setting("SECURITY_CONTACT", checks.contact),
    Setting("BACKUP_PASSPHRASE", str, is_verbatim=True),
    Setting("FLASK_DEBUG", str),
)
NAMES = tuple(one.name for one in SETTINGS)


def read_settings(values: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """Return the value of each setting by its name, and a sentence for each fault; a wrong one has its default."""
    found: dict[str, Any] = {}
    faults = []
    for one in SETTINGS:
        try:
            found[one.name] = _read(one, values.get(one.name, ""))
        except ValueError as error:
            faults.append(f"{one.name} {error}")
            found[one.name] = _read(one, "")
    return found, faults


def _read(one: Setting, given: str) -> Any:
    if one.is_verbatim:
        return given
    checks.form(given.strip())
    words = given.strip() or one.default
    return one.check(words) if words else one.absent


def out_of_use(value: str) -> str:
    """Return how staff pages show a stored value that the settings no longer have."""
    return f"{value} (no longer in use)"


def read_lines(content: str, file: str) -> tuple[dict[str, str], list[str]]:
    """Return the NAME=VALUE lines of a file, and a sentence for each line that is wrong.

    Blank lines and lines that start with # are left out. A file of this installation alone (``portal.env``) has no
    names but ours; in another file, names that look like ours are faults.
    """
    found: dict[str, str] = {}
    faults = []
    for number, line in enumerate(re.split(r"\r\n|\r|\n", content.removeprefix("\ufeff")), 1):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not equals:
            faults.append(f"Line {number} of {file} is not NAME=VALUE. Comments must start with #.")
        elif name in found:
            faults.append(f"{name} appears twice in {file}: keep one.")
        elif fault := _name_fault(name, file):
            faults.append(fault)
        elif name in NAMES:
            faults += _form_faults(name, value)
        found[name] = value
    return found, faults


def _form_faults(name: str, value: str) -> list[str]:
    try:
        checks.form(value)
    except ValueError as error:
        return [f"{name} {error}"]
    return []


def _name_fault(name: str, file: str) -> str | None:
    if name == "PORTAL_HOME":
        return f"PORTAL_HOME must not be in {file}: set it in the environment."
    if name == "BACKUP_PASSPHRASE":
        return f"BACKUP_PASSPHRASE must not be in a file ({file}): give it to the one command that needs it."
    if name in NAMES or name.startswith("FLASK_"):
        return None
    is_ours = file.endswith(PORTAL_FILE)
    like = look_alike(name, SIMILAR if is_ours else ALIKE)
    if like is None and not is_ours:
        return None
    return f"{name} in {file} is not a setting{f': did you mean {like}?' if like else '.'}"


def look_alike(name: str, least: float = ALIKE) -> str | None:
    """Return the setting that an unknown name probably means, or None; ``least`` is a likeness from 0 to 1."""
    bare = name.removeprefix("export ").strip().upper().replace("-", "_")
    found = difflib.get_close_matches(bare, NAMES, 1, least) if len(bare) >= SHORT or bare in NAMES else []
    return found[0] if found and name != found[0] else None
