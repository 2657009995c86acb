"""A restored backup brings withdrawn comments back; the opener deletes them again by a list outside all backups."""

import datetime as dt
from pathlib import Path

import pytest
from flask import Flask

from app.backups import making, restoring
from app.comments import restored_words
from app.comments.tasks import tasks
from app.counting import letterbox, opener
from app.models.answers import MovedComment
from app.models.comments import DestroyPrints, InboxComment, MaskedComment, Quote
from app.respond import deletion_requests
from app.staff import accounts
from app.storage import clock, db, withdrawn
from tests.conftest import TODAY
from tests.counting.test_letterbox import count
from tests.support.opener_turns import turn_opener
from tests.support.traces import find_in_files
from tests.support.words import Heard, at_rest, close, in_answers, in_inbox, note_as_reader

WAIT = dt.timedelta(withdrawn.KEEP_DAYS)

PASSWORD = "maple-orbit-candle-river"


def withdraw_after_a_backup(backup: Path) -> tuple[set[str], set[str]]:
    """Make a backup, delete a person's comments by code, and return their words and all others'."""
    heard = Heard()
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    close(heard.wave)
    note_as_reader()
    making.make(backup, of_keys=False)
    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()
    theirs = set(written[0].values())
    return theirs, {text for one in written[1:] for text in one.values()}


def lose_both_databases() -> None:
    """Delete the databases and nothing else of an installation."""
    settings = db.rooms().settings
    db.rooms().dispose()
    making.copies("postgresql" if settings.database_url else "sqlite").drop(settings)


@pytest.mark.both_databases
def test_what_was_withdrawn_is_deleted_again_after_a_restore(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = tmp_path / "copy.backup"
    theirs, others = withdraw_after_a_backup(backup)
    lose_both_databases()
    assert not restoring.restore(backup).may_return
    assert in_inbox() == theirs | others

    assert turn_opener(monkeypatch, 2) == []

    assert (in_inbox(), in_answers()) == (others, set())
    tables = (InboxComment, MaskedComment, Quote)
    assert (count(MovedComment), *[count(table, "collecting") for table in tables]) == (58, 58, 58, 58)
    assert count(DestroyPrints, "collecting") == 1
    content = at_rest(db.PORTAL) + at_rest(db.ANSWERS)
    assert not [words for words in theirs if words.encode() in content]


def test_a_restore_without_the_list_says_that_words_may_be_back(app: Flask, tmp_path: Path) -> None:
    backup = tmp_path / "copy.backup"
    withdraw_after_a_backup(backup)
    lose_both_databases()
    withdrawn.path().unlink()

    done = app.test_cli_runner().invoke(args=["backup", "restore", str(backup)])

    sentence = f"{withdrawn.path()} is not here: comments that were deleted after {TODAY} may be back."
    assert sentence in done.stderr
    assert done.exit_code == 0
    assert restored_words.list_days() == [TODAY]
    reader = accounts.get_user(accounts.create_user("reader@example.org", "evaluator", password=PASSWORD))
    assert f"Comments that were deleted after {TODAY:%-d %B %Y} may be back." in [one.text for one in tasks(reader)]
    restored_words.note_seen()
    assert restored_words.list_days() == []


def test_the_list_is_in_no_backup(app: Flask, tmp_path: Path) -> None:
    withdraw_after_a_backup(tmp_path / "before.backup")
    ids = [one.hex() for one in withdrawn.list_ids()]
    for name, of_keys in (("databases", False), ("keys", True)):
        making.make(tmp_path / f"{name}.backup", of_keys=of_keys)
    assert find_in_files(withdrawn.path().parent, ids) == [withdrawn.path()]
    copies = tmp_path / "copies"
    copies.mkdir()
    for name in ("databases", "keys"):
        (tmp_path / f"{name}.backup").rename(copies / f"{name}.tar.gz")
    assert find_in_files(copies, ids) == []
    assert withdrawn.path().stat().st_mode & 0o077 == 0


def test_an_id_is_dropped_after_thirty_five_days(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opener, "NIGHT_HOUR", 0)
    withdrawn.path().parent.mkdir(exist_ok=True)
    old, new = b"o" * 16, b"n" * 16
    withdrawn.add([old])
    with withdrawn.path().open("a") as file:
        file.write("\n2026-0")  # the line that was written when the machine stopped
    with clock.on_day(TODAY + dt.timedelta(1)):
        withdrawn.add([new])
    with clock.on_day(TODAY + WAIT):
        withdrawn.drop_old()
        assert set(withdrawn.list_ids()) == {old, new}
    with clock.on_day(TODAY + WAIT + dt.timedelta(1)):
        opener.run_nightly_jobs(pytest.fail)
        assert withdrawn.list_ids() == [new]
    assert old.hex() not in withdrawn.path().read_text()
