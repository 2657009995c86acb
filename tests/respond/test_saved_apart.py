"""Each PIN of a card has a saved draft of its own: what the holder does touches no other one, whoever put it there."""

from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from app.core import keys
from app.core.codes import make_code
from app.models.letters import SavedDraft
from app.respond import deletion_requests, journeys, saved_drafts
from app.respond.journeys import Journey, Outcome
from app.storage import db, keyring
from tests.conftest import TinySurvey

OWN, OTHER, STRANGERS = "4711", "998877", "0815"


@pytest.fixture
def code(tiny: TinySurvey) -> str:
    """A card's code."""
    return tiny.codes(30)[0]


def journey_of(code: str, heard: str = "4") -> Journey:
    """Begin a journey and answer something."""
    journey = journeys.find_journey(journeys.begin(code))
    assert journey is not None
    return journeys.save_page(journey, {"heard": heard})


def save(code: str, pin: str, heard: str = "4") -> None:
    """Begin afresh and save under a PIN."""
    assert saved_drafts.save(journey_of(code, heard), pin)


def came_back(code: str, pin: str = OWN) -> Journey:
    """Take up what was saved under a PIN, as the browser does from page to page."""
    journey = saved_drafts.come_back(code, pin)
    assert journey is not None
    found = journeys.find_journey(journey.draft_key)
    assert found is not None
    return found


def rows() -> set[tuple[object, ...]]:
    """Return every value of all that is saved."""
    with db.reading() as session:
        return {tuple(row) for row in session.execute(select(*SavedDraft.__table__.columns))}


def tries(code: str, *pins: str) -> list[int]:
    """Return the tries of what lies under each PIN, without taking one; left out where nothing does."""
    place = keys.saved_place(keyring.wave_key("family-1"), "family-1", code)
    ids = [keys.draft_id(keys.saved_draft_key(code, pin, place)) for pin in pins]
    with db.reading() as session:
        found = {row.id: row.tries for row in session.scalars(select(SavedDraft))}
    return [found[one] for one in ids if one in found]


def send(journey: Journey) -> Outcome:
    """Press Send."""
    return journeys.submit(journey, journeys.new_submission_id())


ACTS: dict[str, Callable[[Journey], object]] = {
    "send": send,
    "clear": journeys.clear_answers,
    "save": lambda journey: saved_drafts.save(journey, OWN),
    "save under another PIN": lambda journey: saved_drafts.save(journey, OTHER),
    "delete": lambda journey: deletion_requests.ask_to_delete(journey.code),
    "delete with the PIN": lambda journey: deletion_requests.ask_to_delete(journey.code, OWN),
}


@pytest.mark.parametrize("act", ACTS)
def test_nothing_that_the_holder_does_touches_what_a_stranger_put_there(code: str, act: str) -> None:
    save(code, STRANGERS)
    strangers = rows()

    ACTS[act](journey_of(code))

    assert strangers <= rows(), "unchanged, down to the last byte"


@pytest.mark.parametrize("act", ACTS)
def test_coming_back_leaves_a_try_at_what_a_stranger_put_there_and_the_act_after_it_nothing(
    code: str, act: str
) -> None:
    save(code, STRANGERS)
    save(code, OWN)
    journey = came_back(code)
    assert tries(code, STRANGERS) == [1]
    (strangers,) = [row for row in rows() if 1 in row]

    ACTS[act](journey)

    assert strangers in rows()


@pytest.mark.parametrize(("act", "left"), [("send", 0), ("clear", 0), ("delete with the PIN", 0), ("delete", 1)])
def test_what_was_taken_up_goes_with_its_own_journey(code: str, act: str, left: int) -> None:
    save(code, OWN)

    ACTS[act](came_back(code))

    assert len(rows()) == left


def test_what_was_taken_up_moves_to_another_pin(code: str) -> None:
    save(code, OWN, "1")
    saved_drafts.come_back(code, STRANGERS)
    assert saved_drafts.save(journeys.save_page(came_back(code), {"heard": "5"}), OTHER)

    assert tries(code, OWN, OTHER) == [0]
    assert saved_drafts.come_back(code, OWN) is None
    assert came_back(code, OTHER).answers == {"heard": "5"}


def test_cleared_answers_that_are_saved_anew_come_back(code: str) -> None:
    save(code, OWN, "1")
    cleared = journeys.clear_answers(came_back(code))
    assert cleared.saved is None
    assert saved_drafts.save(journeys.save_page(cleared, {"heard": "2"}), OWN)

    assert came_back(code).answers == {"heard": "2"}


@pytest.mark.parametrize("act", ["send", "clear", "save under another PIN"])
def test_who_begins_afresh_leaves_what_was_saved_before(code: str, act: str) -> None:
    save(code, OWN)

    ACTS[act](journey_of(code, "2"))

    back = came_back(code)
    assert back.answers == {"heard": "4"}
    assert send(back) is (Outcome.ALREADY_USED if act == "send" else Outcome.SENT)


@pytest.mark.both_databases
def test_a_try_counts_at_everything_that_was_saved_with_the_card(code: str) -> None:
    save(code, OWN)
    save(code, OTHER)
    for wrong in range(1, 4):
        assert saved_drafts.come_back(code, STRANGERS) is None
        assert tries(code, OWN, OTHER) == [wrong, wrong]
    came_back(code)
    assert tries(code, OWN, OTHER) == [3, 4]
    came_back(code)

    assert tries(code, OWN) == [3], "the other had its fifth wrong PIN"
    assert len(rows()) == 1
    came_back(code)


@pytest.mark.both_databases
def test_what_is_tried_out_opens_no_more_beside_what_is_not(code: str) -> None:
    save(code, OWN)
    with db.writing() as session:
        session.execute(update(SavedDraft).values(tries=saved_drafts.MOST_TRIES))  # by one whose PIN is still looked at
    save(code, OTHER)

    assert saved_drafts.come_back(code, OWN) is None
    assert tries(code, OWN, OTHER) == [1], "and it is gone"


def test_own_boxes_give_nobody_a_test_of_pins_for_free(code: str) -> None:
    save(code, OWN)
    planted = ["0000", "1111", "1234", "2222", "3333"]
    for pin in planted:
        save(code, pin, "1")

    for pin in planted:
        saved_drafts.come_back(code, pin)

    assert saved_drafts.come_back(code, OWN) is None, "five PINs were tried"


def test_a_pin_deletes_what_lies_under_it_and_nothing_else(tiny: TinySurvey) -> None:
    code, neighbour, third = tiny.codes(30)[:3]
    for card, pin in ((code, OWN), (code, OTHER), (neighbour, OWN)):
        save(card, pin)
    for card, pin in ((code, STRANGERS), (make_code(), OWN), (third, OWN)):
        saved_drafts.forget(card, pin)
    assert len(rows()) == 3

    saved_drafts.forget(code, OWN)

    assert tries(code, OWN, OTHER) == [0]
    assert saved_drafts.come_back(code, OWN) is None
    assert saved_drafts.come_back(neighbour, OWN) is not None


def test_who_types_the_code_on_a_strangers_draft_leaves_what_the_stranger_saved(code: str) -> None:
    save(code, STRANGERS)
    before, theirs = rows(), came_back(code, STRANGERS)
    held = journeys.begin(code, theirs.draft_key)
    journey = journeys.find_journey(held)
    assert journey is not None
    assert journey.answers == theirs.answers, "the draft in this browser goes on"
    assert journeys.submit(journey, journeys.new_submission_id()) is Outcome.SENT
    assert rows() == before
