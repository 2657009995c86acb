"""Tasks for comments: reports of harm for safeguarding leads, and comments to read."""

from collections.abc import Iterator

from app.comments import harm, quotes, restored_words, service
from app.core.permissions import Permission, allows
from app.models.staff import StaffUser
from app.staff.tasks import Task


def tasks(person: StaffUser) -> Iterator[Task]:
    """Yield what somebody has to take up, to decide and to read."""
    if allows(person.role, Permission.DECIDE_HARM, person.locality):
        if n := harm.count_waiting(person):
            yield Task(f"{counted(n)} may tell of harm: read and take up now.", "comments.list_reports", {})
        if n := harm.count_open(person):
            text = f"Record the outcome of {n} {'report' if n == 1 else 'reports'} of harm."
            yield Task(text, "comments.list_reports", {})
    if allows(person.role, Permission.READ_WORDS, person.locality) and (n := service.count_left(person)):
        yield Task(f"{counted(n)} to read.", "comments.show_desk", {})
    if allows(person.role, Permission.READ_WORDS, person.locality):
        if n := quotes.count_waiting(person):
            yield Task(f"{n} {'quote waits' if n == 1 else 'quotes wait'} for you to agree.", "masking.list_quotes", {})
        for day in restored_words.list_days():
            yield Task(f"Comments that were deleted after {day:%-d %B %Y} may be back.", "comments.show_desk", {})
        for before in quotes.list_prints():
            text = f"Destroy prints and backups with quotes made before {before:%B %Y}."
            yield Task(text, "masking.list_quotes", {})


def counted(n: int) -> str:
    """Return "1 comment" or "2 comments"."""
    return f"{n:,} {'comment' if n == 1 else 'comments'}"
