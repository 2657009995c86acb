"""Searches every byte of an installation for what must not be there."""

import base64
from collections.abc import Iterable
from pathlib import Path


def find_in_files(folder: Path, words: Iterable[str]) -> list[Path]:
    """Return the files under a folder that hold any of the words: plain, in hexadecimal, or in base64."""
    forms = [form for word in words for form in _forms(word)]
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and _holds(path.read_bytes(), forms)]


def _forms(word: str) -> list[bytes]:
    plain = word.encode()
    # base64 shifts with the place in the text, so the three middles that do not depend on the neighbours are sought
    middles = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :].rstrip(b"=")[:-2] for shift in range(3)]
    return [plain, plain.hex().encode(), plain.hex().upper().encode(), *(m for m in middles if len(m) > 7)]


def _holds(content: bytes, forms: Iterable[bytes]) -> bool:
    return any(form in content for form in forms)
