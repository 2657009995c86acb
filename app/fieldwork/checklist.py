"""The checklist before a wave opens, the calendar, and waves that ask the same people at the same time."""

import datetime as dt
import enum
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from app.cards import service as cards
from app.core.documents import missing_texts
from app.core.questionnaires import SOURCE_LANGUAGE
from app.core.results.panels import GROUPS_FROM
from app.core.results.statistics import smallest_change, whole_percent
from app.core.waves import COUNTED, State, day_words
from app.fieldwork import frames, own_words
from app.models.surveys import Wave
from app.results import service as releases
from app.storage import clock, db
from app.surveys import service as surveys
from app.surveys import waves
from app.web.filters import value_name

SMALLEST_GROUP = 10
USUAL_RATE = 0.2
CONTACTS_DAYS = 90
EMERGENCY = "danger"
MONTHS_BEFORE = 2
SAME_PEOPLE = (frozenset({"family", "young"}), frozenset({"school", "partner", "staff"}))


class Kind(enum.StrEnum):
    """The kind of an item: the wave cannot open without it, it makes the results better, or nothing is to do."""

    REQUIRED = "Required"
    ADVICE = "Advice"
    INFORMATION = "Information"


@dataclass(frozen=True)
class Point:
    """One item of the checklist. ``locality`` is the area that it is about; empty if it is about the whole wave."""

    text: str
    is_done: bool
    kind: Kind
    advice: str = ""
    locality: str = ""

    @property
    def is_to_do(self) -> bool:
        """Whether somebody can do something about it."""
        return not self.is_done and self.kind is not Kind.INFORMATION


def checklist(wave: Wave, locality: str | None = None) -> list[Point]:
    """Return the checklist items of a wave, done or not; for an account limited to a locality, none of other areas."""
    points = [_key(wave), _days(wave), _texts(wave), *_words(wave), *_cards(wave), _frame(wave), _contacts()]
    points += _changes(wave)
    return [point for point in points if not point.locality or locality in (None, point.locality)]


def list_open(wave: Wave) -> list[Point]:
    """Return the checklist items of a wave that are still to do."""
    return [point for point in checklist(wave) if point.is_to_do]


def clashes(wave: Wave, others: Sequence[Wave]) -> list[Wave]:
    """Return the other waves that may ask the same people on the same days; cancelled ones ask nobody."""
    audience = next((group for group in SAME_PEOPLE if wave.survey_slug in group), frozenset({wave.survey_slug}))
    asking = [one for one in others if one.survey_slug in audience and State(one.state) is not State.CANCELLED]
    alike = [other for other in asking if other.id != wave.id] if State(wave.state) is not State.CANCELLED else []
    return [other for other in alike if wave.opens_on <= other.closes_on and other.opens_on <= wave.closes_on]


def calendar(found: Sequence[Wave]) -> tuple[list[dt.date], dict[str, list[list[Wave]]]]:
    """Return 12 months, starting two months ago, and for each survey the waves that run in each month."""
    start = clock.today().year * 12 + clock.today().month - 1 - MONTHS_BEFORE
    months = [dt.date(n // 12, n % 12 + 1, 1) for n in range(start, start + 13)]
    spans = list(itertools.pairwise(months))
    slugs = list(dict.fromkeys(wave.survey_slug for wave in sorted(found, key=lambda w: w.survey_slug)))
    return months[:-1], {
        slug: [
            [w for w in found if w.survey_slug == slug and w.opens_on < end and begin <= w.closes_on]
            for begin, end in spans
        ]
        for slug in slugs
    }


def _key(wave: Wave) -> Point:
    advice = "It is created within seconds. If it is not, the opener is not running. Tell whoever runs the server."
    return Point("The encryption key for answers exists.", wave.letter_pub is not None, Kind.REQUIRED, advice)


def _days(wave: Wave) -> Point:
    text = "No other round of this survey has the same dates."
    other = waves.find_overlap(wave.survey_slug, opens_on=wave.opens_on, closes_on=wave.closes_on, except_id=wave.id)
    if other is None:
        return Point(text, True, Kind.REQUIRED)
    until = f"Round {other.number} is {other.state} until {day_words(other.closes_on)}."
    advice = f"{until} Close it first, or change the dates."
    return Point(text, False, Kind.REQUIRED, advice)


def _texts(wave: Wave) -> Point:
    if fault := surveys.fault_of(wave):
        way = "Cancel" if State(wave.state) is State.OPEN else "Delete"
        advice = f"{fault} {way} the round, import a corrected version and create the round again."
        return Point("The questionnaire can be shown.", False, Kind.REQUIRED, advice)
    document = surveys.document_of(wave)
    holes = {lang: len(missing_texts(document, lang)) for lang in document.texts if lang != SOURCE_LANGUAGE}
    missing = ", ".join(f"{lang} ({n} texts)" for lang, n in sorted(holes.items()) if n)
    advice = f"Missing: {missing}. Missing texts are shown in English." if missing else ""
    text = f"The questions are translated into all {len(holes) + 1} languages of this survey."
    return Point(text, not missing, Kind.ADVICE, advice)


def _cards(wave: Wave) -> list[Point]:
    with db.reading() as session:
        by_cell = cards.cards_by_cell(session, wave.survey_slug)
    total = sum(by_cell.values())
    text = f"{total:,} cards have been issued for this survey."
    points = [Point(text, total >= cards.MIN_CELL, Kind.ADVICE, "Issue cards first.")]
    rate = _expected_rate(wave, total)
    by_locality: Counter[str] = Counter()
    for cell, n in by_cell.items():
        by_locality[cell.split("/")[1]] += n
    for place, n in sorted(by_locality.items()):
        if n * rate < SMALLEST_GROUP:
            expected = f"{n * rate:.0f}"
            name = value_name(place, "locality")
            text = f"{name}: about {expected} answer{'s' * (expected != '1')} expected from {n} cards."
            why = "Groups of fewer than 10 people are combined with others in the results."
            points.append(Point(text, False, Kind.INFORMATION, why, place))
    return points


def _changes(wave: Wave) -> list[Point]:
    """Return what a comparison with the wave before can show; nothing for a survey's first wave."""
    before = [one for one in releases.list_published(wave.survey_slug, preview=True) if one.wave.number < wave.number]
    people = before[-1].published.n if before else None
    if not people:
        return []
    points = whole_percent(smallest_change(people, people))
    text = f"If about {people} people answer again, the results can show changes of {points} percentage points or more."
    why = "Smaller changes could be chance. With more answers, smaller changes can be shown."
    same = "The results can also show how the answers of the same people changed."
    needs = (
        f"This needs at least {GROUPS_FROM} people in each round, at least {SMALLEST_GROUP} who answer both, and from"
        f" each group of the last round at least {SMALLEST_GROUP} who do not. Ask people to use the same card again."
    )
    return [Point(text, False, Kind.INFORMATION, why), Point(same, False, Kind.INFORMATION, needs)]


def _expected_rate(wave: Wave, cards_now: int) -> float:
    """Return the share of cards used in the newest earlier wave that has closed, or one fifth if there was none."""
    opened = waves.shown_turnout()
    earlier = [w for w in waves.list_waves(wave.survey_slug) if w.number < wave.number and State(w.state) in COUNTED]
    before = [opened[w.id] for w in earlier if opened.get(w.id)]
    return min(1.0, before[-1] / cards_now) if before and cards_now else USUAL_RATE


def _frame(wave: Wave) -> Point:
    found = frames.find_frame(wave.id)
    advice = "We cannot calculate a response rate without it."
    text = f"Target population: {found.total:,} people." if found else "Enter the target population."
    return Point(text, found is not None, Kind.ADVICE, advice)


def _words(wave: Wave) -> list[Point]:
    """Return whether somebody will read own words, for a draft that asks for them."""
    found = own_words.find_own_words(wave)
    if not found.is_asked or found.words or State(wave.state) is not State.DRAFT:
        return []
    text = "Somebody will read what people write in their own words."
    advice = f"Missing: {'; '.join(found.missing)}. See “Own words” below."
    return [Point(text, not found.missing, Kind.REQUIRED, advice)]


def _contacts() -> Point:
    """Return whether the emergency numbers were checked; nobody is asked to ring the emergency services for a check."""
    contacts = db.rooms().settings.contacts
    numbers = ", ".join(contact.number for contact in contacts if contact.when != EMERGENCY)
    phone = f"Phone the council's own numbers: {numbers}. " if numbers else ""
    record = "To record the check, ask whoever runs the server to set CONTACTS_CHECKED to its date."
    advice = f"{phone}Never phone 999 for a check. {record}"
    days = [_age(contact.checked) for contact in contacts]
    is_done = bool(days) and all(age is not None and age <= CONTACTS_DAYS for age in days)
    text = f"The emergency phone numbers were checked in the last {CONTACTS_DAYS} days."
    to_do = f"The emergency phone numbers need a check. None is recorded for the last {CONTACTS_DAYS} days."
    return Point(text if is_done else to_do, is_done, Kind.ADVICE, advice)


def _age(day: str) -> int | None:
    try:
        return (clock.today() - dt.date.fromisoformat(day)).days
    except ValueError:
        return None
