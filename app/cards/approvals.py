"""Approval of new cards while a wave is open: one person alone could issue cards and answer many times."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from app.cards import service as cards
from app.core.permissions import Permission
from app.core.waves import State
from app.models.office import PendingIssue
from app.models.staff import StaffUser
from app.staff import approvals
from app.staff.approvals import Command, Verbs
from app.storage import db
from app.storage.refusals import Refused
from app.surveys import waves


@dataclass(frozen=True, kw_only=True)
class IssueCards(Command):
    """Issue a batch of cards. ``wave_id`` is the wave that was open when the batch was requested, or None."""

    table = PendingIssue
    permission = Permission.ISSUE_CARDS
    verbs = Verbs("asked for cards", "agreed to cards", "refused cards", "a request for cards expired")
    subject_field = "batch"
    logged: ClassVar = {"survey": "survey_slug", "cards": "n_cards"}
    logged_when_asked: ClassVar = {**logged, "kind": "kind", "schools": "n_schools"}
    already_waits = "A batch called {} is already awaiting approval. Choose another name."
    by_opener = False

    batch: str
    locality: str
    channel: str
    n_cards: int
    kind: str
    n_schools: int | None = None
    wave_id: str | None = None

    def check(self) -> None:
        """Raise Refused or NotFound if such a batch cannot be issued."""
        cards.check_issue(self.survey_slug, **self._order)

    def carry_out(self) -> cards.Issued:
        """Issue the batch; raise Refused if the wave that it was approved for is no longer open."""
        if open_wave_of(self.survey_slug) != self.wave_id:
            raise Refused("The round that these cards were approved for is no longer open. Make a new request.")
        return cards.issue_cards(self.survey_slug, kind=self.kind, **self._order)

    @property
    def _order(self) -> dict[str, Any]:
        place = {"locality": self.locality, "channel": self.channel}
        return {"batch": self.batch, **place, "count": self.n_cards, "schools": self.n_schools}


def open_wave_of(survey: str) -> str | None:
    """Return the id of the survey's open wave, or None. While one is open, new cards need approval."""
    return next((wave.id for wave in waves.list_waves(survey) if State(wave.state) is State.OPEN), None)


def issue_or_ask(command: IssueCards, user: StaffUser) -> cards.Issued | int:
    """Issue a batch, or request its approval and return the number of the request, in one transaction."""
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        now = replace(command, batch=cards.clean_name(command.batch), wave_id=open_wave_of(command.survey_slug))
        return now.carry_out() if now.wave_id is None else approvals.ask(now, user)
