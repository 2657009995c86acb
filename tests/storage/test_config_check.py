"""The command that checks an installation: every setting, its databases and its Redis; one sentence for each fault."""

from dataclasses import replace

import pytest
from flask import Flask

from app.attacker.scene.servers import free_port
from app.core.settings import NAMES
from config import Settings
from tests.support.homes import flask, write_portal_env


def check(app: Flask, **changes: object) -> tuple[int, str]:
    """Run the command with other settings; return its exit status and what it prints."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], **changes)
    done = app.test_cli_runner().invoke(args=["config", "check"])
    return done.exit_code, done.output


def test_all_is_right(app: Flask) -> None:
    assert check(app) == (0, f"All {len(NAMES)} settings are valid.\n")


def test_every_fault_is_a_line_that_names_its_setting(app: Flask, settings: Settings) -> None:
    write_portal_env(settings)
    with (settings.home / "portal.env").open("a", encoding="utf-8") as file:
        file.write("CONTACT_EVENING=tbc\nTRUSTED_PROXIES=yes\nCONTACT_OFICE=0161 496 0101\n")
    done = flask(settings, "config", "check")
    lines = [line.removeprefix("The portal does not start: ") for line in done.stderr.splitlines()]
    assert done.returncode == 1
    assert sorted(line.split(" ")[0] for line in lines) == ["CONTACT_EVENING", "CONTACT_OFICE", "TRUSTED_PROXIES"]
    assert done.stdout == ""


def test_a_variable_that_looks_like_a_setting_is_a_note(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXY", "1")
    status, said = check(app)
    assert (status, "TRUSTED_PROXY in the environment is not read: did you mean TRUSTED_PROXIES?\n" in said) == (
        0,
        True,
    )


def test_a_redis_that_does_not_answer_is_a_fault(app: Flask, redis_server: str) -> None:
    assert check(app, redis_url=redis_server)[0] == 0
    url = f"redis://127.0.0.1:{free_port()}/0"
    assert check(app, redis_url=url) == (1, "REDIS_URL: no Redis server responds at this address.\n")


def test_a_database_server_that_does_not_answer_is_a_fault(app: Flask) -> None:
    url = f"postgresql://front:x@127.0.0.1:{free_port()}/feedback"
    assert check(app, database_url=url) == (1, "DATABASE_URL: The portal database does not answer.\n")


@pytest.mark.parametrize("env", ["production", "development"])
def test_production_without_a_proxy_is_worth_a_word(app: Flask, env: str) -> None:
    status, said = check(app, env=env)
    assert (status, "TRUSTED_PROXIES is 0" in said) == (0, env == "production")
