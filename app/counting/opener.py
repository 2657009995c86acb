"""The opener's loop: answers requests, opens and closes waves on their days, does the nightly jobs."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

from app.core.waves import LONDON
from app.counting import destroying, ended, inbox, letterbox, moving, public_keys, releasing
from app.models.releases import OpenerHeartbeat, Request
from app.respond import journeys
from app.storage import audit, clock, db, keyring, requests, withdrawn
from app.storage.refusals import Refused, RetryLater
from app.surveys import schedule

POLL_SECONDS = 2.0
HEARTBEAT_SECONDS = 60.0
NIGHT_HOUR = 2
WAIT_SECONDS, PAUSE_SECONDS = 5.0, 0.1


def answer_requests(report: Callable[[int, Exception], None] | None = None) -> int:
    """Answer every waiting request, and those that an opener took and did not finish; return how many there were.

    ``report`` is called with number and error of each request that failed; the others are answered all the same.

    Raises:
        Refused: another opener is answering requests; it answers them all.
        Exception: the first error, if there is no ``report``: the others wait. Or no further request could be taken.
    """
    if not requests.has_unfinished():
        return 0
    answered = 0
    with _exclusive():
        requests.requeue_taken()
        while (request := requests.take_next()) is not None:
            answered += 1
            try:
                _answer(request)
            except Exception as fault:
                if report is None:
                    raise
                report(request.id, fault)
    return answered


def _answer(request: Request) -> None:
    try:
        _VERBS[request.verb](request.subject)
    except Exception as fault:
        if isinstance(fault, RetryLater) or db.is_transient(fault):
            raise  # it stays taken, and the next turn tries again
        says_why = isinstance(fault, (Refused, keyring.KeyMissing))
        requests.finish(request.id, str(fault) if says_why else "The opener could not do this. Its log says why.")
        if not isinstance(fault, Refused):
            raise
    else:
        requests.finish(request.id)


@contextmanager
def _exclusive() -> Iterator[None]:
    """Let only one process answer requests at a time. The lock ends with the process."""
    folder = os.open(db.rooms().settings.counting_keys, os.O_RDONLY | os.O_DIRECTORY)
    end = time.monotonic() + WAIT_SECONDS
    try:
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if time.monotonic() > end:
                raise Refused("Another opener or command is already working on requests.")
            time.sleep(PAUSE_SECONDS)
        yield
    finally:
        os.close(folder)


def apply_schedule() -> None:
    """Open and close the waves whose day has come, open closed ones' letters, and raise Refused about what failed."""
    closed, unreadable = schedule.move_by_calendar()
    refusals = [f"The dates or state of round {wave} cannot be read. See docs/operating.md." for wave in unreadable]
    for wave in closed:
        try:
            letterbox.open_letterbox(wave)
        except Refused as refusal:
            refusals.append(str(refusal))
        except Exception as fault:  # trouble with one wave must not keep the others' letters waiting
            refusals.append(f"Letters of round {wave} are still waiting ({type(fault).__name__}).")
    if refusals:
        raise Refused(" ".join(refusals))


def run_nightly_jobs(report: Callable[[str], None]) -> None:
    """Once a night, delete old drafts and old comments, check the audit log's notes, and open what the rules allow.

    ``report`` is given one sentence about each failure; a failed job keeps no other from being done.
    """
    with db.collecting(read_only=True) as session:
        row = session.get(OpenerHeartbeat, 1)
    is_done = row is not None and row.last_night == clock.today()
    if is_done or clock.now().astimezone(LONDON).hour < NIGHT_HOUR:
        return
    with db.collecting() as session:  # written first: a failure must not start the nightly jobs again every two seconds
        session.merge(OpenerHeartbeat(id=1, ran_well_at=clock.now(), last_night=clock.today()))
    _take(journeys.purge_drafts, report)
    _take(inbox.delete_old_words, report)
    _take(withdrawn.drop_old, report)
    _take(lambda: [f"The audit log has failed its check: {fault}" for fault in audit.check_notes()], report)
    _take(lambda: letterbox.open_letterbox(), report)


def beat() -> None:
    """Record that the opener is running."""
    with db.collecting() as session:
        session.merge(OpenerHeartbeat(id=1, ran_well_at=clock.now()))
    audit.note_head()


def run_forever(report: Callable[[str], None]) -> None:
    """Work until the process is ended.

    ``report`` is called with one sentence about each failure and about letters that cannot be read; never with a value
    from a letter.
    """
    next_beat, reported = 0.0, dict[str, int]()
    while True:
        _take(public_keys.restore_changed, report)
        _take(lambda: answer_requests(lambda _request, fault: report(_sentence(fault))), report)
        _take(apply_schedule, report)
        _take(lambda: run_nightly_jobs(report), report)
        if time.monotonic() >= next_beat:
            _take(ended.restore_changed, report)
            _take(public_keys.make_missing_keys, report)
            _take(moving.repeat_deletions, report)
            _take(lambda: _repeat_moves(report), report)
            _take(lambda: letterbox.report_set_aside(reported), report)
            _take(beat, report)
            next_beat = time.monotonic() + HEARTBEAT_SECONDS
        time.sleep(POLL_SECONDS)


def _repeat_moves(report: Callable[[str], None]) -> None:
    """Finish moves of comments that a crash, or a file that was busy, has left half done."""
    for wave in moving.list_unfinished():
        _take(partial(letterbox.open_letterbox, wave), report)


def _take(step: Callable[[], object], report: Callable[[str], None]) -> None:
    """Take one step and report the sentences it returns; a failure keeps no other step from being taken."""
    try:
        result = step()
        for sentence in result if isinstance(result, list) else []:
            report(_one_line(sentence))
    except Exception as fault:
        report(_sentence(fault))


def _sentence(fault: Exception) -> str:
    if isinstance(fault, Refused):
        return _one_line(f"The opener could not complete its work: {fault}")
    damaged = " A database is damaged: see docs/operating.md." if db.is_damaged(fault) else ""
    return f"The opener met an error and continues: {type(fault).__name__}.{damaged}"


def _one_line(sentence: str) -> str:
    """Return a sentence as one line: names in it come from a database that the web process writes."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in sentence).split())


_VERBS: dict[str, Callable[[str], object]] = {
    "make_keys": public_keys.make_wave_keys,
    "close_wave": letterbox.open_letterbox,
    "cancel_wave": destroying.cancel_wave,
    "delete_wave": destroying.delete_wave,
    "make_release": releasing.make_release,
    "burn_wave": destroying.destroy_wave,
    "burn_survey": destroying.destroy_survey,
    "ratchet": destroying.ratchet,
}
