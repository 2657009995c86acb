"""Sheets of cards and links for assisted entry: codes are seen once, two people stand behind them."""

import logging
import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.codes import make_code, print_code
from app.models.cards import Batch, Card
from app.models.office import AuditEntry
from app.respond import journeys
from app.staff import approvals
from app.storage import clock, db
from tests.support.client import Seen, StrictClient, contents
from tests.support.office import Office, post
from tests.support.staff import token_of
from tests.support.traces import find_in_files

BATCH = {"survey": "family", "channel": "visit", "kind": "standard", "language": "en"}
PAGES = ("", "cards", "cards/new", "cards/void", "rounds", "rounds/family-1", "tally", "results/family", "keying")


def issue(
    client: StrictClient, name: str = "north visits", count: int = 30, locality: str = "north", **changes: str
) -> Seen:
    """Ask for a batch of cards for one area."""
    asked = {**BATCH, "batch": name, f"cards-{locality}": str(count), "look": "cards", **changes}
    return post(client, "/staff/cards/new", **asked)


def codes_of(sheet: Seen) -> list[str]:
    """Return the codes on a sheet."""
    return [e.get("data-code").replace(" ", "") for e in sheet.tree.iter("article") if e.get("class") == "card"]


def n_cards() -> int:
    """Count all cards there are."""
    with db.reading() as session:
        return len(session.scalars(select(Card.tag)).all())


def opens(code: str) -> bool:
    """Tell whether a code begins a journey."""
    try:
        return bool(journeys.begin(code))
    except journeys.CodeRefused:
        return False


@pytest.mark.parametrize("look", ["cards", "letters", "easy"])
def test_the_answer_is_the_sheet_and_its_codes_work(quiet: Office, look: str) -> None:
    sheet = issue(quiet.asker, look=look, language="ur")
    codes = codes_of(sheet)
    assert (sheet.status, len(set(codes)), n_cards()) == (200, 30, 30)
    quiet.survey.open_wave()
    assert all(opens(code) for code in codes)


def test_codes_are_nowhere_but_on_the_sheet(quiet: Office, app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    codes = codes_of(issue(quiet.asker))
    quiet.survey.open_wave()
    post(quiet.asker, "/staff/cards/void", code=codes[-1])
    assert [opens(code) for code in codes] == [True] * 29 + [False]
    later = [quiet.asker.request("GET", f"/staff/{page}") for page in PAGES]
    assert {page.status for page in later} == {200}
    places = [
        *(page.body.decode() for page in later),
        caplog.text,
        *(row for rows in contents().values() for row in rows),
    ]
    written = [*codes, *map(print_code, codes)]
    assert [code for code in written if any(code in place for place in places)] == []
    home = app.config["SETTINGS"].home
    assert find_in_files(home, written) == []
    (home / "logs" / "control").write_bytes(codes[0].encode().hex().encode())
    assert find_in_files(home, written) == [home / "logs" / "control"]


def test_a_name_that_is_taken_issues_nothing(quiet: Office) -> None:
    issue(quiet.asker)
    again = issue(quiet.second, name=" north visits ")
    assert (again.status, codes_of(again), n_cards()) == (422, [], 30)
    assert "Choose another name" in again.words


IMPOSSIBLE = [{"count": 0}, {"count": 1001}, {"name": " "}, {"name": "x" * 81}, {"survey": "staff"}, {"kind": "trial"}]
IMPOSSIBLE += [{"locality": "moon"}, {"channel": "pigeon"}, {"language": "xx"}, {"look": "poster"}]


@pytest.mark.parametrize("changes", IMPOSSIBLE)
def test_a_batch_that_cannot_be_is_refused(quiet: Office, changes: dict[str, Any]) -> None:
    assert issue(quiet.asker, **changes).status == 422
    assert n_cards() == 0


def test_while_a_wave_is_open_two_people_stand_behind_a_batch(office: Office) -> None:
    asked = issue(office.asker)
    place = asked.headers["location"]
    assert (asked.status, place, n_cards()) == (303, "/staff/cards/waiting/1", 0)
    assert post(office.asker, place, action="agree").status == 409
    assert post(office.asker, f"{place}/print", form=place).status == 409, "nobody has agreed yet"
    assert post(office.second, place, action="agree").status == 303
    assert post(office.third, place, form="/staff/cards/void", action="refuse").status == 409, "decided already"
    for other in (office.second, office.third):
        refused = post(other, f"{place}/print", form="/staff/cards/void")
        assert (refused.status, codes_of(refused), n_cards()) == (409, [], 0)
        assert refused.find("form", action=f"{place}/print") is None, "no button that cannot work"
    sheet = post(office.asker, f"{place}/print", form=place, look="easy", language="ur")
    assert (sheet.status, len(set(codes_of(sheet))), n_cards()) == (200, 30, 30)
    again = post(office.asker, f"{place}/print", form="/staff/cards/void")
    assert (again.status, codes_of(again), n_cards()) == (409, [], 30)
    assert all(opens(code) for code in codes_of(sheet))


@pytest.mark.parametrize("who", ["asker", "second"])
def test_a_batch_that_was_refused_or_taken_back_makes_no_cards(office: Office, who: str) -> None:
    place = issue(office.asker).headers["location"]
    assert post(getattr(office, who), place, action="refuse").status == 303
    assert post(office.second, place, form="/staff/cards/void", action="agree").status == 409
    assert post(office.asker, f"{place}/print", form="/staff/cards/void").status == 409
    assert n_cards() == 0


def test_two_prints_at_once_issue_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    place = issue(office.asker).headers["location"]
    post(office.second, place, action="agree")
    token = token_of(office.asker.request("GET", place))
    both, found, real = threading.Barrier(2, timeout=20), [], approvals.carry_out

    def together(*arguments: Any) -> Any:
        both.wait()
        return real(*arguments)

    def press() -> None:
        found.append(office.asker.request("POST", f"{place}/print", [("csrf_token", token)]))

    monkeypatch.setattr(approvals, "carry_out", together)
    other = threading.Thread(target=press)
    other.start()
    press()
    other.join()
    assert sorted((page.status, len(codes_of(page))) for page in found) == [(200, 30), (409, 0)]
    assert n_cards() == 30


def test_an_agreement_ends_with_the_round_it_was_given_for(office: Office) -> None:
    place = issue(office.asker).headers["location"]
    post(office.second, place, action="agree")
    office.survey.close_wave()
    office.survey.open_wave()
    late = post(office.asker, f"{place}/print", form=place)
    assert (late.status, codes_of(late), n_cards()) == (409, [], 0)
    assert "no longer open" in late.words


def test_a_lost_card_is_void_and_nobody_learns_whether_it_was_ours(office: Office) -> None:
    lost, kept = office.survey.codes(30)[:2]
    answers = [post(office.asker, "/staff/cards/void", code=code) for code in (print_code(lost), make_code())]
    assert [(answer.status, answer.headers["location"]) for answer in answers] == [(303, "/staff/cards")] * 2
    assert (opens(lost), opens(kept)) == (False, True)
    with db.reading() as session:
        marks = session.scalars(select(AuditEntry).filter_by(action="made a card void")).all()
    assert [(mark.actor, mark.at) for mark in marks] == [("a collector", clock.now().date().isoformat())] * 2


def test_a_lost_pile_is_void_and_others_are_not(office: Office) -> None:
    lost, kept = office.survey.codes(30, "lost"), office.survey.codes(30, "kept")
    with db.reading() as session:
        pile = session.scalars(select(Batch.id).filter_by(name="lost")).one()
    assert post(office.asker, "/staff/cards/void", batch=pile).status == 303
    assert {opens(code) for code in lost} == {False}
    assert {opens(code) for code in kept} == {True}
    assert post(office.asker, "/staff/cards/void", batch="no batch").status == 404


@pytest.mark.parametrize("name", ["=1+1", "<b>bold</b>", "\"'><img src=x onerror=1>", "{{7*7}}", "a;b, c|d"])
def test_hostile_batch_names_and_codes_are_shown_as_they_were_typed(quiet: Office, name: str) -> None:
    sheet = issue(quiet.asker, name=name)
    typed = post(quiet.asker, "/staff/cards/void", code=name)
    quiet.survey.open_wave()
    pages = [sheet, *(quiet.asker.request("GET", f"/staff/{page}") for page in ("cards", "cards/void", "tally"))]
    for page in pages:
        assert name in page.words
    assert (typed.status, typed.find("input", id="code").get("value")) == (422, name)
    assert not any(list(page.find("main").iter(tag)) for page in [*pages, typed] for tag in ("b", "img"))
