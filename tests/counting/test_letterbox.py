"""The way of one answer through the services."""

import json
from collections import Counter

import pytest
from sqlalchemy import func, select

from app.cards import service as cards
from app.core import letters
from app.counting import drawing, letterbox, linking, public_keys, rewriting
from app.models.answers import Comment, DetachedAnswer, Response, SetAside, Turnout
from app.models.letters import Draft, Letter, Spent
from app.models.surveys import Wave
from app.respond import journeys
from app.respond.journeys import Outcome
from app.storage import db
from app.storage.refusals import Refused
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.support.words import in_inbox

ANSWERS = {"heard": "5", "role": "parent", "words": "a<b 5>4"}


def send(code: str, **changes: object) -> Outcome:
    """Answer a wave with a code, from the draft to the press of Send."""
    journey = journeys.find_journey(journeys.begin(code))
    assert journey is not None
    journey = journeys.save_page(journey, {**ANSWERS, **changes})
    return journeys.submit(journey, journeys.new_submission_id())


def count(model: type, room: str = "counting") -> int:
    """Count a table's rows."""
    with getattr(db, room)() as session:
        return session.scalar(select(func.count()).select_from(model))


@pytest.mark.both_databases
def test_a_sent_answer_leaves_only_a_letter_and_a_mark(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]

    assert send(code) is Outcome.SENT

    assert (count(Letter, "collecting"), count(Draft, "reading"), count(Spent, "reading")) == (1, 0, 1)
    assert count(Response) == 0


@pytest.mark.both_databases
def test_a_code_counts_once_in_a_wave_and_again_in_the_next(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    assert send(code) is Outcome.SENT
    assert send(code, heard="1") is Outcome.ALREADY_USED
    tiny.close_wave()
    tiny.open_wave()
    assert send(code) is Outcome.SENT
    tiny.close_wave()

    with db.counting() as session:
        rows = list(session.scalars(select(Response)))
        resolve = linking.pseudonym_resolver(session, "family")
        people = [resolve(row.wave_id, row.person) for row in rows]
        answers = list(session.scalars(select(Response.answers)))
    assert len(people) == 2
    assert len(set(people)) == 1, "with the opener's key it is one person"
    assert len({row.person for row in rows}) == 2, "without it two rounds have nothing in common"
    assert [a["heard"] for a in answers] == ["5", "5"], "the first answers are kept"


def test_below_twenty_letters_nothing_is_opened(tiny: TinySurvey) -> None:
    for code in tiny.codes(30)[:19]:
        send(code)

    assert letterbox.open_letterbox() == {tiny.wave: 0}
    assert count(Response) == 0


def test_from_twenty_letters_on_ten_stay_behind(tiny: TinySurvey) -> None:
    for code in tiny.codes(30)[:25]:
        send(code)

    assert letterbox.open_letterbox() == {tiny.wave: 15}
    assert letterbox.open_letterbox() == {tiny.wave: 0}

    status = letterbox.status()[tiny.wave]
    assert (status.waiting, status.responses, status.set_aside) == (10, 15, 0)
    assert waves.shown_turnout() == {tiny.wave: 10}


def test_after_the_close_everything_is_opened_and_counted(tiny: TinySurvey) -> None:
    first, second = tiny.codes(30, "one")[:12], tiny.codes(30, "two")[:5]
    for code in first + second:
        send(code)
    tiny.close_wave()

    with db.counting() as session:
        turnout = sorted(session.scalars(select(Turnout.n)))
    assert turnout == [5, 12]
    assert (count(Response), count(Comment), count(Letter, "collecting")) == (17, 17, 0)
    assert waves.shown_turnout() == {tiny.wave: 15}


def test_own_words_and_mode_are_cut_off_from_the_response(tiny: TinySurvey) -> None:
    send(tiny.codes(30)[0])
    tiny.close_wave()

    with db.counting() as session:
        response = session.scalars(select(Response)).one()
        comment = session.scalars(select(Comment)).one()
        mode = session.scalars(select(DetachedAnswer)).one()
    assert response.answers == {"heard": "5", "role": "parent"}
    assert (comment.body, comment.cell_id) == ("", None)
    assert in_inbox() == {"a<b 5>4"}
    assert (mode.question, mode.code) == ("mode", "self")
    assert len({response.id, response.person, comment.id, mode.id}) == 4


def test_a_comment_keeps_its_cell_only_where_there_are_a_hundred_cards(tiny: TinySurvey) -> None:
    send(tiny.codes(100)[0])
    tiny.close_wave()

    with db.counting() as session:
        assert session.scalars(select(Comment.cell_id)).one() == "family/north/visit"


@pytest.mark.both_databases
def test_an_unreadable_letter_is_set_aside_and_the_others_go_on(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    for code in codes[:3]:
        send(code)
    with db.writing() as session:
        session.add(Letter(id=b"x" * 16, wave_id=tiny.wave, box=b"no letter at all" * 512))
    tiny.close_wave()

    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(waiting=0, responses=3, set_aside=1)
    assert count(SetAside) == 1


def test_batches_of_few_cards_are_counted_together(tiny: TinySurvey) -> None:
    """How many of three cards came back is close to who answered."""
    large = tiny.codes(30)[:2]
    small = [
        cards.issue_cards("family", batch=name, locality="north", channel="visit", count=3).codes[0]
        for name in ("a", "b")
    ]
    for code in (*large, *small):
        send(code)

    tiny.close_wave()

    with db.counting() as session:
        assert sorted(session.execute(select(Turnout.batch_id == "small", Turnout.n)).all()) == [(False, 2), (True, 2)]


def test_a_public_key_that_the_opener_did_not_make_is_reported(tiny: TinySurvey) -> None:
    with db.collecting() as session:
        wave = session.get_one(Wave, tiny.wave)
        wave.letter_pub = letters.public_half(letters.make_secret())

    with pytest.raises(Refused, match="not made here"):
        public_keys.make_wave_keys(tiny.wave)


def failing_delete(patch: pytest.MonkeyPatch) -> None:
    """Let every deletion of letters fail, as if the opener died or the portal database was busy."""
    real = rewriting.delete
    patch.setattr(rewriting, "delete", lambda model: 1 / 0 if model is Letter else real(model))


@pytest.mark.both_databases
def test_an_opener_that_died_before_deleting_letters_doubles_nothing(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in tiny.codes(30)[:12]:
        send(code)
    with db.writing() as session:
        waves.move(session, session.get(Wave, tiny.wave), waves.State.CLOSED)
    with monkeypatch.context() as patch:
        failing_delete(patch)
        with pytest.raises(Refused, match="ZeroDivisionError"):
            letterbox.open_letterbox()
    assert count(Response) == 12
    assert count(Letter, "collecting") == 12

    letterbox.open_letterbox()

    assert (count(Response), count(Comment), count(Letter, "collecting")) == (12, 12, 0)
    with db.counting() as session:
        assert session.scalars(select(Turnout.n)).all() == [12]


def test_tries_after_a_failed_deletion_draw_no_new_letters(tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch) -> None:
    for code in tiny.codes(30)[:20]:
        send(code)
    with monkeypatch.context() as patch:
        failing_delete(patch)
        for _try in range(5):
            with pytest.raises(Refused):
                letterbox.open_letterbox()
            assert count(Response) == 10, "ten stay behind, however often the opener tries"

    letterbox.open_letterbox()

    assert (count(Response), count(Letter, "collecting")) == (10, 10)


@pytest.mark.parametrize(
    "changes",
    [{"cell": "nowhere"}, {"batch": "nobody"}, {"code": "\ud800"}, {"code": "372915048266518"}, {"mode": "m" * 60}],
)
def test_a_letter_that_no_form_of_ours_wrote_is_set_aside(tiny: TinySurvey, changes: dict[str, str]) -> None:
    codes = tiny.codes(30)
    send(codes[0])
    known = cards.find_card(codes[1])
    wave = waves.get_wave(tiny.wave)
    assert known is not None
    given = {"code": codes[1], "batch": known.batch, "cell": known.cell, "mode": "self", "answers": {"heard": "5"}}
    box = seal_raw({**given, **changes}, wave)
    with db.writing() as session:
        session.add(Letter(id=b"y" * 16, wave_id=tiny.wave, box=box))
    tiny.close_wave()

    assert letterbox.status()[tiny.wave] == letterbox.BoxStatus(waiting=0, responses=1, set_aside=1)


def seal_raw(content: dict[str, object], wave: Wave) -> bytes:
    """Seal any content with a wave's public key, as whoever has taken over the web process can."""
    key = letters.X25519PublicKey.from_public_bytes(wave.letter_pub)
    padded = letters.pad(json.dumps(content).encode())
    return letters._SUITE.encrypt(padded, key, letters._info(wave.id))


def test_two_presses_of_one_send_after_another_get_the_same_answer(tiny: TinySurvey) -> None:
    journey = journeys.find_journey(journeys.begin(tiny.codes(30)[0]))
    assert journey is not None
    submission = journeys.new_submission_id()

    first, second = journeys.submit(journey, submission), journeys.submit(journey, submission)
    other = journeys.submit(journey, journeys.new_submission_id())

    assert (first, second, other) == (Outcome.SENT, Outcome.SENT, Outcome.ALREADY_USED)
    assert count(Letter, "collecting") == 1


def test_a_slow_save_brings_no_draft_back(tiny: TinySurvey) -> None:
    journey = journeys.find_journey(journeys.begin(tiny.codes(30)[0]))
    assert journey is not None
    journeys.submit(journey, journeys.new_submission_id())

    journeys.save_page(journey, ANSWERS)

    assert count(Draft, "reading") == 0


def test_a_closed_wave_takes_no_answer(tiny: TinySurvey) -> None:
    journey = journeys.find_journey(journeys.begin(tiny.codes(30)[0]))
    assert journey is not None
    tiny.close_wave()

    assert journeys.submit(journey, journeys.new_submission_id()) is Outcome.CLOSED
    assert journeys.find_journey(journey.draft_key) is None
    with pytest.raises(journeys.CodeRefused):
        journeys.begin(journey.code)


def test_the_same_press_of_send_is_known_again_after_its_draft_is_gone(tiny: TinySurvey) -> None:
    journey = journeys.find_journey(journeys.begin(tiny.codes(30)[0]))
    assert journey is not None
    submission = journeys.new_submission_id()
    journeys.submit(journey, submission)

    assert journeys.was_received(submission)
    assert not journeys.was_received(journeys.new_submission_id())


def test_drawing_leaves_ten_and_takes_each_at_most_once() -> None:
    waiting = [bytes([n]) * 16 for n in range(40)]
    drawn = [drawing.draw(waiting, is_closed=False) for _ in range(200)]

    assert {len(d) for d in drawn} == {30}
    assert all(len(set(d)) == 30 for d in drawn)
    often = Counter(letter for d in drawn for letter in d)
    assert min(often.values()) > 100, "every letter has the same chance of being opened"


def test_a_wave_that_is_not_there_cannot_be_opened(tiny: TinySurvey) -> None:
    with pytest.raises(Refused, match="family-9"):
        letterbox.open_letterbox("family-9")
