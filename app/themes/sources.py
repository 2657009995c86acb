"""Extracts from other sources in the same codebook, and the triangulation grid: theme by source."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from app.models.themes import Extract, ExtractTheme
from app.storage import audit, clock, db
from app.storage.refusals import Refused
from app.surveys import waves
from app.themes import codebook, numbers
from app.themes.codebook import CurrentTheme

KINDS = {
    "interview": "Interview",
    "focus group": "Focus group",
    "case-note review": "Case-note review",
    "meeting": "Meeting",
    "other": "Other source",
}
MAX_SUMMARY = 1000


@dataclass(frozen=True)
class ShownExtract:
    """An extract and the names of its themes."""

    extract: Extract
    themes: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """Theme by source: the heads of the columns, and for each theme its cells; "" where the source says nothing."""

    columns: list[str]
    rows: list[tuple[CurrentTheme, list[str]]]


def add_extract(survey: str, *, kind: str, month: dt.date, summary: str, themes: Collection[int], author: str) -> None:
    """Add an extract.

    Raises:
        Refused: its month is in the future, or it has no theme of this survey.
    """
    if month > clock.today():
        raise Refused("This month has not begun.", field="month")
    known = {one.id for one in codebook.list_themes(survey)}
    if not themes or not known.issuperset(themes):
        raise Refused("Choose at least one theme that is in use.", field="themes")
    with db.writing() as session:
        row = Extract(survey_slug=survey, kind=kind, month=month.replace(day=1), summary=summary, author=author)
        session.add(row)
        session.flush()
        session.add_all(ExtractTheme(extract_id=row.id, theme_id=one) for one in themes)
        audit.record("added an extract", survey, kind=kind)


def list_extracts(survey: str) -> list[ShownExtract]:
    """Return the extracts of a survey, the newest month first."""
    names = {one.id: one.name for one in codebook.list_themes(survey, with_old=True)}
    with db.reading() as session:
        found = session.scalars(
            select(Extract).filter_by(survey_slug=survey).order_by(Extract.month.desc(), Extract.id)
        )
        rows = list(found)
        links = session.execute(select(ExtractTheme.extract_id, ExtractTheme.theme_id)).all()
    of = {one.id: sorted(names[t] for e, t in links if e == one.id and t in names) for one in rows}
    return [ShownExtract(one, tuple(of[one.id])) for one in rows]


def grid(survey: str) -> Grid:
    """Return theme by source: published numbers of each round, and how many extracts of each kind."""
    themes = codebook.list_themes(survey, with_old=True)
    rounds = [one for one in waves.list_waves(survey)]
    releases = numbers.list_releases([one.id for one in rounds])
    shown = [one for one in rounds if one.id in releases]
    extracts = list_extracts(survey)
    kinds = [kind for kind in KINDS if any(one.extract.kind == kind for one in extracts)]
    rows = []
    for theme in themes:
        cells = [_cell(releases[one.id], theme) for one in shown]
        for kind in kinds:
            n = sum(theme.name in one.themes for one in extracts if one.extract.kind == kind)
            cells.append(f"{n} {'extract' if n == 1 else 'extracts'}" if n else "")
        rows.append((theme, cells))
    return Grid([*(f"Comments, round {one.number}" for one in shown), *(KINDS[kind] for kind in kinds)], rows)


def changes(survey: str) -> dict[int, list[tuple[int, str]]]:
    """Return for each theme its numbers by round, oldest first, as far as its meaning is the one of now."""
    rounds = waves.list_waves(survey)
    releases = numbers.list_releases([one.id for one in rounds])
    found: dict[int, list[tuple[int, str]]] = {}
    for theme in codebook.list_themes(survey, with_old=True):
        for one in sorted(rounds, key=lambda wave: wave.number):
            counted = next((t for t in releases.get(one.id, {"themes": []})["themes"] if t["theme"] == theme.id), None)
            if counted and counted["version"] == theme.number:
                words = f"{_words(counted)} of about {releases[one.id]['comments']}"
                found.setdefault(theme.id, []).append((one.number, words))
    return found


def remove_extract(survey: str, number: int) -> None:
    """Remove an extract that was entered wrongly; nothing happens if it is gone."""
    with db.writing() as session:
        if session.scalar(select(Extract.id).filter_by(id=number, survey_slug=survey)) is not None:
            session.execute(delete(ExtractTheme).where(ExtractTheme.extract_id == number))
            session.execute(delete(Extract).where(Extract.id == number))
            audit.record("removed an extract", survey)


def _cell(release: dict[str, Any], theme: CurrentTheme) -> str:
    counted = next((one for one in release["themes"] if one["theme"] == theme.id), None)
    if counted is None:
        return ""
    return _words(counted) + ("" if counted["version"] == theme.number else " (earlier meaning)")


def _words(counted: dict[str, Any]) -> str:
    return str(counted["word"]) or f"about {counted['count']}"
