"""Commands: acts that need two people. Features define them for the approval workflow; ``create_app`` lists them."""

import abc
import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from app.core.permissions import Permission
from app.models.office import ApprovalRow

WAITING, AGREED, REFUSED, DONE, EXPIRED = "waiting", "agreed", "refused", "done", "expired"


class Verbs(NamedTuple):
    """What the audit log calls the steps of a command; never changed, because they are stored there."""

    asked: str
    agreed: str
    refused: str
    expired: str


@dataclass(frozen=True, kw_only=True)
class Command(abc.ABC):
    """An act that needs two people. A subclass is one kind of act, and its fields are columns of its table.

    Attributes:
        permission: what both people need; where there is a field ``locality``, in that area.
        subject_field: names what is acted on; a survey has one open request for each.
        logged: what else the audit log keeps of a decision: fields, by their names in the log.
        logged_when_asked: the same of what is asked for.
        already_waits: what somebody reads who asks for it while it is open.
        by_opener: once agreed it is put to the opener at once, and the table keeps the number of that request; any
            other command waits until the person who asked carries it out.
    """

    table: ClassVar[type[ApprovalRow]]
    permission: ClassVar[Permission]
    verbs: ClassVar[Verbs]
    subject_field: ClassVar[str]
    logged: ClassVar[dict[str, str]]
    logged_when_asked: ClassVar[dict[str, str]]
    already_waits: ClassVar[str]
    by_opener: ClassVar[bool]

    survey_slug: str

    @abc.abstractmethod
    def check(self) -> None:
        """Raise Refused or NotFound when it cannot be asked for."""

    @abc.abstractmethod
    def carry_out(self) -> Any:
        """Do it, in the transaction that says so, and return what came of it."""

    @classmethod
    def open_states(cls) -> tuple[str, ...]:
        """Return the states in which somebody still has to do something."""
        return (WAITING,) if cls.by_opener else (WAITING, AGREED)

    @property
    def scope(self) -> tuple[str, str | None]:
        """The survey, and the area or None."""
        return self.survey_slug, getattr(self, "locality", None)


C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Approval(Generic[C]):
    """A command that somebody asked for. One that has waited too long is expired, whether that is stored yet or not."""

    number: int
    command: C
    state: str
    asked_by: int
    asked_at: dt.datetime
