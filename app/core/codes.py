"""Card codes: make, forgive, check and print them; the PIN that a person chooses beside one.

A code is 15 digits, 14 random and one Damm check digit, so that a number pad is enough on any phone.
Codes come from the operating system's random source and are never stored.
"""

import secrets
import unicodedata

from stdnum import damm

LENGTH = 15
GROUP = 3
PIN_LENGTHS = range(4, 7)
_LOOKALIKES = str.maketrans({"O": "0", "o": "0", "l": "1", "I": "1", "i": "1"})


class CodeError(ValueError):
    """A typed code that cannot be a code; ``reason`` is ``empty``, ``letters``, ``length`` or ``check``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def make_code() -> str:
    """Return a fresh code as 15 ASCII digits (46.5 bits of chance)."""
    body = "".join(str(secrets.randbelow(10)) for _ in range(LENGTH - 1))
    return body + damm.calc_check_digit(body)


def read_code(typed: str) -> str:
    """Return the canonical 15 digits of what a person typed.

    Spaces, dashes, dots and invisible marks are dropped; O is read as 0, l and I as 1; digits of any script count.

    Raises:
        CodeError: what was typed cannot be a code.
    """
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
    """Return the 4 to 6 digits that a person typed as a PIN, in any script and with spaces, or None."""
    digits = [unicodedata.decimal(char, None) for char in "".join(typed.split())]
    if None in digits or len(digits) not in PIN_LENGTHS:
        return None
    return "".join(map(str, digits))


def print_code(code: str) -> str:
    """Return the code as it stands on a card: ``372 915 048 266 517``."""
    return " ".join(code[i : i + GROUP] for i in range(0, len(code), GROUP))
