"""A crowd answers while the opener works: nothing is lost, nothing is doubled. Ten minutes in ``make lab``."""

import json
import os
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.storage import migrating
from config import Settings
from tests.conftest import MONTH, TODAY
from tests.support.builders import tiny_document
from tests.support.homes import application, flask, flask_json, running, write_portal_env
from tests.support.http_journey import Client, hidden, walk_to_check

SECONDS = 600 if os.environ.get("SOAK") == "1" else 5
PEOPLE = 6
CARDS = 20_000 if os.environ.get("SOAK") == "1" else 2_000


@dataclass
class Crowd:
    """Several people at once, each with the next card of a common pile; some press Send twice."""

    base: str
    codes: list[str]
    end: float
    sent: int = 0
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer_until_the_end(self, seed: int) -> None:
        """Answer card after card until the time is over."""
        chance = random.Random(seed)
        while time.monotonic() < self.end and not self.faults:
            with self.lock:
                code = self.codes.pop()
            try:
                self._answer(code, chance)
            except Exception as fault:  # a thread's fault must reach the test
                self.faults.append(repr(fault))

    def _answer(self, code: str, chance: random.Random) -> None:
        client = Client(self.base)
        sent = hidden(walk_to_check(client, code))
        cookies = dict(client.cookies)
        for _press in range(chance.choice((1, 1, 2, 3))):
            client.cookies = dict(cookies)
            page = client.post("/r/check", sent)
            if (page.status, page.data_page) != (200, "done"):
                raise AssertionError(f"{page.status} {page.data_page}")
        with self.lock:
            self.sent += 1


@pytest.mark.both_databases
@pytest.mark.timeout(SECONDS + 300)
def test_a_crowd_and_a_busy_opener_lose_and_double_nothing(settings: Settings, tmp_path: Path) -> None:
    write_portal_env(settings)
    document = tmp_path / "tiny.json"
    document.write_text(json.dumps(tiny_document()), encoding="utf-8")
    with application(settings):
        migrating.migrate()
    for command in (
        ("survey", "import", str(document)),
        ("wave", "create", "family", "--opens", str(TODAY), "--closes", str(TODAY + MONTH)),
        ("wave", "open", "family-1"),
    ):
        assert flask(settings, *command).returncode == 0
    place = ("--batch", "crowd", "--locality", "north", "--channel", "visit", "--count", str(CARDS))
    codes = flask(settings, "cards", "issue", "family", *place).stdout.splitlines()
    seed = random.randrange(10**6)
    print(f"seed {seed}, {SECONDS} s")

    with running(settings, tmp_path / "web.log") as base:
        crowd = Crowd(base, codes, time.monotonic() + SECONDS)
        people = [threading.Thread(target=crowd.answer_until_the_end, args=(seed + n,)) for n in range(PEOPLE)]
        for person in people:
            person.start()
        while any(person.is_alive() for person in people):
            assert flask(settings, "letterbox", "open").returncode == 0
        for person in people:
            person.join()

    assert crowd.faults == []
    flask(settings, "wave", "close", "family-1")
    status = flask_json(settings, "letterbox", "status", "--json")["family-1"]
    print(f"{crowd.sent} sent: {status}")
    assert crowd.sent >= 20, "too slow to tell anything"
    assert status == {"waiting": 0, "responses": crowd.sent, "set_aside": 0}
    said = (tmp_path / "web.log").read_text(encoding="utf-8").splitlines()
    assert [line for line in said if not line.startswith("In production the web process would not start")] == []
