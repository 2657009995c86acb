"""Wrong PIN, nothing saved, unknown card: whoever asks cannot tell them apart by what is said.

Neither at coming back nor at deleting. The same in time: ``tests/lab/long/test_saved_drafts_oracle``.
"""

import random
import time

import pytest
from flask import Flask

from app.core.codes import make_code
from app.respond import journeys, saved_drafts
from app.web.rate_limits import DeletionCaps, GuessCaps
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser
from tests.support.http_journey import hidden

TRIES = saved_drafts.MOST_TRIES
"""So many of each kind: the last wrong PIN deletes what was saved."""
WRONG_PIN, NOTHING_SAVED, UNKNOWN_CARD = "wrong PIN", "nothing saved", "unknown card"


def prepare(app: Flask, tiny: TinySurvey, tries: int) -> list[tuple[str, str]]:
    """Return kinds and codes in a mixed order, so many of each; each saved draft is tried until it is deleted."""
    codes = tiny.codes(max(30, 2 * tries))
    for code in codes[: tries // saved_drafts.MOST_TRIES]:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        assert saved_drafts.save(journey, "4711")
    asked = [(WRONG_PIN, code) for code in codes[: tries // saved_drafts.MOST_TRIES] * saved_drafts.MOST_TRIES]
    asked += [(NOTHING_SAVED, code) for code in codes[-tries:]]
    asked += [(UNKNOWN_CARD, make_code()) for _card in range(tries)]
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


PLACES = [("/come-back", "0815", 422), ("/delete-my-answers", "0815", 200), ("/delete-my-answers", "4711", 200)]
"""Page, PIN and status of what failed."""


def faces_and_times(
    app: Flask, path: str, pin: str, questions: list[tuple[str, str]]
) -> tuple[dict[str, set[tuple[object, ...]]], dict[str, list[float]]]:
    """Try a PIN with all codes, and return what each kind looks like and how long each answer took."""
    client = browser(app)
    page = client.request("GET", path)
    ask(client, page, make_code(), pin)
    faces: dict[str, set[tuple[object, ...]]] = {}
    seconds: dict[str, list[float]] = {}
    for kind, code in questions:
        answer, took = ask(client, page, code, pin)
        headers = frozenset((n, v) for n, v in answer.headers.items() if n not in ("set-cookie", "date"))
        faces.setdefault(kind, set()).add((answer.status, headers, answer.body_without_tokens))
        seconds.setdefault(kind, []).append(took)
    return faces, seconds


@pytest.mark.parametrize(("path", "pin", "status"), PLACES)
def test_what_failed_is_not_revealed_in_words(app: Flask, tiny: TinySurvey, path: str, pin: str, status: int) -> None:
    faces, seconds = faces_and_times(app, path, pin, prepare(app, tiny, TRIES))

    assert {kind: len(times) for kind, times in seconds.items()} == dict.fromkeys(
        (WRONG_PIN, NOTHING_SAVED, UNKNOWN_CARD), TRIES
    )
    assert len(set.union(*faces.values())) == 1
    assert next(iter(faces[WRONG_PIN]))[0] == status
