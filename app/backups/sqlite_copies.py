"""Copies of the two SQLite files: taken while both processes run, restored, or verified in a separate place."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite
from sqlalchemy import text

from app.backups import counting_rows
from app.backups.manifest import Rows
from app.storage import db
from app.storage.refusals import Refused
from config import Settings

FILES = {db.PORTAL: "portal.db", db.ANSWERS: "answers.db"}
PARTS = tuple(FILES.values())
ENGINES = {db.PORTAL: "collecting", db.ANSWERS: "counting"}
BESIDE = ("", "-wal", "-shm")


def take(folder: Path) -> tuple[Rows, dict[str, str]]:
    """Copy both files into a folder, without the rows that are useless in a copy; return their rows and revisions.

    The opener is locked out until both are copied: no letter is opened between the two copies.
    """
    with db.counting():
        for room, name in FILES.items():
            with closing(db.rooms().engine(ENGINES[room]).raw_connection()) as connection:
                connection.cursor().execute("VACUUM INTO ?", [str(folder / name)])
    rows: Rows = {}
    revisions = {}
    for room, name in FILES.items():
        engine = db.make_engine(f"sqlite:///{folder / name}", room)
        with engine.begin() as connection:
            rows[room], revisions[room] = counting_rows.count(connection), counting_rows.revision(connection)
            for table in counting_rows.LEFT_OUT if room == db.PORTAL else ():
                connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 (our own names)
        with closing(engine.raw_connection()) as raw:
            for statement in ("VACUUM", "PRAGMA journal_mode=DELETE"):
                raw.cursor().execute(statement).fetchall()
        engine.dispose()
    return rows, revisions


def place(settings: Settings) -> tuple[Path, Path]:
    """Return the paths of an installation's two files, which have the names of ``FILES``."""
    return settings.home / "portal.db", settings.counting_keys.parent / "answers.db"


def check_free(settings: Settings) -> None:
    """Raise Refused if a file of an installation exists already."""
    for path in place(settings):
        if any(path.with_name(path.name + more).exists() for more in BESIDE):
            raise Refused(
                f"{path} or a file that belongs to it already exists. Move it away first; nothing was overwritten."
            )


def restore(folder: Path, settings: Settings) -> None:
    """Copy the files of an opened backup into an installation, both or none."""
    ready = {path.with_name(f".{path.name}.new"): path for path in place(settings)}
    for new, path in ready.items():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new.touch(0o600)
        shutil.copyfile(folder / path.name, new)
    for new, path in ready.items():
        new.replace(path)


def drop(settings: Settings) -> None:
    """Delete the files of a backup that turned out to be incomplete."""
    for path in place(settings):
        for more in BESIDE:
            path.with_name(path.name + more).unlink(missing_ok=True)


@contextmanager
def elsewhere(settings: Settings, folder: Path) -> Iterator[Settings]:
    """Give the settings of a temporary installation with this one's keys and the files of an opened backup."""
    with tempfile.TemporaryDirectory(dir=folder) as home:
        there = replace(settings, home=Path(home))
        if settings.front_keys.is_dir():
            there.front_keys.symlink_to(settings.front_keys)
        restore(folder, there)
        yield there


def faults(settings: Settings) -> list[str]:
    """Return the faults that SQLite finds in the files, one sentence each."""
    found = []
    for path in place(settings):
        with closing(sqlite.connect(path)) as connection:
            try:
                is_whole = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                is_whole = is_whole and not connection.execute("PRAGMA foreign_key_check").fetchall()
            except sqlite.DatabaseError:  # not a database
                is_whole = False
        if not is_whole:
            found.append(f"{path.name} is damaged.")
    return found
