"""Evidence for outcomes: the newest published figure of each question, what evaluators note, and how it is kept."""

import csv
import datetime as dt
import io
import json

import pytest
from flask import Flask

from app.core.documents import load
from app.evidence import service
from app.evidence.outcomes import OWN_FILE, SHIPPED, codes_of, logic_model, parse
from app.evidence.questions import measures, movements
from app.evidence.service import FigureEntry
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys
from tests.conftest import TODAY, TinySurvey, begin_wave
from tests.results.test_public_day import finish
from tests.results.test_releases import answer, publish
from tests.security.test_role_matrix import client_of
from tests.support.client import StrictClient
from tests.support.office import post

ANNA, BEN = "anna@example.org", "ben@example.org"
YEAR = dt.timedelta(days=365)
LATER = TODAY + dt.timedelta(days=40)
CARE = FigureEntry("Children looked after", TODAY - YEAR, TODAY, "1,204.5", "children", "Statutory return", "")
FORM = {"name": "Caseload", "first_day": "2026-01-01", "last_day": "2026-06-30", "value": "17.5", "source": "A report"}


@pytest.fixture
def evaluator(app: Flask, tiny: TinySurvey) -> StrictClient:
    """An evaluator's browser."""
    return client_of(app, "evaluator")


def test_every_question_of_the_shipped_questionnaires_measures_a_known_outcome() -> None:
    codes = {outcome.code for outcome in parse(SHIPPED.read_text("utf-8"))}
    documents = [load(path.read_text("utf-8"), path.name) for path in surveys.shipped_documents()]
    tagged = {code for document in documents for question in document.questions for code in codes_of(question.outcome)}

    assert tagged <= codes
    assert {"S6", "S9", "L1"} <= tagged
    assert codes == {f"{letter}{n}" for letter, most in (("A", 10), ("S", 10), ("L", 5)) for n in range(1, most + 1)}


def test_outcomes_lead_to_each_other() -> None:
    model = parse(SHIPPED.read_text("utf-8"))

    assert [one.code for one in model.before("S5")] == ["S10", "A1", "A2", "A3"]
    assert [one.code for one in model.after("S5")] == ["S1", "S2", "L5"]
    assert [one.code for one in model.at_risk] == ["S6"]
    with pytest.raises(NotFound):
        model.get("S99")


def test_an_own_logic_model_replaces_the_shipped_one(app: Flask) -> None:
    own = db.rooms().settings.home / OWN_FILE
    spec = {"format": 1, "about": "Ours.", "chains": []}
    own.write_text(json.dumps(spec | {"groups": [{"name": "Aims", "outcomes": [{"code": "S1", "name": "Heard"}]}]}))

    assert [outcome.name for outcome in logic_model()] == ["Heard"]


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"\xff", "not JSON"),
        (b"[]", "not JSON"),
        (b'{"format": 1, "about": "x", "groups": [], "chains": []}', "a code of its own"),
        (
            b'{"format": 1, "about": "x", "groups": [{"name": "x", "outcomes": [{"code": "S1", "name": "x"}]}],'
            b' "chains": [[["S1"], ["S2"]]]}',
            "each code in a chain",
        ),
        (b'{"format": 1, "about": "x", "groups": [{"name": "x", "outcomes": [{"kode": "S1"}]}], "chains": []}', "JSON"),
        (b'{"format": 2, "about": "x", "groups": [{"name": "", "outcomes": []}], "chains": []}', "is a text"),
    ],
)
def test_a_faulty_logic_model_is_named_and_the_shipped_one_shown(
    app: Flask, evaluator: StrictClient, content: bytes, fault: str
) -> None:
    (db.rooms().settings.home / OWN_FILE).write_bytes(content)

    page = evaluator.request("GET", "/staff/evidence")

    assert page.status == 200
    assert fault in page.words
    assert "S10: " in page.words


def next_round(tiny: TinySurvey, codes: list[str], **answers: str) -> None:
    """Have the next round answered with some codes, and published, today."""
    begin_wave(tiny.slug, clock.today(), clock.today() + dt.timedelta(days=20))
    answer(codes, **answers)
    publish(tiny)


def test_a_question_has_the_figures_of_its_results_page(app: Flask, evaluator: StrictClient, tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    answer(codes[:40], heard="1")
    publish(tiny)
    with clock.on_day(LATER):
        next_round(tiny, codes[:40], heard="5")
        page = evaluator.request("GET", "/staff/results/family/family-2")
        with app.test_request_context("/staff/evidence"):
            (found,) = measures(["family"])
            assert (found.page.wave.id, found.codes, found.movement) == ("family-2", ("S1",), "Rose")
            assert (found.share, found.change) == ("Nearly all agree.", "From almost none to nearly all.")
            assert found.likely is not None
            assert "Likely range: {} to {}.".format(*found.likely) in page.words
            assert movements([found]) == "rose: 1"


def test_a_question_that_only_an_earlier_round_published_keeps_that_round(app: Flask, tiny: TinySurvey) -> None:
    codes = tiny.codes(60)
    answer(codes[:40])
    publish(tiny)
    with clock.on_day(LATER):
        next_round(tiny, codes[:9])
        with app.test_request_context("/staff/evidence"):
            (found,) = measures(["family"])
            assert (found.page.wave.id, found.movement) == ("family-1", "Nothing to compare with")


def test_results_that_are_not_public_yet_are_no_evidence_yet(tiny: TinySurvey) -> None:
    finish(tiny)
    assert measures(["family"]) == []
    with clock.on_day(LATER):
        assert len(measures(["family"])) == 1


@pytest.mark.both_databases
def test_entries_are_kept_and_the_newest_counts(app: Flask) -> None:
    service.rate("S6", "weak", "One\nround only.", author=ANNA)
    service.rate("S6", "moderate", "Two rounds.", author=BEN)
    service.note_rival("S6", "More staff were hired", "", author=ANNA)
    (rival,) = service.list_entries().rivals
    service.note_rival("S6", "More staff were hired", "Caseloads did not fall.", author=BEN, replaces=rival.now.id)
    service.enter_figure("S6", CARE, author=ANNA)

    entries = service.list_entries().of("S6")
    assert entries.rating is not None
    assert [(one.strength, one.author, one.day) for one in entries.ratings] == [
        ("moderate", BEN, TODAY),
        ("weak", ANNA, TODAY),
    ]
    (rival,) = entries.rivals
    assert (rival.now.answer, rival.now.author, [one.author for one in rival.earlier]) == (
        "Caseloads did not fall.",
        BEN,
        [ANNA],
    )
    assert (entries.n_open, entries.shown_figures[0].now.value) == (0, "1,204.5")
    assert service.list_entries().of("S5") == service.Entries((), (), ())
    written = [(entry.action, entry.subject) for entry in audit.list_entries(0)[0]]
    assert written[::-1] == [
        *[("rated evidence", "S6")] * 2,
        *[("noted a rival explanation", "S6")] * 2,
        ("entered an outside figure", "S6"),
    ]


def test_a_figure_is_corrected_and_withdrawn_by_new_entries(app: Flask) -> None:
    service.enter_figure("L2", CARE, author=ANNA)
    (first,) = service.list_entries().figures
    wrong = FigureEntry(CARE.name, CARE.first_day, CARE.last_day, "300", "children", CARE.source)
    service.enter_figure("L2", wrong, author=BEN, replaces=first.now.id)
    (second,) = service.list_entries().figures
    gone = FigureEntry(CARE.name, CARE.first_day, CARE.last_day, "", "children", CARE.source, "Counted twice.")
    service.enter_figure("L2", gone, author=BEN, replaces=second.now.id)

    entries = service.list_entries()
    assert entries.shown_figures == ()
    assert [one.value for one in entries.changed_figures] == ["", "300", "1,204.5"]
    service.enter_figure("L2", CARE, author=ANNA)
    assert len(service.list_entries().shown_figures) == 1, "a withdrawn figure stands in nobody's way"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"source": ""}, "source"),
        ({"value": ""}, "value"),
        ({"value": "about 10"}, "value"),
        ({"value": "1,20"}, "value"),
        ({"first_day": TODAY, "last_day": TODAY - YEAR}, "last_day"),
        ({"last_day": TODAY + YEAR}, "last_day"),
        ({"note": "x" * 1001}, "note"),
    ],
)
def test_a_figure_that_cannot_be_is_refused(app: Flask, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refusal:
        service.enter_figure("L2", FigureEntry(**{**vars(CARE), **changes}), author=ANNA)
    assert refusal.value.field == field
    assert service.list_entries().figures == ()


def test_what_is_there_already_or_was_changed_meanwhile_is_refused(app: Flask) -> None:
    service.rate("S6", "none", "", author=ANNA)
    service.note_rival("S6", "Another programme", "", author=ANNA)
    service.enter_figure("S6", CARE, author=ANNA)
    (rival,), (figure,) = service.list_entries().rivals, service.list_entries().figures
    service.note_rival("S6", "Another programme", "It ended before.", author=ANNA, replaces=rival.now.id)
    for act in (
        lambda: service.rate("S6", "none", "", author=BEN),
        lambda: service.rate("S6", "weak", " ", author=BEN),
        lambda: service.rate("S6", "certain", "It is.", author=BEN),
        lambda: service.note_rival("S6", "another  PROGRAMME", "", author=BEN),
        lambda: service.note_rival("S6", "A third one", "", author=BEN, replaces=rival.now.id),
        lambda: service.note_rival("S5", "A third one", "", author=BEN, replaces=rival.now.id + 1),
        lambda: service.note_rival("S6", "", "", author=BEN),
        lambda: service.enter_figure("S6", CARE, author=BEN),
        lambda: service.enter_figure("S6", CARE, author=BEN, replaces=figure.now.id + 1),
    ):
        with pytest.raises(Refused):
            act()
    assert len(audit.list_entries(0)[0]) == 4


def test_an_evaluator_works_through_the_pages(evaluator: StrictClient) -> None:
    assert post(evaluator, "/staff/evidence/S6/rating", strength="weak", note="One round only.").status == 303
    assert post(evaluator, "/staff/evidence/S6/rivals/new", rival="=More staff", answer="").status == 303
    assert post(evaluator, "/staff/evidence/S6/figures/new", unit="cases", note="", **FORM).status == 303
    page = evaluator.request("GET", "/staff/evidence/S6")
    for words in ("Weak.", "One round only.", "=More staff", "Open", "17.5 cases", "1 Jan 2026 to 30 Jun 2026"):
        assert words in page.words, words
    assert "never credited to them" in page.words
    (change,) = page.links("Change: =More staff")
    assert post(evaluator, change, rival="=More staff", answer="It was not.").status == 303
    assert "Answered" in evaluator.request("GET", "/staff/evidence/S6").words
    assert evaluator.request("GET", change).status == 404, "it was replaced"
    rows = list(csv.DictReader(io.StringIO(evaluator.request("GET", "/staff/evidence.csv").body.decode("utf-8-sig"))))
    assert [(row["outcome"], row["kind"], row["what"], row["state"], row["value"]) for row in rows] == [
        ("S6", "rating", "", "Weak", ""),
        ("S6", "rival explanation", "'=More staff", "answered", ""),
        ("S6", "figure from outside the surveys", "Caseload", "", "17.5"),
    ]


@pytest.mark.parametrize(
    ("page", "fields", "words"),
    [
        ("rating", {"note": "x"}, "Rating: Choose a rating."),
        ("rating", {"strength": "strong", "note": ""}, "Say what the rating rests on."),
        ("rating", {"strength": "weak", "note": "x" * 1001}, "Shorten this to 1,000 characters"),
        ("rivals/new", {"rival": ""}, "Describe the rival explanation."),
        ("figures/new", FORM | {"value": "many"}, "Value: Enter a number in digits"),
        ("figures/new", FORM | {"first_day": "soon"}, "First day of the period:"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    evaluator: StrictClient, page: str, fields: dict[str, str], words: str
) -> None:
    answer = post(evaluator, f"/staff/evidence/S6/{page}", **fields)
    assert answer.status == 422
    assert words in answer.words
    assert service.list_entries() == service.Entries((), (), ())


def test_the_file_has_the_published_share_of_each_question(evaluator: StrictClient, tiny: TinySurvey) -> None:
    answer(tiny.codes(40))
    publish(tiny)
    rows = list(csv.DictReader(io.StringIO(evaluator.request("GET", "/staff/evidence.csv").body.decode("utf-8-sig"))))
    (row,) = [row for row in rows if row["kind"] == "survey question"]
    assert (row["outcome"], row["round"], row["value"], row["unit"]) == ("S1", "family-1", "40", "%")
    assert row["note"] == "About 40% agree."
    assert 0 < int(row["likely from"]) < 40 < int(row["likely to"]) < 100


def test_others_read_and_write_nothing(app: Flask, tiny: TinySurvey) -> None:
    service.rate("S1", "weak", "A note.", author=ANNA)
    viewer = client_of(app, "viewer")
    page = viewer.request("GET", "/staff/evidence/S1")
    assert "A note." in page.words
    assert ANNA in page.words
    assert page.links("Change rating") == []
    assert viewer.request("GET", "/staff/evidence/X1").status == 404
    assert viewer.request("GET", "/staff/evidence").links("Download as CSV") == []


def test_an_account_of_one_survey_sees_its_questions_only_and_rates_nothing(app: Flask, tiny: TinySurvey) -> None:
    answer(tiny.codes(40))
    publish(tiny)
    TinySurvey("young")
    for survey, n in (("family", 1), ("young", 0)):
        client = client_of(app, "evaluator", survey=survey)
        page = client.request("GET", "/staff/evidence/S1")
        assert len(page.links("The people who help us")) == n
        assert page.links("Rate evidence") == []
        assert client.request("GET", "/staff/evidence/S1/rating").status == 404
        assert client.request("GET", "/staff/evidence.csv").status == 404
