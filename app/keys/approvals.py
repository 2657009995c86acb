"""Keys are destroyed by two people: what is gone never comes back, so nobody does it alone."""

from dataclasses import dataclass
from typing import ClassVar

from app.core.permissions import Permission
from app.keys import destroying
from app.models.office import PendingBurn
from app.staff.approvals import Command, Verbs


@dataclass(frozen=True, kw_only=True)
class DestroyKeys(Command):
    """Destroy the keys of a wave or survey that is over; once agreed, ``request_id`` is what the opener was asked."""

    table = PendingBurn
    permission = Permission.DESTROY_KEYS
    verbs = Verbs("wants keys burned", "agreed to burn keys", "refused to burn keys", "a request to burn keys expired")
    subject_field = "subject"
    logged: ClassVar = {"of": "kind"}
    logged_when_asked = logged
    already_waits = "A request to destroy the keys of {} is already awaiting approval."
    by_opener = True

    kind: str
    subject: str
    request_id: int | None = None

    def check(self) -> None:
        """Raise Refused while it is not over, NotFound when it is not there."""
        destroying.check_over(self.kind, self.subject)

    def carry_out(self) -> int:
        """Ask the opener, and return the number of that request."""
        return destroying.ask(self.kind, self.subject)
