"""Searches every byte of an installation for what must not be there."""

from collections.abc import Iterable
from pathlib import Path

from app.attacker.ways.traces import content_of, forms_of, without


def find_in_files(folder: Path, words: Iterable[str], inbox: Iterable[str] = ()) -> list[Path]:
    """Return the files under a folder that hold any of the words: plain, in hexadecimal, or in base64.

    ``inbox``: comments that people read in the portal database; each may be there once.
    """
    forms, belong = [form for word in words for form in forms_of(word)], list(inbox)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    contents = {path: without(content_of(path), belong if "portal.db" in path.name else ()) for path in files}
    return [path for path, content in contents.items() if any(form in content for form in forms)]
