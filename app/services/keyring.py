"""Key files: 32 random bytes each, readable by their owner only, never in a database.

The front room holds ``SURVEY.card`` and ``WAVE.wave``, the opener ``SURVEY.link`` and ``WAVE.secret``.
Every root is random by itself, so a key that is destroyed cannot be made again from another.
"""

import os
import secrets
from pathlib import Path

from app import db
from app.core.keys import KEY_BYTES
from app.core.letters import make_secret

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


class KeyMissing(RuntimeError):
    """A key file that is not there: destroyed, or never made."""


def card_key(survey: str) -> bytes:
    """Return the front room's key for the card tags of a survey."""
    return _read(_front(f"{survey}.card"))


def wave_key(wave: str) -> bytes:
    """Return the front room's key for the spent marks of a wave."""
    return _read(_front(f"{wave}.wave"))


def link_key(survey: str) -> bytes:
    """Return the opener's key under which a survey's answers link."""
    return _read(_counting(f"{survey}.link"))


def letter_secret(wave: str) -> bytes:
    """Return the opener's secret for the letters of a wave."""
    return _read(_counting(f"{wave}.secret"))


def office_key(name: str) -> bytes:
    """Return one of the front room's own keys, ``audit`` or ``second-factor``, making it when it is not there yet."""
    path = _front(f"office.{name}")
    _make(path, secrets.token_bytes(KEY_BYTES))
    return _read(path)


def has_office_key(name: str) -> bool:
    """Tell whether one of the front room's own keys was ever made."""
    return _front(f"office.{name}").exists()


def make_card_key(survey: str) -> None:
    """Make a survey's card key, unless there is one."""
    _make(_front(f"{survey}.card"), secrets.token_bytes(KEY_BYTES))


def make_wave_key(wave: str) -> None:
    """Make a wave's key, unless there is one."""
    _make(_front(f"{wave}.wave"), secrets.token_bytes(KEY_BYTES))


def make_link_key(survey: str) -> None:
    """Make a survey's link key in the counting room, unless there is one."""
    _make(_counting(f"{survey}.link"), secrets.token_bytes(KEY_BYTES))


def make_letter_secret(wave: str) -> None:
    """Make the secret half of a wave's pair, unless there is one: letters may be sealed for it already."""
    _make(_counting(f"{wave}.secret"), make_secret())


def drop_keys(survey: str, waves: list[str]) -> None:
    """Delete all keys of a survey and its waves; only demo data is replaced in this way."""
    names = [_front(f"{survey}.card"), _counting(f"{survey}.link")]
    names += [path for wave in waves for path in (_front(f"{wave}.wave"), _counting(f"{wave}.secret"))]
    for path in names:
        path.unlink(missing_ok=True)


def _front(name: str) -> Path:
    return db.rooms().settings.front_keys / name


def _counting(name: str) -> Path:
    return db.rooms().settings.counting_keys / name


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise KeyMissing(f"The key {path.name} is not there.") from error


def _make(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
