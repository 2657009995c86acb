"""Key files: 32 random bytes each, readable by their owner only, never in a database.

The front room holds ``SURVEY.card`` and ``WAVE.wave``, the opener ``SURVEY.link``,
``SURVEY.delete`` and ``WAVE.secret``. Later versions
have a number at the end: ``SURVEY.card.1`` for cards that are printed from then on, ``SURVEY.link.1`` for a ratchet.
Every root is random by itself, so a key that is destroyed cannot be made again from another.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path

from app import db
from app.core.keys import KEY_BYTES
from app.core.letters import make_secret

_PRIVATE_FOLDER, _PRIVATE_FILE = 0o700, 0o600


class KeyMissing(RuntimeError):
    """A key file that is not there: destroyed, or never made."""


def card_keys(survey: str) -> list[bytes]:
    """Return the front room's keys for the card tags of a survey, oldest first; new cards get the last one's tags."""
    return [_read(path) for path in _versions(_front(f"{survey}.card"))] or [_read(_front(f"{survey}.card"))]


def card_key(survey: str) -> bytes:
    """Return the front room's newest key for the card tags of a survey."""
    return card_keys(survey)[-1]


def wave_key(wave: str) -> bytes:
    """Return the front room's key for the spent marks of a wave."""
    return _read(_front(f"{wave}.wave"))


def link_key(survey: str) -> bytes:
    """Return the opener's key under which a survey's answers link."""
    return _read(_counting(f"{survey}.link"))


def ratchet_keys(survey: str, count: int) -> list[bytes]:
    """Return the keys of a survey's ratchets in the order in which they were turned."""
    return [_read(_counting(f"{survey}.link.{number}")) for number in range(1, count + 1)]


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


def add_card_key(survey: str) -> None:
    """Make a new version of a survey's card key; cards that are out go on under the version they were printed with."""
    versions = _versions(_front(f"{survey}.card"))
    if not versions:
        raise KeyMissing(f"The key {survey}.card is not there.")
    _make(_front(f"{survey}.card.{len(versions)}"), secrets.token_bytes(KEY_BYTES))


def make_wave_key(wave: str) -> None:
    """Make a wave's key, unless there is one."""
    _make(_front(f"{wave}.wave"), secrets.token_bytes(KEY_BYTES))


def make_link_key(survey: str) -> None:
    """Make a survey's link key in the counting room, unless there is one."""
    _make(_counting(f"{survey}.link"), secrets.token_bytes(KEY_BYTES))


def make_letter_secret(wave: str) -> None:
    """Make the secret half of a wave's pair, unless there is one: letters may be sealed for it already."""
    _make(_counting(f"{wave}.secret"), make_secret())


def make_delete_secret(survey: str) -> None:
    """Make the secret half of a survey's pair for requests for deletion, unless there is one."""
    _make(_counting(f"{survey}.delete"), make_secret())


def delete_secret(survey: str) -> bytes:
    """Return the opener's secret for a survey's requests for deletion."""
    return _read(_counting(f"{survey}.delete"))


def make_ratchet_key(survey: str, number: int) -> None:
    """Make the key of a survey's next ratchet; what a try that failed left behind is destroyed first."""
    path = _counting(f"{survey}.link.{number}")
    _destroy(path)
    _make(path, secrets.token_bytes(KEY_BYTES))


def front_files(kind: str, name: str) -> list[Path]:
    """Return the front room's key files of a ``survey`` or ``wave`` that are there."""
    return _versions(_front(f"{name}.card")) if kind == "survey" else _existing([_front(f"{name}.wave")])


def counting_files(kind: str, name: str) -> list[Path]:
    """Return the counting room's key files of a ``survey`` or ``wave`` that are there."""
    if kind == "survey":
        return [*_versions(_counting(f"{name}.link")), *_existing([_counting(f"{name}.delete")])]
    return _existing([_counting(f"{name}.secret")])


def destroy_wave_key(wave: str) -> None:
    """Destroy the front room's key of a wave: nobody can tell any more which code left which spent mark."""
    _destroy(_front(f"{wave}.wave"))


def destroy_letter_secret(wave: str) -> None:
    """Destroy the opener's secret of a wave: no letter of it can be read any more, in no copy."""
    _destroy(_counting(f"{wave}.secret"))


def destroy_card_keys(survey: str) -> None:
    """Destroy all versions of a survey's card key: no printed code can be told from a made-up one any more."""
    for path in reversed(_versions(_front(f"{survey}.card"))):
        _destroy(path)


def destroy_link_keys(survey: str) -> None:
    """Destroy a survey's link key and its ratchets: nobody can find the answers of a code any more.

    The key that opened requests for deletion goes with them; it could find nothing any more.
    """
    for path in [_counting(f"{survey}.delete"), *reversed(_versions(_counting(f"{survey}.link")))]:
        _destroy(path)


def drop_keys(survey: str, waves: list[str]) -> None:
    """Delete all keys of a survey and its waves; only demo data is replaced in this way."""
    for kind, name in [("survey", survey), *(("wave", wave) for wave in waves)]:
        for path in [*front_files(kind, name), *counting_files(kind, name)]:
            path.unlink(missing_ok=True)


def put_back(path: Path, content: bytes) -> None:
    """Make a key file from a backup; root gives it to whoever owns its folder."""
    _make(path, content)
    owner = path.parent.stat()
    if os.geteuid() == 0:
        os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def _front(name: str) -> Path:
    return db.rooms().settings.front_keys / name


def _counting(name: str) -> Path:
    return db.rooms().settings.counting_keys / name


def _versions(first: Path) -> list[Path]:
    """Return a key file and its later versions, as far as they are there, oldest first."""
    later = {int(path.suffix[1:]): path for path in first.parent.glob(f"{first.name}.*") if path.suffix[1:].isdigit()}
    return [*_existing([first]), *(later[number] for number in sorted(later))]


def _existing(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.exists()]


def _destroy(path: Path) -> None:
    """Overwrite a key file, take it out of its folder, and see both onto the disk; a file that is gone is no fault.

    What a crash left while it was made (``.NAME.…``) goes in the same way.

    Overwriting is best effort: an SSD or a file system that copies on write may keep the old blocks for a while.
    """
    for left in path.parent.glob(f".{path.name}.*"):
        _overwrite(left)
    _overwrite(path)


def _overwrite(path: Path) -> None:
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    with os.fdopen(handle, "wb", buffering=0) as file:
        file.write(secrets.token_bytes(max(os.fstat(handle).st_size, KEY_BYTES)))
        os.fsync(handle)
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise KeyMissing(f"The key {path.name} is not there.") from error
    if len(content) != KEY_BYTES:
        raise KeyMissing(f"The key {path.name} is damaged: it has {len(content)} bytes, not {KEY_BYTES}.")
    return content


def _make(path: Path, content: bytes) -> None:
    """Make a key file, whole or not at all: a crash leaves no empty key, and of two makers the first one's stays."""
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    if path.exists():
        return
    unready = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(unready, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        with suppress(FileExistsError):
            path.hardlink_to(unready)
    finally:
        unready.unlink()
    _sync_folder(path.parent)
