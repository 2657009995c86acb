"""The gate out of the counting room: ``protect`` is the only maker of ``Published`` values, pooled, rounded, frozen.

Why: docs/adr/0007.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.pooling import SMALLEST_GROUP, Cut, Group, gate, mask, pool, split, too_close
from app.core.published import (
    SEAL,
    STEP,
    Cell,
    Detail,
    Dimension,
    GroupResult,
    Level,
    Panel,
    PanelQuestion,
    Published,
    QuestionResult,
    Reason,
    Repeat,
    Word,
)
from app.core.questionnaires import Question, Questionnaire
from app.core.statistics import wilson
from app.core.tally import ClosedWave, Record, Tally, count_options, into_bands

OPTIONS_FROM, GROUPS_FROM = 30, 50
MOST_DIMENSIONS = 4


@dataclass(frozen=True)
class EarlierWave:
    """The wave before: its responses, its frozen release, and the people of the wave before that one (if any).

    Raises:
        ValueError: the release is of another wave.
    """

    closed: ClosedWave
    released: Published
    people_before: frozenset[bytes] = frozenset()

    def __post_init__(self) -> None:
        if self.released.wave != self.closed.wave:
            raise ValueError(f"the release of {self.released.wave} does not belong to {self.closed.wave}")


def protect(
    wave: ClosedWave, earlier: EarlierWave | None = None, *, breakdowns_allowed: bool, unaudited: bool = False
) -> Published:
    """Return what may be told about a wave.

    The same responses in any order give the same value.

    Args:
        wave: the closed wave.
        earlier: the survey's wave before, for repeats and the panel.
        breakdowns_allowed: whether groups and panel may be shown at all; the caller knows the rule about audits.
        unaudited: passed on, so that pages can say it.
    """
    level = _level(len(wave.records), breakdowns_allowed)
    questions, bands = _everyone(wave, level)
    panel_reason = _panel_reason(wave, earlier, breakdowns_allowed) if earlier else None
    both = wave.people & earlier.closed.people if earlier and not panel_reason else frozenset[bytes]()
    return Published(
        wave=wave.wave,
        survey=wave.questionnaire.survey,
        n=None if level is Level.NOTHING else round_to_step(len(wave.records)),
        level=level,
        questions=questions,
        bands=bands,
        dimensions=_dimensions(wave, level, both),
        panel=_panel(wave, earlier, both, panel_reason) if earlier else None,
        repeat=_repeat(wave, earlier) if earlier else None,
        unaudited=unaudited,
        reason=Reason.TOO_FEW_ANSWERS if level is Level.NOTHING else None,
        seal=SEAL,
    )


def round_to_step(number: int) -> int:
    """Return a number of people rounded to the nearest 5 (whole numbers are never half-way)."""
    return (number + STEP // 2) // STEP * STEP


def _level(total: int, breakdowns_allowed: bool) -> Level:
    if total < SMALLEST_GROUP:
        return Level.NOTHING
    if total < OPTIONS_FROM:
        return Level.BANDS
    return Level.GROUPS if total >= GROUPS_FROM and breakdowns_allowed else Level.OPTIONS


def _everyone(wave: ClosedWave, level: Level) -> tuple[tuple[QuestionResult, ...], tuple[QuestionResult, ...]]:
    """Return everyone's results at the level's detail, and in bands."""
    if level is Level.NOTHING:
        return (), ()
    bands = _results(wave.questionnaire, wave.records, Detail.BANDS)
    return (bands if level is Level.BANDS else _results(wave.questionnaire, wave.records, Detail.OPTIONS)), bands


def _results(
    document: Questionnaire, records: Sequence[Record], detail: Detail, withheld: frozenset[str] = frozenset()
) -> tuple[QuestionResult, ...]:
    return tuple(_result(q, records, detail, q.variable in withheld) for q in document.ratings if not q.detached)


def _result(question: Question, records: Sequence[Record], detail: Detail, is_withheld: bool) -> QuestionResult:
    """Return one question's result; a question that fewer than 10 people came to is not told."""
    tally: Tally | None = count_options(question, records)
    if tally is not None and detail is Detail.BANDS:
        tally = into_bands(question, tally)
    reason = Reason.TOO_FEW_ANSWERS if is_withheld and tally else _suppressed(tally)
    told = tally if reason is None else None
    return QuestionResult(
        variable=question.variable,
        kind=question.kind,
        detail=detail,
        cells=tuple(_cell(code, count, round_to_step(told.answered)) for code, count in told.counts) if told else (),
        base=round_to_step(told.answered) if told else None,
        not_answered=round_to_step(told.not_answered) if told else None,
        reason=reason,
        seal=SEAL,
    )


def _suppressed(tally: Tally | None) -> Reason | None:
    if tally is None:
        return Reason.NO_BANDS
    if round_to_step(tally.answered) == 0:
        return Reason.BASE_ZERO
    return Reason.TOO_FEW_ANSWERS if tally.shown < SMALLEST_GROUP else None


def _cell(code: str, exact: int, base: int) -> Cell:
    """Return a cell; its percentages are of the rounded base and come from the rounded count only."""
    count = round_to_step(exact)
    interval = wilson(count, base)
    word = Word.ALMOST_NONE if count == 0 else Word.NEARLY_ALL if count == base else None
    low, high = _whole_percent(interval.low), _whole_percent(interval.high)
    return Cell(code, count, _whole_percent(count / base), low, high, word, seal=SEAL)


def _whole_percent(share: float) -> int:
    return int(100 * share + 0.5)


def _dimensions(wave: ClosedWave, level: Level, both: frozenset[bytes]) -> tuple[Dimension, ...]:
    """Return the one-way results; ``both`` are the people of a panel that will be told."""
    names = ("locality", "channel", *(q.variable for q in wave.questionnaire.breakdowns))[:MOST_DIMENSIONS]
    if level is not Level.GROUPS:
        reason = Reason.TOO_FEW_FOR_GROUPS if len(wave.records) < GROUPS_FROM else Reason.NOT_AUDITED
        return tuple(Dimension(name, (), reason, seal=SEAL) for name in names)
    pooled = [pool(split(name, [record.value(name) for record in wave.records])) for name in names]
    cuts = gate(pooled, _panel_cut(wave, both))
    return tuple(_dimension(name, cut, wave) for name, cut in zip(names, cuts, strict=True))


def _dimension(name: str, cut: Cut, wave: ClosedWave) -> Dimension:
    members = [[record for record in wave.records if record.value(name) in group.values] for group in cut]
    withheld = _few_came(wave.questionnaire, members)
    groups = tuple(_group(group, people, wave, withheld) for group, people in zip(cut, members, strict=True))
    return Dimension(name, groups, None if groups else Reason.ONE_GROUP_LEFT, seal=SEAL)


def _group(group: Group, people: Sequence[Record], wave: ClosedWave, withheld: frozenset[str]) -> GroupResult:
    questions = _results(wave.questionnaire, people, Detail.BANDS, withheld)
    return GroupResult(group.values, round_to_step(group.size), questions, seal=SEAL)


def _few_came(document: Questionnaire, parts: Sequence[Sequence[Record]]) -> frozenset[str]:
    """Return the questions that 1 to 9 people of some part came to, because a rule led the others past it.

    If such a question were told of the other parts, everyone's result less theirs would tell about those few.
    """
    return frozenset(
        question.variable
        for question in document.ratings
        if any(0 < count_options(question, part).shown < SMALLEST_GROUP for part in parts)
    )


def _panel_cut(wave: ClosedWave, people: frozenset[bytes]) -> tuple[Cut, ...]:
    """Return {the people, the rest} as a cut, none when it would be empty or everyone."""
    members = mask(record.person in people for record in wave.records)
    rest = mask(record.person not in people for record in wave.records)
    return ((Group("panel", ("both",), members), Group("panel", ("rest",), rest)),) if members and rest else ()


def _panel_reason(wave: ClosedWave, earlier: EarlierWave, allowed: bool) -> Reason | None:
    """Return why the people of both waves cannot be told, or None."""
    sizes = (len(wave.records), len(earlier.closed.records))
    both = wave.people & earlier.closed.people
    if min(sizes) < GROUPS_FROM or earlier.released.n is None:
        return Reason.WAVES_TOO_SMALL
    if not allowed:
        return Reason.NOT_AUDITED
    if len(both) < SMALLEST_GROUP:
        return Reason.PANEL_TOO_SMALL
    if any(0 < size - len(both) < SMALLEST_GROUP for size in sizes):
        return Reason.PANEL_REST_TOO_SMALL
    return Reason.PANEL_TOO_CLOSE if _cuts_released(earlier, both) else None


def _cuts_released(earlier: EarlierWave, both: frozenset[bytes]) -> bool:
    """Tell whether the panel's answers in the earlier wave could be taken from what was told then, or the reverse.

    What is frozen cannot be pooled any more, so the panel has to give way.
    """
    panel = _panel_cut(earlier.closed, both)
    released = [_released_cut(dimension, earlier.closed) for dimension in earlier.released.dimensions]
    if earlier.released.panel is not None and earlier.released.panel.reason is None:
        released += _panel_cut(earlier.closed, earlier.people_before)
    return any(too_close(one, old) or too_close(old, one) for one in panel for old in released)


def _released_cut(dimension: Dimension, wave: ClosedWave) -> Cut:
    values = [record.value(dimension.name) for record in wave.records]
    return tuple(Group(dimension.name, g.values, mask(v in g.values for v in values)) for g in dimension.groups)


def _panel(wave: ClosedWave, earlier: EarlierWave, both: frozenset[bytes], reason: Reason | None) -> Panel:
    """Return what the people of both waves answered then and now, for the questions that both waves asked."""
    if reason is not None:
        return Panel(earlier.closed.wave, None, (), reason, seal=SEAL)
    then, now = ({r.variable: r for r in _panel_results(w, both)} for w in (earlier.closed, wave))
    asked_twice = [name for name in now if name in then and then[name].kind == now[name].kind]
    questions = tuple(PanelQuestion(name, then[name], now[name], seal=SEAL) for name in asked_twice)
    return Panel(earlier.closed.wave, round_to_step(len(both)), questions, None, seal=SEAL)


def _panel_results(wave: ClosedWave, both: frozenset[bytes]) -> tuple[QuestionResult, ...]:
    panel = [record for record in wave.records if record.person in both]
    rest = [record for record in wave.records if record.person not in both]
    return _results(wave.questionnaire, panel, Detail.BANDS, _few_came(wave.questionnaire, [panel, rest]))


def _repeat(wave: ClosedWave, earlier: EarlierWave) -> Repeat:
    """Return how many answered again; not which answers they gave."""
    count = len(wave.people & earlier.closed.people)
    told = count >= SMALLEST_GROUP and earlier.released.n is not None
    return Repeat(
        earlier_wave=earlier.closed.wave,
        earlier_n=earlier.released.n,
        count=round_to_step(count) if told else None,
        reason=None if told else Reason.TOO_FEW_ANSWERS,
        seal=SEAL,
    )
