"""Letters: one submission, padded and sealed so that only the opener can read it.

HPKE base mode (RFC 9180), X25519, HKDF-SHA256, ChaCha20-Poly1305. Every letter of a size class has the same length.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from app.core.answers import Answer

SIZES = (8 * 1024, 32 * 1024)
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class LetterError(ValueError):
    """A letter that cannot be sealed (too long) or cannot be read (altered, other key, no letter)."""


@dataclass(frozen=True)
class Submission:
    """What a sealed letter says: the code, where its card was handed out, how it was filled in, the answers."""

    code: str
    batch: str
    cell: str
    mode: str
    answers: Mapping[str, Answer]


def pad(content: bytes) -> bytes:
    """Return the content with its length in front, filled with zeros to the next size class.

    Raises:
        LetterError: longer than the largest class.
    """
    framed = len(content).to_bytes(4, "big") + content
    for size in SIZES:
        if len(framed) <= size:
            return framed.ljust(size, b"\0")
    raise LetterError("too long")


def unpad(padded: bytes) -> bytes:
    """Return what :func:`pad` was given.

    Raises:
        LetterError: the length in front is not possible.
    """
    length = int.from_bytes(padded[:4], "big")
    if length > len(padded) - 4:
        raise LetterError("impossible length")
    return padded[4 : 4 + length]


def make_secret() -> bytes:
    """Return a fresh X25519 secret, 32 raw bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_half(secret: bytes) -> bytes:
    """Return the public key, 32 raw bytes, that belongs to a secret."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def seal(submission: Submission, public: bytes, wave: str) -> bytes:
    """Seal a submission for the holder of the wave's secret key.

    Raises:
        LetterError: longer than the largest size class.
    """
    content = json.dumps(asdict(submission), ensure_ascii=False, separators=(",", ":")).encode()
    key = X25519PublicKey.from_public_bytes(public)
    return bytes(_SUITE.encrypt(pad(content), key, _info(wave)))


def unseal(box: bytes, secret: bytes, wave: str) -> Submission:
    """Open a letter.

    Raises:
        LetterError: altered, sealed for another wave, or no letter at all.
    """
    key = X25519PrivateKey.from_private_bytes(secret)
    try:
        content = json.loads(unpad(_SUITE.decrypt(box, key, _info(wave))))
        said = Submission(**content)
    except (InvalidTag, ValueError, TypeError, RecursionError) as error:
        raise LetterError("unreadable") from error
    words = (said.code, said.batch, said.cell, said.mode)
    if not isinstance(said.answers, dict) or not all(isinstance(word, str) for word in words):
        raise LetterError("unreadable")
    return said


def seal_deletion(code: str, public: bytes, survey: str) -> bytes:
    """Seal a request to delete what a code left, as long as a letter of the smallest class."""
    key = X25519PublicKey.from_public_bytes(public)
    return bytes(_SUITE.encrypt(pad(code.encode()), key, _delete_info(survey)))


def unseal_deletion(box: bytes, secret: bytes, survey: str) -> str:
    """Open a request for deletion and return its code.

    Raises:
        LetterError: it is another letter, or was altered.
    """
    key = X25519PrivateKey.from_private_bytes(secret)
    try:
        return unpad(_SUITE.decrypt(box, key, _delete_info(survey))).decode()
    except (InvalidTag, ValueError) as error:
        raise LetterError("no request for deletion") from error


def _delete_info(survey: str) -> bytes:
    return f"ffp1|delete|{survey}".encode()


def _info(wave: str) -> bytes:
    return f"ffp1|letter|{wave}".encode()
