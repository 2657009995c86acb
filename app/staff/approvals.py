"""The approval workflow: one user requests a command, another approves it, and only then is it carried out.

Features define the commands; ``create_app`` registers them. An account that an administrator has recently created,
changed or reset cannot approve: it might not be the user's own.
"""

import abc
import datetime as dt
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.permissions import Permission, allows
from app.core.waves import day_words, london_day
from app.models.office import ApprovalRow
from app.models.staff import StaffUser
from app.staff import accounts
from app.storage import audit, clock, db
from app.storage.refusals import NotFound, Refused

NEW_ACCOUNT_DAYS, WAITING_DAYS = 7, 14
NO_REQUEST = "There is no such request."
AGAIN = "Make a new request yourself and ask a colleague to approve it."
WAITING, AGREED, REFUSED, DONE, EXPIRED = "waiting", "agreed", "refused", "done", "expired"


class Verbs(NamedTuple):
    """The names of a command's steps in the audit log. They are stored there, so they never change."""

    asked: str
    agreed: str
    refused: str
    expired: str


@dataclass(frozen=True, kw_only=True)
class Command(abc.ABC):
    """A command that needs two people. Each kind is a subclass, and its fields are columns of its table.

    Both users need the permission, in the command's area if it has one. Each subject of a survey has at most one open
    request. What is logged is fields of the command by their names in the log. With ``by_opener``, an approved command
    is sent to the opener at once, and the table keeps the number of that request; any other command waits until the
    user who requested it carries it out.
    """

    table: ClassVar[type[ApprovalRow]]
    permission: ClassVar[Permission]
    verbs: ClassVar[Verbs]
    subject_field: ClassVar[str]
    logged: ClassVar[dict[str, str]]
    logged_when_asked: ClassVar[dict[str, str]]
    already_waits: ClassVar[str]
    by_opener: ClassVar[bool]

    survey_slug: str

    @abc.abstractmethod
    def check(self) -> None:
        """Raise Refused or NotFound if the command cannot be requested."""

    @abc.abstractmethod
    def carry_out(self) -> Any:
        """Carry out the command in the current transaction and return its result."""

    @classmethod
    def open_states(cls) -> tuple[str, ...]:
        """Return the states in which the request is still open."""
        return (WAITING,) if cls.by_opener else (WAITING, AGREED)

    @property
    def name(self) -> str:
        """The name of its subject in the log."""
        return str(getattr(self, self.subject_field))

    @property
    def localities(self) -> tuple[str | None, ...]:
        """The localities that it affects; None stands for all."""
        return (None,)

    def is_seen_by(self, user: StaffUser) -> bool:
        """Return whether its survey and all its localities are in the scope of an account."""
        return all(user.sees(self.survey_slug, place) for place in self.localities)


C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Approval(Generic[C]):
    """A requested command. ``state`` is expired once it is too old, even if that is not stored yet."""

    number: int
    command: C
    state: str
    asked_by: int
    asked_at: dt.datetime


@dataclass(frozen=True)
class ApprovalStatus:
    """The status of a request for one user; ``ineligible_reason`` says why their account is too new to approve it."""

    state: str
    is_open: bool
    asker: str
    is_own: bool
    last_day: dt.date
    ineligible_reason: str | None


def ask(command: Command, user: StaffUser) -> int:
    """Store a command for approval, and return the number of the request.

    Raises Refused or NotFound if it cannot be requested, or is already awaiting approval.
    """
    command.check()
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        waiting = {(one.command.survey_slug, one.command.name) for one in _list_open(session, type(command))}
        if (command.survey_slug, command.name) in waiting:
            raise Refused(command.already_waits.format(command.name))
        row = command.table(**asdict(command), asked_by=user.id, asked_at=clock.now())
        session.add(row)
        session.flush()
        _log(command.verbs.asked, command, command.logged_when_asked)
        return row.id


def list_open(kind: type[C], user: StaffUser) -> list[Approval[C]]:
    """Return the open requests of one kind that are in a user's scope, oldest first."""
    with db.reading() as session:
        return [approval for approval in _list_open(session, kind) if approval.command.is_seen_by(user)]


def get(kind: type[C], number: int, user: StaffUser | None = None) -> Approval[C]:
    """Return a request of one kind, open or not; NotFound if there is none, or it is outside the scope of ``user``."""
    with db.reading() as session:
        approval = _read(kind, session.get(kind.table, number))
    if user is not None and not approval.command.is_seen_by(user):
        raise NotFound(NO_REQUEST)
    return approval


def status_for(approval: Approval[Any], user: StaffUser) -> ApprovalStatus:
    """Return the status of a request as a user sees it."""
    return ApprovalStatus(
        state=approval.state,
        is_open=approval.state in approval.command.open_states(),
        asker=accounts.get_user(approval.asked_by).email,
        is_own=approval.asked_by == user.id,
        last_day=london_day(approval.asked_at + dt.timedelta(days=WAITING_DAYS)),
        ineligible_reason=find_ineligible_reason(approval, user),
    )


def decide(kind: type[C], number: int, user: StaffUser, *, is_agreed: bool) -> None:
    """Approve or reject a colleague's request; a user's own request can only be withdrawn.

    Raises Refused if it is decided or expired, the account is too new, or one of the two users has no permission.
    """
    expire_old()
    with db.writing() as session:
        row, approval = _hold(session, kind, number)
        if is_agreed:
            if approval.asked_by == user.id:
                raise Refused("A second person has to approve this. Ask a colleague.")
            _check_asker(session, approval)
            if reason := find_ineligible_reason(approval, _check_second(session, approval, user.id)):
                raise Refused(reason)
        if row.state != WAITING:
            raise Refused("This request has already been decided.")
        row.state, row.decided_by = AGREED if is_agreed else REFUSED, user.id
        _log(kind.verbs.agreed if is_agreed else kind.verbs.refused, approval.command, kind.logged)
        if is_agreed and kind.by_opener:
            row.request_id = approval.command.carry_out()


def carry_out(kind: type[C], number: int, user: StaffUser) -> Any:
    """Carry out an approved command, once, for the user who requested it, and return its result.

    Raises Refused if it is not approved, already carried out or expired, or one of the two users has no permission.
    """
    expire_old()
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        row, approval = _hold(session, kind, number)
        if approval.asked_by != user.id:
            raise Refused("Only the person who made this request can carry it out.")
        if row.state != AGREED:
            raise Refused("This request is not approved, or has already been carried out.")
        row.state = DONE
        _check_asker(session, approval)
        _check_second(session, approval, row.decided_by)
        return approval.command.carry_out()


def expire_old() -> None:
    """Mark old requests as expired. Requests locked by another transaction are skipped until the next run."""
    with db.writing() as session, audit.acting(audit.CALENDAR):
        for kind in current_app.extensions["commands"]:
            old = select(kind.table).where(kind.table.state.in_(kind.open_states()), kind.table.asked_at <= _oldest())
            for row in session.scalars(old.with_for_update(skip_locked=True)).all():
                row.state = EXPIRED
                asker = session.get_one(StaffUser, row.asked_by).email
                audit.record(kind.verbs.expired, getattr(row, kind.subject_field), asked_by=asker)


def eligible_from(user: StaffUser) -> dt.date | None:
    """Return the first day on which an account can approve new requests; None if it was made on the command line."""
    if user.admin_changed_at is None:
        return None
    return london_day(accounts.aware(user.admin_changed_at)) + dt.timedelta(days=NEW_ACCOUNT_DAYS)


def find_ineligible_reason(approval: Approval[Any], user: StaffUser) -> str | None:
    """Return a sentence that says why an account is too new to approve a request; None if it is not."""
    eligible = eligible_from(user)
    if eligible is None or eligible <= london_day(approval.asked_at):
        return None
    changed = eligible - dt.timedelta(days=NEW_ACCOUNT_DAYS)
    return (
        f"An administrator created or changed the account {user.email}, or created a one-time link for it, on "
        f"{day_words(changed)}. For {NEW_ACCOUNT_DAYS} days after that, it cannot be used to approve requests. "
        f"It can approve requests made from {day_words(eligible)}."
    )


def _oldest() -> dt.datetime:
    """Return the time before which requests have expired."""
    return clock.now() - dt.timedelta(days=WAITING_DAYS)


def _log(verb: str, command: Command, logged: dict[str, str]) -> None:
    detail: dict[str, Any] = {name: getattr(command, field) for name, field in logged.items()}
    audit.record(verb, command.name, **{name: value for name, value in detail.items() if value is not None})


def _list_open(session: Session, kind: type[C]) -> list[Approval[C]]:
    query = select(kind.table).where(kind.table.state.in_(kind.open_states()), kind.table.asked_at > _oldest())
    return [_read(kind, row) for row in session.scalars(query.order_by(kind.table.id))]


def _read(kind: type[C], row: Any) -> Approval[C]:
    if row is None:
        raise NotFound(NO_REQUEST)
    command = kind(**{field.name: getattr(row, field.name) for field in fields(kind)})
    asked_at = accounts.aware(row.asked_at)
    state = EXPIRED if row.state in kind.open_states() and asked_at <= _oldest() else row.state
    return Approval(row.id, command, state, row.asked_by, asked_at)


def _hold(session: Session, kind: type[C], number: int) -> tuple[Any, Approval[C]]:
    """Return a request and its row, locked until the transaction ends; raise Refused if it has expired."""
    row = session.get(kind.table, number, populate_existing=True, with_for_update=True)
    approval = _read(kind, row)
    if approval.state == EXPIRED:
        raise Refused(f"This request has expired: it was not completed within {WAITING_DAYS} days. Make a new request.")
    return row, approval


def _check_asker(session: Session, approval: Approval[Any]) -> None:
    """Raise Refused unless the account that made the request is unchanged and still has permission."""
    user = _hold_user(session, approval.asked_by)
    if user is None or not user.is_enabled:
        raise Refused(f"The account of the person who made this request has been deactivated. {AGAIN}")
    if not _has_permission(approval.command, user):
        raise Refused(f"{user.email}, who made this request, no longer has permission to make it. {AGAIN}")
    if user.admin_changed_at is not None and accounts.aware(user.admin_changed_at) > approval.asked_at:
        raise Refused(f"An administrator has changed the account {user.email} since it made this request. {AGAIN}")


def _check_second(session: Session, approval: Approval[Any], second: int | None) -> StaffUser:
    """Return the second person's account; raise Refused if it is deactivated or has no permission to approve."""
    user = None if second is None else _hold_user(session, second)
    if user is None or not user.is_enabled:
        raise Refused("The account of the person who approved this has been deactivated. Make a new request.")
    if not _has_permission(approval.command, user):
        raise Refused(f"{user.email} does not have permission to approve this. Make a new request.")
    return user


def _hold_user(session: Session, number: int) -> StaffUser | None:
    """Return an account, locked against changes until the transaction ends."""
    return session.get(StaffUser, number, populate_existing=True, with_for_update={"read": True})


def _has_permission(command: Command, user: StaffUser) -> bool:
    """Return whether an account has the permission that a command needs, within the scope of the command."""
    return command.is_seen_by(user) and allows(user.role, command.permission, user.locality)
