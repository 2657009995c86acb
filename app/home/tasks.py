"""The tasks of somebody who is signed in, collected from the features in the order in which they are registered."""

from flask import current_app

from app.staff.tasks import Person, Task


def tasks_for(person: Person) -> list[Task]:
    """Return a person's tasks, the most urgent feature's first."""
    return [task for tasks in current_app.extensions["tasks"] for task in tasks(person)]
