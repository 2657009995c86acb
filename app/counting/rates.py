"""Turnout and response rates, as far as staff may see them: counted here, shown by the web process.

Rates are protected in ``core/results/turnout``.
"""

import json
from dataclasses import asdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core.results.turnout import BatchCount, CellCount, protect_turnout
from app.core.waves import State
from app.counting import ended
from app.models.answers import Response, Turnout
from app.models.cards import Batch, Cell
from app.models.releases import ShownTurnout
from app.models.surveys import Wave
from app.storage import db

SHOWN_STEP_OPEN, SHOWN_STEP_CLOSED = 10, 5


def show_turnout(wave: Wave) -> None:
    """Publish how many answers were opened: in tens while the wave is open, in fives after it, never 1 to 9."""
    with db.counting() as answers:
        total = answers.scalar(select(func.sum(Turnout.n)).filter_by(wave_id=wave.id)) or 0  # deletions lower nothing
    if State(wave.state) is State.OPEN or total < SHOWN_STEP_OPEN:
        shown = total // SHOWN_STEP_OPEN * SHOWN_STEP_OPEN
    else:
        shown = (total + SHOWN_STEP_CLOSED // 2) // SHOWN_STEP_CLOSED * SHOWN_STEP_CLOSED
    with db.collecting() as portal:
        portal.merge(ShownTurnout(wave_id=wave.id, opened=shown))


def show_rates(wave: Wave) -> None:
    """Publish the rates of a wave that has ended, once: a wave that has rates keeps them, a cancelled one has none."""
    with db.counting() as answers, db.collecting() as portal:
        row = ended.find(answers, wave.id)
        if row is None or row.rates is not None or row.cancelled_because is not None:
            return
        rates = protect_turnout(_cells(answers, portal, wave), _batches(answers, portal, wave))
        row.rates = json.dumps([asdict(rate) for rate in rates])
    ended.show(wave.id)


def _cells(answers: Session, portal: Session, wave: Wave) -> list[CellCount]:
    issued = cards.cards_by_cell(portal, wave.survey_slug)
    places = {cell.id: cell for cell in portal.scalars(select(Cell).filter_by(survey_slug=wave.survey_slug))}
    query = select(Response.cell_id, func.count()).filter_by(wave_id=wave.id).group_by(Response.cell_id)
    completed: dict[str, int] = {cell: int(n) for cell, n in answers.execute(query)}
    cells = [(places[cell], n) for cell, n in issued.items()]
    return [CellCount(cell.locality, cell.channel, n, completed.get(cell.id, 0)) for cell, n in cells]


def _batches(answers: Session, portal: Session, wave: Wave) -> list[BatchCount]:
    query = select(Batch, Cell).join(Cell, Cell.id == Batch.cell_id).where(Batch.survey_slug == wave.survey_slug)
    completed = {row.batch_id: row.n for row in answers.scalars(select(Turnout).filter_by(wave_id=wave.id))}
    found = []
    for batch, cell in portal.execute(query.where(Batch.kind != "trial")):
        n = completed.get(batch.id, 0) if batch.n_cards >= cards.MIN_CELL else None
        found.append(BatchCount(batch.name, cell.locality, cell.channel, batch.n_cards, n))
    return found
