"""Production refuses settings that are not safe, each with its own sentence."""

from pathlib import Path

import pytest

from config import SettingsError, load_settings, prepare_development_home, read_env_file

GOOD = {
    "PORTAL_ENV": "production",
    "SECRET_KEY": "kYx3-Qm9_vT7pLw2ZrB8nHc5Jd4Sf6Gg1",
    "BASE_URL": "https://feedback.example.gov.uk",
    "CONTACT_OFFICE": "0161 496 0101",
}


def settings_of(tmp_path: Path, **changes: str):
    """Load settings from a faultless production environment with changes."""
    given = {**GOOD, "PORTAL_HOME": str(tmp_path), **changes}
    return load_settings({name: value for name, value in given.items() if value})


def test_faultless_production_settings_are_taken(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)

    assert settings.is_production
    assert settings.trusted_hosts == ("feedback.example.gov.uk",)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"SECRET_KEY": "a" * 64}, "different characters"),
        ({"BASE_URL": "http://feedback.example.gov.uk"}, "https"),
        ({"BASE_URL": ""}, "https"),
        ({"CONTACT_OFFICE": ""}, "CONTACT_OFFICE"),
        ({"PORTAL_ENV": "staging"}, "PORTAL_ENV"),
        ({"REDIS_URL": "localhost"}, "REDIS_URL"),
        ({"REDIS_URL": "redis://localhost:port"}, "REDIS_URL"),
        ({"PORT": "eighty"}, "whole number"),
        ({"LOCALITIES": "north, south"}, "JSON"),
        ({"LOCALITIES": '{"north": "North"}'}, 'keep "boroughwide"'),
        ({"CHANNELS": '{"visit": "Visit"}'}, 'keep "any"'),
        ({"CONTACTS_CHECKED": "yesterday"}, "CONTACTS_CHECKED"),
        ({"LEAVE_URL": "javascript:alert(1)"}, "LEAVE_URL"),
        ({"TRUSTED_HOSTS": "*"}, "TRUSTED_HOSTS"),
        ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
        ({"OWNER_DATABASE_URL": "host=db"}, "OWNER_DATABASE_URL"),
        ({"FLASK_DEBUG": "1"}, "FLASK_DEBUG"),
        ({"FLASK_DEBUG": "True"}, "FLASK_DEBUG"),
    ],
)
def test_unsafe_settings_are_refused(tmp_path: Path, changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        settings_of(tmp_path, **changes)


@pytest.mark.parametrize(
    "changes", [{"FLASK_DEBUG": "0"}, {"FLASK_DEBUG": "False"}, {"FLASK_DEBUG": "1", "PORTAL_ENV": "development"}]
)
def test_debugging_is_for_development(tmp_path: Path, changes: dict[str, str]) -> None:
    assert settings_of(tmp_path, **changes)


def test_production_is_what_is_meant_when_nothing_is_said(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        load_settings({"PORTAL_HOME": str(tmp_path)})


def test_a_development_home_is_private_and_keeps_its_secret(tmp_path: Path) -> None:
    home = prepare_development_home({"PORTAL_HOME": str(tmp_path / "home"), "PORT": "8123"})
    first = read_env_file(home / "portal.env")
    prepare_development_home({"PORTAL_HOME": str(home), "PORT": "8124"})
    second = read_env_file(home / "portal.env")

    assert (home / "portal.env").stat().st_mode & 0o777 == 0o600
    assert first["SECRET_KEY"] == second["SECRET_KEY"]
    assert (first["BASE_URL"], second["BASE_URL"]) == ("http://127.0.0.1:8123", "http://127.0.0.1:8124")


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    home = prepare_development_home({"PORTAL_HOME": str(tmp_path / "home")})

    settings = load_settings({"PORTAL_HOME": str(home), "COUNCIL": "Another council"})

    assert settings.council == "Another council"
    assert settings.env == "development"


def test_a_settings_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "portal.env").write_bytes(b"COUNCIL=\xff\xfe")

    with pytest.raises(SettingsError, match=r"portal\.env"):
        settings_of(tmp_path)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('BASE_URL="https://feedback.example.gov.uk"', "BASE_URL is in quotes"),
        ("BACKUP_PASSPHRASE=violin staple harbour moss", "BACKUP_PASSPHRASE must not be in a file"),
    ],
)
def test_what_must_not_stand_in_the_file_is_refused(tmp_path: Path, line: str, sentence: str) -> None:
    (tmp_path / "portal.env").write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=sentence):
        settings_of(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"PORTAL_HOME is {tmp_path}/nowhere, which has no portal.env"):
        settings_of(tmp_path, SECRET_KEY="", PORTAL_HOME=str(tmp_path / "nowhere"))
    (tmp_path / "portal.env").touch()
    with pytest.raises(SettingsError) as refused:
        settings_of(tmp_path, SECRET_KEY="")
    assert "PORTAL_HOME" not in str(refused.value)
