"""Comments that may tell of harm: reported by a reader, taken up and decided by a safeguarding lead."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, Select, func, update
from sqlalchemy.orm import Session

from app.comments import service
from app.core.harm import OUTCOMES, TOLD
from app.models.comments import HarmReport, InboxComment, ReadComment
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused

MOST_SHOWN = 50


@dataclass(frozen=True)
class ReportedComment:
    """A report and its comment; an empty body was deleted when its time was over."""

    id: bytes
    wave_id: str
    survey: str
    question: str
    body: str
    language: str | None
    translation: str | None
    told: str
    is_taken_up: bool


@dataclass(frozen=True)
class Reports:
    """The reports that wait for a lead, those that are open, and how often each outcome was recorded."""

    waiting: list[ReportedComment]
    open: list[ReportedComment]
    outcomes: dict[str, int]


def report(person: StaffUser, comment_id: bytes, told: str) -> None:
    """Note that a comment may tell of harm and was read, and whom the reader spoke to; a second report adds nothing.

    Raises:
        Refused: the reader has spoken to nobody. NotFound: the comment is not there for this person.
    """
    if told not in TOLD:
        raise Refused("Call first. Then choose whom you have spoken to.", field="told")
    with db.writing() as session:
        comment = service.get(person, comment_id)
        add = db.insert_into(session, HarmReport).values(comment_id=comment_id, told=told, is_taken_up=False)
        is_new = session.scalar(add.on_conflict_do_nothing().returning(HarmReport.comment_id)) is not None
        service.mark_read(person, comment_id)
        if is_new:
            audit.record("reported a comment that may tell of harm", comment.wave_id, told=told)


def count_waiting(person: StaffUser) -> int:
    """Return how many reports nobody has taken up."""
    with db.reading() as session:
        return session.scalar(_reports(person, func.count()).where(HarmReport.is_taken_up.is_(False))) or 0


def count_open(person: StaffUser) -> int:
    """Return how many reports were taken up and have no outcome."""
    is_open = HarmReport.is_taken_up.is_(True) & HarmReport.outcome.is_(None)
    with db.reading() as session:
        return session.scalar(_reports(person, func.count()).where(is_open)) or 0


def list_reports(person: StaffUser) -> Reports:
    """Return the reports of the surveys that a lead sees, at most 50 of those that wait and of those that are open."""
    query = _shown(person).where(HarmReport.outcome.is_(None)).order_by(Wave.opens_on, HarmReport.comment_id)
    decided = _reports(person, HarmReport.outcome, func.count()).where(HarmReport.outcome.is_not(None))

    def some(session: Session, *, is_taken_up: bool) -> list[ReportedComment]:
        rows = session.execute(query.where(HarmReport.is_taken_up.is_(is_taken_up)).limit(MOST_SHOWN))
        return [ReportedComment(*row) for row in rows]

    with db.reading() as session:
        found = {code: n for code, n in session.execute(decided.group_by(HarmReport.outcome))}
        outcomes = {words: found[code] for code, words in OUTCOMES.items() if code in found}
        return Reports(some(session, is_taken_up=False), some(session, is_taken_up=True), outcomes)


def get_report(person: StaffUser, comment_id: bytes) -> ReportedComment:
    """Return a report, or raise NotFound."""
    with db.reading() as session:
        return _get(session, person, comment_id)


def take_up(person: StaffUser, comment_id: bytes) -> None:
    """Note that a lead has taken up a report; a second lead changes nothing."""
    with db.writing() as session:
        found = _get(session, person, comment_id)
        change = update(HarmReport).where(HarmReport.comment_id == comment_id, HarmReport.is_taken_up.is_(False))
        if _rows(session.execute(change.values(is_taken_up=True))):
            audit.record("took up a report of harm", found.wave_id)


def decide(person: StaffUser, comment_id: bytes, outcome: str) -> None:
    """Record the outcome of a report, and today as its day.

    Raises:
        Refused: it was not taken up, is decided already, or the outcome is unknown. NotFound: there is no such report.
    """
    if outcome not in OUTCOMES:
        raise Refused("Choose an outcome.", field="outcome")
    with db.writing() as session:
        found = _get(session, person, comment_id)
        is_open = HarmReport.is_taken_up.is_(True) & HarmReport.outcome.is_(None)
        change = update(HarmReport).where(HarmReport.comment_id == comment_id, is_open)
        if not _rows(session.execute(change.values(outcome=outcome, decided_on=clock.today()))):
            raise Refused("This report was not taken up yet, or its outcome has been recorded already.")
        audit.record("recorded the outcome of a report of harm", found.wave_id, outcome=outcome)


def _reports(person: StaffUser, *columns: Any) -> Select[Any]:
    return service.seen_waves(person, *columns).join(HarmReport, HarmReport.comment_id == InboxComment.id)


def _shown(person: StaffUser) -> Select[Any]:
    query = _reports(
        person,
        *(InboxComment.id, InboxComment.wave_id, Wave.survey_slug, InboxComment.question, InboxComment.body),
        *(ReadComment.language, ReadComment.translation, HarmReport.told, HarmReport.is_taken_up),
    )
    return query.outerjoin(ReadComment, ReadComment.comment_id == InboxComment.id)


def _get(session: Session, person: StaffUser, comment_id: bytes) -> ReportedComment:
    row = session.execute(_shown(person).where(InboxComment.id == comment_id)).first()
    if row is None:
        raise NotFound(service.GONE)
    return ReportedComment(*row)


def _rows(result: Any) -> int:
    found: CursorResult[Any] = result
    return found.rowcount
