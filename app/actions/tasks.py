"""The task for actions that are overdue."""

from collections.abc import Iterator

from app.actions import service
from app.core.permissions import Permission, allows
from app.models.staff import StaffUser
from app.staff.tasks import Task


def tasks(person: StaffUser) -> Iterator[Task]:
    """Yield a task if actions should have been done by now."""
    if allows(person.role, Permission.KEEP_ACTIONS, person.locality) and (n := service.count_overdue()):
        text = f"{n} {'action is' if n == 1 else 'actions are'} overdue: say what happened, or set a new day."
        yield Task(text, "actions.show_board", {})
