"""Makes a wave's key pair. The opener keeps the secret; the web process seals with the public key."""

from sqlalchemy import select

from app.core import letters
from app.core.waves import State
from app.counting import deletion, ended, linking
from app.models.surveys import Wave
from app.storage import clock, db, destroyed_keys, keyring, requests
from app.storage.refusals import NotFound, Refused


def make_wave_keys(wave_id: str) -> None:
    """Make a wave's key pair and publish its public key in the wave's row. Safe to repeat.

    Raises:
        Refused: the wave has ended, its keys or its survey's are destroyed, or its public key was not made here.
            KeyMissing: a key of the survey or of the wave was made before and is lost; no other is made in its place.
            NotFound: there is no such wave.
    """
    with db.counting() as answers, db.collecting() as session:
        wave = session.get(Wave, wave_id)
        if wave is None:
            raise NotFound(f"There is no round {wave_id}.")
        destroyed_keys.check_alive(wave.survey_slug)
        if destroyed_keys.is_begun(destroyed_keys.WAVE, wave_id):
            raise Refused(f"The keys of round {wave_id} are destroyed.")
        if ended.find(answers, wave_id) is not None:
            raise Refused(
                f"A round {wave_id} has already ended, so its name cannot be used again. Create the next one."
            )
        linking.make_key(answers, wave.survey_slug)
    with db.collecting() as session:  # after the answers database has recorded the link key: it is never made twice
        wave = session.get_one(Wave, wave_id)
        deletion.make_key(wave.survey_slug)  # first: no answer comes in that nobody can delete
        if wave.letter_pub is None:
            keyring.make_letter_secret(wave_id)
            wave.letter_pub = letters.public_half(keyring.letter_secret(wave_id))
        # else its letters would be sealed to a key that is not ours, and somebody else could read them
        if wave.letter_pub != letters.public_half(keyring.letter_secret(wave_id)):
            raise Refused(
                f"The public key of round {wave_id} was not made here. Close the round and find out who set it."
            )


def make_missing_keys() -> list[str]:
    """Make the keys of waves without any whose request has failed; return a sentence about each that still fails."""
    drafts = select(Wave.id, Wave.survey_slug).where(Wave.state == State.DRAFT.value, Wave.letter_pub.is_(None))
    drafts = drafts.where(Wave.closes_on >= clock.today()).order_by(Wave.id)
    with db.collecting(read_only=True) as session:
        asked, destroyed = requests.list_unfinished("make_keys"), destroyed_keys.list_begun(destroyed_keys.SURVEY)
        found = [w for w, survey in session.execute(drafts) if w not in asked and survey not in destroyed]
    reports = []
    for name in found:
        try:
            make_wave_keys(name)
        except Exception as fault:  # trouble with one wave must not keep the others without keys
            why = str(fault) if isinstance(fault, (Refused, keyring.KeyMissing)) else type(fault).__name__
            reports.append(f"Round {name} has no encryption key yet. {why}")
    return reports
