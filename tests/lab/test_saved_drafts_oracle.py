"""Wrong PIN, nothing saved, unknown card: whoever asks cannot tell them apart, by what is said or how long it takes.

Neither at coming back nor at deleting.
"""

import itertools
import os
import random
import time

import pytest
from flask import Flask

from app.core.codes import make_code
from app.core.odds import same_source
from app.respond import journeys, saved_drafts
from app.web.rate_limits import DeletionCaps, GuessCaps
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser
from tests.support.http_journey import hidden

TRIES = 200 if os.environ.get("SOAK") == "1" else 40
LUCK = 0.001 / 40
"""Some forty pairs are compared in a run; one run in a thousand may call chance a fault."""
WRONG_PIN, NOTHING_SAVED, UNKNOWN_CARD = "wrong PIN", "nothing saved", "unknown card"


@pytest.fixture
def questions(app: Flask, tiny: TinySurvey) -> list[tuple[str, str]]:
    """Kinds and codes in a mixed order; each saved draft is tried five times, so the last tries delete it."""
    codes = tiny.codes(2 * TRIES)
    for code in codes[: TRIES // saved_drafts.MOST_TRIES]:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        assert saved_drafts.save(journey, "4711")
    asked = [(WRONG_PIN, code) for code in codes[: TRIES // saved_drafts.MOST_TRIES] * saved_drafts.MOST_TRIES]
    asked += [(NOTHING_SAVED, code) for code in codes[-TRIES:]]
    asked += [(UNKNOWN_CARD, make_code()) for _card in range(TRIES)]
    random.Random(7).shuffle(asked)
    app.extensions["guess_caps"] = GuessCaps(app.config["SETTINGS"], guesses=10_000, site=10_000)
    app.extensions["deletion_caps"] = DeletionCaps(app.config["SETTINGS"], address=10_000, site=10_000, day=10_000)
    return asked


def ask(client: StrictClient, page: Seen, code: str, pin: str) -> tuple[Seen, float]:
    """Try a PIN and return the answer and the seconds it took."""
    fields = [*hidden(page), ("code", code), ("pin", pin)]
    start = time.perf_counter()
    answer = client.request("POST", page.url.removeprefix(client.base), fields)
    return answer, time.perf_counter() - start


@pytest.mark.parametrize(
    ("path", "pin", "status"),
    [("/come-back", "0815", 422), ("/delete-my-answers", "0815", 200), ("/delete-my-answers", "4711", 200)],
)
def test_what_failed_is_not_told_in_words_or_in_time(
    app: Flask, questions: list[tuple[str, str]], path: str, pin: str, status: int
) -> None:
    client = browser(app)
    page = client.request("GET", path)
    ask(client, page, make_code(), pin)
    faces: dict[str, set[object]] = {}
    seconds: dict[str, list[float]] = {}
    for kind, code in questions:
        answer, took = ask(client, page, code, pin)
        headers = frozenset((n, v) for n, v in answer.headers.items() if n not in ("set-cookie", "date"))
        faces.setdefault(kind, set()).add((answer.status, headers, answer.body_without_tokens))
        seconds.setdefault(kind, []).append(took)

    assert {len(times) for times in seconds.values()} == {TRIES}
    assert len(set.union(*faces.values())) == 1
    assert next(iter(faces[WRONG_PIN]))[0] == status  # type: ignore[index]
    for one, other in itertools.combinations(seconds, 2):
        assert same_source(seconds[one], seconds[other]) > LUCK, (one, other)
