"""One key file: its path, how it is read, created atomically, and destroyed.

Names come from a database that the web process writes, and other users own the folders. So a name never leads out of
its folder, links are never followed, and a file whose owner is not the folder's owner is not accepted as a key.
"""

import errno
import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from app.core.keys import KEY_BYTES

NAME = re.compile(r"[a-z][a-z0-9-]{1,60}\.[a-z-]{1,20}(\.[0-9]{1,6})?")
NUMBER = re.compile(r"\.[0-9]{1,6}")
_UNREADABLE = (errno.EACCES, errno.EPERM, errno.EIO)
_PRIVATE_FOLDER, _PRIVATE_FILE, _WRITABLE_BY_OTHERS = 0o700, 0o600, 0o022


class KeyMissing(RuntimeError):
    """A key file that is missing (destroyed, or never created) or cannot be trusted."""


class KeyDamaged(KeyMissing):
    """A key file that exists but cannot be used: unreadable, of a wrong size, a link, or another user's."""


def place(folder: Path, name: str) -> Path:
    """Return the path of a key in its folder; raises KeyMissing if no key has such a name."""
    if not NAME.fullmatch(name):
        raise KeyMissing("This is not a valid name for a key.")
    return folder / name


def versions(first: Path) -> list[Path]:
    """Return a key file and its later versions, as far as they exist, oldest first."""
    later = [path for path in first.parent.glob(f"{first.name}.*") if NUMBER.fullmatch(path.suffix)]
    return [*existing([first]), *sorted(later, key=lambda path: int(path.suffix[1:]))]


def existing(paths: list[Path]) -> list[Path]:
    """Return those key files that exist."""
    return [path for path in paths if path.exists()]


def read(path: Path) -> bytes:
    """Return the content of a key file.

    Raises:
        KeyMissing: it does not exist. KeyDamaged: it is unreadable, of a wrong size, a link, or its owner is not its
            folder's.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if not _is_of_its_folder(handle, path.parent.stat()):
                raise KeyDamaged(f"The key {path.name} is not a file that only the owner of its folder can read.")
            content = os.read(handle, KEY_BYTES + 1)
        finally:
            os.close(handle)
    except FileNotFoundError as error:
        raise KeyMissing(f"The key {path.name} is missing.") from error
    except OSError as error:
        if path.is_symlink():
            raise KeyDamaged(f"The key {path.name} is a link to another file.") from error
        if error.errno in _UNREADABLE:
            raise KeyDamaged(f"The key {path.name} cannot be read ({errno.errorcode[error.errno]}).") from error
        raise  # such as too many open files, which is temporary
    if len(content) != KEY_BYTES:
        raise KeyDamaged(f"The key {path.name} is damaged: it does not have {KEY_BYTES} bytes.")
    return content


def is_damaged(path: Path) -> bool:
    """Tell whether a key file exists and cannot be used."""
    try:
        read(path)
    except KeyMissing as fault:
        return isinstance(fault, KeyDamaged)
    return False


def make(path: Path, content: bytes) -> bool:
    """Make a key file, whole or not at all: a crash leaves no empty key, and of two makers the first one's stays.

    Root gives it to whoever owns its folder. Returns whether it was made here.
    """
    path.parent.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    if path.exists():
        return False
    unready = f".{path.name}.{secrets.token_hex(4)}"
    folder = _open_folder(path.parent)
    try:
        handle = os.open(unready, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE, dir_fd=folder)
        try:
            with os.fdopen(handle, "wb") as file:
                if os.geteuid() == 0:
                    os.fchown(handle, os.fstat(folder).st_uid, os.fstat(folder).st_gid)
                file.write(content)
                file.flush()
                os.fsync(handle)
            try:
                os.link(unready, path.name, src_dir_fd=folder, dst_dir_fd=folder)
                is_made = True
            except FileExistsError:
                is_made = False
        finally:
            os.unlink(unready, dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)
    return is_made


def destroy(path: Path) -> None:
    """Overwrite and delete a key file, and sync both to the disk; a missing file is no error.

    Temporary files that a crash left while the key was created (``.NAME.…``) are destroyed too. Overwriting is best
    effort: an SSD or a file system that copies on write may keep the old blocks for a while.
    """
    if not path.parent.is_dir():
        return
    folder = _open_folder(path.parent)
    try:
        for left in (*path.parent.glob(f".{path.name}.*"), path):
            _overwrite(left.name, folder)
            with suppress(FileNotFoundError):
                os.unlink(left.name, dir_fd=folder)
        os.fsync(folder)
    finally:
        os.close(folder)


def _overwrite(name: str, folder: int) -> None:
    """Overwrite a file of its folder's owner; a link or another user's file is left as it is."""
    try:
        handle = os.open(name, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except OSError:
        return
    with os.fdopen(handle, "wb", buffering=0) as file:
        if _is_of_its_folder(handle, os.fstat(folder)):
            file.write(secrets.token_bytes(max(os.fstat(handle).st_size, KEY_BYTES)))
            os.fsync(handle)


def _is_of_its_folder(handle: int, folder: os.stat_result) -> bool:
    there = os.fstat(handle)
    is_closed = not there.st_mode & _WRITABLE_BY_OTHERS
    return stat.S_ISREG(there.st_mode) and is_closed and there.st_uid == folder.st_uid


def _open_folder(folder: Path) -> int:
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
