"""One whole round as an operator and forty people live it: command line, real server, plain HTTP, a release."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select

from app import create_app
from app.core.codes import read_code
from app.models.comments import InboxComment
from app.storage import db
from config import Settings
from tests.conftest import MONTH, TODAY
from tests.support.builders import tiny_document
from tests.support.homes import application, flask, flask_json, running, write_portal_env
from tests.support.http_journey import Client, Page, walk, walk_to_check
from tests.support.readers import LEADS
from tests.support.traces import find_in_files

ADDRESS, AGENT, WORDS = "127.9.8.7", "ZebraPhone/7.7 canary browser", "canary words, a<b 5>4"
PEOPLE, REPEATED = 40, 30


@dataclass
class Round:
    """What happened in the first wave."""

    codes: list[str]
    pages: list[Page]


def operate(settings: Settings, *arguments: str) -> str:
    """Run a command that must succeed and return what it prints; in this process, for each start takes a second.

    The first command and ``release show`` run in processes of their own, and so does the web process.
    """
    app = create_app(settings)
    with app.app_context():
        done = app.test_cli_runner().invoke(args=arguments)
        db.rooms().dispose()
    assert done.exit_code == 0, f"{arguments}: {done.stderr}"
    return done.stdout


def operate_json(settings: Settings, *arguments: str) -> object:
    """Run a command that must succeed and return the JSON that it prints."""
    return json.loads(operate(settings, *arguments))


def open_wave(settings: Settings) -> str:
    """Make and open the next wave of families from the command line."""
    days = ("--opens", str(TODAY), "--closes", str(TODAY + MONTH))
    wave = operate(settings, "wave", "create", "family", *days).strip()
    operate(settings, "wave", "open", wave, "--reading-day", str(TODAY + MONTH))
    return wave


@pytest.fixture
def served(settings: Settings, tmp_path: Path) -> Iterator[str]:
    """The address of a served installation with an open wave."""
    write_portal_env(settings)
    migrated = flask(settings, "database", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    document = tmp_path / "tiny.json"
    document.write_text(json.dumps(tiny_document()), encoding="utf-8")
    assert operate(settings, "survey", "import", str(document)).strip() == "family"
    for reader in LEADS:
        operate(settings, "user", "create", reader, "--role", "safeguarding lead")
    open_wave(settings)
    with running(settings, settings.home / "logs" / "web.log") as base:
        yield base


def issue(settings: Settings, count: int) -> list[str]:
    """Issue cards for visits in the north and return their codes as they are printed."""
    batch = ("--batch", "one", "--locality", "north", "--channel", "visit", "--count", str(count))
    return operate(settings, "cards", "issue", "family", *batch).splitlines()


def answered(settings: Settings, base: str, people: int) -> Round:
    """Let people answer wave 1."""
    printed = issue(settings, people)
    pages = [walk(Client(base, source=ADDRESS, agent=AGENT), code) for code in printed]
    return Round(printed, pages)


@pytest.mark.both_databases
def test_forty_people_are_counted_once_and_linked_over_two_waves(settings: Settings, served: str) -> None:
    round_one = answered(settings, served, PEOPLE)
    codes = round_one.codes
    assert [page.data_page for page in round_one.pages] == ["done"] * PEOPLE
    assert len({read_code(code) for code in codes}) == PEOPLE

    again = walk(Client(served), codes[0])
    assert (again.status, again.data_page) == (409, "already-used")

    operate(settings, "letterbox", "open")
    assert operate_json(settings, "letterbox", "status", "--json") == {
        "family-1": {"waiting": 10, "responses": 30, "set_aside": 0}
    }
    assert flask(settings, "release", "make", "family-1").returncode == 1, "no release of an open wave"
    operate(settings, "wave", "close", "family-1")
    operate(settings, "letterbox", "open")
    operate(settings, "release", "make", "family-1")

    status = operate_json(settings, "letterbox", "status", "--json")
    release = flask_json(settings, "release", "show", "family-1", "--format", "json")
    assert status == {"family-1": {"waiting": 0, "responses": PEOPLE, "set_aside": 0}}
    assert (release["wave"], release["n"]) == ("family-1", PEOPLE)
    heard = {q["variable"]: q for q in release["questions"]}["heard"]
    assert {c["code"]: c["count"] for c in heard["cells"]}["5"] == PEOPLE

    open_wave(settings)
    assert walk(Client(served), codes[0]).data_page == "done"
    assert {w["id"]: w["state"] for w in operate_json(settings, "wave", "list", "family", "--json")} == {
        "family-1": "published",
        "family-2": "open",
    }
    assert traces_of(settings, codes) == []


def traces_of(settings: Settings, codes: list[str]) -> list[Path]:
    """Return the files that hold a code, an address or a browser, or words outside the counting room and the inbox."""
    digits = [code.replace(" ", "") for code in codes]
    counting = settings.home / "counting"
    with application(settings), db.reading() as session:
        inbox = session.scalars(select(InboxComment.body)).all()
    assert len(inbox) >= PEOPLE, "people read what was written"
    found = find_in_files(settings.home, [WORDS, "canary words"], inbox if not settings.database_url else [])
    words = [path for path in found if counting not in path.parents]
    return [*find_in_files(settings.home, [*codes, *digits, ADDRESS, AGENT, "ZebraPhone"]), *words]


def test_the_search_for_traces_finds_a_planted_one(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "file.bin").write_bytes(b"\0\1" + WORDS.encode() + b"\2")
    (tmp_path / "hex.bin").write_bytes(ADDRESS.encode().hex().encode())

    assert len(find_in_files(tmp_path, [WORDS])) == 1
    assert len(find_in_files(tmp_path, [ADDRESS])) == 1


def test_a_press_of_send_that_is_repeated_counts_once(settings: Settings, served: str) -> None:
    for number, code in enumerate(issue(settings, REPEATED)):
        client = Client(served)
        page = walk_to_check(client, code)
        sent = [(name, value) for name, kind, value in page.form_fields() if kind == "hidden"]
        cookies = dict(client.cookies)
        if number % 2:
            client.drop("/r/check", sent)  # the connection breaks before the answer is read
        else:
            assert client.post("/r/check", sent).data_page == "done"
        client.cookies = cookies if number % 3 else {}  # a retry may come with the old cookie, or with none
        again = client.post("/r/check", sent)
        assert (again.status, again.data_page) == (200, "done")

    operate(settings, "wave", "close", "family-1")
    status = operate_json(settings, "letterbox", "status", "--json")
    assert status["family-1"] == {"waiting": 0, "responses": REPEATED, "set_aside": 0}
