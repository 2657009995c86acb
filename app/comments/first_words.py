"""Which comments hold a word of the list, and so are read first. Only yes or no is kept, in the process's memory."""

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from app.core.harm import HarmWords, read_words
from app.storage import db

SHIPPED = Path(__file__).with_name("harm_words.json")
OWN_FILE = "harm-words.json"
MOST_KEPT = 200_000
_first: dict[bytes, bool] = {}


def words() -> tuple[HarmWords, str]:
    """Return the installation's own list, else the shipped one, and a sentence if its own cannot be read."""
    return _read(db.rooms().settings.home / OWN_FILE)


@lru_cache(maxsize=4)
def _read(own: Path) -> tuple[HarmWords, str]:
    shipped = read_words(SHIPPED.read_text(encoding="utf-8"))
    if not own.exists():
        return shipped, ""
    try:
        return read_words(own.read_text(encoding="utf-8")), ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return shipped, f"The file {OWN_FILE} cannot be read, so the list that is shipped is used."


def is_known(comment_id: bytes) -> bool:
    """Return whether a comment was looked at."""
    return comment_id in _first


def is_first(comment_id: bytes) -> bool:
    """Return whether a comment is read first; False if it was not looked at."""
    return _first.get(comment_id, False)


def look_at(comments: Iterable[tuple[bytes, str]]) -> None:
    """Look for the words in comments that are not known yet."""
    listed, _fault = words()
    if len(_first) > MOST_KEPT:
        _first.clear()
    _first.update({one: listed.stand_in(body) for one, body in comments if one not in _first})
