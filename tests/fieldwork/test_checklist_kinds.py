"""Items of the checklist: what is required, what is advised, and what nobody can do anything about."""

import secrets

import pytest
from flask import Flask

from app.counting import letterbox, opener
from app.fieldwork import checklist
from app.fieldwork.checklist import Kind
from app.staff import accounts
from app.storage import clock
from app.surveys import waves
from tests.conftest import MONTH, TODAY, TOMORROW, TinySurvey
from tests.fieldwork.test_fieldwork import DAY, answer, describe, draft, issue, open_points
from tests.results.test_releases import publish
from tests.support.staff import Person, signed_in

EXPECTED = "answers expected"


def expected(wave: str, locality: str | None = None) -> list[str]:
    """Return what the checklist of a wave says about expected answers."""
    points = checklist.checklist(waves.get_wave(wave), locality)
    assert {point.kind for point in points if EXPECTED in point.text} <= {Kind.INFORMATION}
    return [point.text for point in points if EXPECTED in point.text]


def test_a_rate_comes_from_rounds_that_have_closed(tiny: TinySurvey) -> None:
    codes = issue("a", "north", "visit", 136)
    answer(codes[:20])
    assert letterbox.open_letterbox() == {tiny.wave: 10}
    later = draft(TODAY + MONTH + DAY, TODAY + 2 * MONTH)
    assert waves.shown_turnout() == {tiny.wave: 10}, "ten of 136 so far, and the round is open"
    assert expected(later) == [], "one fifth of 136 is enough"

    waves.close_wave(tiny.wave)
    opener.answer_requests()
    assert expected(later) == [], "20 of 136, counted to the end"


def test_a_closed_round_with_few_answers_says_what_to_expect(tiny: TinySurvey) -> None:
    codes = [*issue("a", "north", "visit", 100), *issue("b", "south", "visit", 40)]
    answer(codes[:14])
    tiny.close_wave()
    later = draft(TODAY + MONTH + DAY, TODAY + 2 * MONTH)
    assert expected(later) == ["South: about 4 answers expected from 40 cards."]


def test_the_checklist_names_a_missing_key_frame_and_cards(tiny: TinySurvey) -> None:
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    for words in (
        "encryption key",
        "0 cards have been issued",
        "Enter the target population",
        "numbers need a check",
        "will read",
    ):
        assert words in open_points(wave)
    opener.answer_requests()
    describe(wave)
    issue("a", "north", "visit", 50)
    assert "same dates" in open_points(wave), "family-1 is open"
    waves.close_wave(tiny.wave)
    rest = open_points(wave).removeprefix("Somebody will read what people write in their own words. | ")
    assert rest == "The emergency phone numbers need a check. None is recorded for the last 90 days."


def test_what_nobody_can_change_is_information_and_no_task(tiny: TinySurvey) -> None:
    issue("a", "south", "visit", 40)
    wave = draft(TODAY + MONTH + DAY, TODAY + 2 * MONTH)
    assert expected(wave) == ["South: about 8 answers expected from 40 cards."]
    assert not [point for point in checklist.list_open(waves.get_wave(wave)) if EXPECTED in point.text]
    kinds = [(point.kind.value, point.text.split(" ")[1]) for point in checklist.checklist(waves.get_wave(wave))]
    assert kinds == [
        *(("Required", "encryption"), ("Required", "other"), ("Advice", "questions"), ("Required", "will")),
        *(("Advice", "cards"), ("Information", "about"), ("Advice", "the"), ("Advice", "emergency")),
    ]


@pytest.mark.parametrize(("locality", "shown"), [("south", True), ("north", False), (None, True)])
def test_an_account_of_one_area_sees_the_items_of_no_other(
    app: Flask, tiny: TinySurvey, locality: str | None, shown: bool
) -> None:
    issue("a", "south", "visit", 40)
    wave = draft(TODAY + MONTH + DAY, TODAY + 2 * MONTH)
    person = Person("area@example.org", secrets.token_urlsafe(12))
    accounts.create_user(person.email, "viewer", password=person.password, locality=locality)
    page = signed_in(app, person).request("GET", f"/staff/rounds/{wave}")
    assert ("South: about 8 answers expected" in page.words) is shown
    tags = [e.text for e in page.tree.iter("span") if "tag" in (e.get("class") or "").split()]
    assert ("Information" in tags) is shown
    assert "Advice" in tags
    assert "To do" not in page.words


def test_a_home_page_counts_only_what_can_be_done(app: Flask, tiny: TinySurvey) -> None:
    issue("a", "south", "visit", 40)
    tiny.close_wave()
    wave, _request = waves.create_wave("family", TOMORROW, TODAY + MONTH)
    opener.answer_requests()
    assert clock.today() == TODAY
    person = Person("lead@example.org", secrets.token_urlsafe(12))
    accounts.create_user(person.email, "evaluator", password=person.password)
    to_do = len(checklist.list_open(waves.get_wave(wave)))
    assert to_do == 3, "population, phone numbers and readers of own words"
    assert f"complete {to_do} checklist items" in signed_in(app, person).request("GET", "/staff/").words


def test_a_later_round_says_what_a_comparison_can_show(tiny: TinySurvey) -> None:
    assert not [point for point in checklist.checklist(waves.get_wave("family-1")) if "percentage points" in point.text]
    answer(tiny.codes(120)[:110])
    publish(tiny)
    second, _request = waves.create_wave("family", clock.today() + DAY, clock.today() + 30 * DAY)

    change, same = checklist.checklist(waves.get_wave(second))[-2:]

    assert (change.kind, same.kind) == (checklist.Kind.INFORMATION,) * 2
    assert "about 110 people" in change.text
    assert "changes of 20 percentage points" in change.text
    assert "at least 50 people" in same.advice


def test_nobody_is_asked_to_ring_the_emergency_services_for_a_check(tiny: TinySurvey) -> None:
    (point,) = [one for one in checklist.checklist(waves.get_wave(tiny.wave)) if "emergency" in one.text]

    assert "Phone the council's own numbers: 0161 496 0101. Never phone 999" in point.advice
    assert "set CONTACTS_CHECKED" in point.advice
