"""``flask action`` and ``flask comment``."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from app.actions import service
from app.models.staff import StaffUser
from app.staff import accounts
from tests.actions.entries import ENTRY
from tests.comments.inbox import put_comments
from tests.conftest import TinySurvey
from tests.support.documents import page_count


@pytest.fixture
def person(tiny: TinySurvey) -> StaffUser:
    """An evaluator."""
    return accounts.get_user(accounts.create_user("one@example.org", "evaluator", password="maple-orbit-candle-river"))


def test_actions_are_listed(app: Flask, person: StaffUser) -> None:
    service.add(person, ENTRY)
    done = app.test_cli_runner().invoke(args=["action", "list", "--json"])
    (row,) = json.loads(done.stdout)
    assert (row["state"], row["public"], row["audiences"], row["overdue"]) == ("agreed", True, ["family"], False)
    assert "state=agreed" in app.test_cli_runner().invoke(args=["action", "list"]).stdout


@pytest.mark.parametrize("tag", ["en", "ur"])
@pytest.mark.parametrize("n_words", [10, 125])
def test_a_poster_is_one_page(app: Flask, person: StaffUser, tmp_path: Path, *, tag: str, n_words: int) -> None:
    for _one in range(3):
        entry = replace(ENTRY, said="long " * (n_words // 3), did="long " * (n_words // 2), state=service.WILL_NOT)
        number = service.add(person, replace(entry, why_not="long " * (n_words // 3)))
        texts = {name: "لمبا " * n_words for name in ("said", "did", "why_not")}
        service.save_text(number, "ur", english=service.english_of(service.get_action(number)), **texts)
    out = tmp_path / "poster.pdf"
    done = app.test_cli_runner().invoke(args=["action", "poster", "--lang", tag, "--out", str(out)])
    assert done.exit_code == 0, done.stderr
    content = out.read_bytes()
    assert content.startswith(b"%PDF")
    assert page_count(content) == 1


def test_the_status_of_comments_is_counted(app: Flask, person: StaffUser) -> None:
    put_comments("family-1", "One", "Two")
    done = app.test_cli_runner().invoke(args=["comment", "status", "--json"])
    assert json.loads(done.stdout) == {"family-1": {"in_inbox": 2, "read": 0, "flagged": 0, "quoted": 0}}
    assert "wave=family-1  in_inbox=2" in app.test_cli_runner().invoke(args=["comment", "status"]).stdout
