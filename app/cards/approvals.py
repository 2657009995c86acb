"""Batches that wait for a second person: nobody alone puts new cards into a wave that is open."""

from sqlalchemy import select, update

from app.cards import service as cards
from app.core.waves import State
from app.models.office import PendingIssue
from app.models.staff import StaffUser
from app.staff import approvals
from app.staff.approvals import AGREED, DONE, REFUSED, WAITING
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused
from app.surveys import waves


def open_wave_of(survey: str) -> str | None:
    """Return the survey's open wave, or None; while there is one, a second person has to agree to new cards."""
    return next((wave.id for wave in waves.list_waves(survey) if State(wave.state) is State.OPEN), None)


def issue_or_ask(
    user: StaffUser,
    survey: str,
    batch: str,
    locality: str,
    channel: str,
    count: int,
    kind: str,
    *,
    schools: int | None = None,
) -> cards.Issued | int:
    """Issue a batch, or put it down for a second person and return its number; one transaction decides and does."""
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        if open_wave_of(survey) is not None:
            return ask(user, survey, batch, locality, channel, count, kind, schools=schools)
        return cards.issue_cards(survey, batch, locality, channel, count, kind, schools=schools)


def ask(
    user: StaffUser,
    survey: str,
    batch: str,
    locality: str,
    channel: str,
    count: int,
    kind: str,
    *,
    schools: int | None = None,
) -> int:
    """Put a batch down for a second person to agree to, and return its number.

    Raises:
        Refused: such a batch cannot be issued at all.
    """
    cards.check_issue(survey, batch, locality, channel, count, schools=schools)
    if any(one.batch == batch.strip() and one.survey_slug == survey for one in list_open()):
        raise Refused(f"A batch {batch.strip()} waits already; choose another name.")
    row = PendingIssue(survey_slug=survey, batch=batch.strip(), locality=locality, channel=channel, n_cards=count)
    row.n_schools = schools
    row.kind, row.asked_by, row.asked_at, row.wave_id = kind, user.id, clock.now(), open_wave_of(survey)
    with db.writing() as session:
        session.add(row)
        session.flush()
        audit.record(
            "asked for cards", row.batch, survey=survey, cards=count, kind=kind, **cards.schools_detail(survey, schools)
        )
        return row.id


def list_open() -> list[PendingIssue]:
    """Return the batches that wait, or that are agreed and not printed yet, oldest first."""
    with db.reading() as session:
        is_fresh = PendingIssue.asked_at > approvals.oldest()
        query = select(PendingIssue).where(PendingIssue.state.in_((WAITING, AGREED)), is_fresh)
        return list(session.scalars(query.order_by(PendingIssue.id)))


def get(number: int) -> PendingIssue:
    """Return a batch that waits or waited, or raise NotFound."""
    with db.reading() as session:
        row = session.get(PendingIssue, number)
    if row is None:
        raise NotFound("There is no such request for cards.")
    return row


def decide(number: int, user: StaffUser, is_agreed: bool) -> None:
    """Agree to a colleague's batch, or refuse it; one's own can only be taken back.

    Raises:
        Refused: it is one's own, somebody has decided already, it has expired, our account is too new (see
            ``two_people``), or who asked may not ask any more.
    """
    approvals.end_old()
    row = get(number)
    approvals.check_waits(row)
    state = AGREED if is_agreed else REFUSED
    with db.writing() as session:
        if is_agreed:
            approvals.check_both(session, row, user.id)
        changed = update(PendingIssue).where(PendingIssue.id == number, PendingIssue.state == WAITING)
        done = session.execute(changed.values(state=state, decided_by=user.id).returning(PendingIssue.id)).first()
        if done is None:
            raise Refused("Somebody has decided about this already.")
        verb = "agreed to cards" if is_agreed else "refused cards"
        audit.record(verb, row.batch, survey=row.survey_slug, cards=row.n_cards)


def issue(number: int, user: StaffUser) -> cards.Issued:
    """Issue an agreed batch, once, to the person who asked for it.

    Raises:
        Refused: it is not agreed, was issued already or has expired, somebody else asked for it, one of the two may
            not do this any more, or its round is over.
    """
    approvals.end_old()
    row = get(number)
    approvals.check_waits(row)
    if row.asked_by != user.id:
        raise Refused("Only the person who asked for these cards can print them.")
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        changed = update(PendingIssue).where(PendingIssue.id == number, PendingIssue.state == AGREED)
        if session.execute(changed.values(state=DONE).returning(PendingIssue.id)).first() is None:
            raise Refused("These cards are not agreed to, or were printed already.")
        approvals.check_first(session, row)
        approvals.check_still_there(session, row, row.decided_by)
        if open_wave_of(row.survey_slug) != row.wave_id:
            raise Refused("The round that these cards were agreed for is not open any more. Ask again.")
        return cards.issue_cards(
            row.survey_slug, row.batch, row.locality, row.channel, row.n_cards, row.kind, schools=row.n_schools
        )
