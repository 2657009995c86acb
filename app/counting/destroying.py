"""The opener's half of burning keys, and the ratchet after a leak. Every step may be done twice.

Burning destroys the opener's keys and deletes what they belong to in both rooms; the mark that it is done comes last,
and only then the front room destroys its own keys (``keys/destroying``).
"""

from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import keys
from app.core.waves import State, is_missed
from app.counting import deletion, ended, linking, rewriting
from app.models.answers import LinkChain, OpenedLetter, SetAside
from app.models.cards import Batch, Card
from app.models.letters import DeleteKey, Draft, Letter, SavedDraft, Spent
from app.models.releases import Burned
from app.models.surveys import Survey, Wave
from app.storage import clock, db, destroyed_keys, keyring
from app.storage.destroyed_keys import SURVEY, WAVE
from app.storage.refusals import NotFound, Refused
from app.surveys import waves

BLINDLY = {"synchronize_session": False}  # without asking back which rows went: the opener may not see them


def burn_wave(wave_id: str) -> None:
    """Destroy the opener's key of a wave and delete its letters, drafts and spent marks, as the opener.

    Raises:
        Refused: the wave is not over, or letters or requests to delete still wait. NotFound: there is no such wave.
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
    _end_waves([wave_id], survey)
    _tidy()
    with db.collecting() as portal:
        _mark(portal, WAVE, wave_id, is_done=True)


def burn_survey(survey: str) -> None:
    """Cut a survey's answers off from its codes for good, as the opener; who answered twice stays the same person.

    Raises:
        Refused: a wave is neither published nor burned, or letters or requests to delete still wait. KeyMissing: the
            link key is lost, so that nobody can tell who answered twice. NotFound: there is no such survey.
    """
    deletion.apply_or_refuse(survey)
    with db.counting() as answers, db.collecting() as portal:
        db.hold_lock(portal, db.ROUND_LOCK)
        over = _waves_of(portal, survey)
        names = [wave.id for wave in over]
        _check_ended(answers, portal, over)
        if portal.get(Burned, (SURVEY, survey)) is None:
            _check_unread(portal, survey, names)
            linking.check(answers, survey, names)
        portal.execute(delete(DeleteKey).filter_by(survey_slug=survey))  # with the mark: nobody asks from now on
        _mark(portal, SURVEY, survey)
        for wave in over:
            _mark(portal, WAVE, wave.id)
    fresh_people, fresh_parts = rewriting.FreshNames(), rewriting.FreshNames()
    with db.counting() as answers:
        unveil = linking.unveiling(answers, survey)
        rewriting.rename(answers, set(names), lambda w, one: fresh_people[unveil(w, one)], fresh_parts.__getitem__)
        answers.execute(delete(LinkChain).where(LinkChain.survey_slug == survey))
    keyring.destroy_link_keys(survey)
    _end_waves(names)
    with db.collecting() as portal:
        batches = select(Batch.id).filter_by(survey_slug=survey)
        statement = delete(Card).where(Card.batch_id.in_(batches))  # a trigger takes the void marks along
        portal.execute(statement, execution_options=BLINDLY)
    _tidy()
    with db.collecting() as portal:
        for name in names:
            _mark(portal, WAVE, name, is_done=True)
        _mark(portal, SURVEY, survey, is_done=True)


def ratchet(survey: str) -> int:
    """Turn a survey's link key on, after it may have leaked: an old copy with the old key matches nothing new.

    Persons and comment ids become what a new random key makes of them, and later ones go through all keys. The number
    of keys is kept in the same transaction as the new names, so that a crash leaves either all old or all new.

    Returns:
        How often the survey was ratcheted by now.

    Raises:
        Refused: the survey is burned. NotFound: there is no such survey.
    """
    with db.counting() as answers, db.collecting() as portal:
        names = {wave.id for wave in _waves_of(portal, survey)}
        destroyed_keys.check_alive(survey)
        links = linking.links_of(answers, survey)
        chain = answers.get(LinkChain, survey) or LinkChain(survey_slug=survey, ratchets=0)
        number = chain.ratchets + 1
        keyring.make_ratchet_key(survey, number)
        key = keyring.ratchet_keys(survey, number)[-1]
        turned = replace(links, ratchets=(*links.ratchets, key))

        def new_person(wave: str, old: bytes) -> bytes:
            return turned.veil(wave, keys.ratchet(key, links.unveil(wave, old)))

        rewriting.rename(answers, names, new_person, lambda old: keys.ratchet(key, old))
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
        burned = portal.get(Burned, (WAVE, wave.id))
        if is_missed(State(wave.state), wave.closes_on, clock.today()):
            continue
        if State(wave.state) is not State.PUBLISHED and burned is None:
            raise Refused(
                f"Round {wave.id} is {wave.state}. A survey's keys can be destroyed when all rounds are over."
            )
        _check_over(answers, portal, wave)


def _check_over(answers: Session, portal: Session, wave: Wave) -> None:
    """Refuse while a wave can still take answers or has some that are not counted, or requests that nobody looked at.

    Begun is begun: letters of a wave whose burning began are not asked about, if the wave has ended as well.
    """
    if State(wave.state) not in (State.CLOSED, State.PUBLISHED):
        raise Refused(f"Round {wave.id} is {wave.state}. Its keys can be destroyed after it has closed.")
    if portal.get(Burned, (WAVE, wave.id)) is not None and ended.find(answers, wave.id) is not None:
        return
    waiting = portal.scalar(select(Letter.id).filter_by(wave_id=wave.id).limit(1))
    noted = answers.scalar(select(OpenedLetter.id).filter_by(wave_id=wave.id).limit(1))
    if waiting is not None or noted is not None:
        raise Refused(f"Unopened letters remain in {wave.id}. Open the letterbox first.")


def _check_unread(portal: Session, survey: str, names: list[str]) -> None:
    """Refuse while a request to delete waits that came after the look; it may lie in a wave that is burned already."""
    if portal.scalar(select(Letter.id).where(Letter.wave_id.in_(names)).limit(1)) is not None:
        raise Refused(f"New requests to delete answers have arrived for {survey}. Repeat this step.")


def _mark(portal: Session, kind: str, subject: str, is_done: bool = False) -> None:
    row = portal.get(Burned, (kind, subject)) or Burned(kind=kind, subject=subject, is_done=False)
    row.is_done = row.is_done or is_done
    portal.add(row)


def _end_waves(names: list[str], living: str = "") -> None:
    """Destroy the secrets of some waves and delete what only those secrets could have opened.

    Args:
        names: the waves.
        living: their survey where it is not burned itself: requests to delete, which lie among letters, stay then.
    """
    for name in names:
        keyring.destroy_letter_secret(name)
    with db.counting() as answers:
        for kept in (SetAside, OpenedLetter):
            answers.execute(delete(kept).where(kept.wave_id.in_(names)))
    with db.collecting() as portal:
        for letter in deletion.list_letters(portal, living, names):
            portal.execute(delete(Letter).where(Letter.id == letter))
        for model in (Spent, Draft, SavedDraft):
            portal.execute(delete(model).where(model.wave_id.in_(names)), execution_options=BLINDLY)


def _tidy() -> None:
    """See to it that deleted rows are gone from the files too, before anybody is told that they are."""
    if not (db.tidy_files("counting", vacuum=True) and db.tidy_files("collecting", vacuum=True)):
        raise Refused("The database files were busy, so old rows may still be in them. Repeat this step.")
