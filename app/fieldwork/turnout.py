"""Who took part, as far as it may be told: one figure while a wave is open, rates by group after, and a reason
wherever a rate cannot be worked out. Never a guess."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.core.results.turnout import Rate, RateChange, split_change
from app.core.waves import State
from app.fieldwork import frames, tallies
from app.fieldwork.tallies import Tally
from app.models.fieldwork import ShownRates
from app.models.surveys import Wave
from app.storage import db
from app.surveys import waves


@dataclass(frozen=True)
class FrameRate:
    """Rounded answers against the frame, in whole percent (0: under 1%), or the reason why there is no rate."""

    answers: int | None
    heads: int | None
    percent: int | None
    reason: str | None


@dataclass(frozen=True)
class Handing:
    """How cards reached people in one locality or in all: offered, and the share of those eligible, or why not."""

    locality: str
    offered: int | None
    missed: int | None
    eligible: int | None
    coverage: int | None
    reason: str | None


@dataclass(frozen=True)
class WaveTurnout:
    """All that may be told about taking part in a wave."""

    opened: int
    rates: tuple[Rate, ...]
    of_frame: FrameRate
    change: RateChange | None
    before: str | None
    handing: tuple[Handing, ...]


def turnout_of(wave: Wave) -> WaveTurnout:
    """Return what may be told; while the wave is open that is one figure, rounded down to 10."""
    opened = waves.shown_turnout()
    handing = tuple(_handing(wave))
    if State(wave.state) in (State.DRAFT, State.OPEN):
        reason = "Response rates are shown after the round has closed."
        return WaveTurnout(opened.get(wave.id, 0), (), FrameRate(None, None, None, reason), None, None, handing)
    over = (State.CLOSED, State.PUBLISHED)
    earlier = [w for w in waves.list_waves(wave.survey_slug) if w.number < wave.number and State(w.state) in over]
    described = frames.find_frames([wave.id, *(w.id for w in earlier[-1:])])
    answers = opened.get(wave.id, 0)
    frame_rate = _against(answers, described.get(wave.id))
    before = earlier[-1].id if earlier else None
    change = _change(before, wave.id, opened=opened, described=described) if before else None
    return WaveTurnout(answers, _rates(wave.id), frame_rate, change, before, handing)


def seen_from(told: WaveTurnout, locality: str | None, batches: Collection[str]) -> WaveTurnout:
    """Return what an account sees that ends at one locality: everyone's figures and its own.

    Args:
        told: all that may be told.
        locality: where the account ends, None when it does not.
        batches: the names of the batches of that locality.
    """
    if locality is None:
        return told
    own = {"everyone": {""}, "channel": {rate.name for rate in told.rates}, "locality": {locality}, "batch": {*batches}}
    rates = tuple(rate for rate in told.rates if rate.name in own[rate.dimension])
    return replace(told, rates=rates, handing=tuple(row for row in told.handing if row.locality in (locality, "")))


def _rates(wave_id: str) -> tuple[Rate, ...]:
    with db.reading() as session:
        row = session.scalar(select(ShownRates.body).filter_by(wave_id=wave_id))
    return tuple(Rate(**rate) for rate in json.loads(row)) if row else ()


def _against(answers: int, frame: frames.WaveFrame | None) -> FrameRate:
    if frame is None:
        return FrameRate(answers, None, None, "The target population has not been entered.")
    if not answers:
        return FrameRate(None, frame.total, None, "Fewer than 10 people answered.")
    if answers > frame.total:
        return FrameRate(answers, frame.total, None, "There are more answers than people in the target population.")
    return FrameRate(answers, frame.total, _whole_percent(answers, frame.total), None)


def _change(
    before: str, now: str, *, opened: Mapping[str, int], described: Mapping[str, frames.WaveFrame]
) -> RateChange | None:
    if before not in described or now not in described or not (opened.get(before) and opened.get(now)):
        return None
    return split_change(
        answers_before=opened[before],
        list_before=described[before].total,
        answers_now=opened[now],
        list_now=described[now].total,
    )


def _handing(wave: Wave) -> list[Handing]:
    """Return, by locality, how often cards were offered of how many who could have been asked."""
    kept = tallies.list_tallies(wave.id)
    frame = frames.find_frame(wave.id)
    places = sorted({tally.locality for tally in kept})
    rows = [_handing_in(place, [t for t in kept if t.locality == place], frame) for place in places]
    return rows if len(rows) < 2 else [*rows, _handing_in("", kept, frame)]


def _handing_in(place: str, kept: list[Tally], frame: frames.WaveFrame | None) -> Handing:
    if not any(tally.is_kept for tally in kept):
        return Handing(place, None, None, None, None, "No tally yet.")
    offered, missed = sum(t.offered for t in kept), sum(t.missed for t in kept)
    if not all(tally.is_kept for tally in kept):
        return Handing(place, offered, missed, None, None, "The tally is incomplete: some batches have no counts.")
    eligible = (frame.of_locality(place) if place else frame.total) if frame else 0
    if not eligible:
        return Handing(place, offered, missed, None, None, "The target population has not been entered.")
    if offered > eligible:
        return Handing(
            place,
            offered,
            missed,
            eligible,
            None,
            "More cards were offered than there are people in the target population.",
        )
    return Handing(place, offered, missed, eligible, round(100 * offered / eligible), None)


def _whole_percent(answers: int, heads: int) -> int:
    """Return the share in percent; the answers are rounded already, so a finer step tells nothing more."""
    return round(100 * answers / heads)
