"""Tasks for cards: requests awaiting approval, and approved batches that can be printed."""

from collections.abc import Iterator

from app.cards.approvals import IssueCards
from app.core.permissions import Permission, allows
from app.models.staff import StaffUser
from app.staff import approvals
from app.staff.tasks import Task

STATES = {approvals.WAITING: "is awaiting approval", approvals.AGREED: "is approved and can be printed"}


def tasks(person: StaffUser) -> Iterator[Task]:
    """Yield each open request for cards."""
    if not allows(person.role, Permission.ISSUE_CARDS):
        return
    for approval in approvals.list_open(IssueCards, person):
        asked = approval.command
        text = f"Batch {asked.batch} ({asked.n_cards} cards) {STATES[approval.state]}."
        yield Task(text, "batches.show_pending", {"number": approval.number})
