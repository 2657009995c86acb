"""Zip archives whose bytes depend on their content alone: fixed dates, fixed order, fixed rights."""

import io
import zipfile
from collections.abc import Mapping

FIRST_DAY = (1980, 1, 1, 0, 0, 0)
"""The earliest date that a zip archive can hold."""
READABLE = 0o644 << 16
UNIX = 3


def write_zip(members: Mapping[str, bytes]) -> bytes:
    """Return a zip archive of files by name, in the given order."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, READABLE, UNIX
            archive.writestr(entry, content, compresslevel=9)
    return target.getvalue()


def read_zip(content: bytes) -> dict[str, bytes]:
    """Return the files of a zip archive by name, in its order."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
