"""The component gallery: every component in every state on one page. It is not available in production."""

import datetime as dt
from dataclasses import replace
from typing import Any

from flask import Blueprint, get_template_attribute, render_template
from flask_babel import force_locale
from werkzeug.datastructures import MultiDict

from app.core.permissions import Permission
from app.core.results.disclosure import protect
from app.core.results.panels import EarlierWave
from app.core.results.tally import ClosedWave, Record
from app.fieldwork.checklist import Kind, Point
from app.models.surveys import StoredQuestionnaire, Wave
from app.respond.survey_page import Field, SurveyPageForm
from app.results.files import FORMATS
from app.results.page import ResultsPage
from app.results.service import PublishedWave
from app.surveys.service import SHIPPED, document_of
from app.web.i18n import LANGUAGES
from app.web.requires import requires

blueprint = Blueprint("gallery", __name__, url_prefix="/staff")
SURVEY = "family"
LONG = "Answers of families who were visited at home by the locality team and by a colleague of another agency " * 3
NAME, HINT = "home visits spring", "For example, home visits spring."
OPTIONS = {"visit": "Home visit", "centre": "Family centre"}
FIELD_STATES: dict[str, tuple[str, dict[str, str], dict[str, object]]] = {
    "empty": ("", OPTIONS, {}),
    "filled": (NAME, OPTIONS, {}),
    "with a hint": ("", OPTIONS, {"hint": HINT}),
    "with an error": ("!", OPTIONS, {"hint": HINT, "error": "Enter a name for the batch."}),
    "disabled": (NAME, OPTIONS, {"disabled": True}),
    "long": (LONG, {**OPTIONS, "long": LONG}, {"hint": LONG, "error": LONG}),
}
"""For each state of a field: its value, its options, and what else the component is given."""
FIELD_KINDS = {"email": "name@example.org", "password": "", "date": "2027-03-31", "number": "40"}
POINTS = (
    Point("Questions are translated.", True, Kind.ADVICE),
    Point("The round has no encryption key.", False, Kind.REQUIRED, "The server makes it."),
    Point("No cards have been issued.", False, Kind.ADVICE, "Issue cards before the first day."),
    Point("North: about 4 answers expected.", False, Kind.INFORMATION, "They are combined with others."),
    Point(LONG, False, Kind.ADVICE, LONG),
)


@blueprint.get("/gallery")
@requires(Permission.VIEW_RESULTS)
def show_gallery() -> Any:
    """Show the components, and some of them also in a right-to-left language."""
    urdu = LANGUAGES["ur"]
    with force_locale(urdu.babel):
        draw = get_template_attribute("home/gallery_right_to_left.html", "right_to_left")
        mirrored = draw(urdu, results(urdu.tag))
    return render_template(
        "home/gallery.html",
        **{"long_text": LONG, "states": FIELD_STATES, "kinds": FIELD_KINDS, "points": POINTS},
        questions=questions(),
        page=results("en"),
        mirrored=mirrored,
        wave=_wave(1),
        files=[(kind, 80_000) for kind in FORMATS.values()],
    )


def questions() -> tuple[Field, ...]:
    """Return a question of each kind as on a respondent's page, with valid and invalid answers."""
    document = document_of(_wave(1))
    asked = tuple(document.question(name) for name in ("fam_story", "fam_diff", "fam_help_kind", "fam_good"))
    form = SurveyPageForm(replace(document.pages[0], questions=asked), document, lang="en", easy=False)
    kinds = [("fam_help_kind", option.code) for option in asked[2].options[:2]]
    return form.read(MultiDict([("fam_story", "none"), ("fam_diff", "7"), *kinds, ("fam_good", LONG * 10)])).fields


def results(lang: str) -> ResultsPage:
    """Return two waves of made-up answers, published by the portal's own rules, with some numbers suppressed."""
    earlier, current = _closed(_wave(1), people=60), _closed(_wave(2), people=80)
    first = protect(earlier, breakdowns_allowed=True)
    second = protect(current, EarlierWave(earlier, first), breakdowns_allowed=True)
    names = {"locality": {"north": "North", "south": "South"}, "channel": {"visit": "Home visit"}}
    return ResultsPage(
        [PublishedWave(_wave(1), first), PublishedWave(_wave(2), second)], f"{SURVEY}-2", names=names, lang=lang
    )


def _wave(number: int) -> Wave:
    text = (SHIPPED / f"{SURVEY}.json").read_text(encoding="utf-8")
    stored = StoredQuestionnaire(survey_slug=SURVEY, version="1", document=text)
    first, last = dt.date(2026, 3 * number, 1), dt.date(2026, 3 * number + 1, 12)
    wave = Wave(id=f"{SURVEY}-{number}", survey_slug=SURVEY, number=number, questionnaire=stored)
    wave.opens_on, wave.closes_on, wave.public_on, wave.reading_day = first, last, last, last
    return wave


def _closed(wave: Wave, people: int) -> ClosedWave:
    """Return a wave in which most questions have all answers, one has 20 and one has 5.

    In each wave, more people choose the first options.
    """
    document = replace(document_of(wave), pages=document_of(wave).pages[:2])
    ratings = [question for question in document.ratings if not question.detached]
    asked = {question.variable: people for question in ratings} | {"fam_honest": 20, "fam_goals": 5}
    records = []
    for person in range(people):
        answers = {
            q.variable: q.options[int((person / asked[q.variable]) ** wave.number * len(q.options))].code
            for q in ratings
            if person < asked[q.variable]
        }
        place = "north" if person % 3 else "south"
        records.append(Record(bytes([person]), {"locality": place, "channel": "visit"}, answers))
    return ClosedWave(wave.id, document, records, {"locality": ("north", "south"), "channel": ("visit",)})
