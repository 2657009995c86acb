"""The offer log: how often cards of each batch were offered. It records no family, worker or time."""

from dataclasses import dataclass

from sqlalchemy import select, update

from app.core.waves import State
from app.models.cards import Batch, Cell
from app.models.fieldwork import Offer
from app.storage import db
from app.storage.refusals import NotFound, Refused
from app.surveys import waves

OFFERED = "offered"
REASONS = {
    "not_today": "Not the right moment",
    "language": "No card in their language",
    "already": "Already had a card",
    "forgot": "Forgot, or had no card",
    "safety": "Not safe to offer a card",
    "other": "Another reason",
}
OUTCOMES = {OFFERED: "Offered", **REASONS}


@dataclass(frozen=True)
class OfferCounts:
    """The counts of a batch in a wave, by outcome."""

    batch: Batch
    locality: str
    counts: dict[str, int]

    @property
    def offered(self) -> int:
        """The number of times a card was offered."""
        return self.counts.get(OFFERED, 0)

    @property
    def not_offered(self) -> int:
        """The number of times no card was offered."""
        return sum(n for outcome, n in self.counts.items() if outcome != OFFERED)

    @property
    def has_counts(self) -> bool:
        """Whether anything has been counted."""
        return any(self.counts.values())


def list_offers(wave_id: str) -> list[OfferCounts]:
    """Return the counts of a wave for each batch of its survey, by name; trial batches are excluded."""
    wave = waves.get_wave(wave_id)
    with db.reading() as session:
        query = (
            select(Batch, Cell.locality)
            .join(Cell, Cell.id == Batch.cell_id)
            .where(Batch.survey_slug == wave.survey_slug, Batch.kind != "trial")
            .order_by(Batch.name)
        )
        batches = list(session.execute(query))
        rows = list(session.scalars(select(Offer).filter_by(wave_id=wave_id)))
    counts: dict[str, dict[str, int]] = {}
    for row in rows:
        counts.setdefault(row.batch_id, {})[row.outcome] = row.n
    return [OfferCounts(batch, locality, counts.get(batch.id, {})) for batch, locality in batches]


def get_offers(wave_id: str, batch_id: str) -> OfferCounts:
    """Return the counts of one batch, or raise NotFound."""
    found = next((offers for offers in list_offers(wave_id) if offers.batch.id == batch_id), None)
    if found is None:
        raise NotFound("There is no such batch in this round.")
    return found


def count(wave_id: str, batch_id: str, outcome: str, *, change: int = 1) -> None:
    """Add one to a count, or with ``change`` -1 undo one; Refused if the wave is not open, or nothing is to undo."""
    if outcome not in OUTCOMES or change not in (1, -1):
        raise NotFound("There is no such count.")
    if State(waves.get_wave(wave_id).state) is not State.OPEN:
        raise Refused("You can keep a tally only while the round is open.")
    get_offers(wave_id, batch_id)
    key = {"wave_id": wave_id, "batch_id": batch_id, "outcome": outcome}
    with db.writing() as session:
        if change < 0:
            less = update(Offer).filter_by(**key).where(Offer.n > 0).values(n=Offer.n - 1)
            if session.execute(less.returning(Offer.n)).first() is None:
                raise Refused("There is nothing to undo.")
            return
        more = db.insert_into(session, Offer).values(**key, n=1)
        at = ["wave_id", "batch_id", "outcome"]
        session.execute(more.on_conflict_do_update(index_elements=at, set_={"n": Offer.n + 1}))
