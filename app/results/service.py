"""Releases: published results, created once by the opener, frozen, and used by every page, file and chart."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core.results.published import Published, from_json
from app.core.spreadsheets import write_csv
from app.core.waves import YEAR, State, day_words
from app.models.releases import Release
from app.models.surveys import Wave
from app.results import figures
from app.storage import audit, clock, db, requests
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys
from app.surveys import waves

NAMED = {"locality": "localities", "channel": "channels"}
"""Dimensions whose values have names in the settings, and the settings."""


@dataclass(frozen=True)
class PublishedWave:
    """A wave with its published results; ``body`` is their JSON text as it is stored."""

    wave: Wave
    published: Published
    body: str = ""


def ask_for_release(wave_id: str, public_on: dt.date | None = None) -> int:
    """Request a wave's release from the opener and return the number of the request.

    Args:
        public_on: the day from which everybody can read it, today if None. Results that have a day keep it.

    Raises:
        Refused: the day is past, more than a year ahead or out of order. NotFound: there is no such wave.
    """
    with db.writing():
        wave = waves.get_wave(wave_id)
        if wave.public_on is None or wave.state != State.PUBLISHED:
            wave.public_on = _check_public_day(wave, public_on or clock.today())
        audit.record("asked for results", wave_id, public_on=wave.public_on)
        return requests.ask("make_release", wave_id)


def change_public_day(wave_id: str, public_on: dt.date) -> None:
    """Change the day from which everybody can read a wave's results.

    Raises:
        Refused: the day is past, more than a year ahead or out of order, or everybody can read them already.
    """
    with db.writing():
        wave = waves.get_wave(wave_id)
        if wave.public_on is None or is_public(wave):
            raise Refused(f"The results of {wave_id} are not waiting for a day, so it cannot be changed.")
        day = _check_public_day(wave, public_on)
        audit.record("changed the day of results", wave_id, was=wave.public_on, now=day)
        wave.public_on = day


def _check_public_day(wave: Wave, day: dt.date) -> dt.date:
    """Return the day, or raise Refused. Rounds become public in their order, as each compares with the last."""
    others = [one for one in waves.list_waves(wave.survey_slug) if one.state == State.PUBLISHED and one.public_on]
    before = [one.public_on for one in others if one.number < wave.number and one.public_on]
    after = [one.public_on for one in others if one.number > wave.number and one.public_on]
    first, last = max([clock.today(), *before]), min([clock.today() + YEAR, *after])
    if not first <= day <= last:
        why = " Results become public in the order of rounds." if before or after else ""
        raise Refused(f"The day must be {day_words(first)} to {day_words(last)}.{why}", field="public_on")
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
    return [PublishedWave(wave, _parsed(body), body) for wave, body in rows if preview or is_public(wave)]


def list_public(surveys: Iterable[str]) -> list[list[PublishedWave]]:
    """Return the waves of several surveys with public results, oldest first, in one query; a list for each survey."""
    slugs = list(surveys)
    with db.reading() as session:
        query = select(Wave, Release.body).join(Release, Release.wave_id == Wave.id)
        rows = session.execute(query.where(Wave.survey_slug.in_(slugs)).order_by(Wave.number)).all()
    found = [PublishedWave(wave, _parsed(body), body) for wave, body in rows if is_public(wave)]
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
    return write_csv(figures.COLUMNS, figures.rows(get_source(wave_id)))


def get_source(wave_id: str) -> figures.Source:
    """Return what the files of a wave's release are made of.

    Raises:
        NotFound: there is no such wave, or its results are not published.
    """
    with db.reading() as session:
        wave = waves.get_wave(wave_id)
        query = select(Wave).join(Release, Release.wave_id == Wave.id).filter(Wave.survey_slug == wave.survey_slug)
        found = session.scalars(query.filter(Wave.number <= wave.number).order_by(Wave.number.desc()))
        known = [one for one in found if not surveys.fault_of(one)]
        if not known or known[0].id != wave_id:
            raise NotFound(f"The results of round {wave_id} are not published.")
        before = next((one for one in known[1:] if is_public(one) or not is_public(wave)), None)
        return replace(_source(session, wave), earlier=_source(session, before) if before else None)


def _source(session: Session, wave: Wave) -> figures.Source:
    settings, stored = db.rooms().settings, wave.questionnaire.document
    names = tuple((name, tuple(getattr(settings, part).items())) for name, part in NAMED.items())
    body, synthetic = session.get_one(Release, wave.id).body, surveys.get_survey(wave.survey_slug).synthetic
    return figures.Source(body, stored, wave.module, number=wave.number, names=names, synthetic=synthetic)
