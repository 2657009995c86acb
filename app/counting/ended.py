"""The opener's own record of waves that have ended, so that nobody can have one counted or released twice.

A wave has ended when all its letters were opened after its close, or when it was cancelled. Whoever controls the web
process can change the portal database: a wave that is opened again, given more letters and released again would reveal
what a few people said.
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import letters
from app.core.results import published
from app.core.waves import State
from app.models.answers import EndedWave
from app.models.base import PortalBase
from app.models.fieldwork import ShownRates
from app.models.releases import Release
from app.models.surveys import Wave
from app.storage import db, keyring
from app.storage.refusals import Refused
from app.surveys import waves

WHY = "Expected after an update or after restoring an old copy of the answers; otherwise find out who published it."
_log = logging.getLogger(__name__)


def mark(answers: Session, portal: Session, wave: Wave, *, just_opened: bool = False) -> None:
    """Record that a wave has ended. Safe to repeat.

    A wave that was published before there were such records, or before an old copy of the answers was restored, is
    recorded with its public numbers, and this is logged: on SQLite the web process's user could have written them. This
    is not done where a new answer was among the letters just opened: no numbers can include it.
    """
    if find(answers, wave.id) is not None:
        return
    row = EndedWave(wave_id=wave.id, survey_slug=wave.survey_slug)
    answers.add(row)
    if not just_opened:
        _take_over(answers, portal, wave, row=row)
    answers.flush()


def cancel(answers: Session, wave: Wave) -> None:
    """Record that a wave is cancelled; safe to repeat. Raises Refused if it has ended before."""
    row = find(answers, wave.id)
    if row is not None and row.cancelled_because is None:
        raise Refused(f"Round {wave.id} has ended, so it cannot be cancelled.")
    reason = wave.cancelled_because
    answers.merge(EndedWave(wave_id=wave.id, survey_slug=wave.survey_slug, cancelled_because=reason))
    answers.flush()


def _take_over(answers: Session, portal: Session, wave: Wave, *, row: EndedWave) -> None:
    """Record the public numbers of a published wave, if they are a release of it."""
    shown, rates = portal.get(Release, wave.id), portal.get(ShownRates, wave.id)
    if State(wave.state) is not State.PUBLISHED or shown is None or not _is_release(shown.body, wave.id):
        return
    row.rates = row.rates or (rates.body if rates else None)
    keep_release(answers, row, shown.body)
    _log.warning("The opener had no results of round %r and took over those that are public. %s", wave.id, WHY)


def _is_release(body: str, wave: str) -> bool:
    try:
        return published.from_json(json.loads(body)).wave == wave
    except Exception:  # whatever is wrong with it
        return False


def find(answers: Session, wave: str) -> EndedWave | None:
    """Return the record of a wave that has ended; None for any other."""
    return answers.get(EndedWave, wave)


def keep_release(answers: Session, row: EndedWave, body: str) -> None:
    """Record a wave's release, as JSON text, as the newest of its survey."""
    newest = answers.scalar(select(func.max(EndedWave.released)).filter_by(survey_slug=row.survey_slug))
    row.released, row.release = (newest or 0) + 1, body


def list_released(answers: Session, survey: str) -> list[EndedWave]:
    """Return a survey's waves whose release was made, the newest release first."""
    query = select(EndedWave).filter_by(survey_slug=survey).where(EndedWave.release.is_not(None))
    return list(answers.scalars(query.order_by(EndedWave.released.desc())))


def show(wave: str) -> None:
    """Publish what was just made of a wave in the portal database; it is recorded first, so nothing is made twice.

    Rows that somebody has changed are left for ``restore_changed``, which reports them.
    """
    with db.counting() as answers, db.collecting() as portal:
        row = answers.get_one(EndedWave, wave)
        if row.rates is not None:
            _show(portal, ShownRates, wave, body=row.rates)
        found = portal.get(Wave, wave)
        if row.release is not None and found is not None and State(found.state) is State.CLOSED:
            _show(portal, Release, wave, body=row.release)
            waves.restore_state(portal, found, State.PUBLISHED)


def restore_changed() -> list[str]:
    """Restore published rates, releases and states of ended waves, and return a sentence about each difference.

    After a crash between recording and publishing it was nobody's doing.
    """
    with db.counting(read_only=True) as answers:
        names = answers.scalars(select(EndedWave.wave_id)).all()
    in_order = sorted(names, key=lambda name: (len(name), name))  # a survey's second before its tenth
    return [sentence for name in in_order for sentence in _restore_if_changed(name)]


def _restore_if_changed(wave: str) -> list[str]:
    try:
        with db.counting(read_only=True) as answers, db.collecting(read_only=True) as portal:
            is_changed = _is_changed(portal, answers.get_one(EndedWave, wave))
        if not is_changed:
            return []
        with db.counting() as answers, db.collecting() as portal:
            return list(_restore(answers, portal, answers.get_one(EndedWave, wave)))
    except Exception as fault:  # trouble with one wave must not keep the others from being restored
        return [f"Changes to round {wave} could not be undone ({type(fault).__name__})."]


def _is_changed(portal: Session, row: EndedWave) -> bool:
    wave = portal.get(Wave, row.wave_id)
    rates, release = portal.get(ShownRates, row.wave_id), portal.get(Release, row.wave_id)
    has_its_rates = row.rates is None or (rates is not None and rates.body == row.rates)
    has_its_release = row.release == (release.body if release else None)
    return wave is None or State(wave.state) is not _due_state(row) or not has_its_rates or not has_its_release


def _due_state(row: EndedWave) -> State:
    if row.cancelled_because is not None:
        return State.CANCELLED
    return State.PUBLISHED if row.release is not None else State.CLOSED


def _restore(answers: Session, portal: Session, row: EndedWave) -> Iterator[str]:
    for what, model, body in (("response rates", ShownRates, row.rates), ("results", Release, row.release)):
        if body is not None and _show(portal, model, row.wave_id, body=body):
            yield (
                f"The {what} of round {row.wave_id} were missing or changed in the portal database. They were restored."
                " If the opener has not been stopped since, find out who changed them."
            )
    wave = portal.get(Wave, row.wave_id)
    if row.release is None and wave is not None and portal.get_bind().dialect.name == "postgresql":
        _take_over(answers, portal, wave, row=row)  # the answers are an old copy; only the opener can write a release
    forged = portal.get(Release, row.wave_id) if row.release is None else None
    if forged is not None:
        portal.delete(forged)
        yield f"Round {row.wave_id} had results in the portal database that the opener did not make. They were deleted."
    due = _due_state(row)
    if wave is None:
        yield f"Round {row.wave_id} has ended and is no longer in the portal database: find out who deleted it."
    elif State(wave.state) is not due:
        said = f"Round {wave.id} was {wave.state} in the portal database, but has ended. It was set to {due} again."
        if wave.letter_pub is None:
            wave.letter_pub = letters.public_half(keyring.letter_secret(wave.id))
        wave.cancelled_because = row.cancelled_because
        waves.restore_state(portal, wave, due)
        yield f"{said} Answers sent in the meantime are set aside: find out who changed it."


def _show(portal: Session, model: type[PortalBase], wave: str, *, body: str) -> bool:
    """Write the body of a wave's row, and tell whether it was different or missing."""
    shown: Any = portal.get(model, wave)
    if shown is not None and shown.body == body:
        return False
    portal.merge(model(wave_id=wave, body=body))
    return True
