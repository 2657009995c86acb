"""Tasks for cards: requests awaiting approval, and approved batches that can be printed."""

from collections.abc import Iterator

from app.cards.approvals import IssueCards
from app.core.permissions import Permission, allows
from app.staff import approvals, commands
from app.staff.tasks import Person, Task

STATES = {commands.WAITING: "is awaiting approval", commands.AGREED: "is approved and can be printed"}


def tasks(person: Person) -> Iterator[Task]:
    """Yield each open request for cards."""
    if not allows(person.role, Permission.ISSUE_CARDS):
        return
    for approval in approvals.list_open(IssueCards, person):
        asked = approval.command
        text = f"Batch {asked.batch} ({asked.n_cards} cards) {STATES[approval.state]}."
        yield Task(text, "batches.show_pending", {"number": approval.number})
