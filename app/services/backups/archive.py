"""One file for a backup: a compressed tar of a manifest and named parts, locked with a passphrase in the age format.

``age --decrypt FILE | tar tz`` opens it without this program (https://age-encryption.org/v1). It is made in memory, so
that nothing readable of it is written beside the databases' copies, which their caller removes.
"""

import gzip
import io
import json
import os
import re
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pyrage import DecryptError, passphrase

from app.services.errors import Refused

FORMAT = 1
MANIFEST = "manifest.json"
DATABASES, KEYS = "databases", "keys"
LOCKED = b"age-encryption.org/"
_PRIVATE_FILE = 0o600
_PART = re.compile(r"(portal\.db|answers\.db|portal\.dump|(front|counting)/[A-Za-z0-9._-]+)")
Rows = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    Attributes:
        kind: ``databases`` or ``keys``; never both.
        made_on: the day.
        dialect: of the databases, ``sqlite`` or ``postgresql``.
        revisions: of each room's tables.
        rows: how many rows each table of each room has.
        files: the names of key files.
    """

    kind: str
    made_on: str
    dialect: str = ""
    revisions: dict[str, str] = field(default_factory=dict)
    rows: Rows = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    format: int = FORMAT

    @property
    def tables(self) -> int:
        """How many tables there are."""
        return sum(len(tables) for tables in self.rows.values())

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(sum(tables.values()) for tables in self.rows.values())


def write(path: Path, manifest: Manifest, parts: Mapping[str, Path], secret: str) -> None:
    """Write a backup, readable for its owner only.

    Args:
        path: where; nothing is overwritten.
        manifest: what it holds.
        parts: the files that go into it, by their names in it.
        secret: the passphrase; empty for a backup that anybody can read.

    Raises:
        Refused: there is such a file already.
    """
    content = _pack(manifest, parts)
    if secret:
        content = passphrase.encrypt(content, secret)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    except FileExistsError as error:
        raise Refused(f"{path} is there already; nothing is overwritten.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        path.unlink(missing_ok=True)  # half a backup is worse than none
        raise


def read(path: Path, secret: str, folder: Path) -> Manifest:
    """Unlock a backup, lay its parts down in a folder, and return what it holds.

    Raises:
        Refused: no such file, a wrong passphrase, or not a backup; the message says which.
    """
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    content = _unlock(path.read_bytes(), secret)
    try:
        parts = dict(_unpack(content))
        said = json.loads(parts.pop(MANIFEST))
        _check_version(said)
        manifest = Manifest(**said)
    except (tarfile.TarError, OSError, EOFError, zlib.error, KeyError, TypeError, ValueError) as error:
        raise Refused("This file is no backup of the portal, or it is damaged.") from error
    for name, part in parts.items():
        target = folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.touch(_PRIVATE_FILE)
        target.write_bytes(part)
    return manifest


def is_locked(path: Path) -> bool:
    """Tell whether a backup needs a passphrase."""
    with path.open("rb") as file:
        return file.read(len(LOCKED)) == LOCKED


def _pack(manifest: Manifest, parts: Mapping[str, Path]) -> bytes:
    """Return a tar without owners and times."""
    body = json.dumps(asdict(manifest), indent=1).encode()
    result = io.BytesIO()
    with gzip.GzipFile(fileobj=result, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, content in ((MANIFEST, body), *((name, path.read_bytes()) for name, path in parts.items())):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), _PRIVATE_FILE
            tar.addfile(member, io.BytesIO(content))
    return result.getvalue()


def _unpack(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the parts that a backup can have, and nothing else: a foreign tar cannot write where it likes."""
    whole = gzip.decompress(content)  # all of it first: only its end tells that nothing was cut off
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isreg() else None
            if file is None or not (member.name == MANIFEST or _PART.fullmatch(member.name)):
                raise ValueError(member.name)
            yield member.name, file.read()


def _check_version(said: Mapping[str, object]) -> None:
    if said["format"] != FORMAT or said["kind"] not in (DATABASES, KEYS):
        raise Refused("This backup was made by another version of the portal, which this one does not know.")


def _unlock(content: bytes, secret: str) -> bytes:
    if not content.startswith(LOCKED):
        return content
    if not secret:
        raise Refused("This backup is locked. Set BACKUP_PASSPHRASE to the passphrase with which it was made.")
    try:
        return bytes(passphrase.decrypt(content, secret))
    except DecryptError as error:
        raise Refused("BACKUP_PASSPHRASE does not open this backup, or the file is damaged.") from error
