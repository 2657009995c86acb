"""After the fire the attacker tries every wave and everybody, and looks for the bytes of the burned keys themselves."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from app.attacker.ways import stolen_keys
from app.core import keys
from tests.attacker.test_measures import PEOPLE, evidence, fairly

KEY = bytes(range(100, 132))


@pytest.mark.parametrize("mark", [keys.nullifier, keys.saved_place])
def test_a_mark_of_the_open_wave_is_found_with_a_key_that_was_left(
    tmp_path: Path, mark: Callable[[bytes, str, str], bytes]
) -> None:
    truth, key = evidence(fairly).truth, tmp_path / "open.wave"
    key.write_bytes(KEY)
    stored = {mark(KEY, "open", truth.people[3].code)}
    assert stolen_keys.share_found(truth, [key], stored) == 0
    assert stolen_keys.share_found(truth, [key], stored, waves=[*truth.waves, "open"]) == 1 / PEOPLE
    assert stolen_keys.share_found(truth, [], stored, waves=[*truth.waves, "open"]) == 0


@pytest.mark.parametrize("form", [KEY, KEY.hex().encode(), KEY.hex().upper().encode(), base64.b64encode(b"xy" + KEY)])
def test_the_bytes_of_a_destroyed_key_are_found_in_a_file(tmp_path: Path, form: bytes) -> None:
    left = tmp_path / "portal.db-wal"
    left.write_bytes(b"before " + form + b" after")
    assert stolen_keys.bytes_found([KEY, bytes(32 * [7])], [left, tmp_path / "gone"]) == 1
    left.write_bytes(b"before " + form[: len(form) // 2] + b" after")
    assert stolen_keys.bytes_found([KEY, bytes(32 * [7])], [left]) == 0
