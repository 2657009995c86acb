"""The target population of a wave (its frame): a definition, a date, and headcounts by group and locality.

Response rates need a frame.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.core.typed import TypedError, clean_line, clean_text, same
from app.core.waves import State, find_count_fault
from app.models.fieldwork import Frame, FrameCount
from app.storage import audit, clock, db
from app.storage.refusals import Refused
from app.surveys import waves

MAX_TEXT, MAX_GROUPS, MAX_GROUP_NAME, MAX_HEADS = 1000, 12, 80, 1_000_000


@dataclass(frozen=True)
class WaveFrame:
    """A wave's frame, with headcounts by (group, locality). Late: entered when its author could know the turnout."""

    definition: str
    counted_on: dt.date
    counts: Mapping[tuple[str, str], int]
    is_late: bool = False

    @property
    def total(self) -> int:
        """The total headcount."""
        return sum(self.counts.values())

    @property
    def groups(self) -> list[str]:
        """The names of the groups, sorted."""
        return sorted({group for group, _locality in self.counts})

    def of_locality(self, locality: str) -> int:
        """Return the headcount of all groups in one locality."""
        return sum(n for (_name, place), n in self.counts.items() if place == locality)


def set_frame(wave_id: str, *, definition: str, counted_on: dt.date, counts: Mapping[tuple[str, str], int]) -> None:
    """Set the target population of a wave, with headcounts by (group, locality); late if set after the close.

    Raises Refused without a definition or headcounts, for a day in the future or long ago, or if the wave is published
    or cancelled.
    """
    wave = waves.get_wave(wave_id)
    try:
        definition = clean_text(definition, MAX_TEXT)
        named = {(clean_line(group, MAX_GROUP_NAME), place): n for (group, place), n in counts.items()}
    except TypedError as error:
        raise Refused(str(error)) from error
    groups = {group for group, _place in named}
    if State(wave.state) in (State.PUBLISHED, State.CANCELLED):
        raise Refused(f"This round is {wave.state}, so its target population can no longer be changed.")
    if fault := find_count_fault(counted_on, clock.today()):
        raise Refused(fault, field="counted_on")
    if not definition:
        raise Refused(f"Describe who can take part, in 1 to {MAX_TEXT:,} characters.")
    if not counts or sum(counts.values()) < 1:
        raise Refused("Enter the number of people for at least one group and area.")
    if len(named) < len(counts) or len({same(group) for group in groups}) < len(groups) or "" in groups:
        raise Refused("Give each group a name of its own.")
    if any(not 0 <= n <= MAX_HEADS for n in counts.values()) or len(groups) > MAX_GROUPS:
        raise Refused(f"Enter whole numbers up to {MAX_HEADS:,}, for at most {MAX_GROUPS} groups.")
    with db.writing() as session:
        session.execute(delete(FrameCount).where(FrameCount.wave_id == wave_id))
        is_late = State(wave.state) is State.CLOSED
        session.merge(Frame(wave_id=wave_id, definition=definition, counted_on=counted_on, is_late=is_late))
        session.flush()
        session.add_all(
            FrameCount(wave_id=wave_id, group_name=group, locality=place, headcount=n)
            for (group, place), n in named.items()
        )
        audit.record("described who a wave is about", wave_id, heads=sum(counts.values()), counted_on=counted_on)


def find_frame(wave_id: str) -> WaveFrame | None:
    """Return a wave's frame, or None if it has not been entered."""
    return find_frames([wave_id]).get(wave_id)


def find_frames(wave_ids: list[str]) -> dict[str, WaveFrame]:
    """Return the frames of several waves in two queries."""
    with db.reading() as session:
        frames = list(session.scalars(select(Frame).where(Frame.wave_id.in_(wave_ids))))
        rows = list(session.scalars(select(FrameCount).where(FrameCount.wave_id.in_(wave_ids))))
    counts: dict[str, dict[tuple[str, str], int]] = {frame.wave_id: {} for frame in frames}
    for row in rows:
        counts[row.wave_id][row.group_name, row.locality] = row.headcount
    return {f.wave_id: WaveFrame(f.definition, f.counted_on, counts[f.wave_id], f.is_late) for f in frames}
