"""Keys that wait to be burned until a second person agrees: what burns never comes back, so nobody does it alone."""

from sqlalchemy import select, update

from app import db
from app.models.office import PendingBurn
from app.models.releases import Request
from app.models.staff import StaffUser
from app.services import requests
from app.services.errors import NotFound, Refused
from app.services.keycare import burning
from app.services.office import audit

WAITING, AGREED, REFUSED = "waiting", "agreed", "refused"


def ask(user: StaffUser, kind: str, subject: str) -> int:
    """Put a wave's or a survey's keys down for a second person to agree to burn, and return the number.

    Raises:
        Refused: it is not over yet, or waits already. NotFound: there is no such wave or survey.
    """
    burning.check_over(kind, subject)
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        waiting = select(PendingBurn.id).filter_by(kind=kind, subject=subject, state=WAITING)
        if session.scalar(waiting) is not None:
            raise Refused(f"The keys of {subject} wait for a second person already.")
        row = PendingBurn(kind=kind, subject=subject, survey_slug=burning.survey_of(kind, subject), asked_by=user.id)
        session.add(row)
        session.flush()
        audit.record("wants keys burned", subject, of=kind)
        return row.id


def list_open() -> list[PendingBurn]:
    """Return what waits for a second person, oldest first."""
    with db.reading() as session:
        return list(session.scalars(select(PendingBurn).filter_by(state=WAITING).order_by(PendingBurn.id)))


def get(number: int) -> PendingBurn:
    """Return keys that wait or waited to be burned, or raise NotFound."""
    with db.reading() as session:
        row = session.get(PendingBurn, number)
    if row is None:
        raise NotFound("Nobody has asked for this.")
    return row


def find_request(row: PendingBurn) -> Request | None:
    """Return how the opener stands with an agreed burning, or None before anybody agreed."""
    return None if row.request_id is None else requests.get_request(row.request_id)


def decide(number: int, user: StaffUser, is_agreed: bool) -> int | None:
    """Agree to what a colleague wants burned, or refuse it; one's own can only be taken back.

    Returns:
        The number of the request to the opener, when it is agreed.

    Raises:
        Refused: it is one's own, somebody has decided already, or who asked has no account any more.
    """
    row = get(number)
    if is_agreed and row.asked_by == user.id:
        raise Refused("A second person has to agree. Ask a colleague.")
    with db.writing() as session:
        changed = update(PendingBurn).where(PendingBurn.id == number, PendingBurn.state == WAITING)
        values = {"state": AGREED if is_agreed else REFUSED, "decided_by": user.id}
        if session.execute(changed.values(values).returning(PendingBurn.id)).first() is None:
            raise Refused("Somebody has decided about this already.")
        audit.record("agreed to burn keys" if is_agreed else "refused to burn keys", row.subject, of=row.kind)
        if not is_agreed:
            return None
        first = session.get(StaffUser, row.asked_by)
        if first is None or not first.is_enabled:
            raise Refused("Who asked has no account any more. Ask again yourself, and a colleague agrees.")
        request = burning.ask(row.kind, row.subject)
        session.execute(update(PendingBurn).where(PendingBurn.id == number).values(request_id=request))
        return request
