"""The opener's part of key destruction and of cancelling and deleting waves; rotation of the link key after a leak.

Every step can be repeated.

The opener destroys its keys and deletes what they protected in both databases. It records last that this is done, and
only then the web process destroys its own keys (``keys/destroying``).
"""

from dataclasses import replace

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.core import keys
from app.core.waves import COUNTED, State, is_missed
from app.counting import deletion, ended, inbox, linking, moving, rewriting
from app.models.answers import (
    Comment,
    DetachedAnswer,
    LinkChain,
    MovedComment,
    OpenedLetter,
    Response,
    SetAside,
    Turnout,
)
from app.models.cards import Batch, Card
from app.models.fieldwork import Frame, FrameCount
from app.models.letters import DeleteKey, Draft, Letter, SavedDraft, Spent
from app.models.releases import KeyDestruction, ShownTurnout
from app.models.surveys import Survey, Wave
from app.storage import clock, db, destroyed_keys, keyring
from app.storage.destroyed_keys import SURVEY, WAVE
from app.storage.refusals import NotFound, Refused, RetryLater
from app.surveys import waves

NO_SYNC = {"synchronize_session": False}  # do not ask which rows were deleted: the opener may not read them


def destroy_wave(wave_id: str) -> None:
    """Destroy the opener's key of a wave and delete the wave's letters, drafts and spent marks.

    Raises:
        Refused: the wave is not over, or letters or deletion requests remain. NotFound: there is no such wave.
    """
    with db.collecting(read_only=True):
        survey = waves.get_wave(wave_id).survey_slug
    deletion.apply_or_refuse(survey)
    with db.counting() as answers, db.collecting() as portal:
        db.hold_lock(portal, db.ROUND_LOCK)
        wave = portal.get_one(Wave, wave_id)
        _check_over(answers, portal, wave)
        ended.mark(answers, portal, wave)
        _mark(portal, WAVE, wave_id)
    _destroy_waves([wave_id], survey)
    _tidy()
    with db.collecting() as portal:
        _mark(portal, WAVE, wave_id, is_done=True)


def destroy_survey(survey: str) -> None:
    """Separate a survey's answers from its codes for good; whoever answered twice remains one person.

    Raises:
        Refused: a wave is neither published nor has its keys destroyed, or letters or deletion requests remain.
            KeyMissing: the link key is lost, so that nobody can say who answered twice. NotFound: there is no such
            survey.
    """
    deletion.apply_or_refuse(survey)
    with db.counting() as answers, db.collecting() as portal:
        db.hold_lock(portal, db.ROUND_LOCK)
        over = _waves_of(portal, survey)
        names = [wave.id for wave in over]
        _check_ended(answers, portal, over)
        if portal.get(KeyDestruction, (SURVEY, survey)) is None:
            # a deletion request that came too late to be carried out
            if portal.scalar(select(Letter.id).where(Letter.wave_id.in_(names)).limit(1)) is not None:
                raise Refused(f"New requests to delete answers have arrived for {survey}. Repeat this step.")
            linking.check(answers, survey, names)
        # in the same transaction: from now on nobody can ask for a deletion
        portal.execute(delete(DeleteKey).filter_by(survey_slug=survey))
        _mark(portal, SURVEY, survey)
        for wave in over:
            _mark(portal, WAVE, wave.id)
    fresh_people, fresh_parts = rewriting.random_ids(), rewriting.random_ids()
    with db.counting() as answers:
        resolve = linking.pseudonym_resolver(answers, survey)
        # before the rows are rewritten, so that no file keeps which comment lies where in the inbox
        answers.execute(delete(MovedComment).where(MovedComment.wave_id.in_(names)))
        rewriting.replace_ids(
            answers, set(names), lambda w, one: fresh_people[resolve(w, one)], fresh_parts.__getitem__
        )
        answers.execute(delete(LinkChain).where(LinkChain.survey_slug == survey))
    keyring.destroy_link_keys(survey)
    _destroy_waves(names)
    with db.collecting() as portal:
        batches = select(Batch.id).filter_by(survey_slug=survey)
        statement = delete(Card).where(Card.batch_id.in_(batches))  # a trigger deletes the void marks too
        portal.execute(statement, execution_options=NO_SYNC)
    _tidy()
    with db.collecting() as portal:
        for name in names:
            _mark(portal, WAVE, name, is_done=True)
        _mark(portal, SURVEY, survey, is_done=True)


def cancel_wave(wave_id: str) -> None:
    """Destroy all that was answered in a cancelled wave, unread, and the opener's key of it.

    Requests to delete answers stay: they may be about answers in other waves. The portal's mark is committed first, so
    from then on nobody opens letters of the wave.

    Raises:
        Refused: the wave is not cancelled, or it has ended before. NotFound: there is no such wave.
    """
    with db.counting() as answers, db.collecting() as portal:
        db.hold_lock(portal, db.ROUND_LOCK)
        wave = waves.get_wave(wave_id)
        if State(wave.state) is not State.CANCELLED:
            raise Refused(f"Round {wave_id} is {wave.state}, so nothing of it is destroyed.")
        ended.cancel(answers, wave)
        for table in (Response, Comment, MovedComment, DetachedAnswer, Turnout):
            answers.execute(delete(table).where(table.wave_id == wave_id))
        rewriting.reshuffle_rows(answers)
        inbox.delete_wave(wave_id)
        portal.execute(update(ShownTurnout).filter_by(wave_id=wave_id).values(opened=0))
        _mark(portal, WAVE, wave_id)
    _destroy_waves([wave_id], wave.survey_slug)
    _tidy(RetryLater)
    with db.collecting() as portal:
        _mark(portal, WAVE, wave_id, is_done=True)


def delete_wave(wave_id: str) -> None:
    """Delete a wave that never opened, with its target population and the opener's key of it.

    Raises:
        Refused: the wave has opened. NotFound: there is no such wave.
    """
    with db.collecting() as portal:
        db.hold_lock(portal, db.ROUND_LOCK)
        if not destroyed_keys.is_begun(WAVE, wave_id):
            wave = waves.get_wave(wave_id)
            if State(wave.state) is not State.DRAFT:
                raise Refused(f"Round {wave_id} is {wave.state} by now, so it can no longer be deleted.")
            for table in (FrameCount, Frame):
                portal.execute(delete(table).where(table.wave_id == wave_id), execution_options=NO_SYNC)
            portal.delete(wave)
            _mark(portal, WAVE, wave_id)
    keyring.destroy_letter_secret(wave_id)
    with db.collecting() as portal:
        _mark(portal, WAVE, wave_id, is_done=True)


def ratchet(survey: str) -> int:
    """Rotate a survey's link key after it may have leaked, and return how often this was done.

    An old copy with the old key then matches nothing new. A new random key is applied to all persons and comment ids,
    and to later ones after the keys before it. The number of keys is stored in the same transaction as the new ids, so
    that after a crash either all are old or all are new.

    Raises:
        Refused: the survey's keys are destroyed. NotFound: there is no such survey.
    """
    with db.counting() as answers, db.collecting() as portal:
        names = {wave.id for wave in _waves_of(portal, survey)}
        destroyed_keys.check_alive(survey)
        links = linking.links_of(answers, survey)
        chain = answers.get(LinkChain, survey) or LinkChain(survey_slug=survey, ratchets=0)
        number = chain.ratchets + 1
        keyring.make_ratchet_key(survey, number)
        key = keyring.ratchet_keys(survey, number)[-1]
        rotated = replace(links, ratchets=(*links.ratchets, key))

        def new_person(wave: str, old: bytes) -> bytes:
            return rotated.wave_pseudonym(wave, keys.ratchet(key, links.resolve(wave, old)))

        rewriting.replace_ids(answers, names, new_person, lambda old: keys.ratchet(key, old))
        chain.ratchets = number
        answers.add(chain)
    _tidy()
    return number


def _waves_of(portal: Session, survey: str) -> list[Wave]:
    if portal.get(Survey, survey) is None:
        raise NotFound(f"There is no survey {survey}.")
    return list(portal.scalars(select(Wave).filter_by(survey_slug=survey).order_by(Wave.number)))


def _check_ended(answers: Session, portal: Session, over: list[Wave]) -> None:
    for wave in over:
        destruction = portal.get(KeyDestruction, (WAVE, wave.id))
        if is_missed(State(wave.state), wave.closes_on, clock.today()):
            continue
        if State(wave.state) is not State.PUBLISHED and destruction is None:
            raise Refused(
                f"Round {wave.id} is {wave.state}. A survey's keys can be destroyed when all rounds are over."
            )
        _check_over(answers, portal, wave)


def _check_over(answers: Session, portal: Session, wave: Wave) -> None:
    """Refuse while a wave takes answers, or has answers that are not counted or deletion requests not carried out.

    Once the destruction of an ended wave's keys has begun, it goes on whatever letters there are.
    """
    if State(wave.state) not in COUNTED | {State.CANCELLED}:
        raise Refused(f"Round {wave.id} is {wave.state}. Its keys can be destroyed after it has closed.")
    if portal.get(KeyDestruction, (WAVE, wave.id)) is not None and ended.find(answers, wave.id) is not None:
        return
    waiting = portal.scalar(select(Letter.id).filter_by(wave_id=wave.id).limit(1))
    noted = answers.scalar(select(OpenedLetter.id).filter_by(wave_id=wave.id).limit(1))
    if waiting is not None or noted is not None:
        raise Refused(f"Unopened letters remain in {wave.id}. Open the letterbox first.")
    if moving.has_waiting(answers, wave):
        raise Refused(f"Comments of {wave.id} are still on their way to their readers. Open the letterbox first.")


def _mark(portal: Session, kind: str, subject: str, *, is_done: bool = False) -> None:
    row = portal.get(KeyDestruction, (kind, subject)) or KeyDestruction(kind=kind, subject=subject, is_done=False)
    row.is_done = row.is_done or is_done
    portal.add(row)


def _destroy_waves(names: list[str], active_survey: str = "") -> None:
    """Destroy the secrets of some waves and delete what only those secrets could have opened.

    Deletion requests, which are letters too, stay if their survey keeps its keys (``active_survey``).
    """
    for name in names:
        keyring.destroy_letter_secret(name)
    with db.counting() as answers:
        for table in (SetAside, OpenedLetter):
            answers.execute(delete(table).where(table.wave_id.in_(names)))
    with db.collecting() as portal:
        rewriting.delete_rows(portal, Letter.id, deletion.list_letters(portal, active_survey, names))
        for model in (Spent, Draft, SavedDraft):
            portal.execute(delete(model).where(model.wave_id.in_(names)), execution_options=NO_SYNC)


def _tidy(refusal: type[Refused] = Refused) -> None:
    """Remove deleted rows from the SQLite files too, before the destruction is reported as done."""
    if not (db.tidy_files("counting", vacuum=True) and db.tidy_files("collecting", vacuum=True)):
        raise refusal("The database files were busy, so old rows may still be in them. Repeat this step.")
