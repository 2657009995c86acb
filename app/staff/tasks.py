"""Tasks: what each feature asks somebody who is signed in to do; and those of the staff side itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from app.core.permissions import Permission, allows
from app.storage import audit


class Person(Protocol):
    """Who is signed in, as far as a list of theirs asks."""

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


def tasks(person: Person) -> Iterator[Task]:
    """Yield an alarm when the audit log has failed its last integrity check, or the last check is too long ago."""
    if not allows(person.role, Permission.READ_AUDIT):
        return
    check = audit.last_check()
    if check.faults:
        yield Task("The integrity check of the audit log failed. Look at it now.", "audit_log.show_log", {})
    elif check.is_old:
        text = f"The audit log has not been checked since {check.day:%-d %B %Y}. Is the opener running?"
        yield Task(text, "audit_log.show_log", {})
