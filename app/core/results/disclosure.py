"""Statistical disclosure control: ``protect`` alone makes ``Published`` values, which are pooled and rounded.

Why: docs/adr/0007.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.core.questionnaires import Question, Questionnaire
from app.core.results.certificate import Certificate
from app.core.results.coarsening import FINEST, Coarsening
from app.core.results.panels import GROUPS_FROM, EarlierWave, panel_cut, panel_reason, withheld, withheld_earlier
from app.core.results.pooling import SMALLEST_GROUP, Cut, gate, merge_further, pool, split
from app.core.results.published import (
    SEAL,
    STEP,
    Cell,
    Detail,
    Dimension,
    GroupResult,
    Level,
    Moves,
    Panel,
    PanelQuestion,
    Published,
    QuestionResult,
    Reason,
    Repeat,
    Word,
)
from app.core.results.statistics import whole_percent, wilson
from app.core.results.tally import ClosedWave, Record, Tally, count_moves, count_options, has_bands, into_bands

OPTIONS_FROM = 30
AUDITED_UP_TO = 500
"""Larger waves publish groups without an audit, as a fixed rule allows from 200 answers. Why: docs/adr/0045."""
MOST_DIMENSIONS = 4


def protect(
    wave: ClosedWave,
    earlier: EarlierWave | None = None,
    *,
    breakdowns_allowed: bool,
    unaudited: bool = False,
    coarser: Coarsening = FINEST,
) -> Published:
    """Return the numbers of a wave that can be published; they do not depend on the order of the responses.

    Args:
        earlier: the survey's previous wave, for the repeat participation and the panel.
        breakdowns_allowed: whether groups and panel may be published; the caller applies the rule about audits.
        unaudited: stored in the result, so that pages can say so.
        coarser: what an audit has found must be published coarser.
    """
    level = _level(len(wave.records), breakdowns_allowed)
    questions, bands = _everyone(wave, level, coarser.left_out)
    reason = panel_reason(wave, earlier, breakdowns_allowed) if earlier else None
    reason = Reason.PANEL_TOO_CLOSE if reason is None and coarser.is_without_panel else reason
    both = wave.people & earlier.closed.people if earlier and not reason else frozenset[bytes]()
    cuts = [merge_further(cut, coarser.merges(cut[0].dimension)) if cut else () for cut in _cuts(wave, level, both)]
    *hidden, hidden_in_panel = (some | coarser.left_out for some in withheld(wave, [*cuts, panel_cut(wave, both)]))
    return Published(
        wave=wave.wave,
        survey=wave.questionnaire.survey,
        n=None if level is Level.NOTHING else round_to_step(len(wave.records)),
        level=level,
        questions=questions,
        bands=bands,
        dimensions=_dimensions(wave, level, cuts, hidden=hidden, coarser=coarser),
        panel=_panel(wave, earlier, both, reason=reason, hidden=hidden_in_panel) if earlier else None,
        repeat=_repeat(wave, earlier) if earlier else None,
        unaudited=unaudited,
        reason=Reason.TOO_FEW_ANSWERS if level is Level.NOTHING else None,
        facts=wave.facts,
        seal=SEAL,
    )


def certified(published: Published, certificate: Certificate) -> Published:
    """Return a release with the certificate of its audit."""
    return replace(published, certificate=certificate, seal=SEAL)


def round_to_step(number: int) -> int:
    """Return a number of people rounded to the nearest 5 (integers are never half-way)."""
    return (number + STEP // 2) // STEP * STEP


def _level(total: int, breakdowns_allowed: bool) -> Level:
    if total < SMALLEST_GROUP:
        return Level.NOTHING
    if total < OPTIONS_FROM:
        return Level.BANDS
    return Level.GROUPS if total >= GROUPS_FROM and breakdowns_allowed else Level.OPTIONS


def _everyone(
    wave: ClosedWave, level: Level, hidden: frozenset[str]
) -> tuple[tuple[QuestionResult, ...], tuple[QuestionResult, ...]]:
    """Return everyone's results in the detail of the level, and in bands.

    Where options are published, the bands are sums of their rounded counts: next to them, bands of exact counts would
    disclose that somebody chose an option whose count was rounded to 0.
    """
    document = wave.questionnaire
    if level is Level.NOTHING:
        return (), ()
    if level is Level.BANDS:
        return (bands := _results(document, wave.records, Detail.BANDS, hidden=hidden)), bands
    options = _results(document, wave.records, Detail.OPTIONS, hidden=hidden)
    return options, tuple(_bands_of(document.question(result.variable), result) for result in options)


def _results(
    document: Questionnaire, records: Sequence[Record], detail: Detail, *, hidden: frozenset[str] = frozenset()
) -> tuple[QuestionResult, ...]:
    return tuple(
        _result(q, records, detail, is_withheld=q.variable in hidden) for q in document.ratings if not q.detached
    )


def _result(question: Question, records: Sequence[Record], detail: Detail, *, is_withheld: bool) -> QuestionResult:
    """Return the result of one question; a withheld question has the same reason in all groups of its dimension."""
    tally: Tally | None = count_options(question, records)
    if tally is not None and detail is Detail.BANDS:
        tally = into_bands(question, tally)
    reason = Reason.TOO_CLOSE if is_withheld and tally else _suppression_reason(tally)
    return _published(question, detail, tally, reason=reason)


def _bands_of(question: Question, options: QuestionResult) -> QuestionResult:
    """Return the bands of a result in options, computed from published numbers only."""
    if not has_bands(question):
        return _published(question, Detail.BANDS, None, reason=Reason.NO_BANDS)
    if options.reason is not None:
        return _published(question, Detail.BANDS, None, reason=options.reason)
    answered, not_answered = options.base or 0, options.not_answered or 0
    rounded = Tally(tuple((c.code, c.count) for c in options.cells), answered, not_answered, answered + not_answered)
    tally = into_bands(question, rounded)
    return _published(question, Detail.BANDS, tally, reason=Reason.TOO_CLOSE if _suppression_reason(tally) else None)


def _published(question: Question, detail: Detail, tally: Tally | None, *, reason: Reason | None) -> QuestionResult:
    shown = tally if reason is None else None
    return QuestionResult(
        variable=question.variable,
        kind=question.kind,
        detail=detail,
        cells=tuple(_cell(code, count, round_to_step(shown.answered)) for code, count in shown.counts) if shown else (),
        base=round_to_step(shown.answered) if shown else None,
        not_answered=round_to_step(shown.not_answered) if shown else None,
        reason=reason,
        seal=SEAL,
    )


def _suppression_reason(tally: Tally | None) -> Reason | None:
    if tally is None:
        return Reason.NO_BANDS
    if round_to_step(tally.answered) == 0:
        return Reason.BASE_ZERO
    return Reason.TOO_FEW_ANSWERS if min(tally.shown, tally.answered) < SMALLEST_GROUP else None


def _cell(code: str, exact: int, base: int) -> Cell:
    """Return a cell; its percentages are computed from the rounded count and the rounded base."""
    count = round_to_step(exact)
    interval = wilson(count, base)
    word = Word.ALMOST_NONE if count == 0 else Word.NEARLY_ALL if count == base else None
    low, high = whole_percent(interval.low), whole_percent(interval.high)
    return Cell(code, count, whole_percent(count / base), low, high, word, seal=SEAL)


def _dimension_names(wave: ClosedWave) -> tuple[str, ...]:
    return ("locality", "channel", *(q.variable for q in wave.questionnaire.breakdowns))[:MOST_DIMENSIONS]


def _cuts(wave: ClosedWave, level: Level, both: frozenset[bytes]) -> tuple[Cut, ...]:
    """Return the publishable groups of each dimension; ``both`` are the people of the panel, if it is published."""
    if level is not Level.GROUPS:
        return ()
    names = _dimension_names(wave)
    is_audited = len(wave.records) <= AUDITED_UP_TO
    splits = [split(n, [record.value(n) for record in wave.records], wave.listed.get(n, ())) for n in names]
    pooled = [pool(cut, leaves_out=is_audited) for cut in splits]
    return gate(pooled, [panel_cut(wave, both)])


def _dimensions(
    wave: ClosedWave, level: Level, cuts: Sequence[Cut], *, hidden: Sequence[frozenset[str]], coarser: Coarsening
) -> tuple[Dimension, ...]:
    """Return the one-way results, or the reason why there are none."""
    names = _dimension_names(wave)
    if level is not Level.GROUPS:
        reason = Reason.TOO_FEW_FOR_GROUPS if len(wave.records) < GROUPS_FROM else Reason.NOT_AUDITED
        return tuple(Dimension(name, (), reason, seal=SEAL) for name in names)
    none = [Reason.TOO_CLOSE if coarser.merges(name) else Reason.ONE_GROUP_LEFT for name in names]
    return tuple(
        Dimension(name, groups := _groups(name, cut, wave, hidden=some), None if groups else reason, seal=SEAL)
        for name, cut, some, reason in zip(names, cuts, hidden, none, strict=True)
    )


def _groups(name: str, cut: Cut, wave: ClosedWave, *, hidden: frozenset[str]) -> tuple[GroupResult, ...]:
    groups = []
    for group in cut:
        people = [record for record in wave.records if record.value(name) in group.values]
        questions = _results(wave.questionnaire, people, Detail.BANDS, hidden=hidden)
        groups.append(GroupResult(group.values, round_to_step(group.size), questions, seal=SEAL))
    return tuple(groups)


def _panel(
    wave: ClosedWave, earlier: EarlierWave, both: frozenset[bytes], *, reason: Reason | None, hidden: frozenset[str]
) -> Panel:
    """Return the panel's results in both waves, for the questions that both waves asked."""
    if reason is not None:
        return Panel(earlier.closed.wave, None, (), reason, seal=SEAL)
    then = {result.variable: result for result in _panel_results(earlier.closed, both, withheld_earlier(earlier, both))}
    now = {result.variable: result for result in _panel_results(wave, both, hidden)}
    asked_twice = [name for name in now if name in then and then[name].kind == now[name].kind]
    pairs = _in_both(earlier.closed, wave)
    questions = []
    for name in asked_twice:
        is_shown = then[name].reason is None and now[name].reason is None
        moves = _moves(wave.questionnaire.question(name), pairs) if is_shown else None
        questions.append(PanelQuestion(name, then[name], now[name], moves, seal=SEAL))
    return Panel(earlier.closed.wave, round_to_step(len(both)), tuple(questions), None, seal=SEAL)


def _panel_results(wave: ClosedWave, both: frozenset[bytes], hidden: frozenset[str]) -> tuple[QuestionResult, ...]:
    return _results(wave.questionnaire, [r for r in wave.records if r.person in both], Detail.BANDS, hidden=hidden)


def _in_both(earlier: ClosedWave, wave: ClosedWave) -> list[tuple[Record, Record]]:
    then = {record.person: record for record in earlier.records}
    return [(then[record.person], record) for record in wave.records if record.person in then]


def _moves(question: Question, pairs: Sequence[tuple[Record, Record]]) -> Moves | None:
    """Return how many people moved between the bands of a question, from their records in both waves."""
    name = question.variable
    moves = count_moves(question, [(then.answers.get(name), now.answers.get(name)) for then, now in pairs])
    if sum(moves) < SMALLEST_GROUP:
        return None
    up, same, down = map(round_to_step, moves)
    return Moves(up, same, down, seal=SEAL)


def _repeat(wave: ClosedWave, earlier: EarlierWave) -> Repeat:
    """Return the repeat participation: how many people answered both waves."""
    count = len(wave.people & earlier.closed.people)
    is_published = count >= SMALLEST_GROUP and earlier.released.n is not None
    return Repeat(
        earlier_wave=earlier.closed.wave,
        earlier_n=earlier.released.n,
        count=round_to_step(count) if is_published else None,
        reason=None if is_published else Reason.TOO_FEW_ANSWERS,
        seal=SEAL,
    )
