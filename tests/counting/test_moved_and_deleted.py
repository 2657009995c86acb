"""Deletion by code reaches comments before, during and after their move; killed at any step, nothing of it returns."""

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from app.counting import deletion, letterbox, moving, opener
from app.counting import destroying as opener_destroying
from app.models.answers import Comment, MovedComment
from app.models.comments import DestroyPrints, HarmReport, InboxComment, MaskedComment, Quote, ReadComment
from app.models.letters import Letter
from app.respond import deletion_requests
from app.storage import clock, db
from app.surveys import waves
from tests.counting.test_letterbox import count
from tests.counting.test_moving import STEPS as MOVES
from tests.counting.test_moving import check_apart, words_of
from tests.support.dying_opener import die
from tests.support.opener_turns import turn_opener
from tests.support.words import Heard, at_rest, close, in_answers, in_inbox, note_as_reader, unfinished

REWRITING = "app.counting.rewriting"
KILLS = [
    ("app.counting.moving", "withdraw", 1),
    ("app.counting.inbox", "delete_comments", 1),
    *[(REWRITING, "delete_rows", n) for n in (2, 3, 4, 5, 6, 7, 8)],
    ("app.counting.inbox", "_renew_files", 1),
    ("app.storage.db", "tidy_files", 1),
    ("app.storage.db", "tidy_files", 2),
    ("app.counting.deletion", "_delete_letters", 2),
]
"""Module, function, and the call at which the opener is killed; at the fifth deletion of rows the inbox is done."""


@pytest.fixture
def heard(app: Flask) -> Heard:
    """A survey with an open round that is read."""
    return Heard()


def check_gone(theirs: set[str], others: set[str]) -> None:
    """Fail unless one person's words are in no table and no file, and all others' are in the inbox once."""
    assert (in_inbox(), in_answers(), unfinished()) == (others, set(), 0)
    content = at_rest(db.PORTAL) + at_rest(db.ANSWERS)
    assert not [words for words in theirs if words.encode() in content]
    assert len({count(model) for model in (Comment, MovedComment)} | {count(InboxComment, "collecting")}) == 1


@pytest.mark.both_databases
def test_a_code_deletes_its_comments_where_they_are_read(heard: Heard) -> None:
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    close(heard.wave)
    note_as_reader()

    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()

    check_gone(words_of(written[:1]), words_of(written[1:]))
    with db.collecting() as portal:
        there = set(portal.scalars(select(InboxComment.id)))
        for model in (ReadComment, HarmReport, MaskedComment, Quote):
            assert set(portal.scalars(select(model.comment_id))) == there
        assert portal.scalars(select(DestroyPrints.before)).all() == [clock.next_month()]
    assert count(Letter, "collecting") == 0


def test_the_code_of_somebody_who_is_not_quoted_names_no_prints(heard: Heard) -> None:
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    close(heard.wave)
    note_as_reader()
    with db.writing() as session:
        session.execute(update(Quote).where(Quote.text.contains(written[0]["words"])).values(agreed_by=None))
        session.execute(delete(Quote).where(Quote.text.contains(written[0]["more"])))
    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()
    check_gone(words_of(written[:1]), words_of(written[1:]))
    assert count(DestroyPrints, "collecting") == 0


def test_a_code_deletes_its_comments_that_wait(heard: Heard) -> None:
    codes = heard.codes(60)[:40]
    written = heard.answer(codes)
    letterbox.open_letterbox()
    for code in codes[:20]:
        deletion_requests.ask_to_delete(code)
    letterbox.open_letterbox()
    assert not words_of(written[:20]) & (in_inbox() | in_answers())
    close(heard.wave)
    check_gone(words_of(written[:20]), words_of(written[20:]))


@pytest.mark.parametrize(("module", "name", "time"), MOVES)
def test_a_code_deletes_its_comments_that_are_half_moved(heard: Heard, module: str, name: str, time: int) -> None:
    delete_during_a_move(heard, module, name, time)


def delete_during_a_move(heard: Heard, module: str, name: str, time: int) -> None:
    """Have an opener killed while it moves a person's comments, and fail if the next one does not delete them."""
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    with db.writing() as session:
        waves.move(session, session.get(waves.Wave, heard.wave), waves.State.CLOSED)
    die(module, name, time)
    deletion_requests.ask_to_delete(codes[0])

    letterbox.open_letterbox()

    check_gone(words_of(written[:1]), words_of(written[1:]))


@pytest.mark.parametrize(("module", "name", "time"), KILLS)
def test_an_opener_killed_while_it_deletes_brings_nothing_back(heard: Heard, module: str, name: str, time: int) -> None:
    kill_a_deletion(heard, module, name, time)


def kill_a_deletion(heard: Heard, module: str, name: str, time: int) -> None:
    """Have an opener killed while it deletes comments in the inbox, and fail unless the next one deletes the rest."""
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    close(heard.wave)
    note_as_reader()
    deletion_requests.ask_to_delete(codes[0])

    die(module, name, time)
    assert count(Letter, "collecting") == 1, "the request is there still"
    letterbox.open_letterbox()

    check_gone(words_of(written[:1]), words_of(written[1:]))
    assert count(Letter, "collecting") == 0


def test_a_half_moved_comment_that_is_half_deleted_does_not_return(
    heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    with db.writing() as session:
        waves.move(session, session.get(waves.Wave, heard.wave), waves.State.CLOSED)
    die(REWRITING, "reshuffle_rows", 3)  # they are in the inbox, and not emptied in the answers database
    assert in_inbox() == in_answers() == words_of(written)
    deletion_requests.ask_to_delete(codes[0])
    die(REWRITING, "delete_rows", 10)  # they are deleted in the inbox, and there still in the answers database
    assert in_inbox() == words_of(written[1:])
    seen: list[set[str]] = []
    real = moving.move
    monkeypatch.setattr(moving, "move", lambda wave: (real(wave), seen.append(in_inbox())))

    assert turn_opener(monkeypatch, 2) == []

    assert seen == [words_of(written[1:])]
    check_gone(words_of(written[:1]), words_of(written[1:]))


def test_no_move_while_a_surveys_requests_cannot_be_read(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    waves.close_wave(heard.wave)
    with monkeypatch.context() as patch:
        patch.setattr(moving, "move", lambda _wave: None)
        opener.answer_requests()
    deletion_requests.ask_to_delete(codes[0])
    with monkeypatch.context() as patch:
        patch.setattr(deletion, "_delete_batch", lambda *_given, **_named: 1 / 0)
        with pytest.raises(Exception, match="on hold"):
            letterbox.open_letterbox()
    assert in_inbox() == set()

    letterbox.open_letterbox()

    check_gone(words_of(written[:1]), words_of(written[1:]))


def test_after_a_rotation_of_the_key_a_code_still_finds_its_comments(heard: Heard) -> None:
    codes = heard.codes(60)[:30]
    written = heard.answer(codes)
    close(heard.wave)
    opener_destroying.ratchet(heard.slug)
    opener_destroying.ratchet(heard.slug)
    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()
    check_gone(words_of(written[:1]), words_of(written[1:]))


def test_the_search_finds_what_is_there(heard: Heard) -> None:
    written = words_of(heard.answer(heard.codes(60)[:12]))
    close(heard.wave)
    assert all(words.encode() in at_rest(db.PORTAL) for words in written)
    check_apart(written)
