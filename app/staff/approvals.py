"""Acts that need two people: who may be the second, whether the first may still ask, and how long a request waits.

The second person's account must be their own: one that an administrator made, changed or took over lately is too new.
"""

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.permissions import Permission, allows
from app.core.waves import london_day
from app.models.office import PendingBurn, PendingIssue
from app.models.staff import StaffUser
from app.staff import accounts
from app.storage import audit, clock, db
from app.storage.refusals import Refused

SETTLED_DAYS, WAITING_DAYS = 7, 14
WAITING, AGREED, REFUSED, DONE, EXPIRED = "waiting", "agreed", "refused", "done", "expired"
CALENDAR = "the calendar"
AGAIN = "Make a new request yourself and ask a colleague to approve it."
Pending = PendingIssue | PendingBurn


@dataclass(frozen=True)
class Standing:
    """How a request stands, as one person sees it; ``hindrance`` says why they are too new to agree."""

    state: str
    asker: str
    is_own: bool
    last_day: dt.date
    hindrance: str | None


def oldest() -> dt.datetime:
    """Return the moment since which a request must have been made to be still open."""
    return clock.now() - dt.timedelta(days=WAITING_DAYS)


def last_day(row: Pending) -> dt.date:
    """Return the day, in London, on which a request expires."""
    return london_day(accounts.aware(row.asked_at) + dt.timedelta(days=WAITING_DAYS))


def state_of(row: Pending) -> str:
    """Return how a request stands; one that has waited too long is expired, whether that is written down yet or not."""
    is_open = row.state == WAITING or (isinstance(row, PendingIssue) and row.state == AGREED)
    return EXPIRED if is_open and accounts.aware(row.asked_at) <= oldest() else row.state


def settled_on(user: StaffUser) -> dt.date | None:
    """Return from which day on an account may agree to what colleagues ask; None for one from the command line."""
    if user.handed_at is None:
        return None
    return london_day(accounts.aware(user.handed_at)) + dt.timedelta(days=SETTLED_DAYS)


def find_hindrance(row: Pending, user: StaffUser) -> str | None:
    """Return why an account is too new to agree to a request, in a sentence; None when it is not."""
    settled = settled_on(user)
    if user.handed_at is None or settled is None or settled <= london_day(accounts.aware(row.asked_at)):
        return None
    handed = london_day(accounts.aware(user.handed_at))
    return (
        f"An administrator created or changed the account {user.email}, or created a one-time link for it, on "
        f"{handed:%-d %B %Y}. For {SETTLED_DAYS} days after that, it cannot be used to approve requests. "
        f"It can approve requests made from {settled:%-d %B %Y}."
    )


def standing_of(row: Pending, user: StaffUser) -> Standing:
    """Return how a request stands for somebody who looks at it."""
    asker = accounts.get_user(row.asked_by).email
    return Standing(state_of(row), asker, row.asked_by == user.id, last_day(row), find_hindrance(row, user))


def check_both(session: Session, row: Pending, second: int) -> None:
    """Raise Refused unless, now, one account may ask for something and another may agree to it.

    Neither account is changed by anybody until the transaction ends.

    Args:
        session: the transaction in which it is agreed.
        row: what was asked for, and by whom.
        second: the number of the account that agrees.
    """
    if row.asked_by == second:
        raise Refused("A second person has to approve this. Ask a colleague.")
    check_first(session, row)
    user = check_still_there(session, row, second)
    hindrance = find_hindrance(row, user)
    if hindrance is not None:
        raise Refused(hindrance)


def check_first(session: Session, row: Pending) -> None:
    """Raise Refused unless who asked may still ask, with the account that they asked with."""
    user = _hold(session, row.asked_by)
    if user is None or not user.is_enabled:
        raise Refused(f"The account of the person who made this request has been deactivated. {AGAIN}")
    if not _may(row, user):
        raise Refused(f"{user.email}, who made this request, no longer has permission to make it. {AGAIN}")
    if user.handed_at is not None and accounts.aware(user.handed_at) > accounts.aware(row.asked_at):
        raise Refused(f"An administrator has changed the account {user.email} since it made this request. {AGAIN}")


def check_still_there(session: Session, row: Pending, second: int | None) -> StaffUser:
    """Return the second person's account, or raise Refused when it is shut or may not agree to this (any more)."""
    user = None if second is None else _hold(session, second)
    if user is None or not user.is_enabled:
        raise Refused("The account of the person who approved this has been deactivated. Make a new request.")
    if not _may(row, user):
        raise Refused(f"{user.email} does not have permission to approve this. Make a new request.")
    return user


def check_waits(row: Pending) -> None:
    """Raise Refused when a request has expired."""
    if state_of(row) == EXPIRED:
        raise Refused(f"This request has expired: it was not completed within {WAITING_DAYS} days. Make a new request.")


def end_old() -> None:
    """Write down which requests have waited too long. One that somebody is deciding about waits for the next time."""
    cards = select(PendingIssue).where(PendingIssue.state.in_((WAITING, AGREED)), PendingIssue.asked_at <= oldest())
    burns = select(PendingBurn).where(PendingBurn.state == WAITING, PendingBurn.asked_at <= oldest())
    with db.writing() as session, audit.acting(CALENDAR):
        for issue in session.scalars(cards.with_for_update(skip_locked=True)).all():
            issue.state = EXPIRED
            audit.record("a request for cards expired", issue.batch, asked_by=_email(session, issue.asked_by))
        for burn in session.scalars(burns.with_for_update(skip_locked=True)).all():
            burn.state = EXPIRED
            audit.record("a request to burn keys expired", burn.subject, asked_by=_email(session, burn.asked_by))


def _hold(session: Session, number: int) -> StaffUser | None:
    return session.get(StaffUser, number, populate_existing=True, with_for_update={"read": True})


def _may(row: Pending, user: StaffUser) -> bool:
    """Tell whether an account has the permission that a request needs, and the request lies inside its scope."""
    permission = Permission.ISSUE_CARDS if isinstance(row, PendingIssue) else Permission.DESTROY_KEYS
    is_area = not isinstance(row, PendingIssue) or user.locality in (None, row.locality)
    return is_area and user.survey_slug in (None, row.survey_slug) and allows(user.role, permission, user.locality)


def _email(session: Session, number: int) -> str:
    return session.get_one(StaffUser, number).email
