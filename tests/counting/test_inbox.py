"""What becomes of moved comments: key rotation and destruction, a round that is cancelled, words that are old."""

import datetime as dt

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.counting import destroying as opener_destroying
from app.counting import inbox, letterbox, moving, opener
from app.models.answers import Comment, MovedComment
from app.models.comments import HarmReport, InboxComment, MaskedComment, Quote, ReadComment, ReadRound
from app.results import service as releases
from app.storage import clock, db, destroyed_keys
from app.surveys import waves
from tests.conftest import TODAY
from tests.counting.test_letterbox import count
from tests.counting.test_moving import PEOPLE, letterbox_alone, words_of
from tests.keys.destroyed import both_rooms, destroy, settle
from tests.support.words import (
    Heard,
    at_rest,
    close,
    in_inbox,
    note_as_reader,
    notes,
)


@pytest.fixture
def heard(app: Flask) -> Heard:
    """A survey with an open round that is read."""
    return Heard()


@pytest.mark.both_databases
def test_after_a_rotation_of_the_key_notes_still_name_their_comments(heard: Heard) -> None:
    heard.answer(heard.codes(60)[:12])
    close(heard.wave)
    before = notes()

    opener_destroying.ratchet(heard.slug)

    with db.counting() as answers:
        comments = set(answers.scalars(select(Comment.id)))
    assert set(notes()) == comments
    assert not comments & set(before)
    assert set(notes().values()) == set(before.values()), "and lie where they lay"


@pytest.mark.both_databases
def test_after_key_destruction_nobody_knows_which_comment_lies_where(heard: Heard) -> None:
    written = words_of(heard.answer(heard.codes(60)[:12]))
    close(heard.wave)
    settle(releases.ask_for_release(heard.wave))
    lying = notes()
    assert destroy("wave", heard.wave) is None
    assert notes() == lying, "a code still finds its comments"

    assert destroy("survey", heard.slug) is None

    assert (notes(), in_inbox()) == ({}, written)
    answers = at_rest(db.ANSWERS)
    assert not [one for pair in lying.items() for one in pair if one in answers]


def test_keys_are_not_destroyed_while_comments_are_on_their_way(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    heard.answer(heard.codes(60)[:12])
    waves.close_wave(heard.wave)
    letterbox_alone(monkeypatch)
    refusal = f"Comments of {heard.wave} are still on their way to their readers. Open the letterbox first."
    assert destroy("wave", heard.wave) == refusal, "none is noted yet"
    moving._note(waves.get_wave(heard.wave))
    assert destroy("wave", heard.wave) == refusal, "noted, and not moved"

    letterbox.open_letterbox()

    assert destroy("wave", heard.wave) is None
    assert len(in_inbox()) == 24


@pytest.mark.both_databases
def test_a_cancelled_round_leaves_nothing_in_the_inbox(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    written = words_of(heard.answer(heard.codes(60)[:PEOPLE]))
    letterbox.open_letterbox()
    note_as_reader()
    assert count(HarmReport, "collecting") == 40

    waves.cancel_wave(heard.wave, "The questions were those of last year")
    whole = Session.commit

    def dying(session: Session) -> None:
        whole(session)
        if destroyed_keys.is_begun("wave", heard.wave):
            raise SystemExit

    with monkeypatch.context() as patch:  # the portal's half is committed, and the answers' is not
        patch.setattr(Session, "commit", dying)
        with pytest.raises(SystemExit):
            both_rooms()
    assert (count(InboxComment, "collecting"), count(MovedComment)) == (0, 40)
    letterbox.open_letterbox()
    both_rooms()

    tables = (InboxComment, ReadComment, HarmReport, MaskedComment, Quote)
    assert ([count(table, "collecting") for table in tables], count(MovedComment), count(Comment)) == ([0] * 5, 0, 0)
    for room in (db.PORTAL, db.ANSWERS):
        content = at_rest(room)
        assert not [words for words in written if words.encode() in content], room


@pytest.mark.both_databases
def test_words_are_deleted_when_their_round_was_read_so_long_ago(heard: Heard) -> None:
    old = words_of(heard.answer(heard.codes(60)[:12]))
    close(heard.wave)
    note_as_reader()
    other = heard.open_wave()
    new = words_of(heard.answer(heard.codes(60, "more")[:12]))
    close(other)
    with db.writing() as session:
        session.add(ReadRound(wave_id=heard.wave, read_on=TODAY))
        session.add(ReadRound(wave_id=other, read_on=TODAY + dt.timedelta(1)))
        session.execute(update(HarmReport).values(is_taken_up=True, outcome="no harm", decided_on=TODAY))
        session.execute(update(MaskedComment).values(text="Somebody was kind."))
        session.execute(update(Quote).values(text="Somebody was kind."))
    with clock.on_day(TODAY + dt.timedelta(89)):
        inbox.delete_old_words()
        assert in_words() == old | new

    with clock.on_day(TODAY + dt.timedelta(90)):
        inbox.delete_old_words()

    assert in_words() == new
    assert count(InboxComment, "collecting") == 48, "the rows stay: what readers noted is counted"
    content = at_rest(db.PORTAL)
    assert not [words for words in old if words.encode() in content], "in translations neither"
    with db.collecting() as portal:
        assert set(portal.scalars(select(ReadComment.translation))) == {None}
        masked = portal.scalars(select(MaskedComment)).all()
        assert {(one.text, bool(one.marks)) for one in masked} == {("Somebody was kind.", False)}, "it can stay"
    letterbox.open_letterbox()
    assert in_words() == new, "and nothing fills them again"


def in_words() -> set[str]:
    """Return the words in the inbox, without comments that are empty."""
    with db.collecting() as portal:
        return set(portal.scalars(select(InboxComment.body).where(InboxComment.body != "")))


def test_the_night_deletes_old_words(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    heard.answer(heard.codes(60)[:12])
    close(heard.wave)
    monkeypatch.setattr(opener, "NIGHT_HOUR", 0)
    with db.writing() as session:
        session.add(ReadRound(wave_id=heard.wave, read_on=TODAY - dt.timedelta(90)))

    opener.run_nightly_jobs(pytest.fail)

    assert in_words() == set()


def test_words_that_may_tell_of_harm_are_kept_until_there_is_an_outcome(heard: Heard) -> None:
    old = words_of(heard.answer(heard.codes(60)[:12]))
    close(heard.wave)
    note_as_reader()
    with db.writing() as session:
        session.add(ReadRound(wave_id=heard.wave, read_on=TODAY))
    with clock.on_day(TODAY + dt.timedelta(90)):
        inbox.delete_old_words()
        assert in_words() == old
        with db.writing() as session:
            session.execute(update(HarmReport).values(is_taken_up=True, outcome="referred", decided_on=TODAY))
        inbox.delete_old_words()
    assert in_words() == set()
