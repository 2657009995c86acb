"""Tasks that features show to a signed-in user, and the tasks for the audit log."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.permissions import Permission, allows
from app.models.staff import StaffUser
from app.storage import audit


@dataclass(frozen=True)
class Task:
    """A task: a sentence, the endpoint and arguments of its page, and the id of its wave, if it has one."""

    text: str
    endpoint: str
    subject: dict[str, object]
    round_id: str | None = None


def tasks(person: StaffUser) -> Iterator[Task]:
    """Yield a task if the audit log failed its last integrity check, or the last check is too old."""
    if not allows(person.role, Permission.READ_AUDIT):
        return
    check = audit.last_check()
    if check.faults:
        yield Task("The integrity check of the audit log failed. View the log now.", "audit_log.show_log", {})
    elif check.is_old:
        text = f"The audit log has not been checked since {check.day:%-d %B %Y}. Is the opener running?"
        yield Task(text, "audit_log.show_log", {})
