"""Under which names a code's answers lie: one person over all waves, written down in each wave under another veil."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import keys
from app.models.answers import EndedWave, LinkChain, Response
from app.storage import keyring

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
        return keys.wave_pseudonym(self._newest, wave, person)

    def unveil(self, wave: str, stored: bytes) -> bytes:
        """Return who is stored in a wave."""
        return keys.decrypt_wave_pseudonym(self._newest, wave, stored)

    @property
    def _newest(self) -> bytes:
        return (self.first, *self.ratchets)[-1]

    def _through(self, value: bytes) -> bytes:
        for key in self.ratchets:
            value = keys.ratchet(key, value)
        return value


def make_key(answers: Session, survey: str) -> None:
    """Make a survey's link key, once. Safe to repeat. That it was made is remembered among the answers.

    Raises:
        KeyMissing: it was made before and is lost or damaged. Under a new one nobody's answers would be found.
    """
    ended = select(EndedWave.wave_id).filter_by(survey_slug=survey).limit(1)
    if answers.get(LinkChain, survey) is None and answers.scalar(ended) is None:
        keyring.make_link_key(survey)
        answers.add(LinkChain(survey_slug=survey, ratchets=0))
        answers.flush()
    links_of(answers, survey)


def links_of(answers: Session, survey: str) -> Links:
    """Return a survey's keys as they stand in this transaction; nobody turns them on before it ends.

    Raises:
        KeyMissing: the survey is burned, or its keys are lost.
    """
    chain = answers.get(LinkChain, survey)
    return Links(keyring.link_key(survey), tuple(keyring.ratchet_keys(survey, chain.ratchets if chain else 0)))


def unveiling(answers: Session, survey: str) -> Unveiling:
    """Return what tells who is stored in a wave; those of a burned survey have random names and no veil.

    Where a key of the survey is lost or damaged, it raises KeyMissing for somebody who has a veil: everybody would be
    somebody new.
    """
    try:
        links = links_of(answers, survey)
    except keyring.KeyMissing as missing:
        return _without_keys(str(missing))
    return lambda wave, stored: stored if len(stored) == keys.ID_BYTES else links.unveil(wave, stored)


def _without_keys(why: str) -> Unveiling:
    def unveil(_wave: str, stored: bytes) -> bytes:
        if len(stored) != keys.ID_BYTES:
            raise keyring.KeyMissing(why)
        return stored

    return unveil


def check(answers: Session, survey: str, waves: list[str]) -> None:
    """See that everybody who is stored in some waves can be told from others.

    Raises:
        KeyMissing: a key of the survey is lost, damaged, or another one.
    """
    unveil = unveiling(answers, survey)
    try:
        for wave, stored in answers.execute(
            select(Response.wave_id, Response.person).where(Response.wave_id.in_(waves))
        ):
            unveil(wave, stored)
    except InvalidTag as error:
        raise keyring.KeyMissing(f"The key {survey}.link is not the same key as before.") from error
