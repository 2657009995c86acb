"""Key destruction: what could be derived from a code before cannot be afterwards, and links stay."""

import secrets
from collections.abc import Iterable
from itertools import chain as joined
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.cards import service as cards
from app.core.letters import LetterError, unseal
from app.counting import destroying as opener_destroying
from app.counting import letterbox, opener, public_keys
from app.keys import destroying
from app.models.answers import Comment, DetachedAnswer, Response, SetAside
from app.models.cards import Card, VoidCard
from app.models.letters import Draft, Letter, Spent
from app.respond import journeys
from app.results import service as releases
from app.storage import audit, clock, db, destroyed_keys, keyring, requests
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.counting.test_letterbox import count, send
from tests.keys.destroyed import (
    PEOPLE,
    answers_of_people,
    both_rooms,
    destroy,
    every_root,
    linked,
    matches,
    owner_rows,
    settle,
)


@pytest.mark.both_databases
def test_after_key_destruction_no_file_leads_from_a_code_to_a_row(answered: list[str]) -> None:
    assert matches(answered) == {"tags": 30, "nullifiers": 2 * PEOPLE, "persons": 2 * PEOPLE, "parts": 4 * PEOPLE}

    assert destroy("wave", "family-1") is None
    after_wave = matches(answered)
    assert (after_wave["nullifiers"], after_wave["persons"]) == (PEOPLE, 2 * PEOPLE)

    assert destroy("survey", "family") is None
    assert matches(answered) == {"tags": 0, "nullifiers": 0, "persons": 0, "parts": 0}
    assert count(Card, "reading") == 0
    assert count(VoidCard, "reading") == 0
    assert sorted(path.name for path in keyring._front("any.card").parent.iterdir()) == ["office.audit"]
    assert list(keyring._counting("any.link").parent.iterdir()) == []


def test_links_and_answers_survive_the_fire(answered: list[str]) -> None:
    before, people = answers_of_people(), linked()
    published = releases.as_json("family-2")
    with db.counting() as session:
        old = set(session.scalars(select(Response.id))) | set(session.scalars(select(Response.person)))

    destroy("survey", "family")

    assert (answers_of_people(), linked()) == (before, people)
    assert people == [frozenset({"family-1", "family-2"})] * PEOPLE
    with db.counting() as session:
        new = set(session.scalars(select(Response.id))) | set(session.scalars(select(Response.person)))
    assert not old & new
    assert (count(Comment), count(DetachedAnswer)) == (2 * PEOPLE, 2 * PEOPLE)
    assert releases.as_json("family-2") == published


def test_a_letter_of_destroyed_keys_in_an_old_copy_stays_shut(tiny: TinySurvey) -> None:
    for code in tiny.codes(30)[:2]:
        send(code)
    with db.collecting() as session:
        copy = list(session.scalars(select(Letter.box)))
    assert unseal(copy[0], keyring.letter_secret("family-1"), "family-1").answers["heard"] == "5"
    tiny.close_wave()

    assert destroy("wave", "family-1") is None

    for root in every_root():
        with pytest.raises(LetterError):
            unseal(copy[0], root, "family-1")


def test_a_waves_keys_are_destroyed_when_it_is_over_and_not_before(tiny: TinySurvey) -> None:
    code = tiny.codes(30)[0]
    send(code)
    assert destroy("wave", "family-1") == "Round family-1 is open. Its keys can be destroyed after it has closed."
    waves.close_wave("family-1")
    with pytest.raises(Refused, match="Unopened letters remain in family-1"):
        opener_destroying.destroy_wave("family-1")
    assert not destroyed_keys.is_begun("wave", "family-1")
    assert keyring.wave_key("family-1")
    with pytest.raises(NotFound):
        destroying.ask("wave", "family-9")
    with pytest.raises(NotFound):
        opener_destroying.destroy_wave("family-9")


def test_a_surveys_keys_are_destroyed_when_all_its_waves_are_over(answered: list[str], tiny: TinySurvey) -> None:
    third = tiny.open_wave()
    refusal = f"Round {third} is open. A survey's keys can be destroyed when all rounds are over."
    assert destroy("survey", "family") == refusal
    tiny.close_wave()
    assert "is closed" in str(destroy("survey", "family"))
    assert matches(answered)["persons"] == 2 * PEOPLE

    assert destroy("wave", third) is None
    assert destroy("survey", "family") is None

    assert destroying.left_over() == []


def test_a_round_that_was_planned_and_never_opened_is_in_nobodys_way(answered: list[str], tiny: TinySurvey) -> None:
    planned, _request = waves.create_wave("family", TODAY + 2 * MONTH, TODAY + 3 * MONTH)
    opener.answer_requests()
    refusal = f"Round {planned} is draft. A survey's keys can be destroyed when all rounds are over."
    assert destroy("survey", "family") == refusal
    with clock.on_day(TODAY + 4 * MONTH):
        assert destroying.is_over("survey", "family")
        assert destroy("survey", "family") is None
        with pytest.raises(Refused, match="are destroyed"):
            waves.change_dates(planned, TODAY + 5 * MONTH, TODAY + 6 * MONTH)
    assert matches(answered) == {"tags": 0, "nullifiers": 0, "persons": 0, "parts": 0}


@pytest.mark.both_databases
def test_what_was_set_aside_and_half_written_goes_too(tiny: TinySurvey) -> None:
    journeys.begin(tiny.codes(30)[0])
    with db.counting() as session:
        session.add(SetAside(id=secrets.token_bytes(16), wave_id="family-1", box=b"x"))
    tiny.close_wave()

    destroy("wave", "family-1")

    assert (count(SetAside), count(Draft, "reading"), count(Spent, "reading")) == (0, 0, 0)


STEPS = [
    "destroy_letter_secret",
    "destroy_link_keys",
    "destroy_wave_key",
    "destroy_card_keys",
    "tidy_files",
    "replace_ids",
    "_destroy_waves",
]


CRASHES = [("sqlite", step, is_after) for step in STEPS for is_after in (False, True)]
CRASHES += [
    ("postgresql", *crash) for crash in (("destroy_link_keys", True), ("replace_ids", False), ("_destroy_waves", False))
]


@pytest.mark.parametrize(("database", "step", "is_after"), CRASHES, indirect=["database"])
def test_a_crash_at_any_step_is_mended_by_doing_it_again(
    answered: list[str], monkeypatch: pytest.MonkeyPatch, step: str, is_after: bool
) -> None:
    before = answers_of_people()
    home = next(m for m in (keyring, db, opener_destroying.rewriting, opener_destroying) if hasattr(m, step))
    whole = getattr(home, step)

    def dying(*given: Any, **named: Any) -> Any:
        if is_after:
            whole(*given, **named)
        raise SystemExit

    monkeypatch.setattr(home, step, dying)
    destroying.ask("survey", "family")
    with pytest.raises(SystemExit):
        both_rooms()
    with pytest.raises(Refused, match="are destroyed"):
        waves.create_wave("family", *days())
    monkeypatch.setattr(home, step, whole)

    requests.requeue_taken()
    both_rooms()

    assert destroyed_keys.is_done("survey", "family")
    assert matches(answered) == {"tags": 0, "nullifiers": 0, "persons": 0, "parts": 0}
    assert answers_of_people() == before
    assert audit.verify() == []


def days() -> tuple[Any, Any]:
    """Return the first and last day of a wave to come."""
    return TOMORROW, TODAY + MONTH


def test_destroying_twice_changes_nothing(answered: list[str]) -> None:
    assert destroy("survey", "family") is None
    before = answers_of_people()

    assert (destroy("survey", "family"), destroy("wave", "family-1")) == (None, None)

    assert answers_of_people() == before


def test_after_the_fire_everything_else_goes_on(answered: list[str]) -> None:
    young = TinySurvey("young")
    other = young.codes(30)[0]
    destroy("survey", "family")

    assert cards.find_card(answered[0]) is None
    assert cards.find_card(other) is not None
    assert send(other) is journeys.Outcome.SENT
    with pytest.raises(journeys.CodeRefused):
        journeys.begin(answered[0])
    cards.void_code(answered[0])
    assert not journeys.was_received(journeys.new_submission_id())
    for refused in (
        lambda: waves.create_wave("family", *days()),
        lambda: cards.issue_cards("family", batch="new", locality="north", channel="visit", count=30),
        lambda: surveys.import_questionnaire(surveys.newest_questionnaire("family").document, "family.json"),
        lambda: opener_destroying.ratchet("family"),
        lambda: public_keys.make_wave_keys("family-1"),
    ):
        with pytest.raises(Refused, match="are destroyed"):
            refused()
    assert [wave.state for wave in waves.list_waves("family")] == ["published", "published"]
    assert letterbox.open_letterbox() == {"young-1": 0}
    young.close_wave()
    assert letterbox.status()["young-1"].responses == 1


def test_a_wave_whose_keys_were_destroyed_after_its_close_is_released_all_the_same(tiny: TinySurvey) -> None:
    for code in tiny.codes(30)[:15]:
        send(code)
    tiny.close_wave()
    destroy("wave", "family-1")

    settle(releases.ask_for_release("family-1"))

    assert releases.get_published("family-1").n == 15
    assert send_next(tiny) is journeys.Outcome.SENT


def send_next(tiny: TinySurvey) -> journeys.Outcome:
    """Open the next wave and answer it with a new card."""
    tiny.open_wave()
    return send(tiny.codes(30, "more")[0])


def test_the_audit_log_says_who_destroyed_what(answered: list[str]) -> None:
    with audit.acting("anna@example.org"):
        destroy("survey", "family")
    entries, _older = audit.list_entries(0)
    logged = [(entry.actor, entry.action, entry.subject) for entry in reversed(entries) if "burn" in entry.action]
    assert logged[0] == ("anna@example.org", "asked to burn keys", "family")
    assert sorted(logged[1:]) == [("anna@example.org", "burned keys", n) for n in ("family", "family-1", "family-2")]


def file_of(table: str) -> int:
    """Return the number of the file in which PostgreSQL keeps a table."""
    with db.counting() as session:
        return int(session.execute(text(f"SELECT pg_relation_filenode('{table}')")).scalar_one())


@pytest.mark.both_databases
def test_rows_of_a_survey_without_keys_lie_in_no_order(app: Flask, answered: list[str]) -> None:
    tables = ("response", "comment", "detached") if db.rooms().settings.database_url else ()
    before = {file_of(table) for table in tables}
    destroy("survey", "family")
    if not db.rooms().settings.database_url:
        raw = (db.rooms().settings.home / "counting" / "answers.db").read_bytes()
        assert not (db.rooms().settings.home / "counting" / "answers.db-wal").stat().st_size
        assert answered[0].encode() not in raw
        return
    with db.counting() as session:
        stamps = session.execute(text("SELECT count(DISTINCT xmin::text), count(*) FROM response")).one()
    assert tuple(stamps) == (1, 2 * PEOPLE)
    assert not before & {file_of(table) for table in tables}, "new files: no old row is left in them"


@pytest.mark.both_databases
def test_old_bytes_are_gone_from_the_files(app: Flask, answered: list[str]) -> None:
    persons = owner_rows(db.ANSWERS, "SELECT person FROM response")
    marks_left = owner_rows(db.PORTAL, "SELECT nullifier FROM spent UNION SELECT tag FROM card")
    home = db.rooms().settings.home
    if db.rooms().settings.database_url:
        destroy("survey", "family")
        assert not persons & owner_rows(db.ANSWERS, "SELECT person FROM response")
        return

    def found(values: Iterable[bytes]) -> int:
        content = b"".join(path.read_bytes() for path in home.rglob("*.db*"))
        return sum(value in content for value in values)

    assert found(persons) == 2 * PEOPLE
    assert found(marks_left) == 2 * PEOPLE + 30
    destroy("survey", "family")
    assert found(joined(persons, marks_left)) == 0
