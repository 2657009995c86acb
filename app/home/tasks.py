"""The tasks of the signed-in user, collected from the features in the order of their registration."""

from flask import current_app

from app.models.staff import StaffUser
from app.staff.tasks import Task


def tasks_for(person: StaffUser) -> list[Task]:
    """Return a user's tasks, those of the most urgent feature first."""
    return [task for tasks in current_app.extensions["tasks"] for task in tasks(person)]
