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
        whose, round_id = _subject(approval.command.kind, approval.command.subject)
        text = f"a request to destroy the keys of {whose} is awaiting approval."
        yield Task(text, "keys.show_destruction", {"number": approval.number}, round_id)
    for kind, subject in destroying.left_over():
        whose, round_id = _subject(kind, subject)
        text = f"the keys of {whose} are only partly destroyed. Destroy the rest."
        yield Task(text, "keys.list_keys", {}, round_id)


def _subject(kind: str, subject: str) -> tuple[str, str | None]:
    """Return whose keys they are, and the wave to which the task belongs, if any."""
    return ("this round", subject) if kind == destroyed_keys.WAVE else (f"the survey {subject}", None)
