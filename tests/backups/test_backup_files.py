"""Backup files: locked, closed to others, and refused in one sentence when they are not what they should be."""

import gzip
import io
import json
import os
import stat
import tarfile
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.backups import archive, making
from app.backups.manifest import DATABASES, Manifest
from tests.conftest import TinySurvey
from tests.support.traces import find_in_files

SECRET = "nine words that nobody would ever guess"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Where a backup goes."""
    return tmp_path / "copy.backup"


def test_a_locked_backup_opens_with_its_passphrase_only(app: Flask, backup: Path, tmp_path: Path) -> None:
    command = app.test_cli_runner()
    with_passphrase(app, SECRET)
    done = command.invoke(args=["backup", "create", str(backup)])
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert backup.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert command.invoke(args=["backup", "restore", str(backup), "--verify"]).exit_code == 0

    refusals = {"another passphrase": "does not open this backup", "": "This backup is encrypted"}
    for passphrase, sentence in refusals.items():
        with_passphrase(app, passphrase)
        assert_refused(command, backup, sentence)


def with_passphrase(app: Flask, passphrase: str) -> None:
    """Give a running installation another passphrase."""
    rooms = app.extensions["rooms"]
    rooms.settings = replace(rooms.settings, backup_passphrase=passphrase)


def assert_refused(command: FlaskCliRunner, path: Path, sentence: str) -> None:
    """See that a backup is refused with one sentence."""
    done = command.invoke(args=["backup", "restore", str(path), "--verify"])
    assert (done.exit_code, sentence in done.stderr, len(done.stderr.splitlines())) == (1, True, 1), done.output


def test_production_makes_no_backup_that_anybody_can_read(app: Flask, backup: Path) -> None:
    rooms = app.extensions["rooms"]
    for passphrase in ("", "fifteen letters"):
        rooms.settings = replace(rooms.settings, env="production", backup_passphrase=passphrase)
        done = app.test_cli_runner().invoke(args=["backup", "create", str(backup)])
        assert (done.exit_code, "BACKUP_PASSPHRASE" in done.stderr, backup.exists()) == (1, True, False)


def test_development_says_that_a_backup_is_not_locked(app: Flask, backup: Path) -> None:
    done = app.test_cli_runner().invoke(args=["backup", "create", str(backup)])
    assert (done.exit_code, "NOT encrypted" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    "content", [b"", b"no backup", b"\x1f\x8b", gzip.compress(b"no tar", mtime=0), b"age-encryption.org/v1\n"]
)
def test_what_is_no_backup_is_refused_in_one_sentence(app: Flask, backup: Path, content: bytes) -> None:
    backup.write_bytes(content)
    with_passphrase(app, SECRET if content.startswith(b"age") else "")
    done = app.test_cli_runner().invoke(args=["backup", "restore", str(backup)])
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1), done.output
    assert "damaged" in done.stderr


def test_a_cut_off_backup_is_refused(tiny: TinySurvey, app: Flask, backup: Path) -> None:
    making.make(backup, of_keys=False)
    content = backup.read_bytes()
    for length in (len(content) // 2, len(content) - 1):
        backup.write_bytes(content[:length])
        assert_refused(app.test_cli_runner(), backup, "damaged")


ROWS = {"portal": {"wave": 1}, "answers": {"response": 0}}
REVISIONS = {"portal": "0001", "answers": "0001"}
SOUND = Manifest(DATABASES, "2026-01-01", "sqlite", REVISIONS, ROWS)


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "front/../../outside", "other.db", "front/family.link"])
def test_a_backup_writes_only_where_it_belongs(app: Flask, backup: Path, tmp_path: Path, name: str) -> None:
    archive.write(backup, SOUND, {name: b"planted"}, secret="")
    assert_refused(app.test_cli_runner(), backup, "damaged")
    assert not find_in_files(tmp_path / "home", ["planted"])


MANIFESTS: dict[str, dict[str, object]] = {
    "does not know": {"format": 1},
    "a backup of postgresql": {"dialect": "postgresql"},
    "does not contain both databases": {},
}
UNSOUND: tuple[dict[str, object], ...] = (
    {"made_on": "\x1b[31m2026"},
    {"rows": {}},
    {"rows": {"portal": {"wave; DROP TABLE wave": 1}, "answers": {}}},
    {"rows": {"portal": {"wave": "1"}, "answers": {}}},
    {"revisions": ["0001"]},
    {"dialect": "mysql"},
    {"kind": "both"},
    {"kind": "keys", "files": ["front/../../portal.env"]},
    {"kind": "keys", "files": [5]},
    {"kind": "keys", "files": 5},
    {"kind": "keys", "files": ["portal.db"]},
    {"more": 1},
)


@pytest.mark.parametrize("sentence", MANIFESTS)
def test_a_backup_that_does_not_fit_is_refused(app: Flask, backup: Path, sentence: str) -> None:
    archive.write(backup, replace(SOUND, **MANIFESTS[sentence]), {"portal.db": b""}, secret="")
    assert_refused(app.test_cli_runner(), backup, sentence)


@pytest.mark.parametrize("change", UNSOUND)
def test_a_manifest_that_names_what_cannot_be_is_refused(app: Flask, backup: Path, change: dict[str, object]) -> None:
    body = json.dumps({**asdict(SOUND), **change}).encode()
    with gzip.open(backup, "wb") as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        member = tarfile.TarInfo(archive.MANIFEST)
        member.size = len(body)
        tar.addfile(member, io.BytesIO(body))
    assert_refused(app.test_cli_runner(), backup, "damaged")


def test_a_backup_of_a_newer_version_is_refused(app: Flask, backup: Path) -> None:
    newer = replace(SOUND, revisions={"portal": "9999", "answers": "0001"})
    archive.write(backup, newer, {"portal.db": b"", "answers.db": b""}, secret="")
    assert_refused(app.test_cli_runner(), backup, "a newer version")


def test_what_grows_without_end_is_not_opened(app: Flask, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_BYTES", 5 * 2**20)
    backup.write_bytes(gzip.compress(bytes(8 * 2**20)))
    assert_refused(app.test_cli_runner(), backup, "larger than")


@pytest.mark.parametrize("is_production", [True, False])
def test_where_backups_are_locked_no_other_is_opened(app: Flask, backup: Path, is_production: bool) -> None:
    making.make(backup, of_keys=True)
    if is_production:
        rooms = app.extensions["rooms"]
        rooms.settings = replace(rooms.settings, env="production")
    else:
        with_passphrase(app, SECRET)
    for more in ([], ["--verify"]):
        done = app.test_cli_runner().invoke(args=["backup", "restore", str(backup), *more])
        assert (done.exit_code, "is not encrypted, so anybody could have made it" in done.stderr) == (1, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_the_folder_for_readable_copies_is_nobody_elses(app: Flask, backup: Path, tmp_path: Path) -> None:
    home = app.config["SETTINGS"].home
    folder = home / "backups"
    faults: dict[str, Callable[[], object]] = {
        "open to others": lambda: folder.chmod(0o755),
        "can be moved away": lambda: (folder.chmod(0o700), home.chmod(0o2770)),
        "another user's": lambda: (home.chmod(0o3770), os.chown(folder, 65533, -1)),
        "a way to somewhere else": lambda: (folder.rmdir(), folder.symlink_to(tmp_path)),
    }
    for name, make in faults.items():
        make()
        done = app.test_cli_runner().invoke(args=["backup", "create", str(backup)])
        assert (done.exit_code, "must belong to the user who makes backups" in done.stderr) == (1, True), name
    folder.unlink()
    folder.mkdir(mode=0o700)
    (tmp_path / "precious").write_text("precious")
    (folder / "lock").symlink_to(tmp_path / "precious")
    done = app.test_cli_runner().invoke(args=["backup", "create", str(backup)])
    assert (done.exit_code, (tmp_path / "precious").read_text()) == (1, "precious")
    (folder / "lock").unlink()
    assert app.test_cli_runner().invoke(args=["backup", "create", str(backup)]).exit_code == 0
