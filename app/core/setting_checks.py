"""Checks of settings: each takes a text and returns its value, or raises ValueError with the rest of a sentence that
begins with the name. No sentence repeats a value, which may be a password.
"""

import datetime as dt
import json
import re
from collections.abc import Callable, Iterable
from urllib.parse import SplitResult, urlsplit

from app.core.typed import TypedError, clean_line, same
from app.core.waves import LONDON

MAX_TEXT, MAX_NAME, MAX_NAMES = 200, 60, 50
MIN_WORDS = 3
FIRST_CHECK = dt.date(2025, 1, 1)
_COMMENT = re.compile(r"(?:^|\s)#")
_HOST = re.compile(r"\.?[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?", re.I)
_PHONE = re.compile(r"\(?\+?[0-9() -]{3,30}")
_DIALLED = re.compile(r"[1-9][0-9]{2,14}|(?:0|\+[0-9])[0-9]{7,14}")
_NO_SENTENCE = re.compile(r"[\W\d]*(?:x|ext|extension)?[\W\d]*", re.I)
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.\w+")
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def form(given: str) -> None:
    """Raise ValueError if a value holds what is no part of a value."""
    if given[:1] in ("'", '"') and given[:1] == given[-1:]:
        raise ValueError("is in quotes: remove them, or they become part of the value.")
    if _COMMENT.search(given.rpartition("}")[2]):
        raise ValueError("has a comment after its value: write the comment on a line of its own.")
    if not given.isprintable():
        raise ValueError("has a control character or another invisible character in its value.")


def text(value: str) -> str:
    """Accept one line of text."""
    if len(value) > MAX_TEXT:
        raise ValueError(f"must have at most {MAX_TEXT} characters.")
    return value


def whole(least: int, most: int) -> Callable[[str], int]:
    """Return a check for a whole number between two bounds, inclusive."""

    def check(value: str) -> int:
        if not (re.fullmatch(r"[0-9]{1,9}", value) and least <= int(value) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}.")
        return int(value)

    return check


def environment(value: str) -> str:
    """Accept ``production`` or ``development``."""
    if value not in ("production", "development"):
        raise ValueError("must be production or development.")
    return value


def dialled(text: str) -> str:
    """Return a phone number as a ``tel:`` link holds it, without the 0 after +44; empty if the text is no such number.

    It is written as people write it, such as 999, (0161) 496-0101 or +44 (0)161 496 0101, without an extension.
    """
    number = re.sub("[^0-9+]", "", text).replace("+440", "+44")
    return number if _PHONE.fullmatch(text) and _DIALLED.fullmatch(number) else ""


def phone(value: str) -> str:
    """Accept a phone number."""
    if not dialled(value):
        raise ValueError(
            "must be a phone number such as (0161) 496-0101: 3 to 15 digits, 8 or more after 0 or +, no extension."
        )
    return value


def day(value: str) -> str:
    """Accept a day that is over, or today, as YYYY-MM-DD."""
    today = dt.datetime.now(LONDON).date()
    try:
        is_right = bool(_DAY.fullmatch(value)) and FIRST_CHECK <= dt.date.fromisoformat(value) <= today
    except ValueError:
        is_right = False
    if not is_right:
        raise ValueError(f"must be a date such as {FIRST_CHECK}, not before that day and not in the future.")
    return value


def _split(value: str, schemes: Iterable[str]) -> SplitResult | None:
    """Return the parts of a URL with one of the schemes and a port that is a number, or None."""
    try:
        parts = urlsplit(value)
        is_right = parts.scheme in schemes and parts.port != 0
    except ValueError:
        return None
    return parts if is_right and " " not in value else None


def base_url(value: str) -> str:
    """Accept the address of the site: a scheme and a host, maybe a port, and nothing behind them but slashes."""
    parts = _split(value, ("http", "https"))
    if parts is None or not _HOST.fullmatch(parts.hostname or ""):
        raise ValueError("must start with https:// and a host name, such as https://feedback.example.org.")
    if parts.path.strip("/") or "?" in value or "#" in value or "@" in parts.netloc:
        raise ValueError("must end with the host name: no path, no question mark and no user name.")
    return value.rstrip("/")


def web_url(value: str) -> str:
    """Accept the address of a web page."""
    parts = _split(value, ("http", "https"))
    if parts is None or not parts.hostname or "@" in parts.netloc:
        raise ValueError("must start with https:// and a host name.")
    return value


def database_url(value: str) -> str:
    """Accept the address of a PostgreSQL database or of a SQLite file."""
    parts = _split(value, ("postgresql", "postgresql+psycopg", "sqlite"))
    if parts is None or not parts.path.strip("/") or "#" in value or not value.startswith(f"{parts.scheme}://"):
        raise ValueError(
            "must start with postgresql:// and end with the name of a database, such as"
            " postgresql://front:PASSWORD@localhost/feedback; a # or / in the password is written as %23 or %2F."
        )
    return value


def redis_url(value: str) -> str:
    """Accept the address of a Redis server."""
    if _split(value, ("redis", "rediss", "unix")) is None:
        raise ValueError("must look like redis://localhost:6379/0.")
    return value


def hosts(value: str) -> tuple[str, ...]:
    """Accept host names with commas between them."""
    if "*" in value:
        raise ValueError("must name each host; * would allow every host.")
    named = [host.strip() for host in value.split(",") if host.strip()]
    if not all(_HOST.fullmatch(host) for host in named):
        raise ValueError("must be host names with commas between them, such as feedback.example.org, without https://.")
    return tuple(named)


def contact(value: str) -> str:
    """Accept where to report a vulnerability."""
    scheme, _colon, rest = value.partition(":")
    is_right = {"https": rest.startswith("//") and len(rest) > 2, "mailto": "@" in rest, "tel": bool(rest)}
    if not is_right.get(scheme) or " " in value:
        raise ValueError(
            "must be a web address, email address or phone number that starts with https://, mailto: or tel:."
        )
    return value


def staff_help(value: str) -> str:
    """Accept whom staff ask who cannot sign in: a phone number, an email address or a sentence."""
    is_sentence = len(value.split()) >= MIN_WORDS and not _NO_SENTENCE.fullmatch(value)
    if not (is_sentence or dialled(value) or _EMAIL.fullmatch(value)) or len(value) > MAX_TEXT:
        most = f"a sentence of at most {MAX_TEXT} characters."
        raise ValueError(f"must be a phone number without an extension, an email address or {most}")
    return value


def names(kept: str) -> Callable[[str], dict[str, str]]:
    """Return a check for JSON with slugs and names, one of them the slug that has to stay."""

    def check(value: str) -> dict[str, str]:
        try:
            pairs = json.loads(value, object_pairs_hook=list)
        except (ValueError, RecursionError):
            pairs = None
        if not isinstance(pairs, list) or not all(isinstance(pair, tuple) for pair in pairs):
            raise ValueError('must be JSON such as {"north": "North"}.')
        found = {slug: _name(slug, words) for slug, words in pairs}
        if kept not in found:
            raise ValueError(f'must keep "{kept}": small batches go there.')
        for what in ((slug for slug, _words in pairs), found.values()):
            seen = [same(one) for one in what]
            if len(set(seen)) < len(seen):
                twice = max(seen, key=seen.count)
                raise ValueError(f'has "{twice}" twice.')
        if len(found) > MAX_NAMES:
            raise ValueError(f"must have at most {MAX_NAMES} entries.")
        return found

    return check


def _name(slug: str, words: object) -> str:
    if not _SLUG.fullmatch(slug):
        raise ValueError("must have slugs of 1 to 40 letters, digits, - and _, such as north.")
    try:
        name = clean_line(words, MAX_NAME) if isinstance(words, str) else ""
    except TypedError:
        name = ""
    if not name or not name.isprintable():
        raise ValueError(f'must have a name of 1 to {MAX_NAME} characters, on one line, for "{slug}".')
    return name
