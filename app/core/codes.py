"""Card codes: generate, parse, validate and format them; parse the PIN that a person chooses.

A code has 15 digits, 14 random and one Damm check digit, so a numeric keypad is enough on any phone.
Codes come from the operating system's random source and are never stored.
"""

import secrets
import unicodedata

from stdnum import damm

LENGTH = 15
GROUP = 3
PIN_LENGTHS = range(4, 7)
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
    """Return the canonical 15 digits of a typed code.

    Spaces, dashes, dots and invisible characters are dropped; O is read as 0, l and I as 1; digits of any script are
    accepted.

    Raises:
        CodeError: the text is not a valid code.
    """
    if len(typed) > MAX_TYPED:
        raise CodeError("length")
    digits = []
    for char in typed.translate(_LOOKALIKES):
        value = unicodedata.decimal(char, None)
        if value is not None:
            digits.append(str(value))
        elif unicodedata.category(char)[0] == "L":
            raise CodeError("letters")
    code = "".join(digits)
    if not code:
        raise CodeError("empty")
    if len(code) != LENGTH:
        raise CodeError("length")
    if not damm.is_valid(code):
        raise CodeError("check")
    return code


def read_pin(typed: str) -> str | None:
    """Return the 4 to 6 digits of a typed PIN, or None if it is not valid; any script and spaces are accepted."""
    digits = [unicodedata.decimal(char, None) for char in "".join(typed.split())]
    if len(typed) > MAX_TYPED or None in digits or len(digits) not in PIN_LENGTHS:
        return None
    return "".join(map(str, digits))


def print_code(code: str) -> str:
    """Return the code as printed on a card: ``372 915 048 266 517``."""
    return " ".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))
