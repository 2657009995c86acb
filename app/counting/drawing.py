"""Draws at random what is handled now, so that something always stays behind in which the next ones can hide."""

from collections.abc import Sequence
from random import SystemRandom

OPEN_AT, KEEP_BACK = 20, 10
_chance = SystemRandom()


def draw(waiting: Sequence[bytes], is_closed: bool) -> list[bytes]:
    """Return the letters or comments to handle now, in random order: all after the close, else all but 10 of 20."""
    if is_closed:
        return _chance.sample(waiting, len(waiting))
    if len(waiting) < OPEN_AT:
        return []
    return _chance.sample(waiting, len(waiting) - KEEP_BACK)
