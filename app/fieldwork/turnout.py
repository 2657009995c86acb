"""The turnout that can be published: one figure while a wave is open, rates by group after it has closed.

Where a rate cannot be calculated, a reason is given instead.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from app.core.results.turnout import Rate, RateChange, split_change
from app.core.waves import COUNTED, State
from app.fieldwork import frames, offer_log
from app.fieldwork.offer_log import OfferCounts
from app.models.fieldwork import ShownRates
from app.models.surveys import Wave
from app.storage import db
from app.surveys import waves


@dataclass(frozen=True)
class FrameRate:
    """The response rate: rounded answers as a whole percentage of the frame (0: under 1%), or why there is none."""

    heads: int | None = None
    percent: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Coverage:
    """Cards offered in one locality, or in all: counts, and the percentage of eligible people, or why there is none."""

    locality: str
    offered: int | None = None
    not_offered: int | None = None
    eligible: int | None = None
    percent: int | None = None
    reason: str | None = None


@dataclass(frozen=True)
class WaveTurnout:
    """All that can be published about the turnout of a wave."""

    opened: int
    rates: tuple[Rate, ...]
    frame_rate: FrameRate
    change: RateChange | None
    previous_wave: str | None
    coverage: tuple[Coverage, ...]


def turnout_of(wave: Wave) -> WaveTurnout:
    """Return the turnout that can be published; while the wave is open, one figure rounded down to 10."""
    opened = waves.shown_turnout()
    coverage = tuple(_coverage(wave))
    if State(wave.state) not in COUNTED:
        no_rate = FrameRate(reason="Response rates are shown after the round has closed.")
        return WaveTurnout(opened.get(wave.id, 0), (), no_rate, None, None, coverage)
    earlier = [w for w in waves.list_waves(wave.survey_slug) if w.number < wave.number and State(w.state) in COUNTED]
    described = frames.find_frames([wave.id, *(w.id for w in earlier[-1:])])
    answers = opened.get(wave.id, 0)
    frame_rate = _against(answers, described.get(wave.id))
    before = earlier[-1].id if earlier else None
    change = _change(before, wave.id, opened=opened, described=described) if before else None
    return WaveTurnout(answers, _rates(wave.id), frame_rate, change, before, coverage)


def limit_to_locality(turnout: WaveTurnout, locality: str | None, batches: Collection[str]) -> WaveTurnout:
    """Return the figures for everyone and for an account's locality, whose batches are named; all if it has none."""
    if locality is None:
        return turnout
    channels = {rate.name for rate in turnout.rates}
    own = {"everyone": {""}, "channel": channels, "locality": {locality}, "batch": {*batches}}
    rates = tuple(rate for rate in turnout.rates if rate.name in own[rate.dimension])
    coverage = tuple(row for row in turnout.coverage if row.locality in (locality, ""))
    return replace(turnout, rates=rates, coverage=coverage)


def _rates(wave_id: str) -> tuple[Rate, ...]:
    with db.reading() as session:
        row = session.scalar(select(ShownRates.body).filter_by(wave_id=wave_id))
    return tuple(Rate(**rate) for rate in json.loads(row)) if row else ()


def _against(answers: int, frame: frames.WaveFrame | None) -> FrameRate:
    if frame is None:
        return FrameRate(reason="The target population has not been entered.")
    if not answers:
        return FrameRate(frame.total, reason="Fewer than 10 people answered.")
    if answers > frame.total:
        return FrameRate(frame.total, reason="There are more answers than people in the target population.")
    return FrameRate(frame.total, round(100 * answers / frame.total))


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


def _coverage(wave: Wave) -> list[Coverage]:
    """Return the coverage of each locality, and of all if there are several."""
    logged = offer_log.list_offers(wave.id)
    frame = frames.find_frame(wave.id)
    places = sorted({offers.locality for offers in logged})
    rows = [_coverage_in(place, [one for one in logged if one.locality == place], frame) for place in places]
    return rows if len(rows) < 2 else [*rows, _coverage_in("", logged, frame)]


def _coverage_in(place: str, logged: list[OfferCounts], frame: frames.WaveFrame | None) -> Coverage:
    if not any(offers.has_counts for offers in logged):
        return Coverage(place, reason="No tally yet.")
    offered, missed = sum(one.offered for one in logged), sum(one.not_offered for one in logged)
    if not all(offers.has_counts for offers in logged):
        return Coverage(place, offered, missed, reason="The tally is incomplete: some batches have no counts.")
    eligible = (frame.of_locality(place) if place else frame.total) if frame else 0
    if not eligible:
        return Coverage(place, offered, missed, reason="The target population has not been entered.")
    if offered > eligible:
        reason = "More cards were offered than there are people in the target population."
        return Coverage(place, offered, missed, eligible, reason=reason)
    return Coverage(place, offered, missed, eligible, round(100 * offered / eligible))
