"""Key derivation: card tags, nullifiers, receipts, pseudonyms, comment ids, audit seals, second factors and drafts.

Labels start with ``ffp1``; a new scheme gets a new label. Stored ids are truncated to 16 bytes.
Source: HKDF (RFC 5869) and HMAC (RFC 2104) with SHA-256; scrypt (RFC 7914); AES-SIV (RFC 5297).
"""

import hashlib
import hmac
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
ID_BYTES = 16
NONCE_BYTES = 12
SEED_BYTES = 20
SCRYPT_COST = {"n": 2**14, "r": 8, "p": 1}


def derive(root: bytes, label: str) -> bytes:
    """Return 32 bytes derived from a random root by HKDF-SHA256 with empty salt."""
    if len(root) != KEY_BYTES:
        raise ValueError("a root key has 32 bytes")
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=label.encode()).derive(root)


def mark(key: bytes, message: str) -> bytes:
    """Return the first 16 bytes of HMAC-SHA256: an opaque id that only the holder of the key can compute."""
    return hmac.digest(key, message.encode(), "sha256")[:ID_BYTES]


def card_tag(card_key: bytes, survey: str, code: str) -> bytes:
    """Return the tag by which the front room recognises the code of one of its cards."""
    return mark(derive(card_key, f"ffp1|card-tag|{survey}"), code)


def nullifier(wave_key: bytes, wave: str, code: str) -> bytes:
    """Return the mark that records the use of a code in one wave; it differs from wave to wave."""
    return mark(derive(wave_key, f"ffp1|spent|{wave}"), code)


def receipt(wave_key: bytes, wave: str, submission_id: str) -> bytes:
    """Return the mark of one submission, so that a repeated request is counted once."""
    return mark(derive(wave_key, f"ffp1|spent|{wave}"), f"receipt|{submission_id}")


def person(link_key: bytes, survey: str, code: str) -> bytes:
    """Return the pseudonym that links one code's answers across waves. Opener only."""
    return mark(derive(link_key, f"ffp1|person|{survey}"), code)


def wave_pseudonym(link_key: bytes, wave: str, pseudonym: bytes) -> bytes:
    """Return the pseudonym of a person within one wave, a deterministic encryption of ``pseudonym``. Opener only.

    Without the key, the rows of a person in two waves cannot be linked. AES-SIV (RFC 5297), 32 bytes.
    """
    return AESSIV(derive(link_key, f"ffp1|veil|{wave}")).encrypt(pseudonym, None)


def resolve_pseudonym(link_key: bytes, wave: str, stored: bytes) -> bytes:
    """Return the pseudonym that was encrypted by :func:`wave_pseudonym`.

    Raises:
        cryptography.exceptions.InvalidTag: wrong key or wave, or an altered value.
    """
    return AESSIV(derive(link_key, f"ffp1|veil|{wave}")).decrypt(stored, None)


def comment_id(link_key: bytes, *, wave: str, code: str, question: str) -> bytes:
    """Return the id of a detached answer, by which its writer can have it deleted. Opener only."""
    return comment_ids(link_key, wave=wave, code=code, questions=[question])[0]


def comment_ids(link_key: bytes, *, wave: str, code: str, questions: Iterable[str]) -> list[bytes]:
    """Return the ids of several detached answers of one code in one wave. Opener only."""
    key = derive(link_key, f"ffp1|comment|{wave}")
    return [mark(key, f"{code}|{question}") for question in questions]


def ratchet(key: bytes, value: bytes) -> bytes:
    """Return the new value of a pseudonym or comment id when the link key is rotated after a possible leak."""
    return hmac.new(derive(key, "ffp1|ratchet"), value, hashlib.sha256).digest()[:ID_BYTES]


def seal_entry(audit_key: bytes, before: bytes, content: str) -> bytes:
    """Return the 32-byte seal of an audit entry, which depends on the seal of the entry before it."""
    return hmac.new(derive(audit_key, "ffp1|audit"), before + content.encode(), hashlib.sha256).digest()


def make_seed(office_key: bytes, session_hash: bytes) -> bytes:
    """Return the 20-byte seed of a new second factor, derived from the sign-in so that it need not be stored yet."""
    return hmac.new(derive(office_key, "ffp1|new-seed"), session_hash, hashlib.sha256).digest()[:SEED_BYTES]


def seal_seed(office_key: bytes, *, nonce: bytes, account: int, seed: bytes) -> bytes:
    """Encrypt the seed of an account's second factor (ChaCha20-Poly1305); ``nonce`` is 12 fresh random bytes."""
    cipher = ChaCha20Poly1305(derive(office_key, "ffp1|second-factor"))
    return nonce + cipher.encrypt(nonce, seed, str(account).encode())


def open_seed(office_key: bytes, account: int, box: bytes) -> bytes:
    """Decrypt the output of :func:`seal_seed`; raises InvalidTag for a wrong key or account, or an altered box."""
    cipher = ChaCha20Poly1305(derive(office_key, "ffp1|second-factor"))
    return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], str(account).encode())


def draft_id(draft_key: bytes) -> bytes:
    """Return the row id of a draft from its key, which only the browser stores."""
    return mark(draft_key, "id")


def seal_draft(draft_key: bytes, nonce: bytes, content: bytes) -> bytes:
    """Encrypt a draft (ChaCha20-Poly1305); ``nonce`` is 12 fresh random bytes and is prefixed to the ciphertext."""
    box = ChaCha20Poly1305(derive(draft_key, "ffp1|draft-box")).encrypt(nonce, content, draft_id(draft_key))
    return nonce + box


def open_draft(draft_key: bytes, box: bytes) -> bytes:
    """Decrypt the output of :func:`seal_draft`.

    Raises:
        cryptography.exceptions.InvalidTag: wrong key, or an altered box.
    """
    if len(box) < NONCE_BYTES:
        raise InvalidTag
    cipher = ChaCha20Poly1305(derive(draft_key, "ffp1|draft-box"))
    return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], draft_id(draft_key))


def saved_place(wave_key: bytes, wave: str, code: str) -> bytes:
    """Return the value shared by all drafts that one code saved in one wave, under any PIN."""
    return mark(derive(wave_key, f"ffp1|draft|{wave}"), code)


def saved_draft_key(code: str, pin: str, place: bytes) -> bytes:
    """Return the key of a saved draft; code and PIN are both needed, and scrypt makes guessing slow.

    The row id is :func:`draft_id` of this key, so each PIN has its own row, which cannot be found without the PIN.
    """
    return hashlib.scrypt(f"{code}|{pin}".encode(), salt=place, dklen=KEY_BYTES, **SCRYPT_COST)
