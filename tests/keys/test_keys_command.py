"""``flask keys``: what it shows, what it refuses, and both rooms' work from one command."""

import json
import os

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app.cli import counting, keys
from app.counting import opener
from app.keys import status
from app.storage import db, destroyed_keys, keyring
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.counting.test_letterbox import send


@pytest.fixture
def command(app: Flask, tiny: TinySurvey) -> FlaskCliRunner:
    """The command line of an installation with an open wave."""
    return app.test_cli_runner()


def shown(command: FlaskCliRunner) -> dict[tuple[str, str], dict[str, object]]:
    """Return what ``keys status --json`` prints, by kind and name."""
    done = command.invoke(args=["keys", "status", "--json"])
    assert done.exit_code == 0, done.output
    return {(row["kind"], row["name"]): row for row in json.loads(done.stdout)}


def test_status_tells_which_keys_there_are_and_what_they_derive(command: FlaskCliRunner) -> None:
    rows = shown(command)
    assert rows["office", "office"]["front"] == ["office.audit"]
    survey, wave = rows["survey", "family"], rows["wave", "family-1"]
    assert (survey["front"], survey["counting"], survey["burned"]) == (
        ["family.card"],
        ["family.link", "family.delete"],
        False,
    )
    assert (wave["front"], wave["counting"]) == (["family-1.wave"], ["family-1.secret"])
    assert survey["derivable"] == [status.DERIVABLE[kind] for kind in ("card", "link", "delete")]
    assert wave["derivable"] == [status.DERIVABLE["wave"], status.DERIVABLE["secret"]]
    assert "family.card" in command.invoke(args=["keys", "status"]).stdout


@pytest.mark.parametrize("place", ["front", "counting", "file", "content"])
def test_status_fails_when_others_can_read_a_key(command: FlaskCliRunner, place: str) -> None:
    settings = db.rooms().settings
    path = {"front": settings.front_keys, "counting": settings.counting_keys.parent}.get(place)
    if path is not None:
        path.chmod(0o750)
    elif place == "file":
        (settings.counting_keys / "family.link").chmod(0o640)
    else:
        (settings.front_keys / "family.card").write_bytes(b"short")
    done = command.invoke(args=["keys", "status", "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)
    sentence = {"file": "The key family.link has the mode 640, not 600.", "content": "The key family.card is damaged."}
    assert done.stderr.strip() == sentence.get(place, f"The folder {path and path.name} has the mode 750, not 700.")


def test_status_names_links_and_keys_of_another_owner(command: FlaskCliRunner) -> None:
    folder = db.rooms().settings.front_keys
    (folder / "young.card").symlink_to(folder / "family.card")
    expected = ["young.card is a link. A key must be a file."]
    if os.geteuid() == 0:
        os.chown(folder / "family.card", 65533, -1)
        expected.append("The key family.card does not belong to the owner of its folder.")
    done = command.invoke(args=["keys", "status"])
    assert (done.exit_code, done.stderr.strip()) == (1, " ".join(expected))


@pytest.mark.parametrize("name", ["destroy-wave", "burn-wave"])
def test_destruction_asks_first(
    command: FlaskCliRunner, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    tiny.close_wave()
    done = command.invoke(args=["keys", name, "family-1"])
    assert (done.exit_code, "Add --yes" in done.stderr) == (1, True)
    monkeypatch.setattr(keys, "_is_terminal", lambda: True)
    done = command.invoke(args=["keys", name, "family-1"], input="family\n")
    assert (done.exit_code, done.stderr.strip()) == (1, "Nothing was destroyed.")
    assert keyring.wave_key("family-1")

    assert command.invoke(args=["keys", name, "family-1"], input="family-1\n").exit_code == 0

    with pytest.raises(keyring.KeyMissing):
        keyring.wave_key("family-1")
    assert shown(command)["wave", "family-1"]["burned"] is True
    assert shown(command)["wave", "family-1"]["derivable"] == []


def test_a_round_ends_by_commands(command: FlaskCliRunner, tiny: TinySurvey) -> None:
    send(tiny.codes(30)[0])
    refused = command.invoke(args=["keys", "burn-wave", "family-1", "--yes"])
    assert (refused.exit_code, refused.stderr.count("\n")) == (1, 1)
    assert command.invoke(args=["keys", "burn-wave", "family-9", "--yes"]).stderr == "There is no round family-9.\n"
    tiny.close_wave()
    for arguments in (
        ["release", "make", "family-1"],
        ["keys", "ratchet", "family"],
        ["keys", "rotate-cards", "family"],
        ["keys", "burn-survey", "family", "--yes"],
        ["keys", "destroy-survey", "family", "--yes"],
    ):
        done = command.invoke(args=arguments)
        assert done.exit_code == 0, done.output
    assert all(row["derivable"] == [] for row in shown(command).values())
    for arguments in (["keys", "ratchet", "family"], ["keys", "rotate-cards", "family"]):
        done = command.invoke(args=arguments)
        assert (done.exit_code, "are destroyed" in done.stderr) == (1, True)
    listed = json.loads(command.invoke(args=["wave", "list", "family", "--json"]).stdout)
    assert [(wave["state"], wave["burned"]) for wave in listed] == [("published", True)]
    assert command.invoke(args=["release", "show", "family-1"]).exit_code == 0
    days = ["--opens", str(TODAY), "--closes", str(TODAY + MONTH)]
    done = command.invoke(args=["wave", "create", "family", *days])
    assert (done.exit_code, "are destroyed" in done.stderr) == (1, True)


@pytest.mark.both_databases
def test_a_late_opener_leaves_the_rest_to_the_next_try(
    command: FlaskCliRunner, tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.close_wave()
    monkeypatch.setattr(counting.os, "access", lambda *_given: False)
    monkeypatch.setattr(counting, "WAIT_SECONDS", 0.0)
    done = command.invoke(args=["keys", "burn-wave", "family-1", "--yes"])
    assert (done.exit_code, "opener has not answered" in done.stderr) == (1, True)
    assert keyring.wave_key("family-1"), "until the opener has done its half, ours stays"
    opener.answer_requests()
    assert destroyed_keys.is_done("wave", "family-1")
    monkeypatch.undo()

    assert command.invoke(args=["keys", "burn-wave", "family-1", "--yes"]).exit_code == 0
    assert keyring.front_files("wave", "family-1") == []
