"""Under which names a code's answers lie: one person over all waves, written down in each wave under another veil."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core import keys
from app.models.answers import LinkChain
from app.services import keyring

Unveiling = Callable[[str, bytes], bytes]


@dataclass(frozen=True)
class Links:
    """The keys under which a survey's answers link: the first one, and those of its ratchets."""

    first: bytes
    ratchets: tuple[bytes, ...]

    def person(self, survey: str, code: str) -> bytes:
        """Return the pseudonym under which a code's answers link over waves. It is never stored as it is."""
        return self._through(keys.person(self.first, survey, code))

    def part_id(self, wave: str, code: str, part: str) -> bytes:
        """Return the id of a detached answer."""
        return self.part_ids(wave, code, [part])[0]

    def part_ids(self, wave: str, code: str, parts: Iterable[str]) -> list[bytes]:
        """Return the ids of several detached answers of one code."""
        return [self._through(part) for part in keys.comment_ids(self.first, wave, code, parts)]

    def veil(self, wave: str, person: bytes) -> bytes:
        """Return how a person is stored in a wave."""
        return keys.veil(self._newest, wave, person)

    def unveil(self, wave: str, stored: bytes) -> bytes:
        """Return who is stored in a wave."""
        return keys.unveil(self._newest, wave, stored)

    @property
    def _newest(self) -> bytes:
        return (self.first, *self.ratchets)[-1]

    def _through(self, value: bytes) -> bytes:
        for key in self.ratchets:
            value = keys.ratchet(key, value)
        return value


def links_of(answers: Session, survey: str) -> Links:
    """Return a survey's keys as they stand in this transaction; nobody turns them on before it ends.

    Raises:
        KeyMissing: the survey is burned, or its keys are lost.
    """
    chain = answers.get(LinkChain, survey)
    return Links(keyring.link_key(survey), tuple(keyring.ratchet_keys(survey, chain.ratchets if chain else 0)))


def unveiling(answers: Session, survey: str) -> Unveiling:
    """Return what tells who is stored in a wave; those of a burned survey have random names and no veil.

    Raises:
        KeyDamaged: a key of the survey is there and cannot be used; without it everybody would be somebody new.
    """
    try:
        links = links_of(answers, survey)
    except keyring.KeyDamaged:
        raise
    except keyring.KeyMissing:
        return lambda _wave, stored: stored
    return lambda wave, stored: stored if len(stored) == keys.ID_BYTES else links.unveil(wave, stored)
