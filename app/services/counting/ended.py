"""What the counting room remembers of a wave that has ended, so that nobody can have it counted or released twice.

A wave has ended when all its letters were opened after its close. The front room's tables may be changed by whoever has
the web process's hands; a round that is opened again, given letters and released would tell what a few people said.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import db
from app.core.waves import State
from app.models.answers import EndedWave
from app.models.base import PortalBase
from app.models.fieldwork import ShownRates
from app.models.releases import Release
from app.models.surveys import Wave
from app.services import waves


def mark(answers: Session, wave: str) -> None:
    """Remember that a wave has ended. Safe to repeat."""
    if find(answers, wave) is None:
        answers.add(EndedWave(wave_id=wave))
        answers.flush()


def find(answers: Session, wave: str) -> EndedWave | None:
    """Return what is remembered of a wave; None while letters may come."""
    return answers.get(EndedWave, wave)


def find_release(answers: Session, wave: str) -> str | None:
    """Return a wave's release as it was made, as JSON text; None before."""
    row = find(answers, wave)
    return row.release if row else None


def list_released(answers: Session) -> set[str]:
    """Return the waves whose release was made."""
    return set(answers.scalars(select(EndedWave.wave_id).where(EndedWave.release.is_not(None))))


def show(wave: str) -> None:
    """Show the front room what was just made of a wave; it is remembered first, so that nothing is made twice."""
    with db.counting() as answers, db.collecting() as portal:
        list(_put_back(portal, answers.get_one(EndedWave, wave)))


def put_back_changed() -> list[str]:
    """Show the front room what is remembered, where it has something else or nothing.

    Returns:
        One sentence about each thing that was otherwise. After a crash between remembering and showing it is ours.
    """
    with db.counting() as answers, db.collecting() as portal:
        remembered = answers.scalars(select(EndedWave).order_by(EndedWave.wave_id))
        return [sentence for row in remembered for sentence in _put_back(portal, row)]


def _put_back(portal: Session, row: EndedWave) -> Iterator[str]:
    if row.rates is not None and _show(portal, ShownRates, row.wave_id, row.rates):
        yield _told("response rates", row.wave_id)
    if row.release is not None and _show(portal, Release, row.wave_id, row.release):
        yield _told("results", row.wave_id)
    wave, due = portal.get(Wave, row.wave_id), State.PUBLISHED if row.release is not None else State.CLOSED
    if wave is not None and State(wave.state) is not due:
        said = f"Round {wave.id} was {wave.state} in the portal database, and has ended. It was made {due.value} again."
        waves.put_back(portal, wave, due)
        yield f"{said} Answers that were sent meanwhile are set aside: find out who changed it."


def _show(portal: Session, model: type[PortalBase], wave: str, body: str) -> bool:
    """Give a wave's row a body and tell whether it had another or was not there."""
    shown: Any = portal.get(model, wave)
    if shown is not None and shown.body == body:
        return False
    portal.merge(model(wave_id=wave, body=body))
    return True


def _told(what: str, wave: str) -> str:
    return (
        f"The {what} of round {wave} were missing or changed in the portal database. They were put back as they were"
        " made. If the opener did not stop in between, find out who changed them."
    )
