"""Keys: what is derived agrees with the standard, differs where it must, and drafts open with their own key only."""

import hashlib
import hmac
import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from app.core import keys
from tests.support.builders import QUICK

ROOT = bytes(range(32))
OTHER = bytes(range(1, 33))
CODE = "372915048266517"


def _hkdf(root: bytes, info: bytes, length: int = 32) -> bytes:
    """RFC 5869 with the standard library only: extract under a salt of zeros, then expand."""
    secret = hmac.new(bytes(32), root, hashlib.sha256).digest()
    made, block = b"", b""
    for count in range(1, -(-length // 32) + 1):
        block = hmac.new(secret, block + info + bytes([count]), hashlib.sha256).digest()
        made += block
    return made[:length]


def test_hkdf_of_this_test_agrees_with_rfc_5869_case_3():
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert _hkdf(b"\x0b" * 22, b"", 42).hex() == expected


@QUICK
@given(st.binary(min_size=32, max_size=32), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_derive_agrees_with_rfc_5869(root: bytes, label: str):
    assert keys.derive(root, label) == _hkdf(root, label.encode())


@pytest.mark.parametrize("size", [0, 16, 31, 33, 64])
def test_derive_from_a_root_of_another_size_is_refused(size: int):
    with pytest.raises(ValueError, match="32 bytes"):
        keys.derive(b"x" * size, "label")


def test_mark_known_answer():
    """RFC 4231, test case 2, cut to 16 bytes."""
    assert keys.mark(b"Jefe", "what do ya want for nothing?").hex() == "5bdcc146bf60754e6a042426089575c7"


@pytest.mark.parametrize(
    ("made", "label", "message"),
    [
        (keys.card_tag(ROOT, "family", CODE), "ffp1|card-tag|family", CODE),
        (keys.nullifier(ROOT, "family-1", CODE), "ffp1|spent|family-1", CODE),
        (keys.receipt(ROOT, "family-1", "ab12"), "ffp1|spent|family-1", "receipt|ab12"),
        (keys.person(ROOT, "family", CODE), "ffp1|person|family", CODE),
        (keys.comment_id(ROOT, wave="family-1", code=CODE, question="words"), "ffp1|comment|family-1", f"{CODE}|words"),
    ],
    ids=["card_tag", "nullifier", "receipt", "person", "comment_id"],
)
def test_ids_follow_the_written_scheme(made: bytes, label: str, message: str):
    assert made == hmac.new(_hkdf(ROOT, label.encode()), message.encode(), hashlib.sha256).digest()[:16]


def _all_ids(root: bytes, scope: str, code: str) -> list[bytes]:
    return [
        keys.card_tag(root, scope, code),
        keys.nullifier(root, scope, code),
        keys.receipt(root, scope, code),
        keys.person(root, scope, code),
        keys.comment_id(root, wave=scope, code=code, question="words"),
        keys.comment_id(root, wave=scope, code=code, question="hopes"),
        keys.draft_id(root),
    ]


def test_a_pseudonym_is_the_same_in_one_wave_and_another_in_the_next():
    person = keys.person(ROOT, "family", CODE)
    stored = keys.wave_pseudonym(ROOT, "family-1", person)
    assert keys.wave_pseudonym(ROOT, "family-1", person) == stored
    assert stored == AESSIV(_hkdf(ROOT, b"ffp1|veil|family-1")).encrypt(person, None)
    others = {keys.wave_pseudonym(ROOT, "family-2", person), keys.wave_pseudonym(OTHER, "family-1", person), person}
    assert stored not in others
    assert keys.resolve_pseudonym(ROOT, "family-1", stored) == person


@pytest.mark.parametrize(("root", "wave"), [(OTHER, "family-1"), (ROOT, "family-2")])
def test_a_pseudonym_is_not_resolved_with_another_key_or_in_another_wave(root: bytes, wave: str):
    stored = keys.wave_pseudonym(ROOT, "family-1", keys.person(ROOT, "family", CODE))
    with pytest.raises(InvalidTag):
        keys.resolve_pseudonym(root, wave, stored)


def test_ids_differ_by_purpose_key_scope_and_code():
    made = _all_ids(ROOT, "family-1", CODE)
    made += _all_ids(OTHER, "family-1", CODE)
    made += _all_ids(ROOT, "family-2", CODE)[:-1] + _all_ids(ROOT, "family-1", CODE[::-1])[:-1]
    assert len(set(made)) == len(made)
    assert {len(one) for one in made} == {16}


def test_ids_stay_the_same():
    assert _all_ids(ROOT, "family-1", CODE) == _all_ids(ROOT, "family-1", CODE)


@QUICK
@given(st.binary(max_size=300))
def test_draft_opens_with_its_key(content: bytes):
    nonce = os.urandom(keys.NONCE_BYTES)
    box = keys.seal_draft(ROOT, nonce, content)
    assert box.startswith(nonce)
    assert len(box) == keys.NONCE_BYTES + len(content) + 16
    assert keys.open_draft(ROOT, box) == content


def test_draft_does_not_show_its_content_or_key():
    box = keys.seal_draft(ROOT, bytes(12), b"372915048266517")
    assert b"372915" not in box
    assert ROOT not in box
    assert keys.draft_id(ROOT) not in box


def test_draft_with_another_key_stays_shut():
    box = keys.seal_draft(ROOT, bytes(12), b"content")
    with pytest.raises(InvalidTag):
        keys.open_draft(OTHER, box)


@QUICK
@given(st.integers(0, 12 + 7 + 16 - 1), st.integers(1, 255))
def test_draft_altered_anywhere_stays_shut(place: int, flip: int):
    box = bytearray(keys.seal_draft(ROOT, bytes(12), b"content"))
    box[place] ^= flip
    with pytest.raises(InvalidTag):
        keys.open_draft(ROOT, bytes(box))


@pytest.mark.parametrize("size", range(12 + 7 + 16))
def test_draft_cut_short_stays_shut(size: int):
    with pytest.raises(InvalidTag):
        keys.open_draft(ROOT, keys.seal_draft(ROOT, bytes(12), b"content")[:size])


def test_saved_draft_key_needs_code_pin_and_place():
    place, other = bytes(16), bytes(15) + b"x"
    made = [
        keys.saved_draft_key(CODE, "4711", place),
        keys.saved_draft_key(CODE, "47110", place),
        keys.saved_draft_key("372915048266525", "4711", place),
        keys.saved_draft_key(CODE, "4711", other),
    ]
    assert len(set(made)) == 4
    assert {len(key) for key in made} == {32}
    assert made[0] == hashlib.scrypt(b"372915048266517|4711", salt=place, n=2**14, r=8, p=1, dklen=32)


def test_saved_places_of_two_waves_have_nothing_in_common():
    ids = {keys.saved_place(ROOT, wave, CODE) for wave in ("family-1", "family-2")}
    assert len(ids | {keys.saved_place(OTHER, "family-1", CODE), keys.nullifier(ROOT, "family-1", CODE)}) == 4
