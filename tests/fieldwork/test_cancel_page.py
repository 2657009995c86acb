"""Cancelling a round from its page and from the command line, and what pages say of it afterwards: never a number."""

import re

from flask import Flask

from app.counting import letterbox
from app.surveys import waves
from tests.conftest import TinySurvey
from tests.counting.test_letterbox import send
from tests.keys.destroyed import both_rooms
from tests.support.office import Office, post
from tests.surveys.test_cancelled_rounds import WHY, answered, cancel, left

PATH = "/staff/rounds/family-1"
ONE_TIME = re.compile(r'(csrf_token" value="|data-token=")[^"]*')


def shown(office: Office, wave: str) -> list[str]:
    """Return what staff pages show of a round, its name left out."""
    page = ONE_TIME.sub(r"\1", office.asker.request("GET", f"/staff/rounds/{wave}").body.decode())
    lists = [office.asker.request("GET", path) for path in ("/staff/", "/staff/rounds", "/staff/keys")]
    number = wave.rpartition("-")[2]
    rows = [" ".join("".join(row.itertext()).split()) for one in lists for row in one.tree.iter("tr")]
    mine = [row for row in rows if re.search(rf"[Rr]ound {number}(?![\d,])", row)]
    assert len(mine) == 3
    return [re.sub(rf"{wave}|[Rr]ound {number}(?!\d)", "ROUND", text) for text in (page, *mine)]


def test_no_page_says_whether_there_were_answers(office: Office) -> None:
    """The same pages, byte for byte, of a round without answers and of one with 25."""
    codes, seen = office.survey.codes(40), []
    for answers in (0, 25):
        for code in codes[:answers]:
            send(code)
        wave = waves.list_waves("family")[-1].id
        letterbox.open_letterbox()
        assert waves.shown_turnout().get(wave, 0) == (10 if answers else 0)
        assert post(office.asker, f"/staff/rounds/{wave}/cancel", reason=WHY).status == 303
        seen.append([shown(office, wave)])  # the opener has not answered yet
        both_rooms()
        seen[-1].append(shown(office, wave))
        office.survey.open_wave()
    assert seen[0] == seen[1]
    assert "It is cancelled. Its answers, if there were any, are being destroyed." in seen[1][0][0]
    assert "It is cancelled. Its answers, if there were any, are destroyed." in seen[1][1][0]
    assert WHY in seen[1][1][0]


def test_the_list_shows_a_cancelled_round_with_its_reason(office: Office) -> None:
    cancel()
    page = office.asker.request("GET", "/staff/rounds")
    row = next(row for row in page.tree.iter("tr") if "Families, round 1" in "".join(row.itertext()))
    cells = ["".join(cell.itertext()).strip() for cell in row]
    assert cells[1] == f"cancelled {WHY}"
    assert cells[4] == "–"
    listed = office.asker.request("GET", PATH)
    assert f"Reason: {WHY}" in listed.words
    assert "No figures are kept for a cancelled round." in listed.words
    for link in ("Close round", "Cancel round", "Change dates", "Publish results"):
        assert listed.links(link) == []


def test_cancelling_asks_for_a_reason_and_keeps_what_was_typed(office: Office) -> None:
    page = office.asker.request("GET", f"{PATH}/cancel")
    assert "no page shows whether there were any" in page.words
    refused = post(office.asker, f"{PATH}/cancel", reason="x" * 301)
    assert refused.status == 409
    assert refused.find("a", href="#reason") is not None
    assert "x" * 301 in refused.words
    assert waves.get_wave("family-1").state == "open"


def test_the_command_cancels_with_a_reason(app: Flask, tiny: TinySurvey) -> None:
    answered(tiny)
    runner = app.test_cli_runner()
    assert runner.invoke(args=["wave", "cancel", tiny.wave]).exit_code == 2
    done = runner.invoke(args=["wave", "cancel", tiny.wave, "--reason", WHY])
    assert (done.exit_code, done.stdout) == (0, "family-1 is cancelled.\n")
    assert left(tiny.wave) == {}
    again = runner.invoke(args=["wave", "cancel", tiny.wave, "--reason", WHY])
    assert (again.exit_code, again.stdout) == (1, "")
    assert runner.invoke(args=["wave", "list", "family", "--json"]).stdout.count('"responses": 0') == 1
