"""Tasks with keys: requests to destroy some, and keys that are only partly destroyed."""

from collections.abc import Iterator

from app.core.permissions import Permission, allows
from app.keys import destroying
from app.keys.approvals import DestroyKeys
from app.models.staff import StaffUser
from app.staff import approvals
from app.staff.tasks import Task
from app.storage import destroyed_keys


def tasks(person: StaffUser) -> Iterator[Task]:
    """Yield each open request to destroy keys, and everything whose keys one process still has."""
    if not allows(person.role, Permission.DESTROY_KEYS, person.locality):
        return
    for approval in approvals.list_open(DestroyKeys, person):
        kind, subject = approval.command.kind, approval.command.subject
        text = f"a request to destroy the keys of {_whose(kind, subject)} is awaiting approval."
        yield Task(text, "keys.show_destruction", {"number": approval.number}, _round_of(kind, subject))
    for kind, subject in destroying.left_over():
        text = f"the keys of {_whose(kind, subject)} are only partly destroyed. Destroy the rest."
        yield Task(text, "keys.list_keys", {}, _round_of(kind, subject))


def _whose(kind: str, subject: str) -> str:
    return "this round" if kind == destroyed_keys.WAVE else f"the survey {subject}"


def _round_of(kind: str, subject: str) -> str | None:
    return subject if kind == destroyed_keys.WAVE else None
