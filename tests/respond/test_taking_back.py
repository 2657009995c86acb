"""Taking answers back by code: everything goes, in all waves, from the files too, and nobody else learns anything."""

import json
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select

from app.attacker.scene.postgres import pass_an_hour
from app.attacker.thief import PostgresSchema
from app.core import letters
from app.core.codes import make_code
from app.counting import deletion, letterbox, opener
from app.models.answers import Comment, DetachedAnswer, Response, SetAside
from app.models.comments import InboxComment
from app.models.letters import Letter, Spent
from app.respond import deletion_requests, journeys, saved_drafts
from app.results import service as releases
from app.storage import db, keyring
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.support.client import StrictClient, browser
from tests.support.staff import token_of
from tests.support.traces import find_in_files

OTHERS = 24
ROOMS = (
    ("portal", ("letter", "draft")),
    ("answers", ("response", "comment", "detached", "set_aside", "opened_letter")),
)


def send(code: str, words: str) -> None:
    """Answer with a code."""
    journey = journeys.find_journey(journeys.begin(code))
    assert journey is not None
    kept = journeys.save_page(journey, {"words": words, "heard": "5", "role": "parent"})
    journeys.submit(kept, journeys.new_submission_id())


def counts() -> dict[str, int]:
    """Count the rows that answers left."""
    found = {}
    for enter, models in ((db.counting, (Response, Comment, DetachedAnswer, SetAside)), (db.collecting, (Letter,))):
        with enter() as session:
            found |= {m.__tablename__: len(session.scalars(select(m.wave_id)).all()) for m in models}
    return found


def canaries(codes: list[str]) -> list[str]:
    """Let everybody answer, each in words of their own, and return the words."""
    words = [f"canary{7919 * (n + 11)}words" for n in range(len(codes))]
    for code, said in zip(codes, words, strict=True):
        send(code, said)
    return words


@pytest.mark.both_databases
def test_everything_of_one_code_goes_from_all_waves_and_nothing_of_others(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)[: OTHERS + 1]
    words = canaries(codes)
    tiny.close_wave()
    tiny.open_wave()
    words_two = canaries(codes)
    before = counts()
    assert (before["response"], before["letter"]) == (OTHERS + 1, OTHERS + 1)

    deletion_requests.ask_to_delete(codes[0])
    deletion.apply_deletions()
    assert counts() == {"response": OTHERS, "comment": OTHERS, "detached": OTHERS, "set_aside": 0, "letter": OTHERS}
    tiny.close_wave()
    assert counts()["response"] == 2 * OTHERS
    with db.collecting() as session:
        left = set(session.scalars(select(InboxComment.body)))
    assert left == {*words[1:], *words_two[1:]}
    with db.reading() as session:
        assert len(session.scalars(select(Spent.receipt)).all()) == 2 * (OTHERS + 1), "the slot stays used"


@pytest.mark.both_databases
def test_nothing_of_a_person_is_left_in_any_file(tiny: TinySurvey, app: Flask) -> None:
    codes = tiny.codes(30)[: OTHERS + 1]
    words = canaries(codes)
    tiny.close_wave()
    settings = app.config["SETTINGS"]
    assert _found(settings, words[0]), "the search finds what is there"

    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()

    assert _found(settings, words[0]) == []
    assert _found(settings, words[1]), "others' words are still there"


def _found(settings: object, word: str) -> list[object]:
    """Search all files of a home, or on PostgreSQL all rows and the tables' own files."""
    home = settings.home  # type: ignore[attr-defined]
    files: list[object] = [*find_in_files(home, [word])]
    owner = settings.owner_database_url  # type: ignore[attr-defined]
    if not owner:
        return files
    rows = [r for room, tables in ROOMS for t in tables for r in PostgresSchema(owner, room).rows(t)]
    hits: list[object] = [row for row in rows if word in repr(row.values)]
    return files + hits + find_in_files(server_files(owner), [word])


def server_files(owner: str) -> Path:
    """Return PostgreSQL's own folder: tables, write-ahead log, log, after what it does by itself within the hour."""
    pass_an_hour(owner)
    with psycopg.connect(owner, autocommit=True) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()
    assert folder is not None
    return Path(folder[0]).parent


def test_a_request_counts_neither_towards_twenty_nor_towards_ten(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    canaries(codes[:19])
    for code in codes[30:40]:
        deletion_requests.ask_to_delete(code)
    assert letterbox.open_letterbox() == {tiny.wave: 0}
    assert counts()["letter"] == 19
    canaries(codes[19:21])
    for code in codes[30:40]:
        deletion_requests.ask_to_delete(code)
    assert letterbox.open_letterbox() == {tiny.wave: 11}
    assert counts()["letter"] == 10


def test_a_request_has_the_length_of_a_letter(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    send(codes[0], "words")
    deletion_requests.ask_to_delete(codes[1])
    deletion_requests.ask_to_delete(make_code())
    with db.collecting() as session:
        boxes = session.scalars(select(Letter.box)).all()
    assert (len(boxes), len({len(box) for box in boxes})) == (3, 1)


def test_a_request_after_the_close_is_kept_before_the_release_is_made(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    canaries(codes[:20])
    tiny.close_wave()
    for code in codes[:5]:
        deletion_requests.ask_to_delete(code)
    releases.ask_for_release(tiny.wave)
    opener.answer_requests()
    published = releases.find_published(tiny.wave)
    assert (waves.get_wave(tiny.wave).state, counts()["response"]) == ("published", 15)
    assert published is not None
    assert published.n == 15


def test_a_published_release_stays_as_it_is(tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    canaries(codes)
    tiny.close_wave()
    releases.ask_for_release(tiny.wave)
    opener.answer_requests()
    before = releases.find_published(tiny.wave)
    deletion_requests.ask_to_delete(codes[0])
    letterbox.open_letterbox()
    assert releases.find_published(tiny.wave) == before
    assert counts()["response"] == 29


@pytest.mark.both_databases
def test_a_crash_between_the_rooms_leads_to_the_same_once_more(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = tiny.codes(30)
    canaries(codes[:25])
    deletion_requests.ask_to_delete(codes[0])
    with monkeypatch.context() as patch:
        patch.setattr(deletion, "_delete_letters", lambda _which: 1 / 0)
        assert deletion.apply_deletions() == deletion.DeletionResult(set(), {"family": "ZeroDivisionError"})
    assert counts()["letter"] == 26
    for _twice in range(2):
        deletion.apply_deletions()
    assert counts()["letter"] == 24


def test_a_letter_set_aside_goes_too(tiny: TinySurvey) -> None:
    code, wave = tiny.codes(30)[0], waves.get_wave(tiny.wave)
    strange = letters.Submission(code, "no batch", "no cell", "self", {})
    box = letters.seal(strange, wave.letter_pub or b"", wave.id)
    with db.writing() as session:
        session.add(Letter(id=b"x" * 16, wave_id=wave.id, box=box))
    tiny.close_wave()
    assert counts()["set_aside"] == 1
    deletion_requests.ask_to_delete(code)
    letterbox.open_letterbox()
    assert counts()["set_aside"] == 0


@pytest.mark.both_databases
def test_the_front_room_cannot_set_the_key(tiny: TinySurvey, app: Flask) -> None:
    survey = surveys.get_survey(tiny.slug).slug
    assert keyring.delete_secret(survey)
    assert not (app.config["SETTINGS"].front_keys / f"{survey}.delete").exists()


def ask(client: StrictClient, code: str, pin: str = "") -> object:
    """Fill in the page and send it."""
    page = client.request("GET", "/delete-my-answers")
    return client.request("POST", "/delete-my-answers", [("csrf_token", token_of(page)), ("code", code), ("pin", pin)])


def test_the_page_says_the_same_for_every_code(app: Flask, tiny: TinySurvey) -> None:
    codes = tiny.codes(30)
    used, unused, void, unknown = codes[0], codes[1], codes[2], make_code()
    send(used, "words")
    saved = codes[3]
    journey = journeys.find_journey(journeys.begin(saved))
    assert journey is not None
    assert saved_drafts.save(journey, "4711")
    answers = [ask(browser(app), code) for code in (used, used, unused, void, unknown, saved)]
    answers += [ask(browser(app), code, "4711") for code in (used, unused, void, unknown, saved, saved)]
    faces = {(a.status, a.body_without_tokens, json.dumps(sorted(a.headers.items()))) for a in answers}  # type: ignore[attr-defined]
    assert len(faces) == 1
    assert b'data-page="deletion-asked"' in answers[0].body  # type: ignore[attr-defined]
    wrong = ask(browser(app), "12")
    assert (wrong.status, wrong.find("input", id="code").get("value")) == (422, "12")  # type: ignore[attr-defined]


def test_what_was_saved_goes_at_once_with_its_pin_and_stays_without(tiny: TinySurvey) -> None:
    code, other = tiny.codes(30)[:2]
    for one in (code, other):
        journey = journeys.find_journey(journeys.begin(one))
        assert journey is not None
        assert saved_drafts.save(journey, "4711")
    deletion_requests.ask_to_delete(code)
    deletion_requests.ask_to_delete(code, "4712")
    assert saved_drafts.come_back(code, "4711") is not None
    deletion_requests.ask_to_delete(code, "4711")
    assert saved_drafts.come_back(code, "4711") is None
    assert saved_drafts.come_back(other, "4711") is not None


def test_a_request_that_comes_in_while_letters_are_opened_waits_for_the_next_time(
    tiny: TinySurvey, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = tiny.codes(30)
    canaries(codes[:25])
    real = deletion.apply_deletions

    def one_more(only: str | None = None) -> deletion.DeletionResult:
        seen = real(only)
        monkeypatch.setattr(deletion, "apply_deletions", real)
        deletion_requests.ask_to_delete(codes[0])
        return seen

    monkeypatch.setattr(deletion, "apply_deletions", one_more)
    letterbox.open_letterbox()
    assert (counts()["set_aside"], counts()["response"], counts()["letter"]) == (0, 15, 11)
    waves.close_wave(tiny.wave)
    opener.answer_requests()
    assert (counts()["set_aside"], counts()["response"], counts()["letter"]) == (0, 24, 0)


def test_shown_turnout_never_falls_when_somebody_takes_their_answers_back(tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    canaries(codes[:30])
    letterbox.open_letterbox()
    assert waves.shown_turnout()[tiny.wave] == 20
    for code in codes[:30]:
        deletion_requests.ask_to_delete(code)
    letterbox.open_letterbox()
    assert waves.shown_turnout()[tiny.wave] == 20


def test_a_request_waits_while_old_rows_may_still_lie_in_the_file(
    tiny: TinySurvey, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = tiny.codes(30)[:21]
    words = canaries(codes)
    tiny.close_wave()
    deletion_requests.ask_to_delete(codes[0])
    monkeypatch.setattr(db, "TIDY_TRIES", 1)
    with db.rooms().engine("counting").connect() as reader:
        reader.exec_driver_sql("SELECT * FROM comment").fetchone()  # somebody reads the file and does not end
        letterbox.open_letterbox()
        assert (counts()["response"], counts()["letter"]) == (20, 1), (
            "answers are gone from the table, the request stays"
        )
        assert find_in_files(app.config["SETTINGS"].home, [words[0]]), "and old rows are still in the file"
    letterbox.open_letterbox()
    assert counts()["letter"] == 0
    assert find_in_files(app.config["SETTINGS"].home, [words[0]]) == []
