"""Sample data for the gallery: fields in each state, questions, checklist items and published numbers."""

from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from app.core import documents
from app.core.questionnaires import Questionnaire
from app.core.results.disclosure import protect
from app.core.results.panels import EarlierWave
from app.core.results.tally import ClosedWave, Record
from app.fieldwork.checklist import Point
from app.models.surveys import StoredQuestionnaire, Wave
from app.respond.survey_page import Field, SurveyPageForm
from app.results.service import PublishedWave
from app.results.wording import ResultsView
from app.surveys.service import SHIPPED

SURVEY = "family"
LONG = "Answers of families who were visited at home by the locality team and by a colleague of another agency " * 3


@dataclass(frozen=True)
class FieldState:
    """The state of a field: empty, with a value, a hint or an error, or disabled."""

    value: str = ""
    hint: str = ""
    error: str = ""
    is_disabled: bool = False


FIELD_STATES = {
    "empty": FieldState(),
    "filled": FieldState("home visits spring"),
    "with a hint": FieldState(hint="For example, home visits spring."),
    "with an error": FieldState("!", "For example, home visits spring.", "Enter a name for the batch."),
    "disabled": FieldState("home visits spring", is_disabled=True),
    "long": FieldState(LONG, LONG, LONG),
}
FIELD_KINDS = {"email": "name@example.org", "password": "", "date": "2027-03-31", "number": "40"}
OPTIONS = {"visit": "Home visit", "centre": "Family centre"}
POINTS = (
    Point("Questions are translated.", is_done=True),
    Point("The round has no encryption key.", is_done=False, advice="The server makes it.", is_needed=True),
    Point("No cards have been issued.", is_done=False, advice="Issue cards before the first day."),
    Point(LONG, is_done=False, advice=LONG),
)


def options(state: str) -> dict[str, str]:
    """Return the options of a list, with a long one in the long state."""
    return {**OPTIONS, "long": LONG} if state == "long" else OPTIONS


def questions() -> tuple[Field, ...]:
    """Return a question of each kind as on a respondent's page, with valid and invalid answers."""
    document = _document()
    asked = tuple(document.question(name) for name in ("fam_story", "fam_diff", "fam_help_kind", "fam_good"))
    form = SurveyPageForm(replace(document.pages[0], questions=asked), document, lang="en", easy=False)
    kinds = [("fam_help_kind", option.code) for option in asked[2].options[:2]]
    return form.read(MultiDict([("fam_story", "none"), ("fam_diff", "7"), *kinds, ("fam_good", LONG * 10)])).fields


def results(lang: str) -> ResultsView:
    """Return two waves of made-up answers, published by the portal's own rules, with some numbers suppressed."""
    document = replace(_document(), pages=_document().pages[:2])
    earlier, current = (_closed(document, number, people) for number, people in ((1, 60), (2, 80)))
    first = protect(earlier, breakdowns_allowed=True)
    second = protect(current, EarlierWave(earlier, first), breakdowns_allowed=True)
    waves = [_wave(1), _wave(2)]
    names = {"locality": {"north": "North", "south": "South"}, "channel": {"visit": "Home visit"}}
    return ResultsView(PublishedWave(waves[1], second), PublishedWave(waves[0], first), names=names, lang=lang)


def _document() -> Questionnaire:
    return documents.load(_text(), SURVEY)


def _text() -> str:
    return (SHIPPED / f"{SURVEY}.json").read_text(encoding="utf-8")


def _wave(number: int) -> Wave:
    stored = StoredQuestionnaire(survey_slug=SURVEY, version="1", document=_text())
    return Wave(id=f"{SURVEY}-{number}", survey_slug=SURVEY, number=number, questionnaire=stored)


def _closed(document: Questionnaire, number: int, people: int) -> ClosedWave:
    """Return a wave in which most questions have all answers, one has 20 and one has 5.

    In each wave, more people choose the first options.
    """
    ratings = [question for question in document.ratings if not question.detached]
    asked = {question.variable: people for question in ratings} | {"fam_honest": 20, "fam_goals": 5}
    records = []
    for person in range(people):
        answers = {
            q.variable: q.options[int((person / asked[q.variable]) ** number * len(q.options))].code
            for q in ratings
            if person < asked[q.variable]
        }
        place = "north" if person % 3 else "south"
        records.append(Record(bytes([person]), {"locality": place, "channel": "visit"}, answers))
    listed = {"locality": ("north", "south"), "channel": ("visit",)}
    return ClosedWave(f"{SURVEY}-{number}", document, records, listed)
