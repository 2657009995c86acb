"""Comments move to the inbox: in lots, each question by itself; killed at every step, none is lost, doubled or left."""

import datetime as dt
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.counting import inbox, letterbox, moving, opener
from app.models.answers import Comment, MovedComment
from app.models.comments import InboxComment
from app.models.surveys import Wave
from app.storage import clock, db
from app.surveys import waves
from tests.conftest import MONTH, TODAY
from tests.counting.test_letterbox import count
from tests.support.dying_opener import die
from tests.support.opener_turns import turn_opener
from tests.support.words import (
    QUESTIONS,
    Heard,
    at_rest,
    close,
    in_answers,
    in_inbox,
    let_read,
    per_question,
    unfinished,
)

MOVING, REWRITING = moving.__name__, "app.counting.rewriting"
STEPS = [
    (MOVING, "_note", 1),
    (MOVING, "_carry", 1),
    ("app.counting.inbox", "insert", 1),
    (REWRITING, "reshuffle_rows", 2),
    ("app.storage.db", "tidy_files", 3),
    ("app.storage.db", "tidy_files", 4),
    (MOVING, "_finish", 1),
    (REWRITING, "reshuffle_rows", 3),
    (REWRITING, "reshuffle_rows", 4),
]
"""Module, function, and the call at which the opener is killed; the letterbox rewrites once and tidies twice before."""
PEOPLE = 40


@pytest.fixture
def heard(app: Flask) -> Heard:
    """A survey with an open round that is read."""
    return Heard()


def words_of(written: list[dict[str, str]]) -> set[str]:
    """Return all words of some people."""
    return {text for person in written for text in person.values()}


@pytest.mark.both_databases
def test_in_an_open_round_ten_comments_on_each_question_stay_and_then_all_move(heard: Heard) -> None:
    written = heard.answer(heard.codes(60)[:PEOPLE])

    letterbox.open_letterbox()

    assert per_question() == {"words": 20, "more": 20}
    assert len(in_answers()) == 20
    assert not in_answers() & in_inbox()
    close(heard.wave)
    assert (in_inbox(), in_answers(), unfinished()) == (words_of(written), set(), 0)
    with db.collecting() as portal:
        found = {(one.question, one.body) for one in portal.scalars(select(InboxComment))}
    assert found == {pair for person in written for pair in person.items()}, "each under its own question"


def test_below_twenty_on_a_question_none_of_it_moves(heard: Heard) -> None:
    codes = heard.codes(60)
    heard.answer(codes[:20], ("words",))
    heard.answer(codes[20:40])

    letterbox.open_letterbox()

    assert count(Comment) >= 40
    assert per_question().get("more", 0) in (0, 10), "of 20 on this question some letters stay behind"
    assert per_question()["words"] == 20


def test_every_step_before_the_close_is_ten_or_more_on_a_question(heard: Heard) -> None:
    codes, seen = heard.codes(120), [{question: 0 for question in QUESTIONS}]
    for first in range(0, 119, 7):
        heard.answer(codes[first : first + 7])
        letterbox.open_letterbox()
        seen.append({question: per_question().get(question, 0) for question in QUESTIONS})

    for before, after in pairwise(seen):
        assert all(after[q] == before[q] or after[q] - before[q] >= 10 for q in QUESTIONS), seen
    assert seen[-1]["words"] >= 80


def test_the_comments_of_one_person_do_not_travel_together(heard: Heard) -> None:
    written = heard.answer(heard.codes(60)[:PEOPLE])
    letterbox.open_letterbox()
    moved = in_inbox()
    together = [person for person in written if len(moved & set(person.values())) == 2]
    alone = [person for person in written if len(moved & set(person.values())) == 1]
    assert together, "at random"
    assert alone, "at random"


def test_words_that_nobody_said_are_read_stay_where_they_are(heard: Heard) -> None:
    let_read(heard.wave, None)
    heard.answer(heard.codes(60)[:30])
    letterbox.open_letterbox()
    close(heard.wave)

    assert (count(InboxComment, "collecting"), count(MovedComment), len(in_answers())) == (0, 0, 60)


def test_between_the_last_day_and_the_end_nothing_moves(heard: Heard) -> None:
    codes = heard.codes(60)
    heard.answer(codes[:PEOPLE])
    let_read(heard.wave, None)
    letterbox.open_letterbox()  # 30 comments on each question wait
    let_read(heard.wave)
    with clock.on_day(TODAY + MONTH + dt.timedelta(1)):
        letterbox.open_letterbox()
        assert in_inbox() == set()
    with db.writing() as session:
        waves.move(session, session.get(Wave, heard.wave), waves.State.CLOSED)
    moving.move(waves.get_wave(heard.wave))
    assert in_inbox() == set(), "closed, but letters wait: the wave has not ended"

    letterbox.open_letterbox()

    assert len(in_inbox()) == 2 * PEOPLE


@pytest.mark.parametrize(("module", "name", "time"), STEPS)
def test_an_opener_killed_at_a_step_of_a_move_loses_doubles_and_leaves_nothing(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, module: str, name: str, time: int
) -> None:
    kill_a_move(heard, module, name, time)


def kill_a_move(heard: Heard, module: str, name: str, time: int) -> None:
    """Have an opener killed while it moves comments, and fail if the next one loses, doubles or leaves any."""
    written = words_of(heard.answer(heard.codes(60)[:PEOPLE]))
    die(module, name, time)
    letterbox.open_letterbox()

    assert per_question() == {"words": 20, "more": 20}
    check_apart(written)
    with db.writing() as session:
        waves.move(session, session.get(Wave, heard.wave), waves.State.CLOSED)
    die(module, name, time)
    letterbox.open_letterbox()
    assert (in_inbox(), unfinished()) == (written, 0)
    check_apart(written)


def check_apart(written: set[str]) -> None:
    """Fail unless each comment lies in one database only, to the byte."""
    assert unfinished() == 0
    assert not in_inbox() & in_answers()
    portal, answers = at_rest(db.PORTAL), at_rest(db.ANSWERS)
    for words in written:
        assert (words.encode() in portal) == (words in in_inbox())
        assert (words.encode() in answers) == (words in in_answers())


@pytest.mark.both_databases
def test_no_words_lie_in_both_databases_at_rest(heard: Heard) -> None:
    written = words_of(heard.answer(heard.codes(60)[:PEOPLE]))
    letterbox.open_letterbox()
    check_apart(written)
    close(heard.wave)
    check_apart(written)


def test_a_move_that_was_interrupted_is_finished_within_a_minute(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    written = words_of(heard.answer(heard.codes(60)[:12]))
    waves.close_wave(heard.wave)
    with monkeypatch.context() as patch:
        patch.setattr(inbox, "insert", lambda _rows: 1 / 0)
        opener.answer_requests()
    assert (unfinished(), in_inbox()) == (24, set())

    assert turn_opener(monkeypatch, 2) == []

    assert (unfinished(), in_inbox(), in_answers()) == (0, written, set())


def test_a_busy_file_is_cleaned_by_a_later_turn(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    written = words_of(heard.answer(heard.codes(60)[:12]))
    monkeypatch.setattr(db, "TIDY_TRIES", 1)
    with db.rooms().engine("counting").connect() as reader:
        waves.close_wave(heard.wave)
        letterbox_alone(monkeypatch)
        reader.exec_driver_sql("SELECT * FROM comment").fetchone()  # somebody reads the file and does not end
        moving.move(waves.get_wave(heard.wave))
        assert unfinished() == 24
    moving.move(waves.get_wave(heard.wave))
    assert in_inbox() == written
    check_apart(written)


def letterbox_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open letters, and move nothing."""
    with monkeypatch.context() as patch:
        patch.setattr(moving, "move", lambda _wave: None)
        opener.answer_requests()


def test_what_was_noted_without_its_comment_moves_nothing(heard: Heard) -> None:
    """A body that was emptied before the crash is not put into the inbox a second time."""
    heard.answer(heard.codes(60)[:12])
    close(heard.wave)
    with db.counting() as answers:
        answers.execute(update(MovedComment).values(is_done=False))
    with db.collecting() as portal:
        for one in portal.scalars(select(InboxComment)):
            portal.delete(one)
    letterbox.open_letterbox()
    assert (count(InboxComment, "collecting"), unfinished()) == (0, 0)
