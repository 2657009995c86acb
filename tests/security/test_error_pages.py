"""What a person can say on the phone about a fault: the number on the page is the one in the log, in every language."""

import logging
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from flask_babel import force_locale, gettext
from redis.exceptions import ConnectionError as RedisGone
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, TimeoutError

from app.models.letters import Spent
from app.respond import journeys
from app.storage import db
from app.web import errors
from app.web.errors import TEXTS
from app.web.i18n import DEFAULT, LANGUAGES
from config import Settings
from tests.conftest import TinySurvey
from tests.support.client import Seen, StrictClient, browser, press
from tests.support.homes import application
from tests.support.http_journey import enter_code

CANARY = b"zebra-canary-000"
PHONE = "If you phone us about this, give this reference:"


def lose_a_table(*_arguments: object) -> None:
    """Ask for a table that is not there."""
    with db.writing() as session:
        session.execute(text("DELETE FROM nowhere WHERE a = :a"), {"a": CANARY})


def write_a_key_twice(*_arguments: object) -> None:
    """Insert the same row twice."""
    with db.writing() as session:
        for _time in range(2):
            row = {"w": CANARY.decode(), "k": CANARY}
            session.execute(text(f"INSERT INTO {Spent.__tablename__} VALUES (:w, :k, :k)"), row)


def fail(*_arguments: object) -> None:
    """Fail as a program does that has an error."""
    raise ValueError(CANARY)


FAULTS: dict[int, tuple[Callable[..., None], str]] = {
    500: (fail, "ValueError"),
    503: (lose_a_table, "OperationalError (SQLITE_ERROR)"),
    409: (write_a_key_twice, "IntegrityError (SQLITE_CONSTRAINT)"),
}


@pytest.fixture
def client(app: Flask, tiny: TinySurvey) -> StrictClient:
    """A browser in the middle of a journey."""
    return in_a_journey(app, tiny)


def in_a_journey(app: Flask, tiny: TinySurvey) -> StrictClient:
    """Return a browser in which a code was entered."""
    found = browser(app)
    enter_code(found, tiny.codes(30)[0])
    return found


def number_on(page: Seen) -> str:
    """Return the number that a page shows."""
    (found,) = re.findall(r'<bdi dir="ltr">([0-9a-f]{8})</bdi>', page.body.decode())
    return str(found)


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("status", FAULTS)
def test_number_on_the_page_is_in_the_log_in_every_language(
    client: StrictClient,
    status: int,
    tag: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    app: Flask,
) -> None:
    fault, kind = FAULTS[status]
    client.language = tag
    page = client.request("GET", "/r/page/1")
    monkeypatch.setattr(journeys, "save_page", fault)
    with caplog.at_level(logging.DEBUG):
        answer = press(client, page, heard="1")

    assert answer.status == status
    root = answer.find("html")
    assert (root.get("lang"), root.get("dir")) == (tag, LANGUAGES[tag].direction)
    with app.test_request_context(), force_locale(LANGUAGES[tag].babel):
        said = [str(TEXTS[status][0]), str(TEXTS[status][1]), gettext(PHONE)]
    with app.test_request_context(), force_locale(DEFAULT.babel):
        in_english = [str(TEXTS[status][0]), str(TEXTS[status][1]), gettext(PHONE)]
    assert [words for words in said if words not in answer.words] == []
    assert tag == DEFAULT.tag or not any(words in answer.words for words in in_english)
    assert f"fault {number_on(answer)}: {kind} at " in caplog.text
    assert caplog.text.count("fault ") == 1
    assert CANARY.decode() not in caplog.text + answer.body.decode()
    assert CANARY.hex() not in caplog.text


@pytest.mark.parametrize("error", [TimeoutError("pool"), OperationalError("x", {}, Exception("x"))])
def test_whatever_makes_us_busy_is_noted_with_its_number(
    client: StrictClient, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert_busy(client, error, monkeypatch, caplog)


def test_a_redis_that_is_gone_makes_us_busy(
    settings: Settings, redis_server: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with application(replace(settings, redis_url=redis_server)) as app:
        assert_busy(in_a_journey(app, TinySurvey()), RedisGone("gone"), monkeypatch, caplog)


def assert_busy(
    client: StrictClient, error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Fail unless a page during which an error is met says that we are busy, and the log has its number."""

    def busy(_key: object) -> None:
        raise error

    monkeypatch.setattr(journeys, "find_journey", busy)
    answer = client.request("GET", "/r/page/1")

    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert f"fault {number_on(answer)}: {type(error).__name__} at app/" in caplog.text


@pytest.mark.parametrize("status", FAULTS)
def test_the_plainest_page_has_the_number_too(
    client: StrictClient, status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = client.request("GET", "/r/page/1")
    monkeypatch.setattr(journeys, "save_page", FAULTS[status][0])
    monkeypatch.setattr(errors, "render_template", fail)
    answer = press(client, page, heard="1")

    assert (answer.status, answer.body.decode()) == (status, errors.plain_page(number_on(answer)))
    assert f"fault {number_on(answer)}: " in caplog.text


def test_a_fault_behind_the_handlers_has_one_number(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    faults = iter([ValueError(CANARY)])

    def fault(response: object) -> object:
        if error := next(faults, None):
            raise error
        return response

    app.after_request_funcs.setdefault(None, []).append(fault)  # type: ignore[arg-type]
    answer = browser(app).request("GET", "/c")

    assert answer.status == 500
    assert f"fault {number_on(answer)}: ValueError at " in caplog.text
    assert caplog.text.count("fault ") == 1


def test_what_is_nobodys_fault_has_no_number_and_no_line(
    client: StrictClient, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [client.request("GET", "/nothing"), client.request("POST", "/c"), client.request("POST", "/r/done")]

    assert [answer.status for answer in answers] == [404, 400, 405]
    assert not any(b"<bdi" in answer.body for answer in answers)
    assert "fault" not in caplog.text
