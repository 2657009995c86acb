"""T7: somebody with every code, both databases and the web process's keys looks for one person's answers."""

from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from app.attacker.evidence import Evidence, Person, Truth
from app.attacker.finding import Attack, Measured
from app.attacker.scene.ours import parts_of_questions
from app.attacker.thief import stored_in
from app.attacker.ways.traces import content_of, forms_of
from app.core import keys


def with_web_keys(evidence: Evidence) -> Measured:
    """T7: how many people's answers the web process's keys find."""
    return Measured(found_with(evidence, evidence.key_folders["web"]), 0)


def found_with(evidence: Evidence, folder: Path) -> float:
    """Return the share of people of whom some answer is found with the keys of one folder."""
    stored = stored_in(row.values for table in evidence.answers for row in evidence.tables[table])
    return share_found(evidence.truth, sorted(folder.iterdir()), stored)


def share_found(truth: Truth, files: Sequence[Path], stored: Set[bytes], *, waves: Sequence[str] = ()) -> float:
    """Return the share of people who are found among stored values; every file of 32 bytes is tried as every key.

    Args:
        truth: who is looked for.
        files: what may be keys.
        stored: what they are looked for in.
        waves: in which they are looked for; those of the truth when left out.
    """
    roots = [path.read_bytes() for path in files if path.stat().st_size == keys.KEY_BYTES]
    found = sum(
        any(mark in stored for mark in _marks(truth, person, roots, waves=waves or truth.waves))
        for person in truth.people
    )
    return found / len(truth.people)


def bytes_found(stolen: Sequence[bytes], files: Iterable[Path]) -> int:
    """Count the keys whose bytes are found in files: raw, in hexadecimal or in base64."""
    content = b"\0".join({content_of(path) for path in files})
    return sum(any(form in content for form in forms_of(key)) for key in stolen)


def _marks(truth: Truth, person: Person, roots: list[bytes], *, waves: Sequence[str]) -> Iterator[bytes]:
    """Yield everything that keys and a code can be turned into, and the code itself."""
    yield person.code.encode()
    for root in roots:
        yield keys.person(root, truth.survey, person.code)
        yield keys.card_tag(root, truth.survey, person.code)
        for wave in waves:
            yield keys.wave_pseudonym(root, wave, keys.person(root, truth.survey, person.code))
            yield keys.nullifier(root, wave, person.code)
            yield keys.saved_place(root, wave, person.code)
            yield from (
                keys.comment_id(root, wave=wave, code=person.code, question=part) for part in parts_of_questions()
            )


ATTACKS = (Attack("T7 all codes and the web keys", "share of people whose answers are found", with_web_keys),)
