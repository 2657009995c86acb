"""T13: searches logs for data of people and for other secrets: sessions, keys, stored ids."""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from app.attacker.evidence import Person
from app.attacker.finding import Measured
from app.attacker.scene import ours
from app.attacker.scene.stage import Stage
from app.attacker.ways.traces import content_of, forms_of, secrets_of
from app.core.keys import KEY_BYTES, draft_id

SHORTEST, BEGINNING = 12, 32
"""The minimum length of a value that is unique, and the number of bytes of a long value to search for."""


def traces_in(logs: Sequence[Path], people: Sequence[Person], others: Iterable[bytes] = ()) -> Measured:
    """Count the secrets of people, and other secrets, that are in logs."""
    content = b"\0".join(map(content_of, logs))
    secrets = [secret for person in people for secret in secrets_of(person)]
    found = sum(any(form in content for form in forms_of(secret)) for secret in secrets)
    return Measured(found + sum(_is_in(content, secret) for secret in set(others)))


def carried(held: Iterable[str]) -> Iterator[bytes]:
    """Yield the values a browser received: cookies and one-time values, whole and in parts, and contents of cookies."""
    for value in held:
        yield from (part.encode() for part in {value, *value.split(".")} if len(part) >= SHORTEST)
        for inner in _inside(value):
            yield inner.encode()
            with suppress(ValueError):
                key = base64.urlsafe_b64decode(inner)
                yield from (key, draft_id(key)) if len(key) == KEY_BYTES else ()


def kept(stage: Stage) -> Iterator[bytes]:
    """Yield the secrets of an installation: its secret key, key files (whole and half), ids and boxes of tables."""
    settings = (stage.home / "portal.env").read_text(encoding="utf-8")
    yield re.findall(r"(?m)^SECRET_KEY=(.+)$", settings)[0].encode()
    for key in (path.read_bytes() for path in stage.home.rglob("keys/*")):
        yield from (key, key[: len(key) // 2])  # a fault truncates some of them
    for table, room in ours.tables(stage).items():
        values = (value for row in room.rows(table) for value in row.values.values())
        yield from (value[:BEGINNING] for value in values if isinstance(value, bytes) and len(value) >= SHORTEST)


def _inside(cookie: str) -> Iterator[str]:
    """Yield the long values in a signed cookie; none for anything else."""
    payload = cookie.removeprefix(".").split(".")[0]
    with suppress(ValueError, zlib.error):
        raw = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        content = json.loads(zlib.decompress(raw) if cookie.startswith(".") else raw)
        values = content.values() if isinstance(content, dict) else [content]
        yield from (value for value in values if isinstance(value, str) and len(value) >= SHORTEST)


def _is_in(content: bytes, secret: bytes) -> bool:
    """Return whether a secret is in the content: raw, in hexadecimal or in base64; a short one only as a whole word."""
    if len(secret) < SHORTEST:
        return re.search(rb"(?<![0-9A-Za-z])" + re.escape(secret) + rb"(?![0-9A-Za-z])", content) is not None
    forms = forms_of(secret)
    in_addresses = [form.translate(bytes.maketrans(b"+/", b"-_")) for form in forms]
    return any(form in content for form in (*forms, *in_addresses, repr(secret)[2:-1].encode()))
