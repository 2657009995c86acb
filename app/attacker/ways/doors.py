"""T8 and T11: attacks on a running site: concurrent use of one code, and oracles."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from functools import partial

from app.attacker.evidence import Evidence, Person, Row
from app.attacker.finding import Measured
from app.attacker.scene import ours
from app.attacker.scene.servers import free_port
from app.attacker.scene.stage import Stage, StageError
from app.attacker.scene.visitor import Answer, Visitor
from app.core.odds import same_source

AT_ONCE, DOORS = 40, 3
"""The numbers of concurrent submissions and of web processes; each process allows twenty drafts per code and hour."""
SENT, REFUSED, PATIENCE = "done", ("already-used", "nothing-here"), 60
LUCK = 0.001
GUESSES, SEE_OTHER = 5, 303
CHANGING = ("set-cookie", "date")
"""Headers that differ between any two responses: the signed cookie, and the time."""
TOKEN = re.compile(rb'((?:name="(?:csrf_token|submission_id|draft-mark)" value=|draft-mark=|data-draft=)"?)[^"&]*')


def one_code_at_once(stage: Stage, person: Person) -> Measured:
    """T8: send the answers of one code from forty browsers at the same time, each with its own draft; then again.

    Counts thank-you pages, marks and letters beyond one of each, and what repeating the requests adds.

    Raises:
        StageError: some browser did not complete the journey; then nothing is proven.
    """
    with ExitStack() as doors:
        others = (replace(stage, port=free_port()) for _door in range(DOORS - 1))
        bases = [stage.base, *(doors.enter_context(other.serving()) for other in others)]
        visitors = [Visitor(bases[n % DOORS], person.address, person.agent) for n in range(AT_ONCE)]
        pages = [visitor.walk_to_check(person.code, 0, person.words) for visitor in visitors]
        stale = [dict(visitor.cookies) for visitor in visitors]
        before = _kept(stage)
        reached = at_once([partial(_press, visitor, page) for visitor, page in zip(visitors, pages, strict=True)])
        added = _kept(stage) - before
        for visitor, page, cookies in zip(visitors, pages, stale, strict=True):
            _press(replace(visitor, cookies=cookies), page)
        again = _kept(stage) - before - added
    counts = (reached.count(SENT), added["spent"], added["letter"])
    return Measured(sum(abs(count - 1) for count in counts) + again.total())


def at_once(presses: Sequence[Callable[[], str]]) -> list[str]:
    """Send all submissions at the same time and return the resulting pages.

    Raises:
        StageError: one failed, or led to a page that is neither thanks nor a refusal.
    """
    gate = threading.Barrier(len(presses))

    def press(one: Callable[[], str]) -> str:
        gate.wait(PATIENCE)
        return one()

    with ThreadPoolExecutor(len(presses)) as threads:
        tries = [threads.submit(press, one) for one in presses]
    failed = [repr(fault) for fault in (one.exception() for one in tries) if fault]
    if failed:
        raise StageError(f"{len(failed)} of {len(presses)} concurrent submissions failed: {failed[0]}")
    pages = [one.result() for one in tries]
    if unexpected := {*pages} - {SENT, *REFUSED}:
        raise StageError(f"concurrent submissions led to other pages: {', '.join(sorted(unexpected)) or 'none'}")
    return pages


def _press(visitor: Visitor, page: Answer) -> str:
    return visitor.go("POST", "/r/check", page.hidden).form.page


def _kept(stage: Stage) -> Counter[str]:
    return Counter({table: len(ours.portal(stage).rows(table)) for table in ("spent", "letter")})


def sixth_pin(base: str, *, one: Person, other: Person, pin: str, wrong: str) -> Measured:
    """T11: guess five PINs for a saved draft, then try the correct one; 1 if the draft still opens.

    Raises:
        StageError: the correct PIN does not open another person's draft either; then nothing is proven.
    """
    if Visitor(base, other.address).come_back(other.code, pin).status != SEE_OTHER:
        raise StageError("a saved draft was not opened by its own PIN")
    for guess in range(GUESSES):
        Visitor(base, f"127.98.{guess}.1").come_back(one.code, wrong)
    return Measured(Visitor(base, one.address).come_back(one.code, pin).status == SEE_OTHER)


def one_person_over_waves(
    evidence: Evidence, pseudonym: Callable[[Person], bytes], stored: Callable[[Row], bytes]
) -> Measured:
    """T8: count people without exactly one response in each wave, all under one pseudonym."""
    rows = [(row.owner, row.wave, stored(row)) for row in evidence.tables["response"]]
    wanted = {(p.number, wave, pseudonym(p)) for p in evidence.truth.people for wave in evidence.truth.waves}
    return Measured(len(wanted.symmetric_difference(rows)) + len(rows) - len(set(rows)))


def tell_apart(ask: Callable[[str], Answer], one: Sequence[str], other: Sequence[str]) -> Measured:
    """T11: query codes of two kinds in turn; count the differences between the kinds in responses and in times."""
    faces: tuple[set[object], set[object]] = (set(), set())
    seconds: tuple[list[float], list[float]] = ([], [])
    for pair in zip(one, other, strict=True):
        for kind, code in enumerate(pair):
            start = time.perf_counter()
            answer = ask(code)
            seconds[kind].append(time.perf_counter() - start)
            faces[kind].add(_face(answer))
    return Measured(len(faces[0] ^ faces[1]) + (same_source(*seconds) < LUCK))


def _face(answer: Answer) -> tuple[object, ...]:
    """Return the observable parts of a response: status, body without tokens, headers, lengths of cookies."""
    headers = tuple((name.lower(), value) for name, value in answer.headers if name.lower() not in CHANGING)
    cookies = tuple(len(value) for name, value in answer.headers if name.lower() == "set-cookie")
    return answer.status, TOKEN.sub(rb"\1", answer.body), headers, cookies
