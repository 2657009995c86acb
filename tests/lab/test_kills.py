"""Web workers and openers at work are killed (SIGKILL) at random moments while people answer: nothing is lost or
doubled, ten are opened at once or none, and the order of sending cannot be read off. Larger in ``make lab``.

People and kills keep pace with each other, so that all kills fall between the first press of Send and the last.
"""

import http.client
import os
import random
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from app.attacker.evidence import History, Night, Person, Sending, Truth
from app.attacker.scene import history, ours
from app.attacker.scene.stage import PYTHON, ROOT, Stage
from app.attacker.scene.visitor import Answer, Visitor
from app.attacker.ways import order, timing
from tests.support.homes import free_port, postgres_settings

FULL = os.environ.get("SOAK") == "1"
SUBMISSIONS, KILLS = (2_000, 200) if FULL else (40, 8)
AT_ONCE = 6
PATIENCE, START_SECONDS = 180, 60
AHEAD = 3
"""Kills that may run ahead of people."""
SHARES = {"letterbox open": 0.25, "opener run": 0.25, "web": 0.5}
"""What is killed, and its share of all kills."""
Broken = (OSError, http.client.HTTPException)


@pytest.fixture
def stage(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A throw-away installation."""
    if database == "sqlite":
        yield Stage(tmp_path / "home")
        return
    with postgres_settings(tmp_path / "home", request.getfixturevalue("postgres_server")) as found:
        yield Stage(
            tmp_path / "home", found.database_url, found.answers_database_url, found.owner_database_url, free_port()
        )


@dataclass
class Pace:
    """How far people and kills have come; whoever is ahead waits."""

    people: int = 0
    kills: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def may_send(self, rank: int) -> bool:
        """Tell whether the n-th person may press Send: the last only after all kills."""
        return self.kills.total() >= KILLS * rank // SUBMISSIONS or bool(self.faults)

    def may_kill(self) -> bool:
        """Tell whether people have come far enough for the next kill."""
        return self.kills.total() < KILLS * self.people / SUBMISSIONS + AHEAD


@dataclass
class Crowd:
    """People who press again until they are thanked, whatever happens to the server."""

    base: str
    waiting: list[Person]
    pace: Pace
    sent: list[tuple[Person, float]] = field(default_factory=list)

    def answer_all(self) -> None:
        """Answer with one card after the other until none is left."""
        while not self.pace.faults:
            with self.pace.lock:
                if not self.waiting:
                    return
                person, rank = self.waiting.pop(), SUBMISSIONS - len(self.waiting)
            try:
                self._answer(person, rank)
            except Exception as fault:  # a thread's fault must reach the test
                self.pace.faults.append(repr(fault))

    def _answer(self, person: Person, rank: int) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                visitor = Visitor(self.base)
                check = self._wait(visitor, visitor.walk_to_check(person.code, person.number, person.words), rank)
                if check.url.endswith("/r/check") and check.status == 200 and self._press(visitor, check, end):
                    with self.pace.lock:
                        self.sent.append((person, time.time()))
                        self.pace.people += 1
                    return
            except Broken:
                time.sleep(0.1)
        raise AssertionError(f"person {person.number} was never thanked")

    def _wait(self, visitor: Visitor, check: Answer, rank: int) -> Answer:
        """Look at the last page again and again until kills have caught up."""
        has_waited = False
        while not self.pace.may_send(rank):
            check, has_waited = visitor.request("GET", "/r/check"), True
            time.sleep(0.05)
        if has_waited:  # else everybody would press right after a kill
            time.sleep(random.uniform(0, 1))
        return check

    def _press(self, visitor: Visitor, check: Answer, end: float) -> bool:
        """Press the same Send until it is thanked for; the page of a used code means that an earlier press arrived."""
        while time.monotonic() < end:
            try:
                page = visitor.go("POST", "/r/check", check.hidden)
            except Broken:
                time.sleep(0.1)
                continue
            if page.form.page in ("done", "already-used"):
                return True
            if page.status < 500:
                return False
            time.sleep(0.1)
        return False


@dataclass
class Killer:
    """Kills web workers, and openers in the middle of their work, and steals a copy after each opener."""

    stage: Stage
    wave: str
    master: int
    chance: random.Random
    pace: Pace
    nights: list[Night] = field(default_factory=list)
    openers: int = 0
    is_over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Kill, at random moments, whatever was killed least."""
        while not self.is_over.is_set() and not self.pace.faults:
            if not self.pace.may_kill():
                time.sleep(0.05)
                continue
            try:
                what = min(SHARES, key=lambda kind: self.pace.kills[kind] / SHARES[kind])
                if self._kill_worker() if what == "web" else self._kill_opener(what):
                    self.pace.kills[what] += 1
            except Exception as fault:  # a thread's fault must reach the test
                self.pace.faults.append(repr(fault))

    def _kill_worker(self) -> bool:
        time.sleep(self.chance.uniform(0.05, 1.0))
        found = subprocess.run(["pgrep", "-P", str(self.master)], capture_output=True, text=True, check=False).stdout
        for pid in found.split()[:1]:
            with suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
                return True
        return False

    def _kill_opener(self, command: str) -> bool:
        """Start an opener and kill it while it opens letters; tell whether it was still at that."""
        self.openers += 1
        mark = self.stage.home.parent / f"at-work-{self.openers}"
        telling = [PYTHON, "-m", "tests.support.telling_opener", str(mark), str(self.openers), *command.split()]
        opener = subprocess.Popen(
            telling, cwd=ROOT, env=self.stage.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        end = time.monotonic() + START_SECONDS
        while not mark.exists() and opener.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(self.chance.choice((0.03, 0.1, 0.3)) * self.chance.random())
        opener.send_signal(signal.SIGSTOP)  # what it says of itself stays true until it is killed
        is_at_work = mark.exists()
        opener.kill()
        _out, said = opener.communicate()
        assert time.monotonic() < end, f"an opener was never at work: {said.decode()[-300:]}"
        self.photograph()
        return is_at_work

    def photograph(self) -> None:
        """Copy the names of all answers, as a thief does who comes now; the opener is dead and nothing changes."""
        rows = frozenset(row.values["id"] for row in ours.answers(self.stage).rows("response"))
        self.nights.append(Night(self.wave, len(self.nights), True, {"response": rows}))


@pytest.mark.both_databases
@pytest.mark.timeout(1500)
def test_kill_9_loses_nothing_doubles_nothing_and_tells_nothing(stage: Stage) -> None:
    seed = random.randrange(10**6)
    chance, pace = random.Random(seed), Pace()
    people = history.issue(stage, SUBMISSIONS)
    wave = history.open_wave(stage)
    print(f"seed {seed}")
    with stage.serving() as base:
        master = int(
            subprocess.check_output(["pgrep", "-P", str(os.getpid()), "-f", "gunicorn"], text=True).split()[-1]
        )
        # people do not come by their numbers: an answer that tells its writer must not tell the order of sending
        crowd = Crowd(base, chance.sample(people, len(people)), pace)
        killer = Killer(stage, wave, master, chance, pace)
        threads = [threading.Thread(target=crowd.answer_all) for _person in range(AT_ONCE)]
        killing = threading.Thread(target=killer.work)
        for thread in (*threads, killing):
            thread.start()
        for thread in threads:
            thread.join()
        kills = Counter(pace.kills)  # none of those that come after the last person
        killer.is_over.set()
        killing.join()
    assert pace.faults == []
    stage.run("letterbox", "open")
    killer.photograph()
    stage.run("wave", "close", wave)

    sendings = [Sending(person.number, wave, 0, rank, at) for rank, (person, at) in enumerate(crowd.sent)]
    truth = Truth(people, sendings)
    evidence = replace(ours.collect(stage, History(truth, [], [])), nights=killer.nights)
    owners = [row.owner for row in evidence.tables["response"]]
    print(f"{len(crowd.sent)} thanked, {len(owners)} stored, killed {dict(kills)}, {killer.openers} openers started")
    assert kills.total() >= KILLS
    assert all(kills[kind] >= share * KILLS - AHEAD for kind, share in SHARES.items())
    assert sorted(owners) == sorted(person.number for person, _at in crowd.sent) == list(range(SUBMISSIONS))
    assert stage.run("letterbox", "status").strip().endswith("set_aside=0")
    assert [attack.name for attack in order.ATTACKS if not attack.measure(evidence).is_held] == []
    assert evidence.nights[-1].rows["response"] != frozenset()
    assert timing.smallest_group(evidence).is_held
