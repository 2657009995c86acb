"""The front room's half of burning keys: ask the opener, and destroy our own key files once the opener is done."""

from app.core.waves import State, is_missed
from app.storage import audit, clock, db, destroyed_keys, keyring, requests
from app.storage.destroyed_keys import SURVEY, WAVE
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves


def ask(kind: str, subject: str) -> int:
    """Ask the opener to burn a wave's or a survey's keys and return the number of the request.

    Raises:
        NotFound: there is no such wave or survey.
    """
    survey_of(kind, subject)
    with db.writing():
        audit.record("asked to burn keys", subject, of=kind)
        return requests.ask(f"burn_{kind}", subject)


def survey_of(kind: str, subject: str) -> str:
    """Return the survey that a wave or survey belongs to, or raise NotFound."""
    return waves.get_wave(subject).survey_slug if kind == WAVE else surveys.get_survey(subject).slug


def check_over(kind: str, subject: str) -> None:
    """Raise Refused while a wave or survey is not over, as far as this room can see; the opener looks again."""
    begun = destroyed_keys.list_begun(WAVE)
    for wave in [waves.get_wave(subject)] if kind == WAVE else waves.list_waves(survey_of(kind, subject)):
        over = (State.CLOSED, State.PUBLISHED) if kind == WAVE else (State.PUBLISHED,)
        is_past = kind == SURVEY and is_missed(State(wave.state), wave.closes_on, clock.today())
        if State(wave.state) not in over and wave.id not in begun and not is_past:
            raise Refused(f"Round {wave.id} is {wave.state}. The keys of {subject} can be destroyed when it is over.")


def is_over(kind: str, subject: str) -> bool:
    """Tell whether a wave or survey is over, as far as this room can see."""
    try:
        check_over(kind, subject)
    except Refused:
        return False
    return True


def finish() -> list[str]:
    """Destroy our own keys of everything that the opener has burned, and return what that was. Safe to repeat.

    It is written down first and done second: a crash in between writes it down twice and forgets nothing.
    """
    done = []
    for kind, subject in left_over():
        with db.writing():
            audit.record("burned keys", subject, of=kind)
        if kind == WAVE:
            keyring.destroy_wave_key(subject)
        else:
            keyring.destroy_card_keys(subject)
        done.append(subject)
    return done


def left_over() -> list[tuple[str, str]]:
    """Return kind and name of everything that the opener has burned and whose key still lies in the front room."""
    burned = [
        (kind, name) for kind in (WAVE, SURVEY) for name, is_done in destroyed_keys.list_begun(kind).items() if is_done
    ]
    return [(kind, name) for kind, name in burned if keyring.front_files(kind, name)]
