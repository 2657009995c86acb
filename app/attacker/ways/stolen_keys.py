"""T7: an attacker with all codes, both databases and the keys of the web process searches for people's answers."""

from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from app.attacker.evidence import Evidence, Person, Truth
from app.attacker.finding import Attack, Measured
from app.attacker.scene.ours import SURVEY, marks_of_answers
from app.attacker.thief import stored_in
from app.attacker.ways.traces import content_of, forms_of
from app.core import keys


def with_web_keys(evidence: Evidence) -> Measured:
    """T7: the share of people whose answers are found with the keys of the web process."""
    return Measured(found_with(evidence, evidence.web_keys))


def found_with(evidence: Evidence, folder: Path) -> float:
    """Return the share of people with an answer that is found with the keys of a folder."""
    stored = stored_in(row for table in evidence.answers for row in evidence.tables[table])
    return share_found(evidence.truth, sorted(folder.iterdir()), stored)


def share_found(truth: Truth, files: Sequence[Path], stored: Set[bytes], *, waves: Sequence[str] = ()) -> float:
    """Return the share of people who are found in stored values; every file of 32 bytes is tried as every key.

    The waves to search for are those of ``truth`` by default.
    """
    roots = [path.read_bytes() for path in files if path.stat().st_size == keys.KEY_BYTES]
    marks = (_marks(person, roots, waves or truth.waves) for person in truth.people)
    return sum(not stored.isdisjoint(of_one) for of_one in marks) / len(truth.people)


def bytes_found(stolen: Sequence[bytes], files: Iterable[Path]) -> int:
    """Count the keys whose bytes are found in files: raw, in hexadecimal or in base64."""
    content = b"\0".join({content_of(path) for path in files})
    return sum(any(form in content for form in forms_of(key)) for key in stolen)


def _marks(person: Person, roots: list[bytes], waves: Sequence[str]) -> Iterator[bytes]:
    """Yield a code and all values that can be derived from it with the keys."""
    yield person.code.encode()
    for root in roots:
        yield keys.person(root, SURVEY, person.code)
        yield keys.card_tag(root, SURVEY, person.code)
        for wave in waves:
            yield from marks_of_answers(root, wave, person)
            yield keys.nullifier(root, wave, person.code)
            yield keys.saved_place(root, wave, person.code)


ATTACKS = (Attack("T7 all codes and the web keys", "share of people whose answers are found", with_web_keys),)
