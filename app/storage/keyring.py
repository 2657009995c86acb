"""Key files: 32 random bytes each, readable by their owner only, never in a database.

The web process holds ``SURVEY.card`` and ``WAVE.wave``, the opener ``SURVEY.link``, ``SURVEY.delete`` and
``WAVE.secret``. Later versions have a number at the end: ``SURVEY.card.1`` for cards that are printed from then on,
``SURVEY.link.1`` for a rotation of the link key. How a file is read, created and destroyed: ``storage/keyfile``.
Each key is independent and random, so a destroyed key cannot be derived from another.
"""

import logging
import secrets
from pathlib import Path

from app.core.keys import KEY_BYTES
from app.core.letters import make_secret
from app.storage import db, keyfile
from app.storage.keyfile import KeyDamaged as KeyDamaged
from app.storage.keyfile import KeyMissing as KeyMissing

_log = logging.getLogger(__name__)
_reported: set[Path] = set()


def card_keys(survey: str) -> list[bytes]:
    """Return the web process's keys for a survey's card tags, oldest first; KeyMissing if none, or one is damaged."""
    first = _front(f"{survey}.card")
    return [keyfile.read(path) for path in keyfile.versions(first) or [first]]


def usable_card_keys(survey: str) -> list[bytes]:
    """Return those card keys of a survey that can be used: none once it has ended. Each damaged key is logged once."""
    found = []
    for path in keyfile.versions(_front(f"{survey}.card")):
        try:
            found.append(keyfile.read(path))
        except KeyDamaged as damage:
            if path not in _reported:
                _reported.add(path)
                _log.error("%s Its cards do not work until the key is restored. See docs/operating.md.", damage)
    return found


def card_key(survey: str) -> bytes:
    """Return the web process's newest key for the card tags of a survey."""
    return card_keys(survey)[-1]


def wave_key(wave: str) -> bytes:
    """Return the web process's key for the spent marks of a wave."""
    return keyfile.read(_front(f"{wave}.wave"))


def link_key(survey: str) -> bytes:
    """Return the opener's key that links a survey's answers."""
    return keyfile.read(_counting(f"{survey}.link"))


def ratchet_keys(survey: str, count: int) -> list[bytes]:
    """Return the keys of a survey's rotations, oldest first."""
    return [keyfile.read(_counting(f"{survey}.link.{number}")) for number in range(1, count + 1)]


def letter_secret(wave: str) -> bytes:
    """Return the opener's secret for the letters of a wave."""
    return keyfile.read(_counting(f"{wave}.secret"))


def office_key(name: str) -> bytes:
    """Return one of the web process's own keys, ``audit`` or ``second-factor``; it is created when it is missing."""
    path = _front(f"office.{name}")
    keyfile.make(path, secrets.token_bytes(KEY_BYTES))
    return keyfile.read(path)


def has_office_key(name: str) -> bool:
    """Tell whether one of the web process's own keys exists."""
    return _front(f"office.{name}").exists()


def make_card_key(survey: str) -> bool:
    """Make a survey's card key, unless there is one; return whether it was made."""
    return keyfile.make(_front(f"{survey}.card"), secrets.token_bytes(KEY_BYTES))


def next_card_key(survey: str) -> str:
    """Return the name of the next version of a survey's card key; raises KeyMissing if there is none yet."""
    versions = keyfile.versions(_front(f"{survey}.card"))
    if not versions:
        raise KeyMissing(f"The key {survey}.card is missing.")
    newest = versions[-1].suffix[1:]
    return f"{survey}.card.{int(newest) + 1 if newest.isdigit() else 1}"


def add_card_key(name: str) -> None:
    """Make a new version of a survey's card key; cards printed before keep the version they were printed with."""
    keyfile.make(_front(name), secrets.token_bytes(KEY_BYTES))


def make_wave_key(wave: str) -> None:
    """Make a wave's key, unless there is one."""
    keyfile.make(_front(f"{wave}.wave"), secrets.token_bytes(KEY_BYTES))


def make_link_key(survey: str) -> None:
    """Make a survey's link key, unless there is one. Run by the opener."""
    keyfile.make(_counting(f"{survey}.link"), secrets.token_bytes(KEY_BYTES))


def make_letter_secret(wave: str) -> None:
    """Make the secret of a wave's key pair, unless there is one: letters may be sealed for it already."""
    keyfile.make(_counting(f"{wave}.secret"), make_secret())


def make_delete_secret(survey: str) -> None:
    """Make the secret of a survey's key pair for deletion requests, unless there is one."""
    keyfile.make(_counting(f"{survey}.delete"), make_secret())


def delete_secret(survey: str) -> bytes:
    """Return the opener's secret for a survey's deletion requests."""
    return keyfile.read(_counting(f"{survey}.delete"))


def make_ratchet_key(survey: str, number: int) -> None:
    """Make the key of a survey's next rotation; the key of a failed attempt is destroyed first."""
    path = _counting(f"{survey}.link.{number}")
    keyfile.destroy(path)
    keyfile.make(path, secrets.token_bytes(KEY_BYTES))


def front_files(kind: str, name: str) -> list[Path]:
    """Return the existing key files of the web process for a ``survey`` or ``wave``."""
    return keyfile.versions(_front(f"{name}.card")) if kind == "survey" else keyfile.existing([_front(f"{name}.wave")])


def counting_files(kind: str, name: str) -> list[Path]:
    """Return the existing key files of the opener for a ``survey`` or ``wave``."""
    if kind == "survey":
        return [*keyfile.versions(_counting(f"{name}.link")), *keyfile.existing([_counting(f"{name}.delete")])]
    return keyfile.existing([_counting(f"{name}.secret")])


def counting_names(kind: str) -> list[str]:
    """Return the waves of which the opener has a ``secret``, or the surveys of which it has a ``delete``."""
    files = db.rooms().settings.counting_keys.glob(f"*.{kind}")
    return sorted(path.stem for path in files if keyfile.NAME.fullmatch(path.name))


def destroy_wave_key(wave: str) -> None:
    """Destroy the web process's key of a wave: nobody can tell any more which code left which spent mark."""
    keyfile.destroy(_front(f"{wave}.wave"))


def destroy_letter_secret(wave: str) -> None:
    """Destroy the opener's secret of a wave: its letters cannot be read any more, in any copy."""
    keyfile.destroy(_counting(f"{wave}.secret"))


def destroy_card_keys(survey: str) -> None:
    """Destroy all versions of a survey's card key: printed codes can no longer be distinguished from invented ones."""
    for path in reversed(keyfile.versions(_front(f"{survey}.card"))):
        keyfile.destroy(path)


def destroy_link_keys(survey: str) -> None:
    """Destroy a survey's link key and its rotations: nobody can find the answers of a code any more.

    The key for deletion requests is destroyed too: a request could find nothing any more.
    """
    for path in [_counting(f"{survey}.delete"), *reversed(keyfile.versions(_counting(f"{survey}.link")))]:
        keyfile.destroy(path)


def drop_keys(survey: str, waves: list[str]) -> None:
    """Delete all keys of a survey and its waves; only for demonstration data."""
    for kind, name in [("survey", survey), *(("wave", wave) for wave in waves)]:
        for path in [*front_files(kind, name), *counting_files(kind, name)]:
            path.unlink(missing_ok=True)


def _front(name: str) -> Path:
    return keyfile.place(db.rooms().settings.front_keys, name)


def _counting(name: str) -> Path:
    return keyfile.place(db.rooms().settings.counting_keys, name)
