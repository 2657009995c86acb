"""Key files: 32 random bytes each, readable by their owner only, never in a database.

The front room holds ``SURVEY.card`` and ``WAVE.wave``, the opener ``SURVEY.link``, ``SURVEY.delete`` and
``WAVE.secret``. Later versions have a number at the end: ``SURVEY.card.1`` for cards that are printed from then on,
``SURVEY.link.1`` for a ratchet. How a file is read, made and destroyed: ``storage/keyfile``.
Every root is random by itself, so a key that is destroyed cannot be made again from another.
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
_told: set[Path] = set()


def card_keys(survey: str) -> list[bytes]:
    """Return the front room's keys for the card tags of a survey, oldest first; new cards get the last one's tags."""
    first = _front(f"{survey}.card")
    return [keyfile.read(path) for path in keyfile.versions(first) or [first]]


def usable_card_keys(survey: str) -> list[bytes]:
    """Return those card keys of a survey that can be used: none once it has ended. Each damaged one is logged once."""
    found = []
    for path in keyfile.versions(_front(f"{survey}.card")):
        try:
            found.append(keyfile.read(path))
        except KeyDamaged as damage:
            if path not in _told:
                _told.add(path)
                _log.error("%s Its cards do not work until the key is restored. See docs/operating.md.", damage)
    return found


def check_card_keys(survey: str) -> None:
    """Read all card keys of a survey.

    Raises:
        KeyMissing: there is none, or one of them is damaged.
    """
    found = keyfile.versions(_front(f"{survey}.card"))
    if not found:
        raise KeyMissing(f"The key {survey}.card is missing.")
    for path in found:
        keyfile.read(path)


def card_key(survey: str) -> bytes:
    """Return the front room's newest key for the card tags of a survey."""
    return card_keys(survey)[-1]


def wave_key(wave: str) -> bytes:
    """Return the front room's key for the spent marks of a wave."""
    return keyfile.read(_front(f"{wave}.wave"))


def link_key(survey: str) -> bytes:
    """Return the opener's key under which a survey's answers link."""
    return keyfile.read(_counting(f"{survey}.link"))


def ratchet_keys(survey: str, count: int) -> list[bytes]:
    """Return the keys of a survey's ratchets in the order in which they were turned."""
    return [keyfile.read(_counting(f"{survey}.link.{number}")) for number in range(1, count + 1)]


def letter_secret(wave: str) -> bytes:
    """Return the opener's secret for the letters of a wave."""
    return keyfile.read(_counting(f"{wave}.secret"))


def office_key(name: str) -> bytes:
    """Return one of the front room's own keys, ``audit`` or ``second-factor``, making it when it is not there yet."""
    path = _front(f"office.{name}")
    keyfile.make(path, secrets.token_bytes(KEY_BYTES))
    return keyfile.read(path)


def has_office_key(name: str) -> bool:
    """Tell whether one of the front room's own keys was ever made."""
    return _front(f"office.{name}").exists()


def make_card_key(survey: str) -> None:
    """Make a survey's card key, unless there is one."""
    keyfile.make(_front(f"{survey}.card"), secrets.token_bytes(KEY_BYTES))


def next_card_key(survey: str) -> str:
    """Return the name of the next version of a survey's card key.

    Raises:
        KeyMissing: there is no version yet.
    """
    versions = keyfile.versions(_front(f"{survey}.card"))
    if not versions:
        raise KeyMissing(f"The key {survey}.card is missing.")
    newest = versions[-1].suffix[1:]
    return f"{survey}.card.{int(newest) + 1 if newest.isdigit() else 1}"


def add_card_key(name: str) -> None:
    """Make a new version of a survey's card key; cards that are out go on under the version they were printed with."""
    keyfile.make(_front(name), secrets.token_bytes(KEY_BYTES))


def make_wave_key(wave: str) -> None:
    """Make a wave's key, unless there is one."""
    keyfile.make(_front(f"{wave}.wave"), secrets.token_bytes(KEY_BYTES))


def make_link_key(survey: str) -> None:
    """Make a survey's link key in the counting room, unless there is one."""
    keyfile.make(_counting(f"{survey}.link"), secrets.token_bytes(KEY_BYTES))


def make_letter_secret(wave: str) -> None:
    """Make the secret half of a wave's pair, unless there is one: letters may be sealed for it already."""
    keyfile.make(_counting(f"{wave}.secret"), make_secret())


def make_delete_secret(survey: str) -> None:
    """Make the secret half of a survey's pair for requests for deletion, unless there is one."""
    keyfile.make(_counting(f"{survey}.delete"), make_secret())


def delete_secret(survey: str) -> bytes:
    """Return the opener's secret for a survey's requests for deletion."""
    return keyfile.read(_counting(f"{survey}.delete"))


def make_ratchet_key(survey: str, number: int) -> None:
    """Make the key of a survey's next ratchet; what a try that failed left behind is destroyed first."""
    path = _counting(f"{survey}.link.{number}")
    keyfile.destroy(path)
    keyfile.make(path, secrets.token_bytes(KEY_BYTES))


def front_files(kind: str, name: str) -> list[Path]:
    """Return the front room's key files of a ``survey`` or ``wave`` that are there."""
    return keyfile.versions(_front(f"{name}.card")) if kind == "survey" else keyfile.existing([_front(f"{name}.wave")])


def counting_files(kind: str, name: str) -> list[Path]:
    """Return the counting room's key files of a ``survey`` or ``wave`` that are there."""
    if kind == "survey":
        return [*keyfile.versions(_counting(f"{name}.link")), *keyfile.existing([_counting(f"{name}.delete")])]
    return keyfile.existing([_counting(f"{name}.secret")])


def counting_names(kind: str) -> list[str]:
    """Return the waves that have a ``secret`` in the counting room, or the surveys that have a ``delete``."""
    files = db.rooms().settings.counting_keys.glob(f"*.{kind}")
    return sorted(path.stem for path in files if keyfile.NAME.fullmatch(path.name))


def destroy_wave_key(wave: str) -> None:
    """Destroy the front room's key of a wave: nobody can tell any more which code left which spent mark."""
    keyfile.destroy(_front(f"{wave}.wave"))


def destroy_letter_secret(wave: str) -> None:
    """Destroy the opener's secret of a wave: no letter of it can be read any more, in no copy."""
    keyfile.destroy(_counting(f"{wave}.secret"))


def destroy_card_keys(survey: str) -> None:
    """Destroy all versions of a survey's card key: no printed code can be told from a made-up one any more."""
    for path in reversed(keyfile.versions(_front(f"{survey}.card"))):
        keyfile.destroy(path)


def destroy_link_keys(survey: str) -> None:
    """Destroy a survey's link key and its ratchets: nobody can find the answers of a code any more.

    The key that opened requests for deletion goes with them; it could find nothing any more.
    """
    for path in [_counting(f"{survey}.delete"), *reversed(keyfile.versions(_counting(f"{survey}.link")))]:
        keyfile.destroy(path)


def drop_keys(survey: str, waves: list[str]) -> None:
    """Delete all keys of a survey and its waves; only demo data is replaced in this way."""
    for kind, name in [("survey", survey), *(("wave", wave) for wave in waves)]:
        for path in [*front_files(kind, name), *counting_files(kind, name)]:
            path.unlink(missing_ok=True)


def _front(name: str) -> Path:
    return keyfile.place(db.rooms().settings.front_keys, name)


def _counting(name: str) -> Path:
    return keyfile.place(db.rooms().settings.counting_keys, name)
