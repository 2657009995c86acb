"""Response rates of a closed wave: counted here, protected in ``core/results/turnout``, shown in the front room."""

import json
from dataclasses import asdict

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cards import service as cards
from app.core.results.turnout import BatchCount, CellCount, protect_turnout
from app.counting import ended
from app.models.answers import Response, Turnout
from app.models.cards import Batch, Cell
from app.models.surveys import Wave
from app.storage import db


def show_rates(wave: Wave) -> None:
    """Tell the front room the rates of a wave that has ended; those that were made first stand."""
    with db.counting() as answers, db.collecting() as portal:
        row = ended.find(answers, wave.id)
        if row is None or row.rates is not None:
            return
        rates = protect_turnout(_cells(answers, portal, wave), _batches(answers, portal, wave))
        row.rates = json.dumps([asdict(rate) for rate in rates])
    ended.show(wave.id)


def _cells(answers: Session, portal: Session, wave: Wave) -> list[CellCount]:
    issued = cards.cards_by_cell(portal, wave.survey_slug)
    places = {cell.id: cell for cell in portal.scalars(select(Cell).filter_by(survey_slug=wave.survey_slug))}
    query = select(Response.cell_id, func.count()).filter_by(wave_id=wave.id).group_by(Response.cell_id)
    completed: dict[str, int] = {cell: int(n) for cell, n in answers.execute(query)}
    return [
        CellCount(places[cell].locality, places[cell].channel, n, completed.get(cell, 0)) for cell, n in issued.items()
    ]


def _batches(answers: Session, portal: Session, wave: Wave) -> list[BatchCount]:
    query = select(Batch, Cell).join(Cell, Cell.id == Batch.cell_id).where(Batch.survey_slug == wave.survey_slug)
    counted = select(Turnout.batch_id, Turnout.n).where(Turnout.wave_id == wave.id)
    completed: dict[str, int] = {batch: int(n) for batch, n in answers.execute(counted)}
    return [
        BatchCount(
            batch.name,
            cell.locality,
            cell.channel,
            batch.n_cards,
            completed.get(batch.id, 0) if batch.n_cards >= cards.MIN_CELL else None,
        )
        for batch, cell in portal.execute(query.where(Batch.kind != "trial"))
    ]
