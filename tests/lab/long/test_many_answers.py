"""Two rounds of a hundred thousand answers each: the release, the page and every file, by time, size and memory.

The answers are stored by the opener's own last stages; only sealing and unsealing them is left out.
"""

import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.cards import service as cards
from app.core.letters import Submission
from app.counting import letterbox, linking, opener, sorting
from app.counting.sorting import DecryptedLetters, Selection
from app.demo.answers import answer_all
from app.fieldwork import frames
from app.models.surveys import Wave
from app.results import service as releases
from app.results.files import FORMATS
from app.storage import clock, db
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import DAY, MONTH, TODAY
from tests.support.client import counted_queries
from tests.support.homes import application, sqlite_settings

SIZE = 100_000 if os.environ.get("SOAK") == "1" else 5_000
PLACES, SEED, AT_ONCE = ("north", "central", "south"), 7, 10_000
pytestmark = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, list[str]]]:
    """An application with two closed rounds of a family survey, which half of the people answered twice."""
    with application(sqlite_settings(tmp_path_factory.mktemp("large") / "home")) as app:
        surveys.import_questionnaire(Path("app/questionnaires/family.json").read_text(encoding="utf-8"), "family.json")
        known = [card_of(place) for place in PLACES]
        yield app, [answered(known, number) for number in (0, 1)]


def card_of(place: str) -> cards.KnownCard:
    """Issue a batch of cards in a locality, and return one of them."""
    issued = cards.issue_cards("family", batch=place, locality=place, channel="visit", count=60)
    card = cards.find_card(issued.codes[0])
    assert card is not None
    return card


def answered(known: list[cards.KnownCard], number: int) -> str:
    """Make a round, store its answers as the opener does, and close it."""
    first = TODAY - MONTH * (4 - 2 * number)
    with clock.on_day(first - DAY):
        name, _request = waves.create_wave("family", first, first + MONTH)
        opener.answer_requests()
    with clock.on_day(first):
        counts = {("All", place): SIZE for place in PLACES}
        frames.set_frame(name, definition="Everybody with a card.", counted_on=first, counts=counts)
        waves.open_wave(name)
    wave, people = waves.get_wave(name), range(number * SIZE // 2, number * SIZE // 2 + SIZE)
    for start in range(0, SIZE, AT_ONCE):
        store(wave, known, people[start : start + AT_ONCE])
    with clock.on_day(first + MONTH):
        waves.close_wave(name)
        opener.answer_requests()
    return name


def store(wave: Wave, known: list[cards.KnownCard], people: range) -> None:
    """Store the answers of some people, each with a code of their own."""
    document, sent = surveys.document_of(wave), []
    for person in people:
        place = person % len(PLACES)
        answers = answer_all(document, wave=wave.number, person=person, locality=PLACES[place], seed=SEED)
        sent.append(Submission(f"{person:015}", known[place].batch, known[place].cell, "self", answers))
    with db.counting() as stored:
        with db.collecting() as portal:
            places = sorting.places(portal, wave.survey_slug)
        selection = Selection({}, places, linking.links_of(stored, wave.survey_slug), is_last=False)
        letterbox.store(stored, wave, selection, rows=sorting.sort(wave, selection, DecryptedLetters(sent)))


def test_releases_pages_and_files_of_many_answers(large: tuple[Flask, list[str]]) -> None:
    app, names = large
    for name in names:
        start, held = time.perf_counter(), peak()
        releases.ask_for_release(name)
        opener.answer_requests()
        seconds = time.perf_counter() - start
        print(f"{SIZE} answers: release of {name} in {seconds:.1f} s, {peak() - held:.0f} MB more")
        assert seconds < 30
    pages = ["/results/family", f"/results/family/{names[0]}"]
    for path, limit in [(path, limit) for path in pages for limit in (1.5, 0.1)]:
        seconds, _megabytes, size, queries = asked(app, path)
        print(f"{path}: {1000 * seconds:.0f} ms, {queries} queries, {size} bytes")
        assert (seconds < limit, queries <= 10, size <= 60_000) == (True, True, True)
    files = [f"/data/family/{names[-1]}.{kind.end}" for kind in FORMATS.values()]
    files += [f"/results/family/{names[-1]}/{name}" for name in ("summary", "summary.pdf", "report.docx")]
    for path in files:
        seconds, megabytes, size, queries = asked(app, path)
        print(f"{path}: {1000 * seconds:.0f} ms, {queries} queries, {size} bytes, {megabytes:.0f} MB more")
        assert (seconds < 10, queries <= 10) == (True, True)


def asked(app: Flask, path: str) -> tuple[float, float, int, int]:
    """Return the seconds, megabytes, bytes and queries of one answer as a browser asks for it."""
    with counted_queries() as statements:
        start, held = time.perf_counter(), peak()
        answer = app.test_client().get(path, headers={"Accept-Encoding": "gzip"})
        seconds = time.perf_counter() - start
    assert answer.status_code == 200, path
    return seconds, peak() - held, len(answer.data), len(statements)


def peak() -> float:
    """Return the most memory that this process ever held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
