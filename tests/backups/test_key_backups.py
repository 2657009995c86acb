"""Backups of keys: destroyed ones stay destroyed, others are not overwritten, and only keys are in them."""

import os
import stat
from pathlib import Path

import pytest

from app.backups import key_copies, making, restoring
from app.counting import destroying as opener_destroying
from app.keys import rotation, status
from app.models.surveys import Survey
from app.storage import db, keyfile, keyring
from app.storage.refusals import Refused
from tests.conftest import TinySurvey
from tests.keys.destroyed import answer_twice, destroy


def test_destroyed_keys_do_not_come_back(tiny: TinySurvey, tmp_path: Path) -> None:
    answer_twice(tiny)
    copy = tmp_path / "keys.backup"
    making.make(copy, of_keys=True)
    assert destroy("wave", "family-1") is None
    assert destroy("survey", "family") is None

    tried = restoring.verify(copy).keys
    brought = restoring.restore(copy).keys
    assert tried is not None
    assert brought is not None
    dead = {"front/family-1.wave", "counting/family-1.secret", "front/family.card", "counting/family.link"}
    assert dead <= {*brought.destroyed}
    assert tried.destroyed == brought.destroyed
    assert not dead & {*brought.restored}
    with pytest.raises(keyring.KeyMissing):
        keyring.link_key("family")


def test_a_key_that_differs_is_not_overwritten(tiny: TinySurvey, tmp_path: Path) -> None:
    copy = tmp_path / "keys.backup"
    making.make(copy, of_keys=True)
    path = db.rooms().settings.counting_keys / "family.link"
    path.write_bytes(b"x" * 32)
    (db.rooms().settings.front_keys / "family.card").unlink()
    with pytest.raises(
        Refused, match=r"Different keys with these names already exist: counting/family\.link\. Nothing"
    ):
        restoring.restore(copy)
    assert path.read_bytes() == b"x" * 32
    assert not (db.rooms().settings.front_keys / "family.card").exists()


def test_key_files_come_back_closed_to_others(tiny: TinySurvey, tmp_path: Path) -> None:
    copy = tmp_path / "keys.backup"
    making.make(copy, of_keys=True)
    path = db.rooms().settings.front_keys / "family.card"
    before = path.read_bytes()
    path.unlink()
    restoring.restore(copy)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (before, 0o600)


def test_keys_are_real_files_with_names_of_keys(tiny: TinySurvey, tmp_path: Path) -> None:
    settings = db.rooms().settings
    link = settings.counting_keys / "family.link"
    (settings.front_keys / "other.card").symlink_to(link)
    (settings.front_keys / "stray").write_bytes(b"s" * 32)
    left = settings.counting_keys / ".family.link.ab12cd34"
    left.write_bytes(link.read_bytes())
    left.chmod(0o600)
    assert f"{left.name} was left by a crash. Delete it." in status.faults()

    manifest = making.make(tmp_path / "keys.backup", of_keys=True)

    assert [name for name in manifest.files if "other" in name or "stray" in name or "/." in name] == []
    keyring.destroy_link_keys("family")
    assert [path.name for path in settings.counting_keys.iterdir() if "link" in path.name] == []


def test_a_key_that_was_half_written_does_not_stay(
    tiny: TinySurvey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "keys.backup"
    making.make(copy, of_keys=True)
    path = db.rooms().settings.counting_keys / "family.link"
    before = path.read_bytes()
    path.unlink()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(keyfile.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            restoring.restore(copy)
    assert not path.exists()
    restoring.restore(copy)
    assert path.read_bytes() == before


def test_keys_that_a_backup_was_too_old_to_hold_are_named(tiny: TinySurvey, tmp_path: Path) -> None:
    copy = tmp_path / "keys.backup"
    making.make(copy, of_keys=True)
    tiny.close_wave()
    later = tiny.open_wave()
    opener_destroying.ratchet("family")
    settings = db.rooms().settings
    for path in [*settings.front_keys.glob("family*"), *settings.counting_keys.iterdir()]:
        path.unlink()
    brought = restoring.restore(copy).keys
    assert brought is not None
    assert brought.missing == ["counting/family.link.1", f"front/{later}.wave", f"counting/{later}.secret"]


def test_every_kind_of_key_that_is_missing_is_named(tiny: TinySurvey) -> None:
    for _twice in range(2):
        rotation.rotate_cards("family")
    opener_destroying.ratchet("family")
    settings = db.rooms().settings
    assert key_copies.find_missing() == []
    kept = {
        path: path.read_bytes() for path in [*settings.front_keys.glob("family*"), *settings.counting_keys.iterdir()]
    }
    for path, content in kept.items():
        path.unlink()
        assert key_copies.find_missing() == [
            f"{'front' if path.parent == settings.front_keys else 'counting'}/{path.name}"
        ]
        path.write_bytes(content)
    names = {"family.card", "family.card.1", "family.card.2", "family.link", "family.link.1", "family.delete"}
    assert {path.name for path in kept} == {*names, "family-1.wave", "family-1.secret"}


def test_a_card_key_after_a_lost_one_takes_nobody_elses_name(tiny: TinySurvey) -> None:
    for _twice in range(2):
        rotation.rotate_cards("family")
    folder = db.rooms().settings.front_keys
    before = (folder / "family.card.2").read_bytes()
    (folder / "family.card.1").unlink()
    rotation.rotate_cards("family")
    assert (folder / "family.card.2").read_bytes() == before
    assert keyring.card_key("family") == (folder / "family.card.3").read_bytes()
    assert key_copies.find_missing() == ["front/family.card.1"]


def test_a_survey_of_an_impossible_name_misses_no_key(tiny: TinySurvey) -> None:
    with db.writing() as session:
        session.add(Survey(slug="X", position=9, synthetic=False))
    assert key_copies.find_missing() == []


def test_what_lies_under_the_name_of_a_key_and_is_no_file_is_left_out(tiny: TinySurvey, tmp_path: Path) -> None:
    os.mkfifo(db.rooms().settings.front_keys / "zz.wave")
    making.make(tmp_path / "keys.backup", of_keys=True)
    assert not {name for name in restoring.verify(tmp_path / "keys.backup").keys.present if "zz" in name}
