"""One request for cards of several areas: one approval, a pile for each area, and what every card and cover says."""

import dataclasses
from collections import Counter
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import select

from app.cards import service as cards
from app.cards.approvals import IssueCards, issue_or_ask
from app.models.cards import Batch
from app.staff import accounts, approvals
from app.storage import audit, db
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.i18n import LANGUAGES, SURVEY_NAMES
from tests.cards.test_sheets import BATCH, codes_of, n_cards, opens
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import Seen, StrictClient
from tests.support.office import Office, post

THREE = {"north": 40, "central": 35, "south": 30}
WAITS = "/staff/cards/waiting/1"


def ask(client: StrictClient, areas: dict[str, int], name: str = "visits", **changes: str) -> Seen:
    """Send the form for cards."""
    counts = {f"cards-{place}": str(n) for place, n in areas.items()}
    return post(client, "/staff/cards/new", **{**BATCH, "batch": name, "look": "cards", **counts, **changes})


def batches() -> dict[str, tuple[str, int]]:
    """Return cell and number of cards of each batch, by name."""
    with db.reading() as session:
        return {row.name: (row.cell_id, row.n_cards) for row in session.scalars(select(Batch))}


def piles(sheet: Seen) -> dict[str, Counter[str]]:
    """Return the marks on the cards that follow each cover sheet, by the mark on the cover."""
    found: dict[str, Counter[str]] = {}
    for part in sheet.find("main").iter():
        if part.get("class") == "cover":
            cover = part.get("aria-label").rsplit(" ", 1)[1]
            found[cover] = Counter()
        elif part.tag == "article":
            found[cover][text_of(by_class(part, "pile")[0]).split()[0]] += 1
    return found


def by_class(part: Any, name: str) -> list[Any]:
    """Return the elements of a class inside another one."""
    return [one for one in part.iter() if one.get("class") == name]


def text_of(part: Any) -> str:
    """Return the text of an element, with single spaces."""
    return " ".join(" ".join(part.itertext()).split())


def strip_of(card: Any) -> str:
    """Return what stands on the strip of a card that stays visible when it is folded."""
    return text_of(by_class(card, "strip")[0])


ISSUED = {
    "visits, North": ("family/north/visit", 40),
    "visits, Central": ("family/central/visit", 35),
    "visits, South": ("family/south/visit", 30),
}


def test_three_areas_of_an_open_round_need_one_request_one_approval_and_one_print(office: Office) -> None:
    asked = ask(office.asker, THREE)
    assert (asked.status, asked.headers["location"], n_cards()) == (303, WAITS, 0)
    page = office.second.request("GET", WAITS)
    assert [line in page.words for line in ("North: 40 cards", "Central: 35 cards", "South: 30 cards")] == [True] * 3
    assert "visits: 105 cards for Families" in page.words
    assert post(office.second, WAITS, action="agree").status == 303

    sheet = post(office.asker, f"{WAITS}/print", form=WAITS, look="cards", language="en")

    assert (sheet.status, len(set(codes_of(sheet))), n_cards()) == (200, 105, 105)
    assert batches() == ISSUED
    assert sorted(piles(sheet).items()) == sorted((mark, Counter({mark: n})) for (mark, n) in marks().items())
    assert all(opens(code) for code in codes_of(sheet)[::20])
    assert audit.list_details("asked for cards", "visits")[0]["areas"] == THREE
    assert [audit.list_details("issued cards", name)[0]["cards"] for name in ISSUED] == [40, 35, 30]


def marks() -> dict[str, int]:
    """Return the number of cards of each batch, by the mark of its pile."""
    with db.reading() as session:
        return {cards.pile_mark(row.id): row.n_cards for row in session.scalars(select(Batch))}


def test_between_rounds_the_sheets_come_at_once(quiet: Office) -> None:
    sheet = ask(quiet.asker, {**THREE, "boroughwide": 0})

    assert (sheet.status, len(codes_of(sheet)), batches()) == (200, 105, ISSUED)
    assert len(piles(sheet)) == 3


def test_one_area_keeps_the_name_that_was_typed(quiet: Office) -> None:
    ask(quiet.asker, {"north": 40})
    assert batches() == {"visits": ("family/north/visit", 40)}


def test_the_rule_of_thirty_holds_for_each_area_and_counts_small_piles_together(quiet: Office) -> None:
    sheet = ask(quiet.asker, {"north": 40, "central": 20, "south": 12})

    cell = "family/boroughwide/any"
    assert {n: c for n, (c, _n) in batches().items()} == {
        "visits, North": "family/north/visit",
        "visits, Central": cell,
        "visits, South": cell,
    }
    assert "Do not give these cards out yet" not in sheet.words, "together they are 32"
    assert sheet.words.count("so they are counted without an area") == 2


def test_small_piles_that_are_too_few_together_say_so_on_each_cover(quiet: Office) -> None:
    sheet = ask(quiet.asker, {"central": 10, "south": 12})

    covers = [text_of(part) for part in by_class(sheet.find("main"), "cover")]
    assert ["All small batches together have 22 cards so far" in cover for cover in covers] == [True, True]


@pytest.mark.parametrize(
    ("areas", "sentence"),
    [
        ({}, "North: Enter a number of cards, from 1 to 500 for all areas together."),
        ({"north": 0, "south": 0}, "from 1 to 500 for all areas together."),
        ({"north": 300, "south": 300}, "from 1 to 500 for all areas together."),
        ({"south": 501}, "South: Enter a whole number from 0 to 500."),
        ({"south": -1}, "South: Enter a whole number from 0 to 500."),
    ],
)
def test_numbers_that_cannot_be_are_refused(quiet: Office, areas: dict[str, int], sentence: str) -> None:
    answer = ask(quiet.asker, areas)
    assert (answer.status, sentence in answer.words, n_cards()) == (422, True, 0), answer.words


def test_an_empty_form_names_all_errors_at_once(quiet: Office) -> None:
    answer = ask(quiet.asker, {}, name="")

    assert answer.status == 422
    assert "Enter a name for the batch." in answer.words
    assert "North: Enter a number of cards, from 1 to 500 for all areas together." in answer.words


def test_the_page_says_before_it_is_filled_in_whether_a_colleague_has_to_approve(
    office: Office,
) -> None:
    approve, at_once = "a colleague has to approve your request first", "the next page has the sheets to print"
    client = office.asker

    def words() -> tuple[bool, bool]:
        page = client.request("GET", "/staff/cards/new").words
        return approve in page, at_once in page

    assert words() == (True, False)
    TinySurvey("young")
    waves.close_wave("young-1")
    assert words() == (True, True)
    assert "Families: a round is open" in client.request("GET", "/staff/cards/new").words
    waves.close_wave("family-1")
    assert words() == (False, True)


@pytest.mark.parametrize(("length", "status"), [(71, 200), (72, 422)])
def test_the_name_has_room_for_the_area_and_the_limit_is_said(quiet: Office, length: int, status: int) -> None:
    answer = ask(quiet.asker, {"north": 30, "central": 30}, name="x" * length)
    assert (answer.status, "must have 1 to 71 characters" in answer.words) == (status, status == 422)
    assert n_cards() in (0, 60)


def test_a_name_that_is_taken_in_one_area_issues_nothing(quiet: Office) -> None:
    ask(quiet.asker, {"south": 30}, name="visits, South")
    answer = ask(quiet.asker, THREE)

    assert (answer.status, "Choose another name" in answer.words, n_cards()) == (422, True, 30)


def test_an_account_of_one_area_asks_for_that_area_only(app: Flask, office: Office) -> None:
    north = client_of(app, "evaluator", locality="north")
    form = north.request("GET", "/staff/cards/new")
    assert [e.get("name") for e in form.tree.iter("input") if (e.get("name") or "").startswith("cards-")] == [
        "cards-north"
    ]
    assert ask(north, {"south": 40}).status == 422
    assert ask(north, {"north": 40}).headers["location"] == WAITS


def test_an_account_whose_area_is_no_longer_there_reads_why_it_issues_nothing(app: Flask, quiet: Office) -> None:
    north = client_of(app, "evaluator", locality="north")
    places = {"south": "South", "boroughwide": "All"}
    for holder in (app.config["SETTINGS"], db.rooms().settings):
        object.__setattr__(holder, "localities", places)

    answer = ask(north, {"south": 40})
    assert (answer.status, "limited to an area that is no longer in use" in answer.words, n_cards()) == (422, True, 0)


@pytest.mark.parametrize(("areas", "is_seen"), [({"north": 40}, True), ({"north": 40, "south": 40}, False)])
def test_an_account_of_one_area_sees_and_approves_only_what_lies_in_it(
    app: Flask, office: Office, areas: dict[str, int], is_seen: bool
) -> None:
    north = client_of(app, "evaluator", locality="north")
    ask(office.asker, areas)

    assert north.request("GET", WAITS).status == (200 if is_seen else 404)
    assert bool(north.request("GET", "/staff/").links("Batch visits (")) == is_seen
    answer = post(north, WAITS, form="/staff/account", action="agree")
    assert answer.status == (303 if is_seen else 404)
    user = next(one for one in accounts.list_users() if one.locality == "north")
    if not is_seen:
        with pytest.raises(Refused, match="does not have permission"):
            approvals.decide(IssueCards, 1, user, is_agreed=True)


@pytest.mark.both_databases
def test_a_request_for_several_areas_is_kept_as_it_was_made(tiny: TinySurvey) -> None:
    user = accounts.get_user(accounts.create_user("asker@example.org", "evaluator"))
    command = IssueCards(survey_slug="family", batch=" visits ", areas=THREE, channel="visit", kind="standard")
    number = issue_or_ask(command, user)
    assert isinstance(number, int)

    kept = approvals.get(IssueCards, number).command
    assert kept == dataclasses.replace(command, batch="visits", wave_id=tiny.wave)
    assert list(kept.areas) == list(THREE)


def test_marks_are_short_say_nothing_and_differ() -> None:
    found = {cards.pile_mark(f"{number * 7919:032x}") for number in range(1000)}
    assert len(found) == 1000
    assert all(len(mark) == 4 and mark.isalnum() and not mark.isalpha() for mark in found)


def test_the_mark_of_a_found_card_leads_to_its_batch(quiet: Office) -> None:
    ask(quiet.asker, THREE)
    pages = [quiet.asker.request("GET", f"/staff/cards{page}").words for page in ("", "/void")]
    assert [mark in page for page in pages for mark in marks()] == [True] * 6


@pytest.mark.parametrize("look", ["cards", "letters", "easy"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_says_who_sends_it_for_whom_and_where_to_ask(
    app: Flask, quiet: Office, look: str, language: str
) -> None:
    sheet = ask(quiet.asker, {"north": 30}, look=look, language=language)
    host, (mark,) = app.config["SETTINGS"].base_url.split("://")[1], marks()
    with app.test_request_context("/"), force_locale(LANGUAGES[language].babel):
        audience = str(SURVEY_NAMES["family"])
    found = list(sheet.find("main").iter("article"))

    assert {strip_of(card) for card in found} == {f"{audience} {mark} North Stockport Family"}
    for card in found:
        words = text_of(card)
        assert [text for text in (f"{host}/privacy", f"{host}/c", "0161 496 0101") if text not in words] == []
        own = words.replace(card.get("data-code"), "").replace(host, "")
        assert str(TODAY.year) not in own, "cards serve many rounds: no last day"
        assert len(by_class(card, "mark")) == 1


def test_each_audience_has_a_shape_of_its_own(quiet: Office) -> None:
    shapes = {}
    for audience in surveys.AUDIENCES:
        path = surveys.SHIPPED / f"{audience}.json"
        surveys.import_questionnaire(path.read_text(encoding="utf-8"), path.name, survey=audience)
        sheet = ask(quiet.asker, {"north": 30}, name=audience, survey=audience, schools="5")
        mark = by_class(next(sheet.find("main").iter("article")), "mark")[0]
        shapes[audience] = [(part.tag, sorted(part.items())) for part in mark]

    assert len({str(shape) for shape in shapes.values()}) == len(surveys.AUDIENCES)


def test_the_cover_says_all_that_whoever_hands_the_cards_out_needs(quiet: Office) -> None:
    sheet = ask(quiet.asker, THREE, language="pl")
    words = text_of(by_class(sheet.find("main"), "cover")[1])

    said = ["Families: 35 cards", "Sender Stockport Family", "Area Central", "How given out Given at a visit"]
    said += ["Number of cards 35, in Polski", "Batch visits, Central. New cards.", "Last day of the round"]
    assert [text for text in said if text not in words] == []
    assert not [code for code in codes_of(sheet) if code in words.replace(" ", "")]


def test_a_poster_has_a_qr_code_of_the_page_for_codes_and_no_code(quiet: Office, app: Flask) -> None:
    waves.create_wave("family", TODAY + MONTH, TODAY + 2 * MONTH)
    host = app.config["SETTINGS"].base_url.split("://")[1]
    for language in ("en", "ur"):
        page = quiet.asker.request("GET", f"/staff/paper/family-2?language={language}&style=poster")
        said = (f"{host}/c", f"{host}/privacy", "Stockport Family", "0161 496 0101")
        assert [text for text in said if text not in page.words] == []
        assert len(by_class(page.find("main"), "qr")) == 1
