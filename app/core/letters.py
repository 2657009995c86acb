"""Letters: one submission, padded and sealed so that only the opener can read it.

HPKE base mode (RFC 9180), X25519, HKDF-SHA256, ChaCha20-Poly1305. All letters of a size class have the same length.
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
    """A letter that cannot be sealed (too long) or cannot be opened (altered, wrong key, not a letter)."""


class TooLong(LetterError):
    """Content that does not fit into the largest letter; ``excess`` is the number of bytes that are too many."""

    def __init__(self, excess: int) -> None:
        super().__init__("too long")
        self.excess = excess


@dataclass(frozen=True)
class Submission:
    """The content of a letter: the code, the batch and cell of its card, the mode of answering, and the answers."""

    code: str
    batch: str
    cell: str
    mode: str
    answers: Mapping[str, Answer]


def pad(content: bytes) -> bytes:
    """Return the content with a length prefix, padded with zero bytes to the next size class.

    Raises:
        TooLong: the content is longer than the largest size class.
    """
    framed = len(content).to_bytes(4, "big") + content
    for size in SIZES:
        if len(framed) <= size:
            return framed.ljust(size, b"\0")
    raise TooLong(len(framed) - SIZES[-1])


def unpad(padded: bytes) -> bytes:
    """Return the content that was padded by :func:`pad`.

    Raises:
        LetterError: the length prefix is not possible.
    """
    length = int.from_bytes(padded[:4], "big")
    if length > len(padded) - 4:
        raise LetterError("impossible length")
    return padded[4 : 4 + length]


def make_secret() -> bytes:
    """Return a new X25519 secret key, 32 raw bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_half(secret: bytes) -> bytes:
    """Return the public key of a secret key, 32 raw bytes."""
    return X25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def seal(submission: Submission, public: bytes, wave: str) -> bytes:
    """Encrypt a submission to the wave's public key.

    Raises:
        TooLong: the submission is longer than the largest size class.
    """
    content = json.dumps(asdict(submission), ensure_ascii=False, separators=(",", ":")).encode()
    key = X25519PublicKey.from_public_bytes(public)
    return bytes(_SUITE.encrypt(pad(content), key, _info(wave)))


def unseal(box: bytes, secret: bytes, wave: str) -> Submission:
    """Decrypt a letter.

    Raises:
        LetterError: the letter was altered, was sealed for another wave, or is not a letter.
    """
    key = X25519PrivateKey.from_private_bytes(secret)
    try:
        content = json.loads(unpad(_SUITE.decrypt(box, key, _info(wave))))
        submission = Submission(**content)
    except (InvalidTag, ValueError, TypeError, RecursionError) as error:
        raise LetterError("unreadable") from error
    texts = (submission.code, submission.batch, submission.cell, submission.mode)
    if not isinstance(submission.answers, dict) or not all(isinstance(text, str) for text in texts):
        raise LetterError("unreadable")
    return submission


def seal_deletion(code: str, public: bytes, survey: str) -> bytes:
    """Encrypt a request to delete the answers of a code, padded to the length of the smallest letters."""
    key = X25519PublicKey.from_public_bytes(public)
    return bytes(_SUITE.encrypt(pad(code.encode()), key, _delete_info(survey)))


def unseal_deletion(box: bytes, secret: bytes, survey: str) -> str:
    """Decrypt a request for deletion and return its code.

    Raises:
        LetterError: the letter was altered or is not a request for deletion.
    """
    key = X25519PrivateKey.from_private_bytes(secret)
    try:
        return unpad(_SUITE.decrypt(box, key, _delete_info(survey))).decode()
    except (InvalidTag, ValueError) as error:
        raise LetterError("not a request for deletion") from error


def _delete_info(survey: str) -> bytes:
    return f"ffp1|delete|{survey}".encode()


def _info(wave: str) -> bytes:
    return f"ffp1|letter|{wave}".encode()
