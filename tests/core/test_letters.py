"""Letters: one length for all, read by the right key for the right wave only, hostile ones refused."""

import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from app.core import letters
from app.core.answers import Answer
from app.core.letters import SIZES, LetterError, Submission, make_secret, pad, public_half, seal, unpad, unseal
from tests.support.builders import QUICK

SECRET = make_secret()
PUBLIC = public_half(SECRET)
WAVE = "family-1"
OVERHEAD = 48
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
ANSWERS = st.dictionaries(st.sampled_from(["heard", "role", "words"]), WORDS | st.lists(WORDS, max_size=3).map(tuple))


def _submission(answers: dict[str, Answer]) -> Submission:
    return Submission("372915048266517", "b1", "north-visit", "self", answers)


def _box_of(content: bytes) -> bytes:
    """Seal bytes that :func:`seal` would never make, as a hostile front room could."""
    key = X25519PublicKey.from_public_bytes(PUBLIC)
    return bytes(letters._SUITE.encrypt(pad(content), key, f"ffp1|letter|{WAVE}".encode()))


def _as_lists(answers: dict[str, Answer]) -> dict[str, str | list[str]]:
    return {name: list(a) if isinstance(a, tuple) else a for name, a in answers.items()}


@QUICK
@given(ANSWERS)
def test_seal_round_trip_with_one_length_for_all(answers: dict[str, Answer]):
    box = seal(_submission(answers), PUBLIC, WAVE)
    assert len(box) == SIZES[0] + OVERHEAD
    read = unseal(box, SECRET, WAVE)
    assert read.answers == _as_lists(answers)
    assert (read.code, read.batch, read.cell, read.mode) == ("372915048266517", "b1", "north-visit", "self")


def test_seal_long_words_take_the_next_length():
    boxes = [seal(_submission({"words": "ش" * size}), PUBLIC, WAVE) for size in (5000, 15000)]
    assert [len(box) for box in boxes] == [SIZES[1] + OVERHEAD] * 2
    assert unseal(boxes[1], SECRET, WAVE).answers == {"words": "ش" * 15000}


def test_seal_too_long_is_refused():
    with pytest.raises(LetterError, match="too long"):
        seal(_submission({"words": "x" * SIZES[-1]}), PUBLIC, WAVE)


def test_seal_twice_gives_boxes_with_nothing_in_common():
    one, two = (seal(_submission({"words": "same"}), PUBLIC, WAVE) for _ in range(2))
    assert one[:32] != two[:32]
    assert sum(a == b for a, b in zip(one, two, strict=True)) < len(one) / 20
    assert b"same" not in one


@pytest.mark.parametrize("size", [0, 1, SIZES[0] - 4, SIZES[0] - 3, SIZES[1] - 4])
def test_pad_at_the_edges_of_a_class(size: int):
    padded = pad(b"\0" * size)
    assert len(padded) == (SIZES[0] if size <= SIZES[0] - 4 else SIZES[1])
    assert unpad(padded) == b"\0" * size


def test_pad_one_byte_over_the_largest_class_is_refused():
    with pytest.raises(LetterError):
        pad(b"x" * (SIZES[-1] - 3))


@pytest.mark.parametrize("padded", [b"\xff\xff\xff\xff", b"\0\0\0\5abcd", b"\0\0\1"])
def test_unpad_impossible_length_is_refused(padded: bytes):
    with pytest.raises(LetterError):
        unpad(padded)


def test_unseal_with_another_key_is_refused():
    with pytest.raises(LetterError):
        unseal(seal(_submission({}), PUBLIC, WAVE), make_secret(), WAVE)


@pytest.mark.parametrize("wave", ["family-2", "family-11", "", "young-1"])
def test_unseal_for_another_wave_is_refused(wave: str):
    with pytest.raises(LetterError):
        unseal(seal(_submission({}), PUBLIC, WAVE), SECRET, wave)


@QUICK
@given(st.integers(0, SIZES[0] + OVERHEAD - 1), st.integers(1, 255))
def test_unseal_altered_anywhere_is_refused(place: int, flip: int):
    box = bytearray(seal(_submission({"heard": "5"}), PUBLIC, WAVE))
    # X25519 ignores the top bit of the other side's key (RFC 7748), but HPKE binds the key as it was sent.
    box[place] ^= flip
    with pytest.raises(LetterError):
        unseal(bytes(box), SECRET, WAVE)


@pytest.mark.parametrize("cut", [0, 1, 16, 31, 32, 47, 48, 49, 4096, SIZES[0] + OVERHEAD - 1])
def test_unseal_cut_short_is_refused(cut: int):
    with pytest.raises(LetterError):
        unseal(seal(_submission({}), PUBLIC, WAVE)[:cut], SECRET, WAVE)


def test_unseal_with_something_after_it_is_refused():
    with pytest.raises(LetterError):
        unseal(seal(_submission({}), PUBLIC, WAVE) + b"x", SECRET, WAVE)


GOOD = {"code": "3", "batch": "b", "cell": "c", "mode": "self", "answers": {}}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"{}",
        b"[" * 30000,
        b'{"a":' * 5000,
        b"1" * 6000,
        json.dumps({**GOOD, "more": 1}).encode(),
        json.dumps({**GOOD, "code": 3}).encode(),
        json.dumps({**GOOD, "cell": None}).encode(),
        json.dumps({**GOOD, "mode": ["self"]}).encode(),
        json.dumps({**GOOD, "answers": []}).encode(),
        json.dumps({**GOOD, "answers": "x"}).encode(),
    ],
    ids=lambda content: content[:40].decode("latin-1"),
)
def test_unseal_hostile_content_is_refused(content: bytes):
    with pytest.raises(LetterError):
        unseal(_box_of(content), SECRET, WAVE)


def test_unseal_well_made_content_is_read():
    assert unseal(_box_of(json.dumps(GOOD).encode()), SECRET, WAVE) == Submission("3", "b", "c", "self", {})


def test_make_secret_gives_fresh_pairs_of_32_bytes():
    pairs = [(secret, public_half(secret)) for secret in (make_secret() for _ in range(5))]
    assert len({half for pair in pairs for half in pair}) == 10
    assert {len(half) for pair in pairs for half in pair} == {32}
