"""Backup files: locked, closed to others, and refused in one sentence when they are not what they should be."""

import gzip
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.services.backups import archive, making
from tests.conftest import TinySurvey
from tests.traces import find_in_files

SECRET = "nine words that nobody would ever guess"


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Where a backup goes."""
    return tmp_path / "copy.backup"


def test_a_locked_backup_opens_with_its_passphrase_only(sqlite_app: Flask, backup: Path, tmp_path: Path) -> None:
    command = sqlite_app.test_cli_runner()
    with_passphrase(sqlite_app, SECRET)
    done = command.invoke(args=["backup", "create", str(backup)])
    assert (done.exit_code, done.stderr) == (0, ""), done.output
    assert backup.read_bytes().startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    assert command.invoke(args=["backup", "restore", str(backup), "--verify"]).exit_code == 0

    refusals = {"another passphrase": "does not open this backup", "": "This backup is locked"}
    for passphrase, sentence in refusals.items():
        with_passphrase(sqlite_app, passphrase)
        assert_refused(command, backup, sentence)


def with_passphrase(app: Flask, passphrase: str) -> None:
    """Give a running installation another passphrase."""
    rooms = app.extensions["rooms"]
    rooms.settings = replace(rooms.settings, backup_passphrase=passphrase)


def assert_refused(command: FlaskCliRunner, path: Path, sentence: str) -> None:
    """See that a backup is refused with one sentence."""
    done = command.invoke(args=["backup", "restore", str(path), "--verify"])
    assert (done.exit_code, sentence in done.stderr, len(done.stderr.splitlines())) == (1, True, 1), done.output


def test_production_makes_no_backup_that_anybody_can_read(sqlite_app: Flask, backup: Path) -> None:
    rooms = sqlite_app.extensions["rooms"]
    for passphrase in ("", "fifteen letters"):
        rooms.settings = replace(rooms.settings, env="production", backup_passphrase=passphrase)
        done = sqlite_app.test_cli_runner().invoke(args=["backup", "create", str(backup)])
        assert (done.exit_code, "BACKUP_PASSPHRASE" in done.stderr, backup.exists()) == (1, True, False)


def test_development_says_that_a_backup_is_not_locked(sqlite_app: Flask, backup: Path) -> None:
    done = sqlite_app.test_cli_runner().invoke(args=["backup", "create", str(backup)])
    assert (done.exit_code, "NOT locked" in done.stderr) == (0, True)


@pytest.mark.parametrize(
    "content", [b"", b"no backup", b"\x1f\x8b", gzip.compress(b"no tar"), b"age-encryption.org/v1\n"]
)
def test_what_is_no_backup_is_refused_in_one_sentence(sqlite_app: Flask, backup: Path, content: bytes) -> None:
    backup.write_bytes(content)
    with_passphrase(sqlite_app, SECRET if content.startswith(b"age") else "")
    done = sqlite_app.test_cli_runner().invoke(args=["backup", "restore", str(backup)])
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1), done.output
    assert "damaged" in done.stderr


def test_a_cut_off_backup_is_refused(sqlite_tiny: TinySurvey, sqlite_app: Flask, backup: Path) -> None:
    making.make(backup, of_keys=False)
    content = backup.read_bytes()
    for length in (len(content) // 2, len(content) - 1):
        backup.write_bytes(content[:length])
        assert_refused(sqlite_app.test_cli_runner(), backup, "damaged")


@pytest.mark.parametrize("name", ["../outside", "/etc/outside", "front/../../outside", "other.db"])
def test_a_backup_writes_nowhere_but_where_it_belongs(
    sqlite_app: Flask, backup: Path, tmp_path: Path, name: str
) -> None:
    planted = tmp_path / "planted"
    planted.write_bytes(b"planted")
    archive.write(backup, archive.Manifest(archive.DATABASES, "2026-01-01"), {name: planted}, "")
    assert_refused(sqlite_app.test_cli_runner(), backup, "damaged")
    assert not find_in_files(tmp_path / "home", ["planted"])


def test_a_backup_of_a_newer_version_and_of_another_database_is_refused(sqlite_app: Flask, backup: Path) -> None:
    faults = {
        "another version": archive.Manifest(archive.DATABASES, "2026-01-01", "sqlite", format=2),
        "a newer version": archive.Manifest(archive.DATABASES, "2026-01-01", "sqlite", {"portal": "9999"}),
        "a backup of postgresql": archive.Manifest(archive.DATABASES, "2026-01-01", "postgresql"),
    }
    for sentence, manifest in faults.items():
        backup.unlink(missing_ok=True)
        archive.write(backup, manifest, {}, "")
        assert_refused(sqlite_app.test_cli_runner(), backup, sentence)
