"""The codebook of a survey: themes, their meaning and its versions, and quotes that show what a theme means."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.comments import quotes
from app.models.comments import InboxComment
from app.models.themes import Coding, Theme, ThemeExample, ThemeRelease, ThemeVersion
from app.storage import audit, db
from app.storage.refusals import NotFound, Refused

MAX_NAME, MAX_MEANING = 80, 500


@dataclass(frozen=True)
class CurrentTheme:
    """A theme as it is now."""

    id: int
    survey_slug: str
    is_in_use: bool
    number: int
    name: str
    meaning: str


def list_themes(survey: str, *, with_old: bool = False) -> list[CurrentTheme]:
    """Return the themes of a survey by name; ``with_old``: also those that are out of use."""
    with db.reading() as session:
        found = _current(session, Theme.survey_slug == survey)
    return sorted((one for one in found if with_old or one.is_in_use), key=lambda one: one.name.casefold())


def get_theme(number: int) -> CurrentTheme:
    """Return a theme, or raise NotFound."""
    with db.reading() as session:
        return _get(session, number)


def add(survey: str, *, name: str, meaning: str) -> int:
    """Add a theme and return its number. Raises Refused if the survey has one with this name."""
    with db.writing() as session:
        _check_name(session, survey, name)
        theme = Theme(survey_slug=survey, is_in_use=True)
        session.add(theme)
        session.flush()
        session.add(ThemeVersion(theme_id=theme.id, number=1, name=name, meaning=meaning))
        audit.record("added a theme", survey, theme=theme.id)
        return theme.id


def change(number: int, *, name: str, meaning: str, is_in_use: bool, examples: Collection[bytes]) -> None:
    """Change a theme: another name or meaning is a new version. Raises Refused if the name is taken."""
    with db.writing() as session:
        now = _get(session, number)
        if (name, meaning) != (now.name, now.meaning):
            _check_name(session, now.survey_slug, name, but=number)
            _check_unused(session, number)
            session.add(ThemeVersion(theme_id=number, number=now.number + 1, name=name, meaning=meaning))
        session.get_one(Theme, number).is_in_use = is_in_use
        session.execute(delete(ThemeExample).where(ThemeExample.theme_id == number))
        session.add_all(ThemeExample(theme_id=number, quote_id=one) for one in examples)
        audit.record("changed a theme", now.survey_slug, theme=number, in_use=is_in_use)


def list_versions(number: int) -> list[ThemeVersion]:
    """Return all versions of a theme, the newest first."""
    with db.reading() as session:
        query = select(ThemeVersion).where(ThemeVersion.theme_id == number).order_by(ThemeVersion.number.desc())
        return list(session.scalars(query))


def list_examples(number: int) -> list[bytes]:
    """Return the ids of the quotes that show what a theme means."""
    with db.reading() as session:
        return list(session.scalars(select(ThemeExample.quote_id).where(ThemeExample.theme_id == number)))


def examples_of(survey: str) -> dict[int, list[str]]:
    """Return the texts of the published quotes that show what each theme means."""
    published = {one.id: one.text for one in quotes.list_published(survey)}
    with db.reading() as session:
        links = session.scalars(select(ThemeExample)).all()
    found: dict[int, list[str]] = {}
    for link in links:
        if link.quote_id in published:
            found.setdefault(link.theme_id, []).append(published[link.quote_id])
    return found


def _get(session: Session, number: int) -> CurrentTheme:
    found = _current(session, Theme.id == number)
    if not found:
        raise NotFound("There is no such theme.")
    return found[0]


def _current(session: Session, where: object) -> list[CurrentTheme]:
    newest = (
        select(ThemeVersion.theme_id, func.max(ThemeVersion.number).label("number"))
        .group_by(ThemeVersion.theme_id)
        .subquery()
    )
    columns = (Theme.id, Theme.survey_slug, Theme.is_in_use, ThemeVersion.number, ThemeVersion.name)
    query = select(*columns, ThemeVersion.meaning).join(newest, newest.c.theme_id == Theme.id)
    is_newest = (ThemeVersion.theme_id == Theme.id) & (ThemeVersion.number == newest.c.number)
    rows = session.execute(query.join(ThemeVersion, is_newest).where(where))  # type: ignore[arg-type]
    return [CurrentTheme(*row) for row in rows]


def _check_unused(session: Session, number: int) -> None:
    """Raise Refused if a round is being coded with a theme: its numbers would mix two meanings."""
    counted = select(ThemeRelease.wave_id)
    query = select(Coding.comment_id).join(InboxComment, InboxComment.id == Coding.comment_id)
    if (
        session.scalar(query.where(Coding.theme_id == number, InboxComment.wave_id.not_in(counted)).limit(1))
        is not None
    ):
        raise Refused("Comments are being coded with this theme. Publish their numbers first, or add another theme.")


def _check_name(session: Session, survey: str, name: str, but: int = 0) -> None:
    taken = _current(session, Theme.survey_slug == survey)
    if any(one.name.casefold() == name.casefold() and one.id != but for one in taken):
        raise Refused("This survey has a theme with this name already.", field="name")
