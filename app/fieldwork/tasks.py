"""Tasks for waves: before they open, while they are open, and after they have closed."""

import datetime as dt
from collections.abc import Iterator

from app.core.permissions import Permission, allows
from app.core.waves import State
from app.fieldwork import checklist, frames, own_words
from app.models.staff import StaffUser
from app.models.surveys import Wave
from app.staff.tasks import Task
from app.storage import clock
from app.surveys import service as surveys
from app.surveys import waves

SOON = dt.timedelta(days=7)


def tasks(person: StaffUser) -> Iterator[Task]:
    """Yield the tasks of each wave in a user's scope."""
    if not allows(person.role, Permission.MANAGE_WAVES):
        return
    seen = [wave for wave in waves.list_all_waves() if person.sees(wave.survey_slug)]
    described = frames.find_frames([wave.id for wave in seen])
    for wave in seen:
        place: dict[str, object] = {"wave_id": wave.id}
        state, today = State(wave.state), clock.today()
        if state is State.CLOSED:
            yield Task("publish the results. The round has closed.", "rounds.release_round", place, wave.id)
        if state is State.OPEN and surveys.fault_of(wave):
            text = "cancel the round. Nobody can answer it: see its checklist."
            yield Task(text, "rounds.show_round", place, wave.id)
        if state in (State.DRAFT, State.OPEN) and wave.id not in described:
            yield Task("enter the target population.", "rounds.edit_frame", place, wave.id)
        if state is State.DRAFT and wave.opens_on <= today + SOON:
            yield from _before_opening(wave)
        if state is State.OPEN and wave.closes_on <= today + SOON:
            text = f"remind people that the round closes on {wave.closes_on:%-d %B}."
            yield Task(text, "rounds.show_round", place, wave.id)


def _before_opening(wave: Wave) -> Iterator[Task]:
    """Yield the tasks of a draft that opens soon."""
    first, place = f"{wave.opens_on:%-d %B}", {"wave_id": wave.id}
    if not wave.words and own_words.find_own_words(wave).missing:
        text = f"find readers for own words. Without them, the round opens on {first} and does not ask for own words."
        yield Task(text, "rounds.show_round", {**place}, wave.id)
    if open_points := checklist.list_open(wave):
        count = f"{len(open_points)} checklist {'item' if len(open_points) == 1 else 'items'}"
        yield Task(f"complete {count} before the round opens on {first}.", "rounds.show_round", {**place}, wave.id)
