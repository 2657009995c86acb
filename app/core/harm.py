"""Comments that may tell of harm: whom a reader speaks to, the outcomes that a lead records, and what is read first."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

TOLD = {
    "lead": "I have spoken to the safeguarding lead",
    "deputy": "I have spoken to the deputy",
    "duty team": "I have spoken to the duty team",
}
"""Whom the reader spoke to, in person or by phone, before going on."""
OUTCOMES = {
    "referred": "Referred",
    "known already": "Known already: passed to the team that works on it",
    "designated officer": "Passed to the designated officer: it accuses somebody who works with children",
    "not enough": "Passed on, but there is not enough to act on",
    "no harm": "It does not describe harm",
}
"""What the safeguarding lead decided; a code and no words, because words are recorded in the safeguarding system."""
WITHOUT_SPACES = frozenset({"ar", "ur", "zh-Hant"})
"""Languages in which a word may stand in the middle of what is written as one word."""
_GAPS = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class HarmWords:
    """Words and beginnings of words that put a comment first in the list. They decide nothing else."""

    begins: tuple[str, ...]
    holds: tuple[str, ...]

    def stand_in(self, text: str) -> bool:
        """Return whether any of the words stands in a text."""
        plain = f" {_GAPS.sub(' ', text.casefold())} "
        return any(word in plain for word in (*self.begins, *self.holds))


def read_words(content: str) -> HarmWords:
    """Return the words of a JSON text: under ``languages``, a list of words or short phrases for each language.

    Raises:
        ValueError, KeyError, TypeError, AttributeError: it has another form.
    """
    lists = json.loads(content)["languages"]
    begins = [f" {word}" for tag, words in lists.items() if tag not in WITHOUT_SPACES for word in _plain(words)]
    return HarmWords(tuple(begins), tuple(w for tag in WITHOUT_SPACES & lists.keys() for w in _plain(lists[tag])))


def _plain(words: Iterable[str]) -> list[str]:
    found = [_GAPS.sub(" ", word.casefold()).strip() for word in words]
    if not all(found):
        raise ValueError("A word is empty.")
    return found
