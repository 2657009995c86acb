"""Used, unused, unknown and void codes: no page says by words, headers or cookies what it must not tell apart.

At the way in a card that opens something and one that does not are distinguished on purpose; a used one is not.
The same in time: ``tests/lab/long/test_codes_oracle``.
"""

import random
import time
from collections.abc import Sequence

import pytest
from flask import Flask

from app.cards import service as cards
from app.core.codes import make_code
from app.respond import journeys
from app.web.rate_limits import DeletionCaps, GuessCaps
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser
from tests.support.http_journey import hidden

TRIES = 3
USED, UNUSED, UNKNOWN, VOID = "used", "unused", "unknown", "void"
ALIKE = {"/c": ((USED, UNUSED), (UNKNOWN, VOID)), "/delete-my-answers": ((USED, UNUSED, UNKNOWN, VOID),)}
"""For each page, the kinds of code that must look alike."""
STATUS = {"/c": {303, 422}, "/delete-my-answers": {200}}


def prepare(app: Flask, tiny: TinySurvey, tries: int) -> list[tuple[str, str]]:
    """Return kinds and codes in a mixed order, so many of each, and set caps that let one browser ask so often."""
    issued = tiny.codes(max(30, 3 * tries))
    codes = {
        USED: issued[:tries],
        UNUSED: issued[tries : 2 * tries],
        UNKNOWN: [make_code() for _card in range(tries)],
        VOID: issued[2 * tries : 3 * tries],
    }
    for code in codes[USED]:
        journey = journeys.find_journey(journeys.begin(code))
        assert journey is not None
        assert journeys.submit(journey, journeys.new_submission_id()) is journeys.Outcome.SENT
    for code in codes[VOID]:
        cards.void_code(code)
    for name in ("guess_caps", "entry_caps"):
        app.extensions[name] = GuessCaps(app.config["SETTINGS"], guesses=10_000, site=10_000)
    app.extensions["deletion_caps"] = DeletionCaps(app.config["SETTINGS"], address=10_000, site=10_000, day=10_000)
    mixed = [(kind, code) for kind, some in codes.items() for code in some]
    random.Random(7).shuffle(mixed)
    return mixed


def ask(app: Flask, path: str, code: str) -> tuple[Seen, float]:
    """Type a code into a page's form, in a browser of its own, and return the answer and the seconds it took."""
    client: StrictClient = browser(app)
    fields = [*hidden(client.request("GET", path)), ("code", code)]
    start = time.perf_counter()
    answer = client.request("POST", path, fields)
    return answer, time.perf_counter() - start


def faces_and_times(
    app: Flask, path: str, asked: Sequence[tuple[str, str]]
) -> tuple[dict[str, set[tuple[object, ...]]], dict[str, list[float]]]:
    """Ask a page about all codes, and return what each kind looks like and how long each answer took."""
    faces: dict[str, set[tuple[object, ...]]] = {}
    seconds: dict[str, list[float]] = {}
    ask(app, path, make_code())
    for kind, code in asked:
        answer, took = ask(app, path, code)
        headers = frozenset((n, v) for n, v in answer.headers.items() if n not in ("set-cookie", "date"))
        cookies = tuple(len(line) for line in answer.set_cookies)
        faces.setdefault(kind, set()).add((answer.status, headers, cookies, answer.body_without_tokens))
        seconds.setdefault(kind, []).append(took)
    return faces, seconds


def check_faces(path: str, faces: dict[str, set[tuple[object, ...]]]) -> None:
    """Fail where kinds that a page must not tell apart look different."""
    assert {face[0] for kind in faces.values() for face in kind} == STATUS[path]
    for kinds in ALIKE[path]:
        assert len(set.union(*(faces[kind] for kind in kinds))) == 1, kinds


@pytest.mark.parametrize("path", ALIKE)
def test_no_kind_of_code_is_revealed_in_words(app: Flask, tiny: TinySurvey, path: str) -> None:
    faces, seconds = faces_and_times(app, path, prepare(app, tiny, TRIES))

    assert {kind: len(times) for kind, times in seconds.items()} == dict.fromkeys((USED, UNUSED, UNKNOWN, VOID), TRIES)
    check_faces(path, faces)
