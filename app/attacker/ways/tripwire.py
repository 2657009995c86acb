"""T11: an attacker who knows codes saves a draft under each, to detect later what the holders of the cards did."""

from collections.abc import Callable, Sequence
from itertools import cycle

from app.attacker.evidence import Person
from app.attacker.finding import Measured
from app.attacker.scene import sites
from app.attacker.scene.stage import StageError
from app.attacker.scene.visitor import Answer, Visitor
from app.attacker.ways import doors

PLANTED = 14
"""The number of cards, enough for the test of times; the holders of half of them do something."""
PIN, HOLDERS_PIN, KNOWER = "271828", "482913", "127.97.1.1"
SAVED, ASKED = "saved", "deletion-asked"
THERE, GONE = b"<p>Go on with what you saved.</p>", b"<p>Nothing is saved.</p>"
Act = Callable[[Person], bool]


def on_ours(base: str, people: Sequence[Person]) -> Measured:
    """Save a draft under each person's code, let half of them send, save, clear or delete, and request all drafts.

    Raises:
        StageError: an untouched draft is missing, or an action failed; then nothing is proven.
    """

    def plant(person: Person) -> bool:
        visitor = Visitor(base, KNOWER)
        visitor.enter(person.code)
        return visitor.save(PIN).form.page == SAVED

    def look(code: str) -> Answer:
        return Visitor(base, KNOWER).come_back(code, PIN)

    def by_holder(act: Callable[[Visitor, Person], bool]) -> Act:
        return lambda person: act(Visitor(base, person.address, person.agent), person)

    found = look_again(plant, [by_holder(act) for act in (_send, _save, _clear, _delete)], look, people=people)
    if look(people[-1].code).status != doors.SEE_OTHER:
        raise StageError("a saved draft that nobody touched is missing")
    return found


def on_twin(people: Sequence[Person]) -> Measured:
    """Do the same on a naive site, which has one saved draft per code and deletes it when the code is used."""
    saved: set[str] = set()

    def answer(path: str, _host: str) -> sites.Reply:
        act, code = path.strip("/").split("/")
        if act == "plant":
            saved.add(code)
        elif act == "send":
            saved.discard(code)
        return sites.Reply(THERE if code in saved else GONE)

    with sites.listening(answer) as base:

        def ask(act: str, code: str) -> Answer:
            return Visitor(base).request("GET", f"/{act}/{code}")

        return look_again(
            lambda person: ask("plant", person.code).body == THERE,
            [lambda person: ask("send", person.code).body == GONE],
            lambda code: ask("look", code),
            people=people,
        )


def look_again(plant: Act, acts: Sequence[Act], look: Callable[[str], Answer], *, people: Sequence[Person]) -> Measured:
    """Plant a draft under each person's code, let every second person act, and compare the two groups.

    ``acts`` are used in turn; ``look`` requests the draft under a code.

    Raises:
        StageError: an action failed; then nothing is proven.
    """
    touched, others = people[::2], people[1::2]
    done = [plant(person) for person in people]
    done += [act(person) for act, person in zip(cycle(acts), touched, strict=False)]
    if not all(done):
        raise StageError("a draft could not be saved under a known code, or an action of its holder failed")
    return doors.tell_apart(look, [person.code for person in touched], [person.code for person in others])


def _send(visitor: Visitor, person: Person) -> bool:
    return visitor.walk(person.code, 0, person.words).form.page == doors.SENT


def _save(visitor: Visitor, person: Person) -> bool:
    visitor.enter(person.code)
    return visitor.save(HOLDERS_PIN).form.page == SAVED


def _clear(visitor: Visitor, person: Person) -> bool:
    visitor.enter(person.code)
    return visitor.submit("/r/check", action="clear").status == doors.SEE_OTHER


def _delete(visitor: Visitor, person: Person) -> bool:
    return visitor.delete(person.code, HOLDERS_PIN).form.page == ASKED
