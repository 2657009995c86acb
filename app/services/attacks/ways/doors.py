"""T8 and T11: attacks through the front door of a running site: one code many times, and questions to an oracle."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.odds import same_source
from app.services.attacks.evidence import Evidence, Person, Row
from app.services.attacks.finding import Measured
from app.services.attacks.scene.stage import StageError
from app.services.attacks.scene.visitor import Answer, Visitor

AT_ONCE = 40
LUCK = 0.001
GUESSES, SEE_OTHER = 5, 303
CHANGING = ("set-cookie", "date")
"""Headers that differ between any two answers: the sealed cookie, and the clock."""


@dataclass(frozen=True)
class Look:
    """What an answer shows to whoever asked: status, length, where it leads, other headers, seconds."""

    face: tuple[object, ...]
    seconds: float


def one_code_at_once(base: str, person: Person) -> Measured:
    """T8: send one code's answers from forty browsers at the same moment; count what was accepted beyond one."""
    first = Visitor(base, person.address, person.agent)
    first.walk_to_check(person.code, 0, person.words)
    gate, accepted = threading.Barrier(AT_ONCE), []

    def press() -> None:
        visitor = Visitor(base, person.address, person.agent, dict(first.cookies))
        page = visitor.request("GET", "/r/check")
        gate.wait()
        accepted.append(visitor.go("POST", "/r/check", page.hidden).form.page == "done")

    threads = [threading.Thread(target=press) for _press in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Measured(abs(sum(accepted) - 1), 0)


def sixth_pin(base: str, one: Person, other: Person, pin: str, wrong: str) -> Measured:
    """T11: guess five PINs for a saved draft, then type the right one; whether it still opens.

    Raises:
        StageError: the right PIN does not open another one's draft either; then nothing is proven.
    """
    if Visitor(base, other.address).come_back(other.code, pin).status != SEE_OTHER:
        raise StageError("a saved draft was not opened by its own PIN")
    for guess in range(GUESSES):
        Visitor(base, f"127.98.{guess}.1").come_back(one.code, wrong)
    return Measured(Visitor(base, one.address).come_back(one.code, pin).status == SEE_OTHER, 0)


def one_person_over_waves(
    evidence: Evidence, pseudonym: Callable[[Person], bytes], stored: Callable[[Row], bytes]
) -> Measured:
    """T8: count people who have not exactly one answer in each wave, all under one pseudonym."""
    rows = [(row.owner, row.wave, stored(row)) for row in evidence.tables["response"]]
    wanted = {(p.number, wave, pseudonym(p)) for p in evidence.truth.people for wave in evidence.truth.waves}
    return Measured(len(wanted.symmetric_difference(rows)) + len(rows) - len(set(rows)), 0)


def tell_apart(ask: Callable[[str], Answer], one: Sequence[str], other: Sequence[str]) -> Measured:
    """T11: ask about codes of two kinds in turn; count what tells the kinds apart: faces, and times that differ."""
    looks: tuple[list[Look], list[Look]] = ([], [])
    for pair in zip(one, other, strict=True):
        for kind, code in enumerate(pair):
            looks[kind].append(_look(ask, code))
    faces = [{look.face for look in kind} for kind in looks]
    luck = same_source(*([look.seconds for look in kind] for kind in looks))
    return Measured(len(faces[0] ^ faces[1]) + (luck < LUCK), 0)


def _look(ask: Callable[[str], Answer], code: str) -> Look:
    start = time.perf_counter()
    answer = ask(code)
    seconds = time.perf_counter() - start
    headers = tuple((name.lower(), value) for name, value in answer.headers if name.lower() not in CHANGING)
    cookies = tuple(len(value) for name, value in answer.headers if name.lower() == "set-cookie")
    return Look((answer.status, len(answer.body), headers, cookies), seconds)
