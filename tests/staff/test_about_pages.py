"""Each staff page explains itself: one block "About this page" with three to six sentences."""

import re
import secrets
import time
from collections.abc import Iterator

import pyotp
import pytest
from flask import Flask

from app.actions import service as actions
from app.cards import service as cards
from app.counting import opener
from app.evidence import service as evidence
from app.fieldwork import offer_log
from app.keys.approvals import DestroyKeys
from app.staff import accounts, approvals, second_factor
from app.surveys import waves
from app.themes import codebook
from tests.actions.entries import ENTRY
from tests.conftest import MONTH, TODAY, TinySurvey
from tests.security.test_role_matrix import client_of
from tests.support.client import Seen, StrictClient, browser
from tests.support.office import ask_for_cards
from tests.support.staff import sign_in

PRINTED = {"themes.download", "paper.show_paper", "audit_log.download_log", "evidence.download_evidence"}
"""Pages that only go to a printer, and files."""
BEFORE_SIGN_IN = {"accounts.second_factor"}
"""Pages that somebody who is signed in never sees; they have a test of their own."""
SENTENCE = re.compile(r"[.!?](?=\s|$)")
FEWEST, MOST = 3, 6
PASSWORD = "maple-orbit-candle-river"


@pytest.fixture
def subjects(app: Flask, tiny: TinySurvey) -> dict[str, dict[str, object]]:
    """What addresses name, by endpoint where it is not the same for all: rounds in the states that pages need."""
    TinySurvey("young").close_wave()
    draft, _request = waves.create_wave("family", TODAY + 2 * MONTH, TODAY + 3 * MONTH)
    opener.answer_requests()
    cards.issue_cards("family", batch="north visits", locality="north", channel="visit", count=40)
    asker = accounts.get_user(accounts.create_user("asker@example.org", "evaluator", password=PASSWORD))
    link = accounts.make_link(accounts.create_user("new@example.org", "viewer"))
    usual = {
        "wave_id": "family-1",
        "batch_id": offer_log.list_offers("family-1")[0].batch.id,
        "number": ask_for_cards(asker, "late", 40),
        "survey": "family",
        "token": link,
        "kind": "wave",
        "subject": "young-1",
        "code": "S6",
        "action_id": actions.add(asker, ENTRY),
        "tag": "ur",
        "theme": codebook.add("family", name="Being heard", meaning="Somebody listens"),
        "end": "csv",
    }
    destroy = DestroyKeys(survey_slug="young", kind="wave", subject="young-1")
    return {
        "": usual,
        **dict.fromkeys(("evidence.edit_rival", "evidence.edit_figure"), usual | {"number": evidence_entry()}),
        "rounds.open_round": usual | {"wave_id": draft},
        "rounds.delete_round": usual | {"wave_id": draft},
        "rounds.release_round": usual | {"wave_id": "young-1"},
        "keys.show_destruction": usual | {"number": approvals.ask(destroy, asker)},
    }


def evidence_entry() -> int:
    """Note a rival explanation and enter an outside figure, and return the number that both have."""
    evidence.note_rival("S6", "Another programme", "", author="asker@example.org")
    entry = evidence.FigureEntry("Caseload", TODAY - MONTH, TODAY, "17", "cases", "A report")
    evidence.enter_figure("S6", entry, author="asker@example.org")
    ((rival,), (figure,)) = (evidence.list_entries().rivals, evidence.list_entries().figures)
    assert rival.now.id == figure.now.id
    return rival.now.id


def pages(app: Flask, subjects: dict[str, dict[str, object]]) -> Iterator[tuple[str, str]]:
    """Yield endpoint and address of every staff page that can be looked at."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if (
            rule.rule.startswith("/staff")
            and "GET" in (rule.methods or ())
            and rule.endpoint not in PRINTED | BEFORE_SIGN_IN
        ):
            named = subjects.get(rule.endpoint, subjects[""])
            yield rule.endpoint, adapter.build(rule.endpoint, {name: named[name] for name in rule.arguments})


def about(page: Seen) -> list[int]:
    """Return how many sentences each block has."""
    blocks = [block for block in page.tree.iter("details") if block.get("class") == "about"]
    return [len(SENTENCE.findall(" ".join(" ".join(p.itertext()) for p in block.iter("p")))) for block in blocks]


def assert_explained(page: Seen) -> None:
    """Fail unless a page has one block of the right size."""
    assert page.status == 200, page.url
    found = about(page)
    assert len(found) == 1, (page.url, found)
    assert FEWEST <= found[0] <= MOST, (page.url, found)


def test_every_staff_page_says_what_it_is_for(app: Flask, subjects: dict[str, dict[str, object]]) -> None:
    readers: list[StrictClient] = [client_of(app, role) for role in ("evaluator", "administrator", "safeguarding lead")]
    seen = 0
    for _endpoint, path in pages(app, subjects):
        answers = [reader.request("GET", path) for reader in readers]
        assert_explained(next(answer for answer in answers if answer.status != 403))
        seen += 1
    assert seen >= 25


def test_the_page_of_the_second_step_says_what_it_is_for(app: Flask) -> None:
    email = f"{secrets.token_hex(4)}@example.org"
    user = accounts.get_user(accounts.create_user(email, "evaluator", password=PASSWORD))
    second_factor.enrol(user, "set up", pyotp.TOTP(second_factor.new_seed("set up")).at(int(time.time())))
    client = browser(app)
    sign_in(client, email, PASSWORD)
    assert_explained(client.request("GET", "/staff/second-factor"))
    gone = client.request("GET", "/staff/set-up/none")
    assert (gone.status, len(about(gone))) == (404, 1)
