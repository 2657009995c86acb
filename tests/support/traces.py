"""Searches every byte of an installation for what must not be there."""

from collections.abc import Iterable
from pathlib import Path

from app.attacker.ways.traces import content_of, forms_of


def find_in_files(folder: Path, words: Iterable[str]) -> list[Path]:
    """Return the files under a folder that hold any of the words: plain, in hexadecimal, or in base64."""
    forms = [form for word in words for form in forms_of(word)]
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if any(form in content for content in (content_of(path),) for form in forms)]
