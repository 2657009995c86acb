"""The script of a pack, in three parts: ``text`` joins them to one file that needs nothing but Python."""

import re
from pathlib import Path

PARTS = ("intervals", "rounds", "script")
_DOCSTRING = re.compile(r'""".*?"""\n', re.DOTALL)
_OWN_IMPORT = re.compile(r"from app\.[\w.]+ import (\([^)]*\)|[^\n(]*)\n")


def text() -> str:
    """Return the whole script, with what it does in front."""
    folder = Path(__file__).parent
    *parts, last = [(folder / f"{name}.py").read_text(encoding="utf-8") for name in PARTS]
    found = _DOCSTRING.match(last)
    about = found[0] if found else ""
    joined = "\n\n".join(_OWN_IMPORT.sub("", _DOCSTRING.sub("", part, count=1)).strip("\n") for part in (*parts, last))
    return f"{about}\n{joined}\n"
