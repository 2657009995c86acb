"""Cards for schools belong to a cluster of at least five schools, whoever issues them and by whatever way."""

import pytest
from flask import Flask
from sqlalchemy import select

from app.cards import service as cards
from app.cards.approvals import IssueCards, open_wave_of
from app.models.cards import Batch
from app.staff import accounts, approvals
from app.storage import audit, db
from app.storage.refusals import Refused
from tests.cards.test_sheets import issue
from tests.conftest import TinySurvey
from tests.support.homes import flask, write_portal_env
from tests.support.office import Office

OWN, WHOLE = "school/north/school", "school/boroughwide/any"
PLACE = {"locality": "north", "channel": "school", "count": 40}


@pytest.fixture
def schools(app: Flask) -> TinySurvey:
    """A survey of schools with an open wave."""
    return TinySurvey("school")


@pytest.mark.parametrize(("number", "cell"), [(5, OWN), (12, OWN), (None, WHOLE)])
def test_a_batch_is_counted_in_its_own_cell_when_its_cluster_is_known(
    schools: TinySurvey, number: int | None, cell: str
) -> None:
    issued = cards.issue_cards("school", batch="a", **PLACE, schools=number)

    assert (issued.cell, bool(issued.merged_because)) == (cell, cell == WHOLE)
    detail = audit.list_details("issued cards", "a")[0]
    assert (detail["cell"], detail.get("schools")) == (cell, number)


@pytest.mark.parametrize("number", [4, 1, 0, -5])
def test_a_small_cluster_is_refused(schools: TinySurvey, number: int) -> None:
    with pytest.raises(Refused, match="at least 5 schools"):
        cards.issue_cards("school", batch="a", **PLACE, schools=number)
    with pytest.raises(Refused, match="at least 5 schools"):
        cards.check_issue("school", batch="a", **PLACE, schools=number)


def test_other_surveys_and_trial_cards_need_no_cluster(tiny: TinySurvey) -> None:
    TinySurvey("school")
    family = cards.issue_cards("family", batch="a", **PLACE, schools=2)
    trial = cards.issue_cards("school", batch="trial", **PLACE, kind="trial")

    assert (family.cell, trial.cell) == ("family/north/school", OWN)
    assert "schools" not in audit.list_details("issued cards", "a")[0]


def test_a_batch_that_waits_keeps_its_number_of_schools(tiny: TinySurvey) -> None:
    TinySurvey("school")
    asker, second = (
        accounts.get_user(accounts.create_user(f"{name}@example.org", "evaluator")) for name in ("asker", "second")
    )
    command = IssueCards(
        survey_slug="school",
        batch="a",
        areas={"north": 40},
        channel="school",
        kind="standard",
        n_schools=7,
        wave_id=open_wave_of("school"),
    )
    number = approvals.ask(command, asker)
    approvals.decide(IssueCards, number, second, is_agreed=True)

    assert [pile.cell for pile in approvals.carry_out(IssueCards, number, asker)] == [OWN]
    assert [audit.list_details(verb, "a")[0]["schools"] for verb in ("asked for cards", "issued cards")] == [7, 7]


@pytest.mark.parametrize(("typed", "cell"), [("", None), ("4", None), ("5", OWN)])
def test_the_form_asks_for_the_cluster_and_passes_it_on(quiet: Office, typed: str, cell: str | None) -> None:
    TinySurvey("school").close_wave()
    answer = issue(quiet.asker, survey="school", channel="school", schools=typed)

    with db.reading() as session:
        assert session.scalars(select(Batch.cell_id)).all() == ([cell] if cell else [])
    assert ("at least 5 schools" in answer.words) == (cell is None)


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        ([], 0, f"The number of schools that share these cards was not given: they count in {WHOLE}.\n"),
        (["--schools", "4"], 1, "Cards for schools must be shared by at least 5 schools.\n"),
        (["--schools", "5"], 0, ""),
    ],
)
def test_the_command_asks_for_the_cluster(
    app: Flask, schools: TinySurvey, more: list[str], status: int, message: str
) -> None:
    write_portal_env(app.config["SETTINGS"])
    words = ["--batch", "a", "--locality", "north", "--channel", "school", "--count", "40", *more]
    done = flask(app.config["SETTINGS"], "cards", "issue", "school", *words)

    assert (done.returncode, done.stderr, len(done.stdout.split("\n"))) == (status, message, 41 if status == 0 else 1)
