"""Makes the release of a closed wave from its responses, once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from sys import intern

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.answers import Answer
from app.core.questionnaires import MISSING
from app.core.results.disclosure import protect
from app.core.results.panels import EarlierWave
from app.core.results.published import Facts, Published, from_json
from app.core.results.tally import ClosedWave, Record
from app.core.waves import COUNTED, LONDON, State
from app.counting import auditing, deletion, ended, linking
from app.models.answers import EndedWave, Response
from app.models.cards import Cell
from app.models.fieldwork import Frame, FrameCount
from app.models.surveys import Wave
from app.storage import clock, db, destroyed_keys, requests
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves

READ_AT_ONCE = 1000
AUDITING = "Checking that no small group can be identified. Pass {number}, since {since}."


def make_release(wave_id: str) -> None:
    """Make and freeze the release of a wave, unless it has one; Refused if it is not closed, or letters remain.

    If answers are deleted while the release is audited, all is done again without them.
    """
    is_done = False
    while not is_done:
        with db.collecting(read_only=True):
            survey = waves.get_wave(wave_id).survey_slug
        deletion.apply_or_refuse(survey)
        is_done = _try_release(wave_id, survey)
    ended.show(wave_id)


def _try_release(wave_id: str, survey: str) -> bool:
    """Make the release, and return whether it was frozen: not if the answers have changed during its audit."""
    with _open_rooms(wave_id) as (answers, portal, row):
        if row.release is not None:
            return True
        now, earlier = _read(answers, portal, wave_id)
        if not auditing.needs_audit(now):
            return _freeze(answers, row, protect(now, earlier, breakdowns_allowed=True))
    since = clock.now().astimezone(LONDON).strftime("%H:%M")

    def report(number: int) -> None:
        requests.note("make_release", wave_id, AUDITING.format(number=number, since=since))

    published = auditing.publish_audited(now, earlier, report)
    deletion.apply_or_refuse(survey)
    with _open_rooms(wave_id) as (answers, portal, row):
        is_same = row.release is None and _read(answers, portal, wave_id) == (now, earlier)
        return is_same and _freeze(answers, row, published)


@contextmanager
def _open_rooms(wave_id: str) -> Iterator[tuple[Session, Session, EndedWave]]:
    """Yield both rooms and the record of a wave that has ended; Refused if its release cannot be made."""
    with db.counting() as answers, db.collecting() as portal:
        row = ended.find(answers, wave_id)
        if row is None or row.release is None:
            _check_order(answers, portal, portal.get_one(Wave, wave_id))
        if row is None:
            raise Refused(f"Unopened letters remain in {wave_id}. Open the letterbox first.")
        yield answers, portal, row


def _read(answers: Session, portal: Session, wave_id: str) -> tuple[ClosedWave, EarlierWave | None]:
    wave = portal.get_one(Wave, wave_id)
    return _closed_wave(answers, portal, wave), _earlier(answers, portal, wave)


def _freeze(answers: Session, row: EndedWave, published: Published) -> bool:
    ended.keep_release(answers, row, json.dumps(published.to_json(), sort_keys=True))
    return True


def _check_order(answers: Session, portal: Session, wave: Wave) -> None:
    if State(wave.state) is not State.CLOSED:
        raise Refused(f"Round {wave.id} is {wave.state}. Results can be published after it has closed.")
    others = select(Wave).filter_by(survey_slug=wave.survey_slug).where(Wave.id != wave.id).order_by(Wave.number)
    over = portal.scalars(others.where(Wave.state.in_([state.value for state in COUNTED])))
    released = {row.wave_id for row in ended.list_released(answers, wave.survey_slug)}
    gone = set(destroyed_keys.list_begun(destroyed_keys.WAVE)) - released  # these will never be published
    in_the_way = [w.id for w in over if (w.id in released) is (w.number > wave.number) and w.id not in gone]
    if in_the_way:
        raise Refused(f"Results are published in the order of rounds: publish {in_the_way[0]} before {wave.id}.")


def _earlier(answers: Session, portal: Session, wave: Wave) -> EarlierWave | None:
    """Return the survey's newest release, to compare with, from the opener's own record.

    Each release is compared with by the next one only. Otherwise waves created for this purpose would reveal the
    answers of an old wave bit by bit.
    """
    before = ended.list_released(answers, wave.survey_slug)[:1]
    if not before:
        return None
    released = from_json(json.loads(before[0].release or ""))
    closed = _closed_wave(answers, portal, portal.get_one(Wave, before[0].wave_id))
    if released.panel is None:
        return EarlierWave(closed, released)
    resolve, name = linking.pseudonym_resolver(answers, wave.survey_slug), released.panel.earlier_wave
    stored = answers.scalars(select(Response.person).filter_by(wave_id=name))
    return EarlierWave(closed, released, frozenset(resolve(name, person) for person in stored))


def _closed_wave(answers: Session, portal: Session, wave: Wave) -> ClosedWave:
    document = surveys.document_of(wave)
    resolve = linking.pseudonym_resolver(answers, wave.survey_slug)
    cells = {cell.id: cell for cell in portal.scalars(select(Cell).filter_by(survey_slug=wave.survey_slug))}
    columns = select(Response.person, Response.cell_id, Response.answers).filter_by(wave_id=wave.id)
    rows = answers.execute(columns.order_by(Response.id).execution_options(yield_per=READ_AT_ONCE))
    records = tuple(
        Record(
            person=resolve(wave.id, person),
            groups={
                "locality": cells[cell_id].locality,
                "channel": cells[cell_id].channel,
                **{q.variable: intern(str(sent.get(q.variable, MISSING))) for q in document.breakdowns},
            },
            answers={intern(name): _share_codes(answer) for name, answer in sent.items()},
        )
        for person, cell_id, sent in rows
    )
    listed = {q.variable: (*q.codes, MISSING) for q in document.breakdowns}
    listed |= {place: tuple(getattr(c, place) for c in cells.values()) for place in ("locality", "channel")}
    return ClosedWave(wave.id, document, records, listed, _facts(portal, wave))


def _share_codes(answer: str | list[str]) -> Answer:
    """Return an answer whose codes are kept once in memory, however many people chose them."""
    return intern(answer) if isinstance(answer, str) else tuple(intern(code) for code in answer)


def _facts(portal: Session, wave: Wave) -> Facts:
    opens_on, closes_on = wave.opens_on.isoformat(), wave.closes_on.isoformat()
    frame = portal.get(Frame, wave.id)
    if frame is None:
        return Facts(wave.number, opens_on, closes_on)
    heads = portal.scalar(select(func.sum(FrameCount.headcount)).filter_by(wave_id=wave.id))
    counted_on = frame.counted_on.isoformat()
    return Facts(wave.number, opens_on, closes_on, heads, frame.definition, counted_on, frame.is_late)
