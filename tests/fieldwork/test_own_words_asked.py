"""Own words are asked for only where they will be read: on pages, by the calendar, and from the shell."""

import datetime as dt

import pytest
from flask import Flask

from app.core.waves import DAY, READ_WITHIN, State
from app.counting import opener
from app.fieldwork import own_words
from app.models.staff import StaffUser
from app.storage import clock, db
from app.storage.refusals import Refused
from app.surveys import readers, schedule, waves
from app.surveys import service as surveys
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.staff.test_audit import entries
from tests.support.client import StrictClient
from tests.support.office import post
from tests.support.readers import LEADS

DRAFT = "family-2"
PAGE = f"/staff/rounds/{DRAFT}"
LAST = TODAY + MONTH


@pytest.fixture
def manager(app: Flask, tiny: TinySurvey) -> StrictClient:
    """Somebody who runs rounds and reads nothing, with a draft whose own words will be read."""
    tiny.close_wave()
    waves.create_wave("family", TOMORROW, LAST)
    opener.answer_requests()
    own_words.set_reading_day(DRAFT, LAST)
    return client_of(app, "survey manager")


def change(email: str, **values: object) -> None:
    """Change the account of a reader."""
    with db.writing() as session:
        user = session.query(StaffUser).filter_by(email=email).one()
        for name, value in values.items():
            setattr(user, name, value)


def drop_day(day: dt.date | None = None) -> None:
    """Take the draft's reading day away, or make it another."""
    with db.writing():
        waves.get_wave(DRAFT).reading_day = day


def settled(wave: str = DRAFT) -> tuple[str, str | None, list[str]]:
    """Return the state of a wave, what becomes of own words, and which questions are asked."""
    found = waves.get_wave(wave)
    return found.state, found.words, [question.variable for question in surveys.document_of(found).questions]


def opened_line() -> str:
    """Return the details of the log's line about the opening of the draft."""
    (line,) = [entry.detail for entry in entries() if (entry.action, entry.subject) == ("opened a wave", DRAFT)]
    return line


ALL, CLOSED_ONES = ["heard", "role", "words"], ["heard", "role"]
MISSING = {
    "no reader": (lambda: [change(one, is_enabled=False) for one in LEADS], set(readers.Need) - {"a reading day"}),
    "one reader": (lambda: change(LEADS[0], is_enabled=False), {readers.Need.SECOND_READER}),
    "one of another survey": (lambda: change(LEADS[0], survey_slug="young"), {readers.Need.SECOND_READER}),
    "one of one area": (lambda: change(LEADS[0], locality="north"), {readers.Need.SECOND_READER}),
    "no lead": (lambda: [change(one, role="evaluator") for one in LEADS], {readers.Need.LEAD}),
    "a reader of nothing": (lambda: change(LEADS[0], role="practitioner researcher"), {readers.Need.SECOND_READER}),
    "no reading day": (drop_day, {readers.Need.READING_DAY}),
    "a day before it opens": (lambda: drop_day(TODAY - DAY), {readers.Need.READING_DAY}),
    "a day that is too late": (lambda: drop_day(LAST + READ_WITHIN + DAY), {readers.Need.READING_DAY}),
}
"""What is taken away, and what is then missing."""


def test_a_round_opens_with_its_questions_for_own_words_when_they_will_be_read(manager: StrictClient) -> None:
    assert "Missing" not in manager.request("GET", PAGE).words
    assert post(manager, f"{PAGE}/open").status == 303
    assert settled() == ("open", "read", ALL)
    assert f"Reading starts on {LAST:%-d %B %Y}" in manager.request("GET", PAGE).words
    assert '"own_words": "read"' in opened_line()


@pytest.mark.parametrize("case", MISSING)
def test_a_page_opens_no_round_whose_own_words_nobody_would_read(manager: StrictClient, case: str) -> None:
    take_away, missing = MISSING[case]
    take_away()
    page = manager.request("GET", PAGE)
    for need in readers.Need:
        assert (f"Missing {need.value.capitalize()}" in page.words) is (need in missing), need
    answer = post(manager, f"{PAGE}/open")
    assert answer.status == 409
    assert all(need in "".join(answer.find("div", id="error-summary").itertext()) for need in missing)
    assert settled() == ("draft", None, ALL)
    assert answer.find("form", action=f"{PAGE}/own-words") is not None, "the way on is on the same page"

    assert post(manager, f"{PAGE}/own-words", PAGE, own_words="leave out").status == 303
    assert post(manager, f"{PAGE}/open").status == 303
    assert settled() == ("open", "left out", CLOSED_ONES)
    assert "does not ask people to write" in manager.request("GET", PAGE).words


def test_links_lead_to_what_is_missing(app: Flask, manager: StrictClient) -> None:
    drop_day()
    change(LEADS[0], is_enabled=False)
    page = manager.request("GET", PAGE)
    assert page.find("a", href=f"{PAGE}/reading-day") is not None
    assert "Ask an administrator" in page.words
    assert client_of(app, "administrator").request("GET", PAGE).find("a", href="/staff/people") is not None


def test_the_reading_day_is_entered_on_the_rounds_page(manager: StrictClient) -> None:
    drop_day()
    for day in (TODAY, LAST + READ_WITHIN + DAY):
        answer = post(manager, f"{PAGE}/reading-day", PAGE, reading_day=day.isoformat())
        assert (answer.status, "The reading day must be from" in answer.words) == (422, True)
        assert day.isoformat() in [e.get("value") for e in answer.tree.iter("input")], "it is kept"
    assert post(manager, f"{PAGE}/reading-day", PAGE, reading_day="soon").status == 422
    assert waves.get_wave(DRAFT).reading_day is None
    assert post(manager, f"{PAGE}/reading-day", PAGE, reading_day=TOMORROW.isoformat()).status == 303
    assert waves.get_wave(DRAFT).reading_day == TOMORROW
    assert "set a reading day" in [entry.action for entry in entries()]


def test_the_questions_can_be_asked_after_all_until_the_round_opens(manager: StrictClient) -> None:
    post(manager, f"{PAGE}/own-words", PAGE, own_words="leave out")
    assert settled() == ("draft", "left out", CLOSED_ONES)
    post(manager, f"{PAGE}/own-words", PAGE, own_words="ask")
    assert settled() == ("draft", None, ALL)
    assert post(manager, f"{PAGE}/own-words", PAGE, own_words="x").status == 400
    waves.open_wave(DRAFT)
    for act in (own_words.leave_out, own_words.ask, lambda wave: own_words.set_reading_day(wave, LAST)):
        with pytest.raises(Refused, match="can no longer be changed"):
            act(DRAFT)
    assert settled() == ("open", "read", ALL)


@pytest.mark.both_databases
@pytest.mark.parametrize(("is_there", "words"), [(True, "read"), (False, "left out")])
def test_the_calendar_opens_without_them_when_nobody_would_read_and_says_so(
    manager: StrictClient, is_there: bool, words: str
) -> None:
    if not is_there:
        change(LEADS[0], is_enabled=False)
        assert "opens without these questions" in manager.request("GET", PAGE).words
        assert "find readers for own words" in manager.request("GET", "/staff/").words
    with clock.on_day(TOMORROW):
        opener.apply_schedule()
        schedule.note_calendar()
    assert settled() == ("open", words, ALL if is_there else CLOSED_ONES)
    assert f'"own_words": "{words}"' in opened_line()
    assert ("does not ask people to write" in manager.request("GET", PAGE).words) is not is_there


def test_the_command_warns_and_leaves_them_out(app: Flask, manager: StrictClient) -> None:
    drop_day()
    done = app.test_cli_runner().invoke(args=["wave", "open", DRAFT])
    assert (done.exit_code, done.stdout) == (0, f"{DRAFT} is open.\n")
    assert done.stderr.startswith(
        "Warning: it does not ask people to write in their own words. Missing: a reading day."
    )
    assert settled() == ("open", "left out", CLOSED_ONES)
    assert '"own_words": "left out"' in opened_line()


def test_the_command_takes_a_reading_day(app: Flask, manager: StrictClient) -> None:
    drop_day()
    done = app.test_cli_runner().invoke(args=["wave", "open", DRAFT, "--reading-day", LAST.isoformat()])
    assert (done.exit_code, done.stderr) == (0, "")
    assert settled() == ("open", "read", ALL)


def test_a_round_that_opened_before_there_were_readers_goes_on_as_it_was(manager: StrictClient) -> None:
    with db.writing():
        waves.get_wave("family-1").words = None
    assert settled("family-1")[1:] == (None, ALL)
    assert State(waves.get_wave("family-1").state) is State.CLOSED
    assert "Nobody will read it" in manager.request("GET", "/staff/rounds/family-1").words
