"""Releases: published results, created once by the opener, frozen, and used by every page, file and chart."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from sqlalchemy import select

from app.cards import service as cards
from app.core.results.published import Cell, Published, QuestionResult, Share, from_json, interval_of, share_of
from app.core.spreadsheets import write_csv
from app.core.waves import YEAR, State, day_words
from app.models.releases import Release
from app.models.surveys import Wave
from app.storage import audit, clock, db, requests
from app.storage.refusals import NotFound, Refused
from app.surveys import waves

CSV_COLUMNS = (
    *("wave", "group", "question", "answer", "count", "base", "percent", "low", "high", "word"),
    "not_told_because",
)


@dataclass(frozen=True)
class PublishedWave:
    """A wave with its published results."""

    wave: Wave
    published: Published


def ask_for_release(wave_id: str, public_on: dt.date | None = None) -> int:
    """Request a wave's release from the opener and return the number of the request.

    Args:
        public_on: the day from which everybody can read it, today if None. Results that have a day keep it.

    Raises:
        Refused: the day is past or more than a year ahead. NotFound: there is no such wave.
    """
    day = _check_public_day(public_on or clock.today())
    with db.writing():
        wave = waves.get_wave(wave_id)
        if wave.public_on is None or wave.state != State.PUBLISHED:
            wave.public_on = day
        audit.record("asked for results", wave_id, public_on=wave.public_on)
        return requests.ask("make_release", wave_id)


def change_public_day(wave_id: str, public_on: dt.date) -> None:
    """Change the day from which everybody can read a wave's results.

    Raises:
        Refused: the day is past or more than a year ahead, or everybody can read them already.
    """
    day = _check_public_day(public_on)
    with db.writing():
        wave = waves.get_wave(wave_id)
        if wave.public_on is None or is_public(wave):
            raise Refused(f"The results of {wave_id} are not waiting for a day, so it cannot be changed.")
        audit.record("changed the day of results", wave_id, was=wave.public_on, now=day)
        wave.public_on = day


def _check_public_day(day: dt.date) -> dt.date:
    today = clock.today()
    if not today <= day <= today + YEAR:
        first, last = day_words(today), day_words(today + YEAR)
        raise Refused(f"The day must be {first} to {last}.", field="public_on")
    return day


def is_public(wave: Wave) -> bool:
    """Return whether everybody can read a wave's results today, if they are made."""
    return wave.public_on is not None and wave.public_on <= clock.today()


def find_published(wave_id: str) -> Published | None:
    """Return a wave's release, or None if it has not been published."""
    with db.reading() as session:
        row = session.get(Release, wave_id)
    return _parsed(row.body) if row else None


def get_published(wave_id: str) -> Published:
    """Return a wave's release, or raise NotFound."""
    waves.get_wave(wave_id)
    found = find_published(wave_id)
    if found is None:
        raise NotFound(f"The results of round {wave_id} are not published.")
    return found


def list_published(survey: str, *, preview: bool = False) -> list[PublishedWave]:
    """Return a survey's waves with public results, oldest first; with ``preview`` also those not public yet."""
    with db.reading() as session:
        query = select(Wave, Release.body).join(Release, Release.wave_id == Wave.id).filter(Wave.survey_slug == survey)
        rows = session.execute(query.order_by(Wave.number)).all()
    return [PublishedWave(wave, _parsed(body)) for wave, body in rows if preview or is_public(wave)]


def list_public(surveys: Iterable[str]) -> list[list[PublishedWave]]:
    """Return the waves of several surveys with public results, oldest first, in one query; a list for each survey."""
    slugs = list(surveys)
    with db.reading() as session:
        query = select(Wave, Release.body).join(Release, Release.wave_id == Wave.id)
        rows = session.execute(query.where(Wave.survey_slug.in_(slugs)).order_by(Wave.number)).all()
    found = [PublishedWave(wave, _parsed(body)) for wave, body in rows if is_public(wave)]
    return [[one for one in found if one.wave.survey_slug == slug] for slug in slugs]


@lru_cache(maxsize=64)
def _parsed(body: str) -> Published:
    return from_json(json.loads(body))


def count_replacement_cards(survey: str) -> int:
    """Return the number of replacement cards of a survey, an upper bound for people who answered twice."""
    with db.reading() as session:
        return cards.count_replacements(session, survey)


def as_json(wave_id: str) -> str:
    """Return a release as JSON text."""
    return json.dumps(get_published(wave_id).to_json(), ensure_ascii=False, indent=1)


def as_csv(wave_id: str) -> str:
    """Return a release as CSV text, with one row for each published number or reason."""
    return write_csv(CSV_COLUMNS, ({"wave": wave_id, **row} for row in _csv_rows(get_published(wave_id))))


def _csv_rows(published: Published) -> Iterator[dict[str, object]]:
    yield {"group": "everyone", "answer": "people", "count": published.n}
    if published.repeat:
        repeat = {"group": "everyone", "answer": f"answered {published.repeat.earlier_wave} too"}
        yield repeat | {"count": published.repeat.count, "base": published.repeat.earlier_n}
    for name, questions in _csv_groups(published):
        for result in questions:
            row: dict[str, object] = {"group": name, "question": result.variable, "base": result.base}
            if result.reason:
                yield row | {"not_told_because": result.reason.value}
                continue
            for cell in result.cells:
                yield row | {"answer": cell.code, "count": cell.count} | _csv_share(cell, result.base)
            yield row | {"answer": "not answered", "count": result.not_answered}


def _csv_share(cell: Cell, base: int | None) -> dict[str, object]:
    """Return the published share of a cell, as a percentage or a word, and its interval."""
    share, interval = share_of(cell, base), interval_of(cell, base)
    row: dict[str, object] = dict(zip(("low", "high"), interval, strict=True)) if interval else {}
    if share is Share.PERCENTAGE:
        row["percent"] = cell.percent
    elif share is not Share.PEOPLE:
        row["word"] = share.value
    return row


def _csv_groups(published: Published) -> Iterator[tuple[str, tuple[QuestionResult, ...]]]:
    """Yield every published group with its results: everyone, each subgroup, and the panel in both waves."""
    yield "everyone", published.questions
    if published.bands != published.questions:
        yield "everyone in three bands", published.bands
    for dimension in published.dimensions:
        for group in dimension.groups:
            yield f"{dimension.name}: {' + '.join(group.values)}", group.questions
    if published.panel and not published.panel.reason:
        yield f"answered both, in {published.panel.earlier_wave}", tuple(q.earlier for q in published.panel.questions)
        yield f"answered both, in {published.wave}", tuple(q.current for q in published.panel.questions)
