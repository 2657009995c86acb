"""Two published rounds of the family survey with made-up answers, without letters: quick, and with all that can be."""

import json
import random
from functools import partial

from app.core.answers import Answer
from app.core.questionnaires import MISSING, Question, Questionnaire
from app.core.results.disclosure import protect
from app.core.results.panels import EarlierWave
from app.core.results.published import Facts, Published
from app.core.results.tally import ClosedWave, Record
from app.models.releases import Release
from app.models.surveys import Wave
from app.storage import clock, db
from app.surveys import service as surveys
from app.surveys import waves
from tests.conftest import begin_wave
from tests.support.snapshots import filled

SIZES, CAME_TWICE = (90, 120), 50
PLACES = ("north", "central", "south")


def two_rounds() -> None:
    """Publish two rounds of the family survey, or bring them back: fifty people took part in both."""
    filled("two made-up rounds", partial(_publish, "family", SIZES))


def one_round_of(survey: str) -> None:
    """Publish one round of a survey."""
    _publish(survey, SIZES[:1])


def _publish(survey: str, sizes: tuple[int, ...]) -> None:
    path = surveys.SHIPPED / f"{survey}.json"
    slug = surveys.import_questionnaire(path.read_text(encoding="utf-8"), path.name)
    earlier: EarlierWave | None = None
    for number, size in enumerate(sizes, start=1):
        wave = waves.get_wave(begin_wave(slug))
        with db.collecting() as session:
            stored = session.get_one(Wave, wave.id)
            closed = closed_wave(surveys.document_of(stored), number, size)
            stored.state, stored.public_on = "published", clock.today()
            made = protect(closed, earlier, breakdowns_allowed=True)
            keep(made)
        earlier = EarlierWave(closed, made)


def keep(made: Published) -> None:
    """Store a release."""
    with db.collecting() as session:
        session.add(Release(wave_id=made.wave, body=json.dumps(made.to_json(), sort_keys=True)))


def closed_wave(document: Questionnaire, number: int, size: int) -> ClosedWave:
    """Return a round whose people answer better in a later round, the same each time."""
    drawn = random.Random(number)
    first = 0 if number == 1 else SIZES[0] - CAME_TWICE
    records = [_record(document, drawn, person=first + place, better=0.15 * number) for place in range(size)]
    listed = {"locality": PLACES, "channel": ("visit", "centre")}
    listed |= {q.variable: (*q.codes, MISSING) for q in document.breakdowns}
    facts = Facts(number, "2026-05-04", "2026-06-28", 589, "Every family with a plan.", "2026-05-01")
    return ClosedWave(f"{document.survey}-{number}", document, records, listed, facts)


def _record(document: Questionnaire, drawn: random.Random, *, person: int, better: float) -> Record:
    groups = {"locality": PLACES[person % 3], "channel": ("visit", "centre")[person % 2]}
    groups |= {q.variable: drawn.choice(q.codes[:2]) for q in document.breakdowns}
    asked = [q for q in document.ratings if not q.detached]
    answers = {q.variable: _answer(q, drawn, better) for q in asked if drawn.random() > 0.1}
    return Record(person.to_bytes(2), groups, answers)


def _answer(question: Question, drawn: random.Random, better: float) -> Answer:
    place = int(len(question.codes) * drawn.random() * (1 - better * drawn.random()))
    chosen = question.codes[place]
    return (chosen,) if question.kind == "multi" else chosen
