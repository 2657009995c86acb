"""Pseudonyms: one code is one person over all waves, stored in each wave under another pseudonym."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import keys
from app.models.answers import EndedWave, LinkChain, Response
from app.storage import keyring


@dataclass(frozen=True)
class Links:
    """The keys under which a survey's answers link: the first one, and those of its ratchets."""

    first: bytes
    ratchets: tuple[bytes, ...]

    def person(self, survey: str, code: str) -> bytes:
        """Return the pseudonym under which a code's answers link over waves. It is never stored as it is."""
        return self._through(keys.person(self.first, survey, code))

    def part_ids(self, wave: str, code: str, parts: Iterable[str]) -> list[bytes]:
        """Return the ids of several detached answers of one code."""
        return [self._through(part) for part in keys.comment_ids(self.first, wave=wave, code=code, questions=parts)]

    def wave_pseudonym(self, wave: str, person: bytes) -> bytes:
        """Return the pseudonym under which a person is stored in a wave."""
        return keys.wave_pseudonym(self._newest, wave, person)

    def resolve(self, wave: str, stored: bytes) -> bytes:
        """Return the person behind a pseudonym in a wave."""
        return keys.resolve_pseudonym(self._newest, wave, stored)

    @property
    def _newest(self) -> bytes:
        return (self.first, *self.ratchets)[-1]

    def _through(self, value: bytes) -> bytes:
        for key in self.ratchets:
            value = keys.ratchet(key, value)
        return value


def make_key(answers: Session, survey: str) -> None:
    """Make a survey's link key, once, and record in the answers database that it was made. Safe to repeat.

    Raises:
        KeyMissing: it was made before and is lost or damaged. Under a new key no earlier answers would be found.
    """
    ended = select(EndedWave.wave_id).filter_by(survey_slug=survey).limit(1)
    if answers.get(LinkChain, survey) is None and answers.scalar(ended) is None:
        keyring.make_link_key(survey)
        answers.add(LinkChain(survey_slug=survey, ratchets=0))
        answers.flush()
    links_of(answers, survey)


def links_of(answers: Session, survey: str) -> Links:
    """Return a survey's link keys, or raise KeyMissing; nobody rotates them before this transaction ends."""
    chain = answers.get(LinkChain, survey)
    return Links(keyring.link_key(survey), tuple(keyring.ratchet_keys(survey, chain.ratchets if chain else 0)))


def pseudonym_resolver(answers: Session, survey: str) -> Callable[[str, bytes], bytes]:
    """Return a function that gives the person behind a wave and a pseudonym that is stored in it.

    Where a survey's keys were destroyed, persons are stored under random ids, which are returned as they are. Where a
    key is lost or damaged, the function raises KeyMissing for every other pseudonym: without the key everybody would
    look like a new person.
    """
    links, why = None, ""
    try:
        links = links_of(answers, survey)
    except keyring.KeyMissing as missing:
        why = str(missing)

    def resolve(wave: str, stored: bytes) -> bytes:
        if len(stored) == keys.ID_BYTES:
            return stored
        if links is None:
            raise keyring.KeyMissing(why)
        return links.resolve(wave, stored)

    return resolve


def check(answers: Session, survey: str, waves: list[str]) -> None:
    """Raise KeyMissing if a key of the survey is lost, damaged or not the same, so that persons cannot be linked."""
    resolve = pseudonym_resolver(answers, survey)
    try:
        query = select(Response.wave_id, Response.person).where(Response.wave_id.in_(waves))
        for wave, stored in answers.execute(query):
            resolve(wave, stored)
    except InvalidTag as error:
        raise keyring.KeyMissing(f"The key {survey}.link is not the same key as before.") from error
