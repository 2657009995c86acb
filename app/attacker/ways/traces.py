"""T5, T6 and T12: traces in files, dates and counters in tables, lengths that depend on the content."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from app.attacker.evidence import Evidence, Person
from app.attacker.finding import Attack, Measured
from app.attacker.thief import stored_in

REVEALING = ("date", "time", "nextval", "rowid", "sampled", "default", "identity", "references")
"""Words in the declaration of a column that stores a time, is sequential, is set by the server, references another
table, or is sampled for the server's statistics."""
EMPTY = re.compile(rb"\0{64,}")
"""Zero bytes, about half of a database server's files; no form of a secret contains them."""
JOINTS, SENT_JOINTS = ("", " ", "-"), ("+", "%20")
"""Separators between the groups of a code, as printed or typed, and as encoded in an address."""


def canaries(evidence: Evidence) -> Measured:
    """T5: search all files for codes, addresses, user agents and texts; texts are allowed where answers are stored,
    and once for each comment where people read them."""
    found = {  # a database server has many identical files
        (
            EMPTY.sub(b"\0", without(content_of(path), evidence.inbox.get(path, ()))),
            any(folder in path.parents for folder in evidence.words_belong),
        )
        for path in evidence.files
    }
    hits = (
        any(form in content for form in forms_of(secret))
        for content, is_home_of_words in found
        for person in evidence.truth.people
        for secret in secrets_of(person, with_words=not is_home_of_words)
    )
    return Measured(sum(hits))


def disguised(evidence: Evidence) -> Measured:
    """T5: count people whose code, address or user agent is a value in any table, in a form that needs no key."""
    stored = stored_in(evidence.rows) | evidence.stored
    return Measured(sum(not stored.isdisjoint(_disguises(person)) for person in evidence.truth.people))


def schema(evidence: Evidence) -> Measured:
    """T6: count revealing declarations of columns, stored times, and columns shared by cards and answers."""
    declared = [kind.lower() for columns in evidence.schema.values() for _name, kind in columns]
    dated = sum(any(word in kind for word in REVEALING) for kind in declared)
    moments = sum(bool(row.times) for row in evidence.rows)
    names = {table: {name for name, _kind in columns} for table, columns in evidence.schema.items()}
    cards = names.get("card") or names.get("token") or set()
    return Measured(dated + moments + len(cards & names["response"] - {"hidden row number"}))


def lengths(evidence: Evidence) -> Measured:
    """T12: count the different lengths of stored letters and of thank-you pages, beyond one of each kind."""
    return Measured(sum(len(set(sizes)) - 1 for sizes in evidence.sizes.values() if sizes))


def words_left(files: Iterable[Path], stored: Iterable[bytes], people: Iterable[Person]) -> int:
    """Count the people whose text is still found in a file or in a stored value."""
    content = b"\0".join([*map(content_of, files), *stored])
    return sum(any(form in content for form in forms_of(person.words)) for person in people)


def content_of(path: Path) -> bytes:
    """Return the content of a file; empty if a running server has deleted it meanwhile."""
    with suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


def without(content: bytes, texts: Iterable[str]) -> bytes:
    """Return the content of a file without one occurrence of each text: a second one stays."""
    for text in texts:
        content = content.replace(text.encode(), b"", 1)
    return content


def secrets_of(person: Person, with_words: bool = True) -> Iterator[str]:
    """Yield the values of one person that must not be found."""
    words = [person.words] if with_words else []
    yield from (*_spellings(person.code, *JOINTS, *SENT_JOINTS), person.address, person.agent, *words)


def forms_of(word: str | bytes) -> list[bytes]:
    """Return a word as bytes: plain, in hexadecimal, and in base64 at each of the three alignments.

    A code encoded for an address is searched for in this form only.
    """
    plain = word.encode() if isinstance(word, str) else word
    if isinstance(word, str) and any(joint in word for joint in SENT_JOINTS):
        return [plain]
    middles = [base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 :].rstrip(b"=")[:-2] for shift in range(3)]
    forms = (plain, plain.hex().encode(), plain.hex().upper().encode(), *(m for m in middles if len(m) > 7))
    return list(dict.fromkeys(forms))


def _spellings(code: str, *joints: str) -> list[str]:
    groups = [code[i : i + 3] for i in range(0, len(code), 3)]
    return [joint.join(groups) for joint in joints]


def _disguises(person: Person) -> set[bytes]:
    """Return all unkeyed encodings and hashes of a code, address or user agent."""
    number = int(person.code)
    found = {number.to_bytes(length, order) for length in (7, 8, 16) for order in ("big", "little")}
    for secret in (*_spellings(person.code, *JOINTS, *SENT_JOINTS, "."), person.address, person.agent):
        hashes = [made(secret.encode()).digest() for made in (hashlib.md5, hashlib.sha1, hashlib.sha256)]
        found |= {secret.encode(), *hashes, *(h.hex().encode() for h in hashes), *(h[:16] for h in hashes)}
    return found


ATTACKS = (
    Attack("T5 search of every byte", "codes, addresses, browsers and words found", canaries),
    Attack("T5 codes in disguise", "people of whom a code, address or browser is stored in some form", disguised),
    Attack("T6 tables that tell", "columns and values that tell a time or an order", schema),
    Attack("T12 lengths", "lengths beyond one for each kind", lengths),
)
