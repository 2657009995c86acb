"""T18 with two questions: nobody can tell which two comments one person wrote, nor from which area they came.

The attacker has a copy of the inbox from every night, with each place and number that the database shows, and knows on
which evening each person sent. The naive twin moves words letter by letter, and numbers them.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.attacker.thief import PostgresSchema, SqliteFile
from app.attacker.ways.inbox import pairs_found
from app.core.odds import most_by_luck
from app.counting import inbox, letterbox, moving
from app.models.answers import Comment
from app.models.comments import InboxComment
from app.storage import db
from tests.counting.test_moving import QUESTIONS
from tests.support.words import Heard, close

PER_NIGHT, NIGHTS = 6, 10
LEAST = 10
Copy = list[tuple[bytes, str, str, Mapping[str, Any]]]


@pytest.fixture
def heard(app: Flask) -> Heard:
    """A survey with two questions for own words and an open round that is read."""
    return Heard()


def copy_inbox() -> Copy:
    """Return id, question, words and every possible sort key of each comment in the inbox."""
    settings = db.rooms().settings
    url = settings.owner_database_url
    room = PostgresSchema(url, db.PORTAL) if url else SqliteFile(settings.home / "portal.db")
    found = [(row.values, row.orders) for row in room.rows(InboxComment.__tablename__)]
    return [(bytes(of["id"]), str(of["question"]), str(of["body"]), orders) for of, orders in found]


def live(heard: Heard, writers: dict[str, int]) -> tuple[list[Copy], dict[bytes, int]]:
    """Let people answer, a few each night, and return each night's new comments and whose they are.

    ``writers`` is filled with whose each text is.
    """
    codes = heard.codes(PER_NIGHT * NIGHTS)
    new, seen = [], set()
    for night in range(NIGHTS + 1):
        some = codes[night * PER_NIGHT : (night + 1) * PER_NIGHT]
        for number, words in enumerate(heard.answer(some)):
            writers |= dict.fromkeys(words.values(), night * PER_NIGHT + number)
        close(heard.wave) if night == NIGHTS else letterbox.open_letterbox()
        copy = copy_inbox()
        new.append([row for row in copy if row[0] not in seen])
        seen |= {row[0] for row in copy}
    return new, {row[0]: writers[row[2]] for row in copy}


def best_pairs(nights: list[Copy], owners: dict[bytes, int]) -> tuple[int, int]:
    """Pair by each order that the database shows, and return the most pairs of one person that any of them finds."""
    names = {name for rows in nights for row in rows for name in row[3]} | {"id"}
    return max((pairs_found(list(_lots(nights, name)), owners) for name in names), key=lambda found: found[0])


def _lots(nights: list[Copy], name: str) -> Iterator[dict[str, list[bytes]]]:
    for rows in nights:
        placed = sorted(rows, key=lambda row: row[0] if name == "id" else row[3].get(name, row[0]))
        yield {question: [row[0] for row in placed if row[1] == question] for question in QUESTIONS}


@pytest.mark.both_databases
def test_two_comments_of_one_person_do_not_travel_as_a_pair(heard: Heard) -> None:
    nights, owners = live(heard, {})
    right, tried = best_pairs(nights, owners)
    assert tried >= PER_NIGHT * NIGHTS * 2 // 3
    assert right <= most_by_luck(tried, 1 / LEAST)
    steps = [sum(row[1] == question for row in rows) for rows in nights[:-1] for question in QUESTIONS]
    assert min(step for step in steps if step) >= LEAST
    assert sum(1 for step in steps if step) >= 4, "words moved while the round was open"


@pytest.mark.both_databases
def test_no_order_tells_the_first_half_of_writers_from_the_second(heard: Heard) -> None:
    """As areas would be: people of the south answer in the same nights as those of the north."""
    nights, owners = live(heard, {})
    for rows in nights:
        names = {name for row in rows for name in row[3]} | {"id"}
        for question, name in itertools.product(QUESTIONS, names):
            of_question = next(lot[question] for lot in _lots([rows], name))
            half = len(of_question) // 2
            if half >= LEAST // 2:
                right = sum(owners[one] % 2 == 0 for one in of_question[:half])
                right += sum(owners[one] % 2 == 1 for one in of_question[half:])
                n = len(of_question)
                assert max(right, n - right) <= most_by_luck(n, 0.5, luck=0.0001), name


@pytest.mark.postgresql
def test_one_copy_of_the_inbox_does_not_say_in_which_night_a_comment_came(heard: Heard) -> None:
    """The server shows the transaction that wrote a row; all rows were written by the last one that moved words."""
    live(heard, {})
    writers = {row[3]["writer (xmin)"][0] for row in copy_inbox()}
    assert len(writers) == 1


@pytest.mark.both_databases
def test_the_same_attack_breaks_a_design_that_moves_words_letter_by_letter(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers, writers = itertools.count(1), dict[str, int]()

    def sender(comment: bytes) -> int:
        with db.counting(read_only=True) as answers:
            return writers[answers.scalars(select(Comment.body).filter_by(id=comment)).one()]

    monkeypatch.setattr(moving, "draw", lambda waiting, _is_closed: sorted(waiting, key=sender))
    monkeypatch.setattr(moving._chance, "shuffle", lambda rows: rows.sort(key=sender))
    monkeypatch.setattr(inbox._chance, "shuffle", lambda rows: None)
    monkeypatch.setattr(moving.secrets, "token_bytes", lambda size: next(numbers).to_bytes(size))
    nights, owners = live(heard, writers)
    right, tried = best_pairs(nights, owners)
    assert right > most_by_luck(tried, 1 / LEAST), (right, tried)
