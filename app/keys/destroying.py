"""The web process's part of key destruction: ask the opener, then destroy our own key files once it is done."""

from app.core.waves import COUNTED, State, is_missed
from app.storage import audit, clock, db, destroyed_keys, keyring, requests
from app.storage.destroyed_keys import SURVEY, WAVE
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves


def ask(kind: str, subject: str) -> int:
    """Ask the opener to destroy the keys of a wave or survey (else NotFound); return the number of the request."""
    survey_of(kind, subject)
    with db.writing():
        audit.record("asked to burn keys", subject, of=kind)
        return requests.ask(f"burn_{kind}", subject)


def survey_of(kind: str, subject: str) -> str:
    """Return the survey that a wave or survey belongs to, or raise NotFound."""
    return waves.get_wave(subject).survey_slug if kind == WAVE else surveys.get_survey(subject).slug


def check_over(kind: str, subject: str) -> None:
    """Raise Refused while a wave or survey is not over, as far as the web process can see; the opener checks again."""
    begun = destroyed_keys.list_begun(WAVE)
    for wave in [waves.get_wave(subject)] if kind == WAVE else waves.list_waves(survey_of(kind, subject)):
        over = COUNTED if kind == WAVE else (State.PUBLISHED,)
        is_past = kind == SURVEY and is_missed(State(wave.state), wave.closes_on, clock.today())
        if State(wave.state) not in over and wave.id not in begun and not is_past:
            raise Refused(f"Round {wave.id} is {wave.state}. The keys of {subject} can be destroyed when it is over.")


def is_over(kind: str, subject: str) -> bool:
    """Tell whether a wave or survey is over, as far as the web process can see."""
    try:
        check_over(kind, subject)
    except Refused:
        return False
    return True


def finish() -> None:
    """Destroy our own keys of every wave and survey that the opener has finished. Safe to repeat.

    The audit log gets its entry first: after a crash in between it has two, and never none.
    """
    for kind, subject in left_over():
        with db.writing():
            audit.record("burned keys", subject, of=kind)
        if kind == WAVE:
            keyring.destroy_wave_key(subject)
        else:
            keyring.destroy_card_keys(subject)


def left_over() -> list[tuple[str, str]]:
    """Return kind and name of every wave and survey that the opener has finished and we still have a key of."""
    begun = [(kind, *row) for kind in (WAVE, SURVEY) for row in destroyed_keys.list_begun(kind).items()]
    return [(kind, name) for kind, name, is_done in begun if is_done and keyring.front_files(kind, name)]
