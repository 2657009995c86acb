"""Approval of new cards while a wave is open: one person alone could issue cards and answer many times."""

from collections.abc import Iterator
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
    """Issue a batch of cards for each locality. ``wave_id`` is the wave that was open at the request, or None."""

    table = PendingIssue
    permission = Permission.ISSUE_CARDS
    verbs = Verbs("asked for cards", "agreed to cards", "refused cards", "a request for cards expired")
    subject_field = "batch"
    logged: ClassVar = {"survey": "survey_slug", "cards": "n_cards"}
    logged_when_asked: ClassVar = {**logged, "areas": "areas", "kind": "kind", "schools": "n_schools"}
    already_waits = "A batch called {} is already awaiting approval. Choose another name."
    by_opener = False

    batch: str
    areas: dict[str, int]
    channel: str
    kind: str
    n_schools: int | None = None
    wave_id: str | None = None

    def check(self) -> None:
        """Raise Refused or NotFound if such batches cannot be issued."""
        if not self.areas:
            raise Refused("Enter the number of cards for at least one area.")
        orders = list(self._orders())
        room = cards.MAX_NAME - max(len(order["batch"]) for order in orders) + len(self.batch)
        if len(self.batch) > room:
            raise Refused(cards.NAME_RULE.format(room))
        for order in orders:
            cards.check_issue(self.survey_slug, **order)

    def carry_out(self) -> list[cards.Issued]:
        """Issue the batches; raise Refused if the wave that they were approved for is no longer open."""
        if open_wave_of(self.survey_slug) != self.wave_id:
            raise Refused("The round that these cards were approved for is no longer open. Make a new request.")
        issued = [cards.issue_cards(self.survey_slug, kind=self.kind, **order) for order in self._orders()]
        in_all = {one.cell: one.cell_cards for one in issued}  # small batches of one request share a cell
        return [replace(one, cell_cards=in_all[one.cell]) for one in issued]

    @property
    def n_cards(self) -> int:
        """The number of cards for all localities."""
        return sum(self.areas.values())

    @property
    def localities(self) -> tuple[str | None, ...]:
        """The localities that get cards."""
        return tuple(self.areas)

    def _orders(self) -> Iterator[dict[str, Any]]:
        """Yield what to issue for each locality; with several, its name is part of the name of the batch."""
        names = db.rooms().settings.localities
        for place, count in self.areas.items():
            batch = self.batch if len(self.areas) == 1 else f"{self.batch}, {names.get(place, place)}"
            order = {"batch": batch, "locality": place, "channel": self.channel, "count": count}
            yield {**order, "schools": self.n_schools}


def open_wave_of(survey: str) -> str | None:
    """Return the id of the survey's open wave, or None. While one is open, new cards need approval."""
    return next((wave.id for wave in waves.list_waves(survey) if State(wave.state) is State.OPEN), None)


def issue_or_ask(command: IssueCards, user: StaffUser) -> list[cards.Issued] | int:
    """Issue cards, or request its approval and return the number of the request, in one transaction."""
    with db.writing() as session:
        db.hold_lock(session, db.ROUND_LOCK)
        now = replace(command, batch=cards.clean_name(command.batch), wave_id=open_wave_of(command.survey_slug))
        if now.wave_id is not None:
            return approvals.ask(now, user)
        now.check()
        return now.carry_out()
