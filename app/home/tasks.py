"""What needs somebody today, by what they may do; every line says what to do and where."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.cards import approvals as pending
from app.core.permissions import Permission, allows
from app.core.waves import State
from app.fieldwork import checklist, frames
from app.keys import approvals as pending_burns
from app.keys import destroying
from app.models.surveys import Wave
from app.staff import approvals
from app.storage import audit, clock
from app.surveys import waves

SOON = dt.timedelta(days=7)


class Person(Protocol):
    """Who is signed in, as far as this page asks."""

    role: str
    locality: str | None

    def sees_survey(self, slug: str) -> bool:
        """Tell whether a survey lies inside the account's scope."""

    def sees_locality(self, locality: str) -> bool:
        """Tell whether a locality lies inside the account's scope."""


@dataclass(frozen=True)
class Task:
    """Something to do: a sentence, and the page where it is done."""

    text: str
    endpoint: str
    subject: dict[str, object]


def tasks_for(person: Person) -> list[Task]:
    """Return what needs a person today, the most pressing first."""
    seen = [wave for wave in waves.list_all_waves() if person.sees_survey(wave.survey_slug)]
    tasks: list[Task] = []
    if allows(person.role, Permission.ISSUE_CARDS):
        tasks += _pending(person)
    if allows(person.role, Permission.BURN_KEYS, person.locality):
        tasks += _burns(person)
    if allows(person.role, Permission.MANAGE_WAVES):
        tasks += _rounds(seen)
    if allows(person.role, Permission.READ_AUDIT):
        tasks[:0] = _log_check()
    return tasks


def _log_check() -> Iterator[Task]:
    check = audit.last_check()
    if check.faults:
        yield Task("The audit log has failed its integrity check: look at it now.", "audit_log.show_log", {})
    elif check.is_old:
        text = f"The audit log has not been checked since {check.day:%-d %B %Y}. Is the opener running?"
        yield Task(text, "audit_log.show_log", {})


def _pending(person: Person) -> list[Task]:
    words = {
        approvals.WAITING: "waits for a second person to agree",
        approvals.AGREED: "is agreed and can be printed",
    }
    tasks = []
    for row in pending.list_open():
        if person.sees_survey(row.survey_slug) and person.sees_locality(row.locality):
            text = f"The batch {row.batch} ({row.n_cards} cards) {words[row.state]}."
            tasks.append(Task(text, "batches.show_pending", {"number": row.id}))
    return tasks


def _burns(person: Person) -> Iterator[Task]:
    for row in pending_burns.list_open():
        if person.sees_survey(row.survey_slug):
            text = f"The keys of {row.subject} wait for a second person who agrees to burn them."
            yield Task(text, "burning.show_burn", {"number": row.id})
    for _kind, subject in destroying.left_over():
        yield Task(f"The keys of {subject} are burned on one side only: finish it.", "burning.list_keys", {})


def _rounds(seen: list[Wave]) -> Iterator[Task]:
    described = frames.find_frames([wave.id for wave in seen])
    for wave in seen:
        place: dict[str, object] = {"wave_id": wave.id}
        state, today = State(wave.state), clock.today()
        if state is State.CLOSED:
            yield Task(f"{wave.id} has closed: have its results made.", "rounds.release_round", place)
        if state in (State.DRAFT, State.OPEN) and wave.id not in described:
            yield Task(f"{wave.id}: nobody has said who it is about.", "rounds.edit_frame", place)
        if state is State.DRAFT and wave.opens_on <= today + SOON:
            open_points = [point for point in checklist.checklist(wave) if not point.is_done]
            if open_points:
                text = (
                    f"{wave.id} opens on {wave.opens_on:%-d %B}: {len(open_points)} points of its checklist are open."
                )
                yield Task(text, "rounds.show_round", place)
        if state is State.OPEN and wave.closes_on <= today + SOON:
            yield Task(f"{wave.id} closes on {wave.closes_on:%-d %B}: remind everyone.", "rounds.show_round", place)
