"""The queue of requests from the web process to the opener."""

import time

from sqlalchemy import select, update

from app.models.releases import Request
from app.storage import db
from app.storage.refusals import NotFound

POLL_SECONDS = 0.2
UNFINISHED = ("waiting", "taken")


def ask(verb: str, subject: str) -> int:
    """Put a request into the queue and return its number. Run by the web process."""
    with db.writing() as session:
        request = Request(verb=verb, subject=subject)
        session.add(request)
        session.flush()
        return request.id


def get_request(number: int) -> Request:
    """Return a request in its present state, or raise NotFound."""
    with db.reading() as session:
        request = session.get(Request, number)
    if request is None:
        raise NotFound(f"There is no request {number}.")
    return request


def wait_for(number: int, seconds: float) -> Request:
    """Return a request once it is done or refused, or in its present state when the time is over."""
    end = time.monotonic() + seconds
    while (request := get_request(number)).state in UNFINISHED and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return request


def take_next() -> Request | None:
    """Take the oldest waiting request. Run by the opener; two openers never take the same one."""
    with db.collecting() as session:
        oldest = select(Request.id).filter_by(state="waiting").order_by(Request.id).limit(1).scalar_subquery()
        taken = update(Request).where(Request.id == oldest, Request.state == "waiting").values(state="taken")
        return session.scalars(taken.returning(Request)).first()


def note(verb: str, subject: str, sentence: str) -> None:
    """Tell who asked how far a request that was taken has got."""
    with db.collecting() as session:
        taken = update(Request).where(Request.verb == verb, Request.subject == subject, Request.state == "taken")
        session.execute(taken.values(refusal=sentence))


def find_unfinished(verb: str, subject: str) -> Request | None:
    """Return a request that waits or is being worked on, or None."""
    with db.reading() as session:
        unfinished = select(Request).where(Request.verb == verb, Request.subject == subject)
        return session.scalars(unfinished.where(Request.state.in_(UNFINISHED)).order_by(Request.id).limit(1)).first()


def finish(number: int, refusal: str | None = None) -> None:
    """Mark a request done, or refused with one sentence."""
    with db.collecting() as session:
        state = "done" if refusal is None else "refused"
        session.execute(update(Request).where(Request.id == number).values(state=state, refusal=refusal))


def list_unfinished(verb: str) -> set[str]:
    """Return the subjects of the requests of a kind that wait or are being worked on."""
    with db.reading() as session:
        unfinished = select(Request.subject).where(Request.verb == verb, Request.state.in_(UNFINISHED))
        return set(session.scalars(unfinished))


def has_unfinished() -> bool:
    """Tell whether a request waits or is being worked on. Run by the opener."""
    with db.collecting(read_only=True) as session:
        return session.scalar(select(Request.id).where(Request.state.in_(UNFINISHED)).limit(1)) is not None


def requeue_taken() -> None:
    """Put requests that an opener took and did not finish back into the queue; every verb may safely run again.

    Only for the process that holds the lock against other openers: otherwise two would do the same at once.
    """
    with db.collecting() as session:
        session.execute(update(Request).where(Request.state == "taken").values(state="waiting", refusal=None))
