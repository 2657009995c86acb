"""What staff type or paste: normalised and checked in one place, and never cut.

Each function returns the value to store, or raises ``TypedError`` with a sentence for the person. Applying a function
to its own result changes nothing. Answers of respondents do not pass here: they are stored as typed (``core/answers``).
"""

import re
import unicodedata

SURROGATES = range(0xD800, 0xE000)
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u061c")
"""Invisible characters that change how a word is written: joiners, and marks of direction. All others are dropped."""
_SPACES = "\t\n\v\f\r\x85"
"""Control characters that are read as spaces or ends of lines."""
_GROUPED = re.compile(r"\d{1,3}(?:([,.' \u2019\u066c\uff0c])\d{3})(?:\1\d{3})*|\d+", re.ASCII)
UNSEEN = "It contained characters that cannot be shown. They have been removed. Check it and save again."


class TypedError(ValueError):
    """Typed text that cannot be accepted; the message is one sentence for the person who typed it."""


def clean_line(text: str, most: int) -> str:
    """Return one line of text in NFC, with single spaces and nothing invisible.

    Raises:
        TypedError: it has control characters, several lines, or more than ``most`` characters.
    """
    lines = _shown(text).strip().splitlines()
    if len(lines) > 1:
        raise TypedError("Write this on one line.")
    return _within(" ".join("".join(lines).split()), most)


def clean_text(text: str, most: int) -> str:
    """Return text of several lines like ``clean_line``, with LF line endings and no empty lines at its ends.

    Raises:
        TypedError: it has control characters, or more than ``most`` characters.
    """
    lines = (" ".join(line.split()) for line in _shown(text).splitlines())
    return _within("\n".join(lines).strip("\n"), most)


def whole_number(text: str, least: int, most: int) -> int:
    """Return a number typed in digits of any script, with or without marks between groups of three (1,204 or 1 204).

    Raises:
        TypedError: it is no such number, or not from ``least`` to ``most``.
    """
    digits = ascii_digits(" ".join(_kept(text).split()))
    found = _GROUPED.fullmatch(digits)
    plain = re.sub(r"\D", "", digits).lstrip("0") or "0"
    if found is None or len(plain) > len(str(most)) or not least <= int(plain) <= most:
        raise TypedError(f"Enter a whole number from {least:,} to {most:,}.")
    return int(plain)


def ascii_digits(text: str) -> str:
    """Return text with the digits of any script written as 0 to 9."""
    return "".join(char if (value := unicodedata.decimal(char, None)) is None else str(value) for char in text)


def same(text: str) -> str:
    """Return what is equal for names that a reader takes for the same, whatever their case and the form of letters."""
    visible = "".join(char for char in text if char not in _JOINERS)
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", visible).casefold()).split())


def shown(text: str) -> str:
    """Return text without the characters that no page may contain, and otherwise as typed."""
    return "".join(char for char in text if not _is_refused(char) and char not in "\v\f\x85")


def _shown(text: str) -> str:
    """Return text in NFC, without invisible characters; TypedError if it has any that must not be stored."""
    if any(map(_is_refused, text)):
        raise TypedError(UNSEEN)
    return unicodedata.normalize("NFC", _kept(text))


def _kept(text: str) -> str:
    return "".join(c for c in text if unicodedata.category(c) != "Cf" or c in _JOINERS)


def _is_refused(char: str) -> bool:
    """Return whether a character is a control character, a lone surrogate or no character of Unicode at all."""
    point = ord(char)
    is_control = unicodedata.category(char) == "Cc" and char not in _SPACES
    return is_control or point in SURROGATES or point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF


def _within(text: str, most: int) -> str:
    if len(text) > most:
        raise TypedError(f"Shorten this to {most:,} characters or fewer. It has {len(text):,}.")
    return text
