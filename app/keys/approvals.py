"""Keys that wait to be burned until a second person agrees: what burns never comes back, so nobody does it alone."""

from sqlalchemy import select, update

from app.keys import destroying
from app.models.office import PendingBurn
from app.models.releases import Request
from app.models.staff import StaffUser
from app.staff import approvals
from app.staff.approvals import AGREED, REFUSED, WAITING
from app.storage import audit, clock, db, requests
from app.storage.refusals import NotFound, Refused


def ask(user: StaffUser, kind: str, subject: str) -> int:
    """Put a wave's or a survey's keys down for a second person to agree to burn, and return the number.

    Raises:
        Refused: it is not over yet, or waits already. NotFound: there is no such wave or survey.
    """
    destroying.check_over(kind, subject)
    approvals.end_old()
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        waiting = select(PendingBurn.id).filter_by(kind=kind, subject=subject, state=WAITING)
        if session.scalar(waiting) is not None:
            raise Refused(f"A request to destroy the keys of {subject} is already awaiting approval.")
        row = PendingBurn(kind=kind, subject=subject, survey_slug=destroying.survey_of(kind, subject))
        row.asked_by, row.asked_at = user.id, clock.now()
        session.add(row)
        session.flush()
        audit.record("wants keys burned", subject, of=kind)
        return row.id


def list_open() -> list[PendingBurn]:
    """Return what waits for a second person, oldest first."""
    with db.reading() as session:
        query = select(PendingBurn).where(PendingBurn.state == WAITING, PendingBurn.asked_at > approvals.oldest())
        return list(session.scalars(query.order_by(PendingBurn.id)))


def get(number: int) -> PendingBurn:
    """Return keys that wait or waited to be burned, or raise NotFound."""
    with db.reading() as session:
        row = session.get(PendingBurn, number)
    if row is None:
        raise NotFound("There is no such request.")
    return row


def find_request(row: PendingBurn) -> Request | None:
    """Return how the opener stands with an agreed burning, or None before anybody agreed."""
    return None if row.request_id is None else requests.get_request(row.request_id)


def decide(number: int, user: StaffUser, is_agreed: bool) -> int | None:
    """Agree to what a colleague wants burned, or refuse it; one's own can only be taken back.

    Returns:
        The number of the request to the opener, when it is agreed.

    Raises:
        Refused: it is one's own, somebody has decided already, it has expired, our account is too new (see
            ``two_people``), or who asked may not ask any more.
    """
    approvals.end_old()
    row = get(number)
    approvals.check_waits(row)
    with db.writing() as session:
        if is_agreed:
            approvals.check_both(session, row, user.id)
        changed = update(PendingBurn).where(PendingBurn.id == number, PendingBurn.state == WAITING)
        values = {"state": AGREED if is_agreed else REFUSED, "decided_by": user.id}
        if session.execute(changed.values(values).returning(PendingBurn.id)).first() is None:
            raise Refused("This request has already been decided.")
        audit.record("agreed to burn keys" if is_agreed else "refused to burn keys", row.subject, of=row.kind)
        if not is_agreed:
            return None
        request = destroying.ask(row.kind, row.subject)
        session.execute(update(PendingBurn).where(PendingBurn.id == number).values(request_id=request))
        return request
