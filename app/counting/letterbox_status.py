"""How many letters wait, were counted or were set aside."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.waves import State
from app.models.answers import Response, SetAside
from app.models.letters import Letter
from app.models.surveys import Wave
from app.storage import db

SET_ASIDE = "Letters of {} set aside: {}. They could not be read, or arrived after the end. See docs/operating.md."


@dataclass(frozen=True)
class BoxStatus:
    """The numbers of one wave."""

    waiting: int
    responses: int
    set_aside: int


def status() -> dict[str, BoxStatus]:
    """Return the letterbox of every wave that ever opened."""
    with db.collecting(read_only=True) as portal:
        query = select(Wave.id).where(Wave.state != State.DRAFT.value).order_by(Wave.survey_slug, Wave.number)
        ids = list(portal.scalars(query))
        waiting = _count_by_wave(portal, Letter)
    with db.counting(read_only=True) as answers:
        responses, aside = _count_by_wave(answers, Response), _count_by_wave(answers, SetAside)
    return {w: BoxStatus(waiting.get(w, 0), responses.get(w, 0), aside.get(w, 0)) for w in ids}


def report_set_aside(reported: dict[str, int]) -> list[str]:
    """Return a sentence for each wave with more letters set aside than ``reported``, which is updated."""
    with db.counting(read_only=True) as answers:
        aside = _count_by_wave(answers, SetAside)
    new = {wave: n for wave, n in sorted(aside.items()) if n > reported.get(wave, 0)}
    reported |= aside
    return [SET_ASIDE.format(wave, n) for wave, n in new.items()]


def _count_by_wave(session: Session, model: type[Letter] | type[Response] | type[SetAside]) -> dict[str, int]:
    query = select(model.wave_id, func.count()).group_by(model.wave_id)
    return {str(wave): int(n) for wave, n in session.execute(query)}
