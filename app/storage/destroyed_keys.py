"""Which waves and surveys have their keys destroyed: read by both processes, written by the opener alone."""

from sqlalchemy import select

from app.models.releases import KeyDestruction
from app.storage import db
from app.storage.refusals import Refused

WAVE, SURVEY = "wave", "survey"


def is_begun(kind: str, subject: str) -> bool:
    """Tell whether the destruction of a wave's or survey's keys has begun: it cannot be undone."""
    with db.reading() as session:
        return session.get(KeyDestruction, (kind, subject)) is not None


def is_done(kind: str, subject: str) -> bool:
    """Tell whether the opener has destroyed all its keys of a wave or survey."""
    with db.reading() as session:
        found = session.get(KeyDestruction, (kind, subject), populate_existing=True)
        return found is not None and found.is_done


def check_alive(survey: str) -> None:
    """Raise Refused when a survey's keys are destroyed: it gets no new wave, card or question."""
    if is_begun(SURVEY, survey):
        raise Refused(
            f"The keys of {survey} are destroyed. Its results stay, but it can have no new rounds. Create a new survey."
        )


def list_begun(kind: str) -> dict[str, bool]:
    """Return the waves or surveys whose key destruction has begun, and whether the opener has finished it."""
    with db.reading() as session:
        rows = session.scalars(select(KeyDestruction).filter_by(kind=kind).order_by(KeyDestruction.subject))
        return {row.subject: row.is_done for row in rows}
