"""The counting room's own process: answers requests, keeps the calendar, opens letters at night."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.core.waves import LONDON
from app.counting import destroying, ended, letterbox, letterbox_status, public_keys, releasing, wave_keys
from app.models.releases import OpenerHeartbeat, Request
from app.respond import journeys
from app.storage import audit, clock, db, keyring, requests
from app.storage.refusals import Late, Refused
from app.surveys import waves

POLL_SECONDS = 2.0
HEARTBEAT_SECONDS = 60.0
NIGHT_HOUR = 2
PATIENCE_SECONDS, PAUSE_SECONDS = 5.0, 0.1


def answer_requests(tell: Callable[[int, Exception], None] | None = None) -> int:
    """Answer every waiting request and return how many there were.

    So are those that another opener took and did not finish, because it was ended or its database was away.

    Args:
        tell: told at once of each request that met a fault, by its number; the others are answered all the same.
            Without it the first fault is raised, and the others wait.

    Raises:
        Refused: another opener is at it; it answers them all.
        Exception: the first fault, if nobody is told; or no further request could be taken.
    """
    if not requests.has_unfinished():
        return 0
    answered = 0
    with _alone():
        requests.put_back_taken()
        while (request := requests.take_next()) is not None:
            answered += 1
            try:
                _answer(request)
            except Exception as fault:
                if tell is None:
                    raise
                tell(request.id, fault)
    return answered


def _answer(request: Request) -> None:
    try:
        _VERBS[request.verb](request.subject)
    except Exception as fault:
        if isinstance(fault, Late) or db.passes(fault):
            raise  # it stays taken, and the next turn tries again
        says_why = isinstance(fault, (Refused, keyring.KeyMissing))
        requests.finish(request.id, str(fault) if says_why else "The opener could not do this. Its log says why.")
        if not isinstance(fault, Refused):
            raise
    else:
        requests.finish(request.id)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one process answer requests at a time, so that what is taken is taken by nobody else. It ends with it."""
    folder = os.open(db.rooms().settings.counting_keys, os.O_RDONLY | os.O_DIRECTORY)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while not _is_ours(folder):
            if time.monotonic() > end:
                raise Refused("Another opener or command is already working on requests.")
            time.sleep(PAUSE_SECONDS)
        yield
    finally:
        os.close(folder)


def _is_ours(folder: int) -> bool:
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def apply_schedule() -> None:
    """Open and close the waves whose day has come; the letters of a closed one are opened at once.

    Raises:
        Refused: letters of some wave wait, or its row cannot be read; all others were opened.
    """
    closed, strange = waves.move_by_calendar()
    refusals = [f"The dates or state of round {wave} cannot be read. See docs/operating.md." for wave in strange]
    for wave in closed:
        try:
            letterbox.open_letterbox(wave)
        except Refused as refusal:
            refusals.append(str(refusal))
        except Exception as fault:  # one wave's trouble must not keep the others' letters waiting
            refusals.append(f"Letters of round {wave} are still waiting ({type(fault).__name__}).")
    if refusals:
        raise Refused(" ".join(refusals))


def run_nightly_jobs(report: Callable[[str], None]) -> None:
    """Once a night, delete old drafts, compare the audit log with our notes, and open what the rules allow.

    Args:
        report: given one sentence about each failure; a failed job keeps no other from being done.
    """
    with db.collecting(read_only=True) as session:
        row = session.get(OpenerHeartbeat, 1)
    is_done = row is not None and row.last_night == clock.today()
    if is_done or clock.now().astimezone(LONDON).hour < NIGHT_HOUR:
        return
    with db.collecting() as session:  # written first: a fault must not make the night begin again every two seconds
        session.merge(OpenerHeartbeat(id=1, ran_well_at=clock.now(), last_night=clock.today()))
    _take(journeys.purge_drafts, report)
    _take(lambda: [f"The audit log has failed its check: {fault}" for fault in audit.check_notes()], report)
    _take(lambda: letterbox.open_letterbox(), report)


def beat() -> None:
    """Write down that the opener runs well."""
    with db.collecting() as session:
        row = session.get(OpenerHeartbeat, 1) or OpenerHeartbeat(id=1)
        row.ran_well_at = clock.now()
        session.add(row)
    audit.note_head()


def run_forever(report: Callable[[str], None]) -> None:
    """Work until the process is ended.

    Args:
        report: told one sentence about each failure and about letters that cannot be read; never a value from a letter.
    """
    next_beat, told = 0.0, dict[str, int]()
    while True:
        _take(public_keys.restore_changed, report)
        _take(lambda: answer_requests(lambda _request, fault: report(_say(fault))), report)
        _take(apply_schedule, report)
        _take(lambda: run_nightly_jobs(report), report)
        if time.monotonic() >= next_beat:
            _take(ended.restore_changed, report)
            _take(wave_keys.make_missing_keys, report)
            _take(lambda: letterbox_status.report_set_aside(told), report)
            _take(beat, report)
            next_beat = time.monotonic() + HEARTBEAT_SECONDS
        time.sleep(POLL_SECONDS)


def _take(step: Callable[[], object], report: Callable[[str], None]) -> None:
    """Take one step and report what it says; a fault in it keeps no other step from being taken."""
    try:
        said = step()
        for sentence in said if isinstance(said, list) else []:
            report(_one_line(sentence))
    except Exception as fault:
        report(_say(fault))


def _say(fault: Exception) -> str:
    if isinstance(fault, Refused):
        return _one_line(f"The opener could not complete its work: {fault}")
    return f"The opener met an error and continues: {type(fault).__name__}."


def _one_line(sentence: str) -> str:
    """Names in it come from a database that the front room writes: they shall not look like lines of their own."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in sentence).split())


def _close(wave_id: str) -> None:
    letterbox.open_letterbox(wave_id)


_VERBS: dict[str, Callable[[str], object]] = {
    "make_keys": wave_keys.make_wave_keys,
    "close_wave": _close,
    "make_release": releasing.make_release,
    "burn_wave": destroying.burn_wave,
    "burn_survey": destroying.burn_survey,
    "ratchet": destroying.ratchet,
}
