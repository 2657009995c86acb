"""T11: somebody who knows codes saves a draft of their own under each, and sees by it later what the holders did."""

from collections.abc import Callable, Sequence
from itertools import cycle

from app.attacker.evidence import Person
from app.attacker.finding import Measured
from app.attacker.scene import sites
from app.attacker.scene.stage import StageError
from app.attacker.scene.visitor import Answer, Visitor
from app.attacker.ways import doors

PLANTED = 14
"""Cards: fewer could not tell a difference of times from luck. The holders of half of them do something."""
PIN, HOLDERS_PIN, KNOWER = "271828", "482913", "127.97.1.1"
SAVED, ASKED = "saved", "deletion-asked"
THERE, GONE = b"<p>Go on with what you saved.</p>", b"<p>Nothing is saved.</p>"
Act = Callable[[Person], bool]


def on_ours(base: str, people: Sequence[Person]) -> Measured:
    """Save under each person's code, let half of them send, save, clear and delete, and come back to all.

    Raises:
        StageError: what was saved is not there where nobody did anything, or somebody's act failed; it proves nothing.
    """

    def plant(person: Person) -> bool:
        visitor = Visitor(base, KNOWER)
        visitor.enter(person.code)
        return visitor.save(PIN).form.page == SAVED

    def look(code: str) -> Answer:
        return Visitor(base, KNOWER).come_back(code, PIN)

    found = look_again(plant, [_with(base, act) for act in (_send, _save, _clear, _delete)], look, people=people)
    if look(people[-1].code).status != doors.SEE_OTHER:
        raise StageError("a draft that was saved, and that nobody touched, is not there")
    return found


def on_twin(people: Sequence[Person]) -> Measured:
    """Do the same at a naive site: one saved draft for each code, which goes with whatever is done with the code."""
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
    """Plant under each person's code, let every second one act, and tell the two kinds apart by looking again.

    Args:
        plant, acts: tell whether it was done; the acts take turns.
        look: asks for what was planted under a code.
        people: a few at least.

    Raises:
        StageError: something was not done; then nothing is proven.
    """
    touched, others = people[::2], people[1::2]
    done = [plant(person) for person in people]
    done += [act(person) for act, person in zip(cycle(acts), touched, strict=False)]
    if not all(done):
        raise StageError("something could not be saved under a known code, or its holder could do nothing")
    return doors.tell_apart(look, [person.code for person in touched], [person.code for person in others])


def _with(base: str, act: Callable[[Visitor, Person], bool]) -> Act:
    return lambda person: act(Visitor(base, person.address, person.agent), person)


def _send(visitor: Visitor, person: Person) -> bool:
    return visitor.walk(person.code, 0, person.words).form.page == doors.SENT


def _save(visitor: Visitor, person: Person) -> bool:
    visitor.enter(person.code)
    return visitor.save(HOLDERS_PIN).form.page == SAVED


def _clear(visitor: Visitor, person: Person) -> bool:
    visitor.enter(person.code)
    page = visitor.request("GET", "/r/check")
    return visitor.request("POST", "/r/check", [*page.hidden, ("action", "clear")]).status == doors.SEE_OTHER


def _delete(visitor: Visitor, person: Person) -> bool:
    return visitor.delete(person.code, HOLDERS_PIN).form.page == ASKED
