"""Somebody with a shell as the web process's user: takes its settings and every key and file that it can read, and
looks for one letter it can open, one response it can read, and words beyond those that people read in the inbox. On
PostgreSQL it also tries to sign in as everybody else. Prints what it found as JSON. Run by ``test_walls``."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from app.attacker.ways.traces import without
from app.core.letters import LetterError, unseal
from app.storage import db
from config import load_settings

LETTERS = ("SELECT wave_id, box FROM letter", "SELECT wave_id, box FROM portal.letter")
ANSWERS = ("SELECT count(*) FROM response", "SELECT count(*) FROM answers.response", "SELECT count(*) FROM comment")
ROLES = "SELECT rolname FROM pg_roles WHERE rolcanlogin"
OTHERS = ("counting", "owner", "postgres", "feedback", "opener", "root")
FIRST = ("", "SET ROLE counting", "SET ROLE owner", "SET ROLE postgres")


def readable(home: Path) -> Iterator[bytes]:
    """Yield the content of every file that can be read, wherever folders can be listed or their usual names guessed."""
    guesses = [
        home / "counting" / "answers.db",
        *(home / "counting" / "keys" / f"family{e}" for e in (".link", "-1.secret")),
    ]
    for path in {*(Path(folder) / name for folder, _dirs, names in os.walk(home) for name in names), *guesses}:
        try:
            yield path.read_bytes()
        except OSError:
            continue


def rows(url: str, schema: str, statement: str, first: str) -> list[tuple]:
    """Return what a statement finds, nothing when it is not let."""
    engine = db.make_engine(url, schema)
    try:
        with engine.connect() as connection:
            if first:
                connection.execute(text(first))
            return [tuple(row) for row in connection.execute(text(statement))]
    except (SQLAlchemyError, OSError):
        return []
    finally:
        engine.dispose()


def sign_ins(url: str) -> Iterator[str]:
    """Yield an address for each role of the database server, without a password and with the web process's own."""
    own = make_url(url)
    if own.get_backend_name() == "sqlite":
        return
    for role in {*OTHERS, *(name for (name,) in rows(url, "portal", ROLES, ""))} - {own.username}:
        for password in (None, own.password):
            yield own.set(username=role, password=password).render_as_string(hide_password=False)


def opens(box: bytes, wave: str, root: bytes) -> bool:
    """Tell whether a root opens a letter."""
    try:
        unseal(box, root, wave)
    except (LetterError, ValueError):
        return False
    return True


settings = load_settings()
inbox = [body for (body,) in rows(settings.portal_url, "portal", "SELECT body FROM inbox", "")]
contents = [without(content, inbox) for content in readable(settings.home)]
roots = [content for content in contents if len(content) == 32]
taken = [url for url in sign_ins(settings.portal_url) if rows(url, "portal", "SELECT 1", "")]
portals = [settings.portal_url, *taken]
archives = [settings.portal_url, settings.answers_url, *taken]
letters = {
    bytes(box): wave for url in portals for s in LETTERS for f in FIRST for wave, box in rows(url, "portal", s, f)
}
found = {
    "user": os.geteuid(),
    "keys": len(roots),
    "sign_ins": len(taken),
    "letters": len(letters),
    "opened": sum(any(opens(box, wave, root) for root in roots) for box, wave in letters.items()),
    "responses": sum(n for url in archives for s in ANSWERS for f in FIRST for (n,) in rows(url, "answers", s, f)),
    "inbox": sum("zebra-canary" in body for body in inbox),
    "words": sum(b"zebra-canary" in content for content in contents),
}
sys.stdout.write(json.dumps(found))
