"""Card codes: generate, parse, validate and format them; parse the PIN that a person chooses.

A code has 15 digits, 14 random and one Damm check digit, so a numeric keypad is enough on any phone.
Codes come from the operating system's random source and are never stored.
"""

import re
import secrets
import unicodedata
from urllib.parse import unquote

from stdnum import damm

from app.core.typed import ascii_digits

LENGTH = 15
GROUP = 3
_WRITTEN = re.compile(r"(?<!\d)(?=((?:\d{3}[\W_]{0,2}){4}\d{3})(?!\d))")
"""A code within other text: 15 digits in one piece or in groups of three, at every place where one may begin."""
MAX_TYPED = 1000
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "i": "1"})


class CodeError(ValueError):
    """Typed text that is not a valid code; ``reason`` is ``empty``, ``letters``, ``length`` or ``check``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_code() -> str:
    """Return a new random code of 15 ASCII digits (46.5 bits of entropy)."""
    body = "".join(str(secrets.randbelow(10)) for _ in range(LENGTH - 1))
    return body + damm.calc_check_digit(body)


def read_code(typed: str) -> str:
    """Return the canonical 15 digits of a typed code, or of a pasted text with one code in it, such as a card's link.

    Spaces, dashes, dots and invisible characters are dropped; O is read as 0, l and I as 1; digits of any script are
    accepted.

    Raises:
        CodeError: the text is not a valid code, and has not exactly one in it.
    """
    if len(typed) > MAX_TYPED:
        raise CodeError("length")
    text = unquote(typed)
    try:
        return _read_digits(text.translate(_LOOKALIKES))
    except CodeError as error:
        found = _find_codes(text)
        valid = {code for code in found if damm.is_valid(code)}
        if len(valid) == 1:
            return valid.pop()
        raise CodeError("check") if found and not valid and error.reason == "letters" else error from None


def _read_digits(text: str) -> str:
    """Return the code that a text consists of."""
    if any(unicodedata.category(char)[0] == "L" for char in text):
        raise CodeError("letters")
    code = "".join(filter(str.isdecimal, ascii_digits(text)))
    if not code:
        raise CodeError("empty")
    if len(code) != LENGTH:
        raise CodeError("length")
    if not damm.is_valid(code):
        raise CodeError("check")
    return code


def _find_codes(text: str) -> set[str]:
    """Return what is written like a code in a text with letters; without letters, a wrong length is a slip."""
    if not any(unicodedata.category(char)[0] == "L" for char in text):
        return set()
    visible = "".join(char for char in ascii_digits(text) if unicodedata.category(char) != "Cf")
    return {"".join(filter(str.isdecimal, match[1])) for match in _WRITTEN.finditer(visible)}


def read_pin(typed: str) -> str | None:
    """Return the 4 to 6 digits of a typed PIN, or None if it is not valid; any script and spaces are accepted."""
    digits = ascii_digits("".join(typed.split()))
    return digits if len(typed) <= MAX_TYPED and re.fullmatch("[0-9]{4,6}", digits) else None


def print_code(code: str) -> str:
    """Return the code as printed on a card: ``372 915 048 266 517``."""
    return " ".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))
