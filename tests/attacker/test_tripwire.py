"""A draft that was planted under a code tells what its holder did only where it goes with the code."""

import pytest

from app.attacker.evidence import Person
from app.attacker.scene.stage import StageError
from app.attacker.scene.visitor import Answer
from app.attacker.ways import tripwire

PEOPLE = [Person(number, str(number), "127.0.0.1", "agent", "words") for number in range(tripwire.PLANTED)]


def look(code: str) -> Answer:
    """Show the same for every code."""
    return Answer(200, [], b"there", "")


def test_the_naive_site_tells_whose_card_was_used() -> None:
    assert not tripwire.on_twin(PEOPLE).is_held


def test_every_second_holder_does_something_and_all_are_looked_at() -> None:
    acted: list[Person] = []
    seen: set[str] = set()

    def noted(code: str) -> Answer:
        seen.add(code)
        return look(code)

    def act(person: Person) -> bool:
        acted.append(person)
        return True

    assert tripwire.look_again(lambda person: True, [act], noted, people=PEOPLE).is_held
    assert acted == PEOPLE[::2]
    assert seen == {person.code for person in PEOPLE}


@pytest.mark.parametrize(("is_planted", "is_done"), [(False, True), (True, False)])
def test_where_nothing_could_be_saved_or_done_nothing_is_proven(is_planted: bool, is_done: bool) -> None:
    with pytest.raises(StageError):
        tripwire.look_again(lambda person: is_planted, [lambda person: is_done], look, people=PEOPLE)
