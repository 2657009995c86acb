"""T7: somebody with every code, both databases and the web process's keys looks for one person's answers."""

from collections.abc import Iterator
from pathlib import Path

from app.core import keys
from app.services.attacks.evidence import Evidence, Person
from app.services.attacks.finding import Attack, Measured
from app.services.attacks.ours import parts_of_questions


def with_web_keys(evidence: Evidence) -> Measured:
    """T7: how many people's answers the web process's keys find."""
    return Measured(found_with(evidence, evidence.key_folders["web"]), 0)


def found_with(evidence: Evidence, folder: Path) -> float:
    """Return the share of people of whom some answer is found with the keys of one folder.

    Every file of 32 bytes is tried as every kind of key.
    """
    stored = {
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
        for table in evidence.answers
        for row in evidence.tables[table]
        for value in row.values.values()
    }
    roots = [path.read_bytes() for path in sorted(folder.iterdir()) if path.stat().st_size == keys.KEY_BYTES]
    found = sum(any(mark in stored for mark in _marks(evidence, person, roots)) for person in evidence.truth.people)
    return found / len(evidence.truth.people)


def _marks(evidence: Evidence, person: Person, roots: list[bytes]) -> Iterator[bytes]:
    """Yield everything that keys and a code can be turned into, and the code itself."""
    yield person.code.encode()
    survey = evidence.truth.survey
    for root in roots:
        yield keys.person(root, survey, person.code)
        yield keys.card_tag(root, survey, person.code)
        for wave in evidence.truth.waves:
            yield keys.nullifier(root, wave, person.code)
            yield from (keys.comment_id(root, wave, person.code, part) for part in parts_of_questions())


ATTACKS = (Attack("T7 all codes and the web keys", "share of people whose answers are found", with_web_keys),)
