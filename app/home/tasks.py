"""The tasks of somebody who is signed in, by their permissions; each says what to do and links to where."""

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
from app.storage import audit, clock, destroyed_keys
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
    """Something to do: a sentence, the page where it is done, and the wave that it is about, if it is about one."""

    text: str
    endpoint: str
    subject: dict[str, object]
    round_id: str | None = None


def tasks_for(person: Person) -> list[Task]:
    """Return a person's tasks, the most urgent first."""
    seen = [wave for wave in waves.list_all_waves() if person.sees_survey(wave.survey_slug)]
    tasks: list[Task] = []
    if allows(person.role, Permission.ISSUE_CARDS):
        tasks += _pending(person)
    if allows(person.role, Permission.DESTROY_KEYS, person.locality):
        tasks += _burns(person)
    if allows(person.role, Permission.MANAGE_WAVES):
        tasks += _rounds(seen)
    if allows(person.role, Permission.READ_AUDIT) and audit.verify():
        tasks.insert(0, Task("The integrity check of the audit log failed. Look at it now.", "audit_log.show_log", {}))
    return tasks


def _pending(person: Person) -> list[Task]:
    words = {
        approvals.WAITING: "is awaiting approval",
        approvals.AGREED: "is approved and can be printed",
    }
    tasks = []
    for row in pending.list_open():
        if person.sees_survey(row.survey_slug) and person.sees_locality(row.locality):
            text = f"Batch {row.batch} ({row.n_cards} cards) {words[row.state]}."
            tasks.append(Task(text, "batches.show_pending", {"number": row.id}))
    return tasks


def _burns(person: Person) -> Iterator[Task]:
    for row in pending_burns.list_open():
        if person.sees_survey(row.survey_slug):
            text = f"a request to destroy the keys of {_whose(row.kind, row.subject)} is awaiting approval."
            yield Task(text, "burning.show_burn", {"number": row.id}, _round_of(row.kind, row.subject))
    for kind, subject in destroying.left_over():
        text = f"the keys of {_whose(kind, subject)} are only partly destroyed. Destroy the rest."
        yield Task(text, "burning.list_keys", {}, _round_of(kind, subject))


def _whose(kind: str, subject: str) -> str:
    return "this round" if kind == destroyed_keys.WAVE else f"the survey {subject}"


def _round_of(kind: str, subject: str) -> str | None:
    return subject if kind == destroyed_keys.WAVE else None


def _rounds(seen: list[Wave]) -> Iterator[Task]:
    described = frames.find_frames([wave.id for wave in seen])
    for wave in seen:
        place: dict[str, object] = {"wave_id": wave.id}
        state, today = State(wave.state), clock.today()
        if state is State.CLOSED:
            yield Task("publish the results. The round has closed.", "rounds.release_round", place, wave.id)
        if state in (State.DRAFT, State.OPEN) and wave.id not in described:
            yield Task("enter the target population.", "rounds.edit_frame", place, wave.id)
        if state is State.DRAFT and wave.opens_on <= today + SOON:
            open_points = [point for point in checklist.checklist(wave) if not point.is_done]
            if open_points:
                count = f"{len(open_points)} checklist {'item' if len(open_points) == 1 else 'items'}"
                text = f"complete {count} before the round opens on {wave.opens_on:%-d %B}."
                yield Task(text, "rounds.show_round", place, wave.id)
        if state is State.OPEN and wave.closes_on <= today + SOON:
            text = f"remind everybody that the round closes on {wave.closes_on:%-d %B}."
            yield Task(text, "rounds.show_round", place, wave.id)
