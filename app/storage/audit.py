"""The audit log: who did what on the staff side, never an answer. Rows are chained by a key outside the database.

A row that was altered, deleted or moved breaks the chain. One that was cut off at the end is missing from the sealed
head, and from the notes that the opener keeps in the answers database. The web process, which has the key, checks the
seals once a day; the opener compares its notes every night.
"""

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from flask import g, has_request_context
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.core import keys
from app.models.answers import AuditAnchor
from app.models.office import AuditCheck, AuditEntry, AuditHead
from app.storage import clock, db, keyring

START = b"\0" * 32
PAGE = 100
SEALS, NOTES = "seals", "notes"
CHECK_DAYS = 2
SHELL, CALENDAR, WEB, UNKNOWN = "shell", "the calendar", "the web process", "somebody not signed in"
_acting: ContextVar[str | None] = ContextVar("acting", default=None)


@dataclass(frozen=True)
class LogCheck:
    """The outcome of the last check: ``day`` is the earlier one of its two parts, None before both were checked."""

    day: dt.date | None
    faults: list[str]

    @property
    def is_old(self) -> bool:
        """Tell whether the last check is too long ago to be relied on."""
        return self.day is not None and (clock.today() - self.day).days > CHECK_DAYS


@dataclass(frozen=True)
class LogFilter:
    """Which entries to show. ``subject`` is a part of the subject; the days, in UTC, are inclusive."""

    actor: str = ""
    act: str = ""
    subject: str = ""
    first: dt.date | None = None
    last: dt.date | None = None

    def query(self) -> Select[AuditEntry]:
        """Return a query for these entries, newest first."""
        found = select(AuditEntry).order_by(AuditEntry.id.desc())
        day = func.substr(AuditEntry.at, 1, 10)
        for value, condition in (
            (self.actor, AuditEntry.actor == self.actor),
            (self.act, AuditEntry.action == self.act),
            (self.subject, AuditEntry.subject.icontains(self.subject, autoescape=True)),
            (self.first, day >= str(self.first)),
            (self.last, day <= str(self.last)),
        ):
            found = found.where(condition) if value else found
        return found


@contextmanager
def acting(actor: str) -> Iterator[None]:
    """Record everything inside under this name."""
    mark = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(mark)


def set_actor(actor: str) -> None:
    """Set who acts in this request; the name ends with the request, whatever thread serves the next one."""
    g.audit_actor = actor


def is_shell() -> bool:
    """Tell whether the actor is a command on the server."""
    return _actor() == SHELL


def record(action: str, subject: str, *, day_only: bool = False, **detail: object) -> None:
    """Add one entry, in the transaction that does the act.

    ``action`` is a verb in two or three words, ``subject`` the wave, batch or account that it was done to. ``day_only``
    records the day without time and name, for acts that are close in time to somebody's answers. ``detail`` is anything
    else that a reader needs; never a code, an answer or a password.
    """
    moment = clock.now()
    with db.writing() as session:
        db.hold_lock(session, db.AUDIT_LOCK)
        head = session.get(AuditHead, 1, populate_existing=True)
        before, count = (head.last, head.count) if head else (START, 0)
        entry = AuditEntry(
            id=count + 1,
            at=moment.strftime("%Y-%m-%d" if day_only else "%Y-%m-%dT%H:%M:%SZ"),
            actor="a collector" if day_only else _actor(),
            action=action,
            subject=subject,
            detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str),
        )
        entry.seal = keys.seal_entry(_key(), before, _content(entry))
        session.add(entry)
        session.merge(AuditHead(id=1, count=entry.id, last=entry.seal, seal=_head_seal(entry.id, entry.seal)))
        session.flush()


def list_entries(page: int, wanted: LogFilter | None = None) -> tuple[list[AuditEntry], bool]:
    """Return a page of entries, newest first, and whether there are older ones."""
    with db.reading() as session:
        found = list(session.scalars((wanted or LogFilter()).query().offset(page * PAGE).limit(PAGE + 1)))
    return found[:PAGE], len(found) > PAGE


def list_all(wanted: LogFilter) -> list[AuditEntry]:
    """Return all entries that a filter finds, newest first."""
    with db.reading() as session:
        return list(session.scalars(wanted.query()))


def list_names() -> tuple[list[str], list[str]]:
    """Return all actors and all actions of the log, sorted."""
    with db.reading() as session:
        actors, actions = (session.scalars(select(one).distinct()) for one in (AuditEntry.actor, AuditEntry.action))
        return sorted(actors), sorted(actions)


def list_details(action: str, subject: str) -> list[dict[str, object]]:
    """Return the details of all entries of one action about one subject, oldest first."""
    with db.reading() as session:
        query = select(AuditEntry.detail).filter_by(action=action, subject=subject).order_by(AuditEntry.id)
        return [json.loads(detail) for detail in session.scalars(query)]


def list_subjects(action: str) -> set[str]:
    """Return the subjects of all entries of one action."""
    with db.reading() as session:
        return set(session.scalars(select(AuditEntry.subject).filter_by(action=action)))


def check_seals() -> None:
    """Verify the log and store the outcome, once a day; again where faults were found. Run by the web process."""
    with db.reading() as session:
        last = session.get(AuditCheck, SEALS)
    if last is None or last.day != clock.today() or last.faults:
        faults = verify()
        with db.writing() as session:
            _store_check(session, SEALS, faults)


def check_notes() -> list[str]:
    """Compare the log with the opener's notes, store the outcome and return the faults. Run by the opener."""
    faults = verify_anchors()
    with db.collecting() as session:
        _store_check(session, NOTES, faults)
    return faults


def last_check() -> LogCheck:
    """Return the stored outcome of the last check of seals and notes."""
    with db.reading() as session:
        found = list(session.scalars(select(AuditCheck).order_by(AuditCheck.part.desc())))
    day = min(check.day for check in found) if len(found) == len((SEALS, NOTES)) else None
    return LogCheck(day, [fault for check in found for fault in check.faults.splitlines()])


def verify() -> list[str]:
    """Walk the log and return what is wrong with its seals, one sentence each; nothing when it is intact."""
    with db.reading(snapshot=True) as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
        head = session.get(AuditHead, 1)
    before = START
    for number, entry in enumerate(entries, start=1):
        if entry.id != number:
            return [f"Entry {number} is missing."]
        if entry.seal != keys.seal_entry(_key(), before, _content(entry)):
            return [f"Entry {number}, or one before it, was changed."]
        before = entry.seal
    if head is None and entries:
        return ["The head record of the log is missing."]
    if head is None:
        was_used = keyring.has_office_key("audit")
        return ["The log is empty although it was in use: its entries were deleted."] if was_used else []
    if head.seal != _head_seal(head.count, head.last):
        return ["The head record of the log was changed."]
    if (head.count, head.last) != (len(entries), before):
        return [f"The log has {len(entries)} entries but should have {head.count}: the newest entries were removed."]
    return []


def note_head() -> None:
    """Record the length of the log and its last seal in the answers database. Run by the opener."""
    with db.collecting(read_only=True) as portal, db.counting(read_only=True) as answers:
        head = portal.get(AuditHead, 1)
        is_noted = head is None or answers.get(AuditAnchor, head.count) is not None
    if head is None or is_noted:
        return
    with db.counting() as answers:
        if answers.get(AuditAnchor, head.count) is None:  # another opener may have been quicker
            answers.add(AuditAnchor(count=head.count, last=head.last))


def verify_anchors() -> list[str]:
    """Return which of the opener's notes the log does not agree with, one sentence each. Run as the opener."""
    with db.counting(read_only=True) as answers:
        anchors = list(answers.scalars(select(AuditAnchor).order_by(AuditAnchor.count)))
    with db.collecting(read_only=True) as session:
        total = session.scalar(select(func.count()).select_from(AuditEntry)) or 0
        return [fault for anchor in anchors if (fault := _anchor_fault(session, anchor, total))]


def _actor() -> str:
    """Return the actor: the one set for this block, else who is signed in, else the command line."""
    return _acting.get() or (g.get("audit_actor", UNKNOWN) if has_request_context() else SHELL)


def _anchor_fault(session: Session, anchor: AuditAnchor, total: int) -> str | None:
    if anchor.count > total:
        return f"The opener recorded {anchor.count} entries but there are {total}: the newest entries were removed."
    is_same = session.scalar(select(AuditEntry.seal).filter_by(id=anchor.count)) == anchor.last
    return None if is_same else f"Entry {anchor.count} is not the one that the opener recorded."


def _store_check(session: Session, part: str, faults: list[str]) -> None:
    outcome = {"day": clock.today(), "faults": "\n".join(faults)}
    statement = db.insert_into(session, AuditCheck).values(part=part, **outcome)
    session.execute(statement.on_conflict_do_update(index_elements=["part"], set_=outcome))


def _content(entry: AuditEntry) -> str:
    return json.dumps([entry.id, entry.at, entry.actor, entry.action, entry.subject, entry.detail], ensure_ascii=False)


def _head_seal(count: int, last: bytes) -> bytes:
    return keys.seal_entry(_key(), last, f"head {count}")


def _key() -> bytes:
    return keyring.office_key("audit")
