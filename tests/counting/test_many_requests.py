"""A flood of requests to delete: the opener works in lots, nobody waits for all of them, and a kill between lots is
mended by the next run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from app.core import letters
from app.core.codes import make_code
from app.counting import deletion, letterbox
from app.models.answers import Comment
from app.models.letters import DeleteKey, Letter
from app.respond import deletion_requests, journeys
from app.storage import db
from tests.conftest import TinySurvey
from tests.respond.test_taking_back import canaries, counts
from tests.support.dying_opener import die
from tests.support.words import in_inbox

REQUESTS, PEOPLE = 150, 60


def flood(wave: str) -> None:
    """Put requests of codes that nobody has into the letterbox, as a script would."""
    with db.writing() as session:
        public = session.get_one(DeleteKey, "family").public
        boxes = [letters.seal_deletion(make_code(), public, "family") for _request in range(REQUESTS)]
        session.execute(
            insert(Letter),
            [{"id": number.to_bytes(16), "wave_id": wave, "box": box} for number, box in enumerate(boxes)],
        )


@contextmanager
def heard(name: str, tell: Callable[..., None]) -> Iterator[None]:
    """Tell of an event at the engines of both rooms; the room's name goes first."""
    tellers = [(db.rooms().engine(room), name, partial(tell, room)) for room in ("counting", "collecting")]
    for each in tellers:
        event.listen(*each)
    try:
        yield
    finally:
        for each in tellers:
            event.remove(*each)


def test_nobody_waits_for_all_requests(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    """Measured in rows that one transaction names: seconds would depend on what else the machine does."""
    canaries(tiny.codes(30))
    tiny.close_wave()
    tiny.open_wave()
    flood(tiny.wave)
    named: dict[str, list[int]] = {"counting": [], "collecting": []}
    real, depth = db._transaction, {"counting": 0, "collecting": 0}

    @contextmanager
    def counted(name: str, read_only: bool = False) -> Iterator[Session]:
        named[name] += [0] * (not depth[name])
        depth[name] += 1
        try:
            with real(name, read_only) as session:
                yield session
        finally:
            depth[name] -= 1

    def count(name: str, _connection: object, _cursor: object, _sql: str, rows: Sequence[object], *_: object) -> None:
        if depth[name]:
            named[name][-1] += len(rows)

    monkeypatch.setattr(db, "_transaction", counted)
    with heard("before_cursor_execute", count):
        deletion.apply_deletions()

    assert counts()["letter"] == 0
    assert sum(named["collecting"]) > REQUESTS
    assert max(named["collecting"]) <= 100, named["collecting"]
    assert sum(named["counting"]) > REQUESTS
    assert max(named["counting"]) < sum(named["counting"]) / 4, named["counting"]


@pytest.mark.both_databases
def test_others_have_their_turn_between_lots(tiny: TinySurvey, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = tiny.codes(60)
    canaries(codes[:30])
    flood(tiny.wave)
    sent = iter(codes[30:])

    def somebody_sends(_seconds: float) -> None:
        journey = journeys.find_journey(journeys.begin(next(sent)))
        assert journey is not None
        assert journeys.submit(journey, journeys.new_submission_id()) is journeys.Outcome.SENT
        with db.counting() as answers:
            answers.add(Comment(id=journey.draft_key[:16], wave_id="family-9", question="words", body="b"))

    monkeypatch.setattr(deletion.time, "sleep", somebody_sends)
    deletion.apply_deletions()
    taken = 30 - len(list(sent))
    assert taken >= REQUESTS // deletion.CODES_AT_ONCE - 1
    assert (counts()["letter"], counts()["comment"]) == (30 + taken, taken)


KILLS = [
    ("_delete_batch", 2),
    ("_delete_batch", 3),
    ("_delete_answers", 2),
    ("_delete_letters", 2),
    ("_delete_letters", 4),
]
"""Function, and the call at which the opener is killed."""


@pytest.mark.parametrize(("name", "time"), KILLS)
def test_an_opener_killed_between_lots_forgets_nobody_and_deletes_nobody_else(
    tiny: TinySurvey, name: str, time: int
) -> None:
    kill_between_lots(tiny, name, time)


def kill_between_lots(tiny: TinySurvey, name: str, time: int) -> None:
    """Have an opener killed, and fail if the next one forgets a request or deletes another person's answers."""
    codes = tiny.codes(PEOPLE + 20)
    canaries(codes[:PEOPLE])
    tiny.close_wave()
    tiny.open_wave()
    words = canaries(codes)
    assert deletion.CODES_AT_ONCE * 2 < PEOPLE
    for code in codes[:PEOPLE]:
        deletion_requests.ask_to_delete(code)
    die(deletion.__name__, name, time)
    assert counts()["letter"] >= PEOPLE, "the requests are there still"

    letterbox.open_letterbox()

    assert (counts()["letter"], counts()["response"], counts()["comment"]) == (10, 10, 10)
    tiny.close_wave()
    assert (counts()["letter"], counts()["response"], counts()["detached"]) == (0, 20, 20)
    assert in_inbox() == {*words[PEOPLE:]}
