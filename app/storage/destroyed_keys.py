"""What was burned: read by both rooms, written by the opener alone."""

from sqlalchemy import select

from app.models.releases import Burned
from app.storage import db
from app.storage.refusals import Refused

WAVE, SURVEY = "wave", "survey"


def is_begun(kind: str, subject: str) -> bool:
    """Tell whether the burning of a wave or survey was begun: there is no way back from there."""
    with db.reading() as session:
        return session.get(Burned, (kind, subject)) is not None


def is_done(kind: str, subject: str) -> bool:
    """Tell whether the counting room has burned a wave or survey completely."""
    with db.reading() as session:
        found = session.get(Burned, (kind, subject), populate_existing=True)
        return found is not None and found.is_done


def check_alive(survey: str) -> None:
    """Raise Refused when a survey's keys are burned: it gets no new wave, card or question."""
    if is_begun(SURVEY, survey):
        raise Refused(
            f"The keys of {survey} are destroyed. Its results stay, but it can have no new rounds. Create a new survey."
        )


def list_begun(kind: str) -> dict[str, bool]:
    """Return the waves or surveys whose burning was begun, and whether the counting room has finished it."""
    with db.reading() as session:
        rows = session.scalars(select(Burned).filter_by(kind=kind).order_by(Burned.subject))
        return {row.subject: row.is_done for row in rows}
