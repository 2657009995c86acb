"""Commands that need two people. Features define them for the approval workflow; ``create_app`` registers them."""

import abc
import datetime as dt
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

from app.core.permissions import Permission
from app.models.office import ApprovalRow

WAITING, AGREED, REFUSED, DONE, EXPIRED = "waiting", "agreed", "refused", "done", "expired"


class Verbs(NamedTuple):
    """The names of a command's steps in the audit log. They are stored there, so they never change."""

    asked: str
    agreed: str
    refused: str
    expired: str


@dataclass(frozen=True, kw_only=True)
class Command(abc.ABC):
    """A command that needs two people. Each kind is a subclass, and its fields are columns of its table.

    Attributes:
        permission: required of both users; for a command with a field ``locality``, in that area.
        subject_field: the field that identifies the subject; each subject of a survey has at most one open request.
        logged: fields recorded in the audit log with a decision, keyed by their names in the log.
        logged_when_asked: the same for the request itself.
        already_waits: the message if the same request is already open.
        by_opener: an approved command is sent to the opener at once, and the table keeps the number of that request;
            any other command waits until the user who requested it carries it out.
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
        """Raise Refused or NotFound if the command cannot be requested."""

    @abc.abstractmethod
    def carry_out(self) -> Any:
        """Carry out the command in the current transaction and return its result."""

    @classmethod
    def open_states(cls) -> tuple[str, ...]:
        """Return the states in which the request is still open."""
        return (WAITING,) if cls.by_opener else (WAITING, AGREED)

    @property
    def scope(self) -> tuple[str, str | None]:
        """The survey and the locality, or None for all localities."""
        return self.survey_slug, getattr(self, "locality", None)


C = TypeVar("C", bound=Command)


@dataclass(frozen=True)
class Approval(Generic[C]):
    """A requested command. ``state`` is expired once it is too old, even if that is not stored yet."""

    number: int
    command: C
    state: str
    asked_by: int
    asked_at: dt.datetime
