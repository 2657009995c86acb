"""One file for a backup: a compressed tar of a manifest and named parts, encrypted with a passphrase (age format).

``age --decrypt FILE | tar tz`` opens it without this program (https://age-encryption.org/v1). It is made in memory, so
that no readable part of it is written anywhere; the caller removes the copies of the databases.
"""

import gzip
import io
import json
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from pyrage import DecryptError, passphrase

from app.backups.manifest import Manifest, is_key_name, read_manifest
from app.storage.refusals import Refused

MANIFEST = "manifest.json"
DATABASE_PARTS = ("portal.db", "answers.db", "portal.dump")
LOCKED = b"age-encryption.org/"
MOST_BYTES = 4 * 2**30
_PIECE = 2**20
_PRIVATE_FILE = 0o600


def write(path: Path, manifest: Manifest, parts: Mapping[str, bytes], *, secret: str) -> None:
    """Write a backup to a new file, readable for its owner only; raises Refused if the file exists.

    ``parts`` is its content by name; ``secret`` is the passphrase, empty for a backup that anybody can read.
    """
    content = _pack(manifest, parts)
    if secret:
        content = passphrase.encrypt(content, secret)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    except FileExistsError as error:
        raise Refused(f"{path} already exists. Nothing was overwritten.") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
    except OSError:
        path.unlink(missing_ok=True)  # half a backup is worse than none
        raise


def read(path: Path, secret: str, must_be_locked: bool) -> tuple[Manifest, dict[str, bytes]]:
    """Decrypt a backup with its passphrase and return its manifest and parts.

    ``must_be_locked`` refuses an unencrypted backup: its passphrase is the only proof of who made it.

    Raises:
        Refused: no such file, a wrong passphrase, or not a backup; the message says which.
    """
    if not path.is_file():
        raise Refused(f"There is no file {path}.")
    content = path.read_bytes()
    if must_be_locked and not content.startswith(LOCKED):
        raise Refused("This backup is not encrypted, so anybody could have made it. It was not opened.")
    try:
        parts = dict(_unpack(_unlock(content, secret)))
        manifest = read_manifest(json.loads(parts.pop(MANIFEST)))
    except (tarfile.TarError, OSError, EOFError, zlib.error, KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused("This file is not a backup of the portal, or it is damaged.") from error
    return manifest, parts


def is_locked(path: Path) -> bool:
    """Tell whether a backup is encrypted."""
    with path.open("rb") as file:
        return file.read(len(LOCKED)) == LOCKED


def _pack(manifest: Manifest, parts: Mapping[str, bytes]) -> bytes:
    """Return a tar without owners and times."""
    body, result = json.dumps(asdict(manifest), indent=1).encode(), io.BytesIO()
    with gzip.GzipFile(fileobj=result, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, content in ((MANIFEST, body), *parts.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), _PRIVATE_FILE
            tar.addfile(member, io.BytesIO(content))
    return result.getvalue()


def _unpack(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the parts that a backup can have, and refuse all else: a foreign tar must not write other files."""
    with tarfile.open(fileobj=io.BytesIO(_expand(content))) as tar:
        for member in tar:
            is_known = member.name in (MANIFEST, *DATABASE_PARTS) or is_key_name(member.name)
            file = tar.extractfile(member) if member.isreg() and is_known else None
            if file is None:
                raise ValueError(member.name)
            yield member.name, file.read()


def _expand(content: bytes) -> bytes:
    """Return everything that was compressed: only its end shows that nothing was cut off."""
    whole = io.BytesIO()
    with gzip.open(io.BytesIO(content)) as zipped:
        while piece := zipped.read(_PIECE):
            if whole.tell() > MOST_BYTES:
                raise Refused("The content of this backup is larger than 4 GiB. It was not opened.")
            whole.write(piece)
    return whole.getvalue()


def _unlock(content: bytes, secret: str) -> bytes:
    if not content.startswith(LOCKED):
        return content
    if not secret:
        raise Refused("This backup is encrypted. Set BACKUP_PASSPHRASE to the passphrase that it was made with.")
    try:
        return bytes(passphrase.decrypt(content, secret))
    except DecryptError as error:
        raise Refused("BACKUP_PASSPHRASE does not open this backup, or the file is damaged.") from error
