"""Web workers and the opener are killed (SIGKILL) at random moments while people answer: nothing is lost, nothing is
doubled, and the order of sending cannot be read off afterwards. Larger with ``make soak``."""

import http.client
import os
import random
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.services.attacks.evidence import Person, Sending, Truth
from app.services.attacks.scene import history, ours
from app.services.attacks.scene.stage import PYTHON, ROOT, Stage
from app.services.attacks.scene.visitor import Visitor
from app.services.attacks.ways import order
from tests.homes import free_port, postgres_settings

FULL = os.environ.get("SOAK") == "1"
SUBMISSIONS, KILLS = (2_000, 200) if FULL else (60, 12)
AT_ONCE = 6
PATIENCE = 120
Broken = (OSError, http.client.HTTPException)


@pytest.fixture(params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """A throw-away installation."""
    if request.param == "sqlite":
        yield Stage(tmp_path / "home")
        return
    with postgres_settings(tmp_path / "home", request.getfixturevalue("postgres_server")) as found:
        yield Stage(
            tmp_path / "home", found.database_url, found.answers_database_url, found.owner_database_url, free_port()
        )


@dataclass
class Crowd:
    """People who press again until they are thanked, whatever happens to the server."""

    base: str
    waiting: list[Person]
    sent: list[tuple[Person, float]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer_all(self) -> None:
        """Answer with one card after the other until none is left."""
        while not self.faults:
            with self.lock:
                if not self.waiting:
                    return
                person = self.waiting.pop()
            try:
                self._answer(person)
            except Exception as fault:  # a thread's fault must reach the test
                self.faults.append(repr(fault))

    def _answer(self, person: Person) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                visitor = Visitor(self.base)
                check = visitor.walk_to_check(person.code, person.number, person.words)
                if check.url.endswith("/r/check") and check.status == 200 and self._press(visitor, check, end):
                    with self.lock:
                        self.sent.append((person, time.time()))
                    return
            except Broken:
                time.sleep(0.1)
        raise AssertionError(f"person {person.number} was never thanked")

    def _press(self, visitor: Visitor, check: object, end: float) -> bool:
        """Press the same Send until it is thanked for; the page of a used code means that an earlier press arrived."""
        while time.monotonic() < end:
            try:
                page = visitor.go("POST", "/r/check", check.hidden)  # type: ignore[attr-defined]
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
    """Kills web workers, and openers in the middle of their work, until told to stop."""

    stage: Stage
    master: int
    chance: random.Random
    kills: dict[str, int] = field(default_factory=lambda: {"web": 0, "opener": 0})
    is_over: threading.Event = field(default_factory=threading.Event)

    def work(self) -> None:
        """Kill one or the other, at random moments."""
        while not self.is_over.is_set():
            if self.chance.random() < 0.5:
                self._kill_worker()
            else:
                self._kill_opener()

    def _kill_worker(self) -> None:
        time.sleep(self.chance.uniform(0.05, 1.0))
        found = subprocess.run(["pgrep", "-P", str(self.master)], capture_output=True, text=True, check=False).stdout
        for pid in found.split()[:1]:
            os.kill(int(pid), signal.SIGKILL)
            self.kills["web"] += 1

    def _kill_opener(self) -> None:
        command = [PYTHON, "-m", "flask", "--app", "wsgi", "letterbox", "open"]
        opener = subprocess.Popen(
            command, cwd=ROOT, env=self.stage.environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            opener.wait(self.chance.uniform(0.7, 1.6))  # it takes 0.7 s to start
        except subprocess.TimeoutExpired:
            opener.kill()
            opener.wait()
            self.kills["opener"] += 1


@pytest.mark.timeout(1500)
def test_kill_9_loses_nothing_doubles_nothing_and_tells_nothing(stage: Stage) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    people = history.issue(stage, SUBMISSIONS)
    wave = history.open_wave(stage)
    print(f"seed {seed}")
    with stage.serving() as base:
        master = int(
            subprocess.check_output(["pgrep", "-P", str(os.getpid()), "-f", "gunicorn"], text=True).split()[-1]
        )
        # people do not come by their numbers: an answer that tells its writer must not tell the order of sending
        crowd, killer = Crowd(base, chance.sample(people, len(people))), Killer(stage, master, chance)
        threads = [threading.Thread(target=crowd.answer_all) for _person in range(AT_ONCE)]
        killing = threading.Thread(target=killer.work)
        for thread in (*threads, killing):
            thread.start()
        for thread in threads:
            thread.join()
        while sum(killer.kills.values()) < KILLS:
            time.sleep(0.2)
        killer.is_over.set()
        killing.join()
    assert crowd.faults == []
    stage.run("wave", "close", wave)

    sendings = [Sending(person.number, wave, 0, rank, at) for rank, (person, at) in enumerate(crowd.sent)]
    truth = Truth(history.SURVEY, people, sendings)
    evidence = ours.collect(stage, history.History(truth, [], []))
    owners = [row.owner for row in evidence.tables["response"]]
    print(f"{len(crowd.sent)} thanked, {len(owners)} stored, killed {killer.kills}")
    assert sorted(owners) == sorted(person.number for person, _at in crowd.sent) == list(range(SUBMISSIONS))
    assert stage.run("letterbox", "status").strip().endswith("set_aside=0")
    assert min(killer.kills.values()) > 0
    assert [attack.name for attack in order.ATTACKS if not attack.measure(evidence).is_held] == []
