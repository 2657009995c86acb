"""Saved drafts: what card and PIN open together, and everything that makes them go. Strangers': test_saved_apart."""

import datetime as dt

import pytest
from sqlalchemy import LargeBinary, select, update

from app.cards import service as cards
from app.core import keys
from app.counting import destroying, opener
from app.models.letters import Draft, SavedDraft
from app.respond import journeys, saved_drafts
from app.respond.journeys import Journey, Outcome
from app.storage import clock, db, keyring
from tests.conftest import MONTH, TODAY, TinySurvey

PIN, WRONG = "4711", "4712"


@pytest.fixture
def codes(tiny: TinySurvey) -> list[str]:
    """Codes of cards."""
    return tiny.codes(30)


def journey_of(code: str, **answers: str) -> Journey:
    """Begin a journey and answer something."""
    journey = journeys.find_journey(journeys.begin(code))
    assert journey is not None
    return journeys.save_page(journey, answers)


def saved(code: str, pin: str = PIN, **answers: str) -> Journey:
    """Save a journey with answers under a PIN."""
    journey = journey_of(code, **(answers or {"heard": "4"}))
    assert saved_drafts.save(journey, pin)
    return journey


def came_back(code: str) -> Journey:
    """Take up what was saved under the PIN."""
    journey = saved_drafts.come_back(code, PIN)
    assert journey is not None
    return journey


def rows() -> list[SavedDraft]:
    """Return what is saved."""
    with db.reading() as session:
        return list(session.scalars(select(SavedDraft)))


def drafts() -> int:
    """Return how many ordinary drafts there are."""
    with db.reading() as session:
        return len(session.scalars(select(Draft.id)).all())


def test_card_and_pin_bring_the_answers_back(codes: list[str]) -> None:
    before = saved(codes[0], heard="4", words="canary")
    assert (len(rows()), drafts()) == (1, 0)

    back = saved_drafts.come_back(codes[0], PIN)

    assert back is not None
    assert (back.answers, back.code, back.batch, back.cell) == (before.answers, codes[0], before.batch, before.cell)
    assert back.draft_key != before.draft_key
    again = journeys.find_journey(back.draft_key)
    assert again is not None
    assert (again.answers, again.wave.id) == (before.answers, before.wave.id)
    assert ([row.tries for row in rows()], drafts()) == ([0], 1), "a right PIN is no try"


def test_an_answer_that_was_lost_on_the_way_can_be_asked_for_again(codes: list[str]) -> None:
    saved(codes[0], heard="4")
    assert [saved_drafts.come_back(codes[0], WRONG) for _try in range(3)] == [None] * 3
    for _time in range(3):
        back = saved_drafts.come_back(codes[0], PIN)
        assert back is not None
        assert back.answers["heard"] == "4"
    assert saved_drafts.come_back(codes[0], WRONG) is None
    assert saved_drafts.come_back(codes[0], WRONG) is None
    assert rows() == [], "three wrong ones and two are five, whatever lay between"


@pytest.mark.both_databases
@pytest.mark.parametrize("meanwhile", ["sent", "cleared", "saved anew"])
def test_what_happens_while_a_pin_is_looked_at_counts(
    codes: list[str], monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    saved(codes[0])
    look = journeys.open_journey

    def slowly(*given: object) -> Journey | None:
        found = look(*given)  # type: ignore[arg-type]
        monkeypatch.undo()
        other = came_back(codes[0])
        if meanwhile == "sent":
            journeys.submit(other, journeys.new_submission_id())
        elif meanwhile == "cleared":
            journeys.clear_answers(other)
        else:
            saved_drafts.save(journeys.save_page(other, {"heard": "2"}), PIN)
        return found

    monkeypatch.setattr(journeys, "open_journey", slowly)
    assert saved_drafts.come_back(codes[0], PIN) is None
    assert [row.tries for row in rows()] == ([0] if meanwhile == "saved anew" else [])


def test_a_draft_that_this_browser_held_gives_way(codes: list[str]) -> None:
    saved(codes[0])
    held = journeys.begin(codes[0])

    saved_drafts.come_back(codes[0], PIN, held)

    assert drafts() == 1
    assert journeys.find_journey(held) is None


def test_what_is_saved_tells_neither_code_nor_pin_nor_answers(codes: list[str]) -> None:
    saved(codes[0], words="canary words")
    (row,) = rows()
    stored = row.id + row.place + row.box + row.wave_id.encode()

    assert not any(word.encode() in stored for word in (codes[0], PIN, "canary"))
    assert (row.tries, row.week) == (0, clock.week())
    assert {c.name for c in SavedDraft.__table__.columns if isinstance(c.type, LargeBinary)} == {"id", "place", "box"}


def test_answers_of_any_length_leave_boxes_of_one_length(codes: list[str]) -> None:
    saved(codes[0], words="x")
    saved(codes[1], words="y" * 200)

    assert len({len(row.box) for row in rows()}) == 1


def test_a_wrong_pin_opens_nothing_and_four_of_them_leave_it_there(codes: list[str]) -> None:
    saved(codes[0])

    assert [saved_drafts.come_back(codes[0], WRONG) for _try in range(4)] == [None] * 4

    assert [row.tries for row in rows()] == [4]
    assert saved_drafts.come_back(codes[0], PIN) is not None, "the fifth may be the right one"
    assert saved_drafts.come_back(codes[0], PIN) is not None, "and asked for again"


def test_the_fifth_wrong_pin_deletes_it(codes: list[str]) -> None:
    saved(codes[0])

    assert [saved_drafts.come_back(codes[0], WRONG) for _try in range(5)] == [None] * 5

    assert rows() == []
    assert saved_drafts.come_back(codes[0], PIN) is None


def test_wrong_pins_of_one_card_cost_another_nothing(codes: list[str]) -> None:
    saved(codes[0])
    saved(codes[1])
    for _try in range(5):
        saved_drafts.come_back(codes[0], WRONG)

    assert [row.tries for row in rows()] == [0]
    assert saved_drafts.come_back(codes[1], PIN) is not None


@pytest.mark.both_databases
@pytest.mark.parametrize("code", ["000000000000000", "372915048266517"])
def test_an_unknown_card_opens_nothing_and_leaves_nothing(codes: list[str], code: str) -> None:
    saved(codes[0])

    assert saved_drafts.come_back(code, PIN) is None
    assert saved_drafts.come_back(codes[1], PIN) is None

    assert [row.tries for row in rows()] == [0]


@pytest.mark.both_databases
@pytest.mark.parametrize("is_afresh", [False, True])
def test_saving_again_under_the_same_pin_takes_the_place_of_what_was_saved(codes: list[str], is_afresh: bool) -> None:
    saved(codes[0], heard="1")
    saved_drafts.come_back(codes[0], WRONG)
    journey = journey_of(codes[0]) if is_afresh else came_back(codes[0])
    assert saved_drafts.save(journeys.save_page(journey, {"heard": "5"}), PIN)

    assert [row.tries for row in rows()] == [0]
    assert came_back(codes[0]).answers == {"heard": "5"}


def test_a_box_of_another_card_does_not_open(codes: list[str]) -> None:
    saved(codes[0])
    saved(codes[1])
    wave_key = keyring.wave_key("family-1")
    places = [keys.saved_place(wave_key, "family-1", code) for code in codes[:2]]
    ids = [keys.draft_id(keys.saved_draft_key(*of)) for of in zip(codes, [PIN] * 2, places, strict=False)]
    with db.writing() as session:
        stolen = session.get_one(SavedDraft, ids[1]).box
        session.execute(update(SavedDraft).where(SavedDraft.id == ids[0]).values(box=stolen))

    assert saved_drafts.come_back(codes[0], PIN) is None


def test_a_voided_card_opens_nothing(codes: list[str]) -> None:
    saved(codes[0])
    cards.void_code(codes[0])

    assert saved_drafts.come_back(codes[0], PIN) is None


def test_a_draft_that_was_sent_in_the_meantime_is_not_saved(codes: list[str]) -> None:
    journey = journey_of(codes[0], heard="4")
    journeys.submit(journey, journeys.new_submission_id())

    assert not saved_drafts.save(journey, PIN)
    assert rows() == []


@pytest.mark.both_databases
@pytest.mark.parametrize("is_again", [False, True])
def test_sending_deletes_what_was_taken_up(codes: list[str], is_again: bool) -> None:
    if is_again:
        journeys.submit(journey_of(codes[0]), journeys.new_submission_id())
    saved(codes[0])
    saved(codes[1])

    outcome = journeys.submit(came_back(codes[0]), journeys.new_submission_id())

    assert outcome is (Outcome.ALREADY_USED if is_again else Outcome.SENT)
    assert saved_drafts.come_back(codes[0], PIN) is None
    assert len(rows()) == 1


def test_clearing_deletes_what_was_taken_up(codes: list[str]) -> None:
    saved(codes[0])
    saved(codes[1])

    journeys.clear_answers(came_back(codes[0]))

    assert saved_drafts.come_back(codes[0], PIN) is None
    assert len(rows()) == 1


def test_closing_deletes_and_the_next_wave_opens_nothing(codes: list[str], tiny: TinySurvey) -> None:
    journey = saved(codes[0])
    late = journey_of(codes[1])
    tiny.close_wave()
    assert rows() == []
    assert not saved_drafts.save(late, PIN)

    tiny.open_wave()
    assert saved_drafts.come_back(codes[0], PIN) is None
    assert keys.saved_place(keyring.wave_key("family-2"), "family-2", journey.code) != keys.saved_place(
        keyring.wave_key("family-1"), "family-1", journey.code
    )


@pytest.mark.both_databases
def test_the_calendar_closes_and_deletes(codes: list[str]) -> None:
    saved(codes[0])
    with clock.on_day(TODAY + MONTH + dt.timedelta(1)):
        assert saved_drafts.come_back(codes[0], PIN) is None
        opener.apply_schedule()

    assert rows() == []


def test_key_destruction_deletes(codes: list[str], tiny: TinySurvey) -> None:
    saved(codes[0])
    kept = {c.name: getattr(rows()[0], c.name) for c in SavedDraft.__table__.columns}
    tiny.close_wave()
    with db.writing() as session:
        session.add(SavedDraft(**kept))

    destroying.destroy_wave("family-1")

    assert rows() == []


@pytest.mark.both_databases
def test_two_weeks_without_return_delete_it(codes: list[str]) -> None:
    with clock.on_day(TODAY - dt.timedelta(weeks=2)):
        saved(codes[0])
    with clock.on_day(TODAY - dt.timedelta(weeks=3)):
        saved(codes[1])

    journeys.purge_drafts()

    assert len(rows()) == 1
    assert saved_drafts.come_back(codes[0], PIN) is not None


def test_the_last_day_is_never_later_than_it_is_kept(codes: list[str]) -> None:
    journey = journey_of(codes[0])
    assert saved_drafts.last_day(journey) == TODAY + dt.timedelta(weeks=2)
    assert saved_drafts.last_day(journey).toordinal() // 7 - clock.week() <= journeys.DRAFT_WEEKS
    journey.wave.closes_on = TODAY + dt.timedelta(3)
    assert saved_drafts.last_day(journey) == TODAY + dt.timedelta(3)
