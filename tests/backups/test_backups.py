"""Backups: they come back whole, hold nothing that was taken back, and never hold keys and databases together."""

import gzip
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask, current_app
from psycopg import sql
from sqlalchemy import text

from app import create_app
from app.attacker.scene.postgres import new_database
from app.backups import archive, counting_rows, making, postgres_copies, restoring, work_folder
from app.counting import letterbox
from app.respond import deletion_requests, journeys
from app.storage import audit, db, installation
from app.storage.refusals import Refused
from config import Settings
from tests.conftest import TinySurvey
from tests.counting.test_letterbox import send
from tests.respond.test_taking_back import canaries
from tests.support.servers import drop_database
from tests.support.traces import find_in_files


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """Where a backup goes."""
    return tmp_path / "copy.backup"


def opened(path: Path, folder: Path) -> Path:
    """Lay everything that is in a backup that is not locked down in a folder, as a thief would read it."""
    folder.mkdir()
    with gzip.open(path) as zipped, tarfile.open(fileobj=zipped) as tar:
        for member in tar:
            file = tar.extractfile(member)
            assert file is not None
            (folder / member.name.replace("/", "-")).write_bytes(file.read())
    return folder


@pytest.fixture
def empty(app: Flask, tmp_path: Path) -> Iterator[Settings]:
    """The settings of another machine on the same kind of database, where nothing is yet."""
    settings: Settings = app.config["SETTINGS"]
    if not settings.owner_database_url:
        yield replace(settings, home=tmp_path / "other machine")
        return
    server = settings.owner_database_url
    urls = new_database(server)
    home = tmp_path / "other machine"
    yield replace(
        settings,
        home=home,
        database_url=urls.front,
        answers_database_url=urls.counting,
        owner_database_url=urls.owner,
    )
    drop_database(server, urls.owner)


def _urls(settings: Settings) -> tuple[str, str]:
    return settings.database_url, settings.answers_database_url


@pytest.mark.both_databases
def test_databases_and_keys_come_back_on_an_empty_machine_and_go_on(
    tiny: TinySurvey, empty: Settings, backup: Path, tmp_path: Path
) -> None:
    codes = tiny.codes(30)
    canaries(codes[:25])
    letterbox.open_letterbox()
    making.make(backup, of_keys=False)
    making.make(tmp_path / "keys.backup", of_keys=True)

    other = create_app(empty)
    with other.app_context():
        outcome = restoring.restore(backup)
        assert not outcome.is_log_checked, "its key is in the other backup"
        brought = restoring.restore(tmp_path / "keys.backup").keys
        assert brought is not None
        assert "counting/family.link" in brought.restored
        assert [*audit.verify(), *audit.verify_anchors()] == []
        assert (letterbox.status()["family-1"].responses, letterbox.status()["family-1"].waiting) == (
            15,
            10,
        )
        send(codes[26])
        tiny.close_wave()
        assert letterbox.status()["family-1"].responses == 26, "ten letters of the copy, and a new one"
        db.rooms().dispose()


@pytest.mark.both_databases
def test_a_backup_is_tried_without_touching_anything(tiny: TinySurvey, backup: Path) -> None:
    canaries(tiny.codes(30)[:12])
    making.make(backup, of_keys=False)
    before = counting_rows.count_installation()

    assert restoring.verify(backup).is_log_checked
    assert counting_rows.count_installation() == before
    assert [path.name for path in (db.rooms().settings.home / "backups").iterdir()] == ["lock"], "no copy is left"


def test_what_a_crash_left_readable_goes_when_the_next_one_starts(tiny: TinySurvey, backup: Path) -> None:
    left = db.rooms().settings.home / "backups" / f"{work_folder.AT_WORK}1234"
    left.mkdir(parents=True)
    left.parent.chmod(0o700)
    (left / "answers.db").write_text("readable")
    making.make(backup, of_keys=False)
    assert not left.exists()


def test_two_backups_at_once_take_turns(tiny: TinySurvey, backup: Path) -> None:
    with work_folder.work_folder() as folder:
        with pytest.raises(Refused, match="Another backup is being made"):
            making.make(backup, of_keys=False)
        assert folder.exists()
    assert not backup.exists()


@pytest.mark.both_databases
def test_a_backup_that_lost_a_row_is_found_out(tiny: TinySurvey, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.codes(30)
    honest = counting_rows.count

    def one_more(*arguments: object) -> dict[str, int]:
        found = honest(*arguments)  # type: ignore[arg-type]
        return {**found, **({"card": found["card"] + 1} if "card" in found else {})}

    with monkeypatch.context() as patch:
        patch.setattr(counting_rows, "count", one_more)
        making.make(backup, of_keys=False)
    with pytest.raises(Refused, match=r"incomplete or damaged.*portal\.card has 30 rows but should have 31"):
        restoring.verify(backup)


@pytest.mark.both_databases
def test_a_forged_log_in_a_backup_is_found_out(tiny: TinySurvey, backup: Path) -> None:
    tiny.codes(30)
    engine = db.make_engine(installation.owner_url(db.PORTAL), db.PORTAL)
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER USER"))
        else:
            for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars():
                connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text("UPDATE audit SET actor = 'nobody' WHERE id = 1"))
    engine.dispose()
    making.make(backup, of_keys=False)
    with pytest.raises(Refused, match="Entry 1, or one before it, was changed"):
        restoring.verify(backup)


@pytest.mark.both_databases
def test_nothing_that_was_taken_back_is_in_a_new_backup(tiny: TinySurvey, backup: Path, tmp_path: Path) -> None:
    codes = tiny.codes(30)[:25]
    words = canaries(codes)
    tiny.close_wave()
    making.make(backup, of_keys=False)
    assert find_in_files(opened(backup, tmp_path / "before"), [words[0]]), "the search finds what is there"

    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()
    new = tmp_path / "new.backup"
    making.make(new, of_keys=False)
    after = opened(new, tmp_path / "after")
    assert find_in_files(after, [words[0], codes[0]]) == []
    assert find_in_files(after, [words[1]]), "others' words are still there"


@pytest.mark.both_databases
def test_keys_and_databases_are_never_in_one_backup(tiny: TinySurvey, backup: Path, tmp_path: Path) -> None:
    tiny.codes(30)
    making.make(backup, of_keys=False)
    keys = [path.read_bytes() for path in db.rooms().settings.home.rglob("keys/*")]
    assert len(keys) >= 6
    databases = opened(backup, tmp_path / "databases")
    for path in databases.iterdir():
        assert not any(key in path.read_bytes() or key.hex().encode() in path.read_bytes() for key in keys)

    making.make(tmp_path / "keys.backup", of_keys=True)
    found = sorted(path.name for path in opened(tmp_path / "keys.backup", tmp_path / "keys").iterdir())
    expected = ["counting-family-1.secret", "counting-family.delete", "counting-family.link"]
    expected += ["front-family-1.wave", "front-family.card", "front-office.audit", "manifest.json"]
    assert found == expected


@pytest.mark.both_databases
def test_drafts_and_sessions_stay_out(tiny: TinySurvey, backup: Path, tmp_path: Path, app: Flask) -> None:
    journeys.begin(tiny.codes(30)[0])
    making.make(backup, of_keys=False)
    manifest, parts = archive.read(backup, "", must_be_locked=False)
    folder = tmp_path / "parts"
    folder.mkdir()
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    assert not {*counting_rows.LEFT_OUT} & {*manifest.rows["portal"]}
    with making.copies(manifest.dialect).elsewhere(app.config["SETTINGS"], folder) as there, db.elsewhere(there):
        assert rows("draft") == 0
    assert rows("draft") == 1


def rows(name: str) -> int:
    """Count a table of the portal as its owner."""
    engine = db.make_engine(installation.owner_url(db.PORTAL), db.PORTAL)
    with engine.connect() as connection:
        found = int(connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one())
    engine.dispose()
    return found


@pytest.mark.both_databases
def test_nothing_is_overwritten(tiny: TinySurvey, backup: Path) -> None:
    making.make(backup, of_keys=False)
    before = backup.read_bytes()
    with pytest.raises(Refused, match="already exists"):
        making.make(backup, of_keys=False)
    with pytest.raises(Refused, match="nothing was overwritten"):
        restoring.restore(backup)
    assert backup.read_bytes() == before


@pytest.mark.both_databases
def test_a_copy_made_beside_people_who_answer_and_an_opener_loses_nobody(tiny: TinySurvey, tmp_path: Path) -> None:
    """Whatever moment it shows: who has answered is in the letterbox or in the answers, once."""
    app, codes = current_app._get_current_object(), tiny.codes(400)  # type: ignore[attr-defined]
    stop, faults = threading.Event(), list[str]()

    def work(act: Callable[[], object]) -> None:
        with app.app_context():
            while not stop.is_set():
                try:
                    act()
                except Exception as fault:
                    faults.append(repr(fault))
                    return

    for code in codes[:25]:
        send(code)
    letterbox.open_letterbox()
    waiting = iter(codes[25:])
    acts = (lambda: send(next(waiting)), letterbox.open_letterbox)
    threads = [threading.Thread(target=work, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    made = [making.make(tmp_path / f"{number}.backup", of_keys=False) for number in range(5)]
    stop.set()
    for thread in threads:
        thread.join()
    assert [fault for fault in faults if "StopIteration" not in fault] == []
    for manifest in made:
        portal, answers = manifest.rows["portal"], manifest.rows["answers"]
        assert portal["letter"] + answers["response"] - answers["opened_letter"] == portal["spent"]
        assert answers["comment"] == answers["response"]
    assert made[-1].rows["answers"]["response"] > 0
    assert restoring.verify(tmp_path / "4.backup").manifest == made[-1]


@pytest.mark.both_databases
def test_what_a_killed_try_left_in_the_database_server_goes(tiny: TinySurvey, app: Flask, backup: Path) -> None:
    owner = app.config["SETTINGS"].owner_database_url
    if not owner:
        return  # on SQLite it lies in the folder for readable copies, see above
    name = postgres_copies._temporary_name(owner)
    for act in (lambda: making.make(backup, of_keys=False), lambda: restoring.verify(backup)):
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            act()
            found = connection.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [name]).fetchone()
        assert found == (0,)


@pytest.mark.both_databases
def test_a_backup_that_is_not_whole_is_not_left_behind(
    tiny: TinySurvey, empty: Settings, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    making.make(backup, of_keys=False)
    other = create_app(empty)
    with other.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(restoring, "_wrong_counts", lambda _manifest: ["Something is missing."])
            with pytest.raises(Refused, match="incomplete or damaged"):
                restoring.restore(backup)
        assert restoring.verify(backup).manifest.kind == "databases", "trying it on an empty machine works too"
        assert restoring.restore(backup).manifest.kind == "databases", "nothing of the first try is in the way"
        db.rooms().dispose()
