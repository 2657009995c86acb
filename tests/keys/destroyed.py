"""Key destruction in tests: two published waves, the attack with known codes and every key file, and who is linked."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select, text

from app.cards import service as cards
from app.core import keys
from app.counting import linking, opener
from app.keys import destroying
from app.models.answers import Response
from app.results import service as releases
from app.storage import db, installation, requests
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.counting.test_letterbox import send

PEOPLE = 12


def answer_twice(tiny: TinySurvey) -> list[str]:
    """Let some people answer two waves, have both published, and return the codes of all cards, two of them void."""
    made = tiny.codes(30)
    for number in range(2):
        for code in made[:PEOPLE]:
            send(code)
        cards.void_code(made[-1 - number])
        tiny.close_wave()
        settle(releases.ask_for_release(waves.list_waves("family")[-1].id))
        if number == 0:
            tiny.open_wave()
    return made


def settle(_request: int) -> None:
    """Let the opener work."""
    opener.answer_requests()


def destroy(kind: str, subject: str) -> str | None:
    """Destroy the keys of a wave or survey as the command does; returns the opener's refusal."""
    number = destroying.ask(kind, subject)
    opener.answer_requests()
    destroying.finish()
    return requests.get_request(number).refusal


def both_rooms() -> None:
    """Let the opener answer, and the front room do its half."""
    opener.answer_requests()
    destroying.finish()


def every_root() -> list[bytes]:
    """Return the content of every file of 32 bytes under PORTAL_HOME."""
    files = (path for path in db.rooms().settings.home.rglob("*") if path.is_file())
    return [path.read_bytes() for path in files if path.stat().st_size == keys.KEY_BYTES]


def owner_rows(room: str, statement: str) -> set[bytes]:
    """Return a column as somebody sees it who may read everything."""
    engine = db.make_engine(installation.owner_url(room), room)
    with engine.connect() as connection:
        found = {bytes(value) for value in connection.execute(text(statement)).scalars()}
    engine.dispose()
    return found


def matches(codes: Iterable[str]) -> dict[str, int]:
    """Attack: try each file of 32 bytes as each kind of key, and count the rows that known codes lead to."""
    tags, persons, nullifiers, parts = set(), set(), set(), set()
    for root in every_root():
        for code in codes:
            tags.add(keys.card_tag(root, "family", code))
            persons.add(keys.person(root, "family", code))
            for wave in ("family-1", "family-2"):
                persons.add(keys.wave_pseudonym(root, wave, keys.person(root, "family", code)))
                nullifiers.add(keys.nullifier(root, wave, code))
                for part in ("words", "mode", "role|parent"):
                    parts.add(keys.comment_id(root, wave=wave, code=code, question=part))
    held = {
        "tags": (tags, owner_rows(db.PORTAL, "SELECT tag FROM card UNION SELECT tag FROM void")),
        "nullifiers": (nullifiers, owner_rows(db.PORTAL, "SELECT nullifier FROM spent")),
        "persons": (persons, owner_rows(db.ANSWERS, "SELECT person FROM response")),
        "parts": (parts, owner_rows(db.ANSWERS, "SELECT id FROM comment UNION SELECT id FROM detached")),
    }
    return {name: len(made & found) for name, (made, found) in held.items()}


def linked() -> list[frozenset[str]]:
    """Return, for each person, the waves in which they answered."""
    with db.counting() as session:
        resolve = linking.pseudonym_resolver(session, "family")
        rows = session.execute(select(Response.person, Response.wave_id)).all()
    people: dict[bytes, set[str]] = {}
    for person, wave in rows:
        people.setdefault(resolve(wave, person), set()).add(wave)
    return sorted((frozenset(found) for found in people.values()), key=sorted)


def answers_of_people() -> list[Any]:
    """Return what each person said in each wave, people in no order."""
    with db.counting() as session:
        resolve = linking.pseudonym_resolver(session, "family")
        rows = session.scalars(select(Response)).all()
    people: dict[bytes, list[Any]] = {}
    for row in rows:
        people.setdefault(resolve(row.wave_id, row.person), []).append(
            (row.wave_id, row.cell_id, sorted(row.answers.items()))
        )
    return sorted(sorted(found) for found in people.values())
