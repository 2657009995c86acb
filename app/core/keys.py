"""What each key derives: tags, nullifiers, receipts, persons and their pseudonyms in each wave, comment ids, drafts.

Labels start with ``ffp1``; a new scheme gets a new label. Every stored value is cut to 16 bytes.
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
    """Return the first 16 bytes of HMAC-SHA256: an opaque id that only the key's holder can make again."""
    return hmac.digest(key, message.encode(), "sha256")[:ID_BYTES]


def card_tag(card_key: bytes, survey: str, code: str) -> bytes:
    """Return the tag by which the front room knows that a code is one of its cards."""
    return mark(derive(card_key, f"ffp1|card-tag|{survey}"), code)


def nullifier(wave_key: bytes, wave: str, code: str) -> bytes:
    """Return the mark that a code leaves in one wave; other waves give other marks."""
    return mark(derive(wave_key, f"ffp1|spent|{wave}"), code)


def receipt(wave_key: bytes, wave: str, submission_id: str) -> bytes:
    """Return the mark of one press of Send, so that the same press counts once."""
    return mark(derive(wave_key, f"ffp1|spent|{wave}"), f"receipt|{submission_id}")


def person(link_key: bytes, survey: str, code: str) -> bytes:
    """Return the pseudonym under which one code's answers link over waves. Opener only."""
    return mark(derive(link_key, f"ffp1|person|{survey}"), code)


def wave_pseudonym(link_key: bytes, wave: str, pseudonym: bytes) -> bytes:
    """Return the pseudonym of a person in one wave: always the same, and unrelated to other waves'. Opener only.

    Without the key two waves of a stolen database have nothing in common. AES-SIV (RFC 5297), 32 bytes.
    """
    return AESSIV(derive(link_key, f"ffp1|veil|{wave}")).encrypt(pseudonym, None)


def resolve_pseudonym(link_key: bytes, wave: str, stored: bytes) -> bytes:
    """Return the person behind a pseudonym of :func:`wave_pseudonym`.

    Raises:
        cryptography.exceptions.InvalidTag: another key or wave, or an altered value.
    """
    return AESSIV(derive(link_key, f"ffp1|veil|{wave}")).decrypt(stored, None)


def comment_id(link_key: bytes, *, wave: str, code: str, question: str) -> bytes:
    """Return the id of a detached answer, so that its writer can take it back. Opener only."""
    return comment_ids(link_key, wave=wave, code=code, questions=[question])[0]


def comment_ids(link_key: bytes, *, wave: str, code: str, questions: Iterable[str]) -> list[bytes]:
    """Return the ids of several detached answers of one code in one wave. Opener only."""
    key = derive(link_key, f"ffp1|comment|{wave}")
    return [mark(key, f"{code}|{question}") for question in questions]


def ratchet(key: bytes, value: bytes) -> bytes:
    """Return what a person or comment id becomes when the link key may have leaked: nothing without the new key."""
    return hmac.new(derive(key, "ffp1|ratchet"), value, hashlib.sha256).digest()[:ID_BYTES]


def seal_entry(audit_key: bytes, before: bytes, content: str) -> bytes:
    """Return the 32-byte seal of an audit entry, which depends on the seal of the entry before it."""
    return hmac.new(derive(audit_key, "ffp1|audit"), before + content.encode(), hashlib.sha256).digest()


def make_seed(office_key: bytes, session_hash: bytes) -> bytes:
    """Return the 20 bytes of a new second factor's seed: the same for one sign-in, so that nothing holds it yet."""
    return hmac.new(derive(office_key, "ffp1|new-seed"), session_hash, hashlib.sha256).digest()[:SEED_BYTES]


def seal_seed(office_key: bytes, *, nonce: bytes, account: int, seed: bytes) -> bytes:
    """Seal the seed of an account's second factor (ChaCha20-Poly1305); ``nonce`` is 12 fresh random bytes."""
    cipher = ChaCha20Poly1305(derive(office_key, "ffp1|second-factor"))
    return nonce + cipher.encrypt(nonce, seed, str(account).encode())


def open_seed(office_key: bytes, account: int, box: bytes) -> bytes:
    """Open what :func:`seal_seed` made; raises InvalidTag for another key or account, or an altered box."""
    cipher = ChaCha20Poly1305(derive(office_key, "ffp1|second-factor"))
    return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], str(account).encode())


def draft_id(draft_key: bytes) -> bytes:
    """Return the row id of the draft whose key a phone holds."""
    return mark(draft_key, "id")


def seal_draft(draft_key: bytes, nonce: bytes, content: bytes) -> bytes:
    """Seal a draft (ChaCha20-Poly1305); ``nonce`` is 12 fresh random bytes and is kept in front of the box."""
    box = ChaCha20Poly1305(derive(draft_key, "ffp1|draft-box")).encrypt(nonce, content, draft_id(draft_key))
    return nonce + box


def open_draft(draft_key: bytes, box: bytes) -> bytes:
    """Open what :func:`seal_draft` made.

    Raises:
        cryptography.exceptions.InvalidTag: another key, or an altered box.
    """
    if len(box) < NONCE_BYTES:
        raise InvalidTag
    cipher = ChaCha20Poly1305(derive(draft_key, "ffp1|draft-box"))
    return cipher.decrypt(box[:NONCE_BYTES], box[NONCE_BYTES:], draft_id(draft_key))


def saved_place(wave_key: bytes, wave: str, code: str) -> bytes:
    """Return the place in which everything lies that was saved with one code in one wave, under whatever PIN."""
    return mark(derive(wave_key, f"ffp1|draft|{wave}"), code)


def saved_draft_key(code: str, pin: str, place: bytes) -> bytes:
    """Return the key of a saved draft, slow on purpose: neither the card nor the PIN makes it alone.

    The row's id is :func:`draft_id` of it: each PIN has a row of its own, which nobody finds without the PIN.
    """
    return hashlib.scrypt(f"{code}|{pin}".encode(), salt=place, dklen=KEY_BYTES, **SCRYPT_COST)
