"""What a reader of the files needs to know, in plain English: the read-me sheet of the workbook and of the pack."""

import datetime as dt
from collections.abc import Iterator

from flask_babel import force_locale

from app.core.results.published import PERCENTAGES_FROM, STEP, Level, Published
from app.core.waves import day_words
from app.results.figures import Source
from app.results.wording import REASONS
from app.web.i18n import DEFAULT

Line = tuple[str, str]
"""A word on the left, and what is said about it."""
RULES = (
    f"Numbers of people are rounded to the nearest {STEP}. Each number is rounded separately, so they may not add up.",
    "Percentages and intervals are calculated from the rounded numbers, never from exact ones.",
    f"Where fewer than {PERCENTAGES_FROM} people answered, there are rounded numbers of people and no percentages.",
    "A rounded 0% or 100% is given in words: almost_none, nearly_all.",
    "Groups have at least 10 people. Smaller groups are combined or left out.",
    "Published numbers do not change, even if somebody deletes their answers later.",
    "There is no file with the answers of single people.",
)
COLUMNS = {
    "wave": "The round's name in addresses and files.",
    "group": "Whose answers these are: everyone, a group, or the people who took part in two rounds.",
    "question": "The question's short name. It stays the same in every round with the same wording.",
    "answer": "The answer's code, or one of three bands (positive, neutral, negative).",
    "count": "How many people gave this answer, rounded.",
    "base": "How many people answered the question, rounded. On the first line, how many people could take part.",
    "percent": "The count in percent of the base. On the first line, the response rate.",
    "low": "The lower end of the 95% interval of the percentage (Wilson), calculated from the rounded numbers.",
    "high": "The upper end of that interval.",
    "word": "The word that is published in place of 0% or 100%.",
    "not_told_because": "Why a number is not published (see the list of reasons).",
    "likely_low": "The lower end of the likely range of positive answers, which allows for chance and rounding.",
    "likely_high": "The upper end of that range.",
    "earlier_percent": "The percentage in the round before, if it asked the question in the same words.",
    "change": "The change since the round before, in percentage points, calculated before rounding.",
    "change_low": "The lower end of the 95% interval of the change.",
    "change_high": "The upper end of that interval.",
    "change_word": "rose, fell, no_clear_change or too_few: whether the change is beyond chance among all questions.",
    "score": "The score of a theme, from 0 (worst) to 100 (best): the average of its questions.",
    "earlier_score": "The score in the round before, if all its questions were asked in the same words.",
    "group_label": "The group in words.",
    "question_wording": "The question as it was asked, in English.",
    "answer_label": "The answer in words; a band names all its answers.",
    "survey": "The survey's name in addresses and files.",
    "round": "The number of the round.",
    "opens_on": "The first day of the round (year-month-day).",
    "closes_on": "The last day of the round.",
    "demonstration": "yes: all numbers are made up. no: people gave these answers.",
}
WORDS = {
    Level.NOTHING: "Nothing: fewer than 10 people took part.",
    Level.BANDS: "Answers in three bands, for everyone together.",
    Level.OPTIONS: "All answers, for everyone together.",
    Level.GROUPS: "All answers for everyone together, and three bands for groups.",
}


def facts(source: Source) -> Iterator[Line]:
    """Yield what the round was: the survey, its dates, how many took part, and what is published."""
    published = source.published
    yield "Survey", source.labels["title"]
    if source.synthetic:
        yield "Demonstration", "This is a demonstration. All numbers in it are made up."
    yield "Round", str(source.number)
    yield "Dates", _dates(published)
    yield "People who took part", "Not published" if published.n is None else f"About {published.n}"
    yield "People who could take part", _population(published)
    rate = source.derived["response_rate"]
    yield "Response rate", "Not known" if rate is None else f"About {rate}%"
    if source.earlier:
        yield "Compared with", f"Round {source.earlier.number}"
    yield "What is published", WORDS[published.level]
    if published.unaudited:
        yield "Check of groups", "These groups have not had an independent check. This happens only on a test system."


def rules() -> Iterator[Line]:
    """Yield the rules of the numbers, one a line."""
    for number, rule in enumerate(RULES, start=1):
        yield str(number), rule


def columns() -> Iterator[Line]:
    """Yield the meaning of each column of the data."""
    yield from COLUMNS.items()


def reasons() -> Iterator[Line]:
    """Yield each reason why a number is not published, by its code."""
    with force_locale(DEFAULT.babel):
        yield from [(reason.value, str(text)) for reason, text in REASONS.items()]


def sections(source: Source) -> dict[str, list[Line]]:
    """Return all of it under its headings, in order."""
    return {
        "The round": list(facts(source)),
        "Rules": list(rules()),
        "Columns of the data": list(columns()),
        "Why a number is not published": list(reasons()),
    }


def _dates(published: Published) -> str:
    if published.facts is None:
        return "Not recorded with these results"
    return f"{_day(published.facts.opens_on)} to {_day(published.facts.closes_on)}"


def _population(published: Published) -> str:
    found = published.facts
    if found is None or found.population is None:
        return "Not known"
    late = " This number was entered after the round had closed." if found.is_late else ""
    day = f", counted on {_day(found.counted_on)}" if found.counted_on else ""
    return f"{found.population}{day}. {found.definition or ''}{late}".strip()


def _day(iso: str) -> str:
    return day_words(dt.date.fromisoformat(iso))
