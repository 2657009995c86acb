"""What a shell of the web process's user plants (rows, names, links, files) leads the opener and root nowhere."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import OperationalError

from app.core import letters
from app.counting import letterbox, opener, public_keys
from app.home import attack_report
from app.models.letters import DeleteKey
from app.models.surveys import Wave
from app.storage import db, installation, keyfile, keyring, migrating, requests
from app.storage.refusals import Refused
from tests.conftest import TinySurvey
from tests.counting.test_letterbox import send

IMPOSSIBLE = ["../../pwn", "/var/lib/k", "a/b", "..", "", "a\0b", "Family", "family-1.secret/../x"]


def settings_of(app: Flask) -> installation.Settings:
    """Return an installation's settings."""
    found: installation.Settings = app.config["SETTINGS"]
    return found


def test_a_changed_public_key_is_restored_and_reported(tiny: TinySurvey) -> None:
    mine = letters.public_half(letters.make_secret())
    codes = tiny.codes(30)
    assert public_keys.restore_changed() == []
    with db.collecting() as portal:
        true = portal.scalar(select(Wave.letter_pub))
        portal.execute(update(Wave).values(letter_pub=mine))
        portal.execute(update(DeleteKey).values(public=mine))
    send(codes[0])

    said = public_keys.restore_changed()

    assert [sentence.partition(" was changed")[0] for sentence in said] == [
        "The public key of round family-1",
        "The public key for deletions in family",
    ]
    with db.collecting() as portal:
        assert portal.scalar(select(Wave.letter_pub)) == true
        assert portal.scalar(select(DeleteKey.public)) == letters.public_half(keyring.delete_secret("family"))
    assert public_keys.restore_changed() == []
    send(codes[1])
    tiny.close_wave()
    assert letterbox.status()["family-1"] == letterbox.BoxStatus(waiting=0, responses=1, set_aside=1)


def test_a_row_that_nobody_can_read_keeps_no_key_from_being_put_back(tiny: TinySurvey) -> None:
    mine = letters.public_half(letters.make_secret())
    with db.collecting() as portal:
        true = portal.scalar(select(Wave.letter_pub))
        portal.execute(update(Wave).values(letter_pub=mine))
        portal.execute(update(DeleteKey).values(public=mine))
        portal.execute(text("PRAGMA defer_foreign_keys=ON"))
        same = "number, questionnaire_id, state, opens_on, closes_on, letter_pub"
        other = f"SELECT CAST(x'ff' AS TEXT), 'x' || survey_slug, {same} FROM wave"
        portal.execute(text(f"INSERT INTO wave (id, survey_slug, {same}) {other}"))
        said = public_keys.restore_changed()
        assert portal.scalar(select(Wave.letter_pub).where(Wave.id == "family-1")) == true
        portal.rollback()
    assert len(said) == 2


@pytest.mark.both_databases
def test_nothing_is_reported_where_nothing_was_changed(tiny: TinySurvey) -> None:
    tiny.close_wave()
    tiny.open_wave()
    assert public_keys.restore_changed() == []


@pytest.mark.timeout(30)
def test_the_opener_looks_at_every_round_of_its_loop(
    tiny: TinySurvey, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.collecting() as portal:
        portal.execute(update(Wave).values(letter_pub=b"k" * 32))
    reported = threading.Event()

    def report(sentence: str) -> None:
        assert sentence.startswith("The public key of round family-1 was changed")
        reported.set()
        raise SystemExit

    with pytest.raises(SystemExit):
        opener.run_forever(report)
    assert reported.is_set()


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_names_from_the_database_lead_nowhere_but_into_the_folder(app: Flask, name: str) -> None:
    acts: list[Callable[[str], object]] = [
        keyring.make_letter_secret,
        keyring.letter_secret,
        keyring.destroy_letter_secret,
        keyring.wave_key,
        keyring.card_keys,
        keyring.destroy_link_keys,
    ]
    for act in acts:
        with pytest.raises(keyring.KeyMissing):
            act(name)


@pytest.mark.parametrize("verb", ["burn_wave", "burn_survey", "make_keys", "ratchet"])
def test_a_planted_request_destroys_and_makes_nothing_outside(tiny: TinySurvey, app: Flask, verb: str) -> None:
    home = settings_of(app).home
    tiny.close_wave()
    answers = home / "counting" / "answers.db"
    (home / "pwn.secret").symlink_to(answers)
    with db.collecting() as portal:
        planted = {**_columns_of(portal.scalars(select(Wave)).one()), "id": "../../pwn", "number": 7}
        portal.add(Wave(**planted))
    before = sorted(path.relative_to(home) for path in home.rglob("*"))
    requests.ask(verb, "../../pwn")

    with suppress(keyring.KeyMissing):
        opener.answer_requests()

    assert sorted(path.relative_to(home) for path in home.rglob("*")) == before
    assert answers.read_bytes().startswith(b"SQLite format 3")
    assert letterbox.status()["family-1"].set_aside == 0


def _columns_of(wave: Wave) -> dict[str, object]:
    return {column.key: getattr(wave, column.key) for column in Wave.__table__.columns}


def test_a_link_in_place_of_a_key_is_not_followed(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "keys", tmp_path / "mine"
    folder.mkdir()
    elsewhere.write_bytes(b"k" * 32)
    key = folder / "family.card"
    key.symlink_to(elsewhere)

    with pytest.raises(keyring.KeyMissing, match="link"):
        keyfile.read(key)
    keyfile.destroy(key)

    assert not key.is_symlink()
    assert elsewhere.read_bytes() == b"k" * 32


def test_a_folder_that_is_a_link_gets_no_key(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "keys").symlink_to(tmp_path / "etc")
    with pytest.raises(NotADirectoryError):
        keyfile.make(tmp_path / "keys" / "family.card", b"k" * 32)
    assert list((tmp_path / "etc").iterdir()) == []


def test_a_key_that_others_may_write_is_none(tmp_path: Path) -> None:
    key = tmp_path / "family.card"
    keyfile.make(key, b"k" * 32)
    assert keyfile.read(key) == b"k" * 32
    key.chmod(0o620)
    with pytest.raises(keyring.KeyMissing, match="only the owner of its folder"):
        keyfile.read(key)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_a_key_belongs_to_whoever_its_folder_belongs_to(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65533, 65533)
    keyfile.make(folder / "family.card", b"k" * 32)
    assert (folder / "family.card").stat().st_uid == 65533
    planted = folder / "family.link"
    planted.write_bytes(b"k" * 32)
    planted.chmod(0o600)
    with pytest.raises(keyring.KeyMissing, match="only the owner of its folder"):
        keyfile.read(planted)


def test_root_closes_no_folder_that_somebody_leads_it_to(app: Flask, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o755)
    logs = settings_of(app).home / "logs"
    logs.rmdir()
    logs.symlink_to(victim)
    with pytest.raises(Refused, match="is a link, not a folder"):
        migrating.migrate()
    assert victim.stat().st_mode & 0o777 == 0o755


def test_a_report_is_never_written_through_a_link(app: Flask, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    (settings_of(app).home / attack_report.NAME).symlink_to(victim)
    attack_report.save(attack_report.Report(people=30, waves=1, seed=1, database="sqlite", findings=()))
    assert victim.read_text(encoding="utf-8") == "mine"
    assert attack_report.load() is not None


@pytest.mark.parametrize("beside", ["-wal", "-shm"])
def test_sqlite_follows_no_link_beside_its_file(tiny: TinySurvey, app: Flask, beside: str) -> None:
    victim = settings_of(app).home / "counting" / "victim"
    victim.write_bytes(b"precious" * 1000)
    db.rooms().dispose()
    link = settings_of(app).home / f"portal.db{beside}"
    link.unlink(missing_ok=True)
    link.symlink_to(victim)
    with pytest.raises(OperationalError, match="unable to open"):
        tiny.close_wave()
    assert victim.read_bytes() == b"precious" * 1000
    link.unlink()
