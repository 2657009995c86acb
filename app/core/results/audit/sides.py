"""What a release, and the earlier one that it is compared with, say about the answers of each of the two waves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.answers import chosen
from app.core.questionnaires import BANDS, Question
from app.core.results.audit.system import ROUNDING, Categories, Line, System, categories_of, lines_of
from app.core.results.audit.targets import small_sets
from app.core.results.disclosure import AUDITED_UP_TO
from app.core.results.panels import EarlierWave, panel_cut, panel_gate, released_cuts
from app.core.results.pooling import SMALLEST_GROUP, Cut, Group, mask, publishable
from app.core.results.published import PanelQuestion, Published, QuestionResult
from app.core.results.tally import ClosedWave, Record

Gate = Callable[[int], object]


@dataclass(frozen=True)
class Shown:
    """Results of some people; ``is_frozen``: of an older release."""

    people: int
    results: Sequence[QuestionResult]
    is_frozen: bool = False


@dataclass(frozen=True)
class Side:
    """All that is published about the answers of one wave.

    Attributes:
        variables: the questions about which the new release says something.
        cuts: the published groups, none of them empty.
        memberships: for each other wave, whether each person answered it.
        gate: for a question what the gate withholds, given the people whose answer counts there.
        moves: for a question what is published about the panel's answers in both waves.
    """

    wave: ClosedWave
    variables: Sequence[str]
    shown: Sequence[Shown]
    cuts: Sequence[Cut]
    memberships: Sequence[Sequence[bool]]
    gate: Callable[[str], Gate]
    moves: Callable[[str, Categories], list[Line]]

    def targets(self) -> list[int]:
        """Return the sets of people to protect, by raw values and by published groups."""
        records = self.wave.records
        names = sorted({name for record in records for name in record.groups})
        raw = [*([record.value(name) for record in records] for name in names), *self.memberships]
        pooled = [[_place(cut, person) for person in range(len(records))] for cut in self.cuts]
        found = small_sets(raw, [some.people for some in self.shown]) + (small_sets(pooled, ()) if pooled else [])
        return list(dict.fromkeys(found))

    def system(self, variable: str) -> System:
        """Return what is published about a question."""
        categories = categories_of(self.wave.questionnaire.question(variable), self.wave.records)
        lines: dict[bool, list[Line]] = {False: self.moves(variable, categories), True: []}
        for some in self.shown:
            for result in some.results:
                if result.variable == variable:
                    lines[some.is_frozen] += lines_of(result, some.people, categories)
        sets = tuple(group.members for cut in self.cuts for group in cut)
        return System(variable, categories, (*lines[False],), (*lines[True],), sets=sets, gate=self.gate(variable))


def sides_of(wave: ClosedWave, earlier: EarlierWave | None, published: Published) -> list[Side]:
    """Return the new wave's side and, if the panel says something new about it, the earlier wave's."""
    both = wave.people & earlier.closed.people if earlier and panel_of(published) else frozenset[bytes]()
    sides = [_current(wave, earlier, published, both=both)]
    if earlier is not None and both and len(earlier.closed.records) <= AUDITED_UP_TO:
        sides.append(_earlier(wave, earlier, published, both=both))
    return sides


def panel_of(published: Published) -> tuple[PanelQuestion, ...]:
    """Return the questions of the panel, if it is published."""
    return published.panel.questions if published.panel and published.panel.reason is None else ()


def _current(wave: ClosedWave, earlier: EarlierWave | None, published: Published, *, both: frozenset[bytes]) -> Side:
    cuts, panel = _cuts_of(published, wave), panel_cut(wave, both)
    shown = [Shown(_everyone(wave), published.questions)]
    for dimension, cut in zip(published.dimensions, cuts, strict=True):
        shown += [Shown(g.members, r.questions) for g, r in zip(cut, dimension.groups, strict=True)]
    if panel:
        shown.append(Shown(panel[0].members, [question.current for question in panel_of(published)]))
    gated = [*cuts, panel]
    return Side(
        wave=wave,
        variables=[result.variable for result in published.questions],
        shown=shown,
        cuts=[cut for cut in gated if cut],
        memberships=[_answered_too(wave, earlier.closed.people)] if earlier else [],
        gate=lambda _variable: lambda answered: publishable(gated, answered),
        moves=_moves(published, wave, earlier.closed.records if earlier else (), is_now=True),
    )


def _earlier(wave: ClosedWave, earlier: EarlierWave, published: Published, *, both: frozenset[bytes]) -> Side:
    """Return the side of the earlier wave, whose release is frozen."""
    then, released = earlier.closed, earlier.released
    frozen, before, panel = _cuts_of(released, then), panel_cut(then, earlier.people_before), panel_cut(then, both)
    shown = [Shown(_everyone(then), released.questions, is_frozen=True)]
    for cut, dimension in zip(frozen, released.dimensions, strict=True):
        shown += [Shown(g.members, r.questions, is_frozen=True) for g, r in zip(cut, dimension.groups, strict=True)]
    if before:
        shown.append(Shown(before[0].members, [q.current for q in panel_of(released)], is_frozen=True))
    shown.append(Shown(panel[0].members, [question.earlier for question in panel_of(published)]))
    cuts, people = released_cuts(earlier), (wave.people, earlier.people_before)

    def gate(variable: str) -> Gate:
        decides = panel_gate(earlier, both, variable)
        return lambda answered: (decides(answered), publishable(cuts, answered))

    return Side(
        wave=then,
        variables=[question.variable for question in panel_of(published)],
        shown=shown,
        cuts=[tuple(group for group in cut if group.members) for cut in (*cuts, panel) if cut],
        memberships=[_answered_too(then, some) for some in people if some],
        gate=gate,
        moves=_moves(published, then, wave.records, is_now=False),
    )


def _cuts_of(published: Published, wave: ClosedWave) -> list[Cut]:
    """Return the groups of each dimension of a release, as sets of a wave's people."""
    cuts = []
    for dimension in published.dimensions:
        values = [record.value(dimension.name) for record in wave.records]
        groups = [Group(dimension.name, g.values, mask(v in g.values for v in values)) for g in dimension.groups]
        cuts.append(tuple(groups))
    return cuts


def _moves(
    published: Published, wave: ClosedWave, others: Sequence[Record], *, is_now: bool
) -> Callable[[str, Categories], list[Line]]:
    """Return what the moves of the panel say about one wave's answers, with the answers of the other wave as they are.

    The other wave's answers could be different, too: this finds too many sets determined rather than too few.
    """
    asked = {question.variable: question for question in panel_of(published)}
    other_answers: Mapping[bytes, Record] = {record.person: record for record in others}

    def lines(variable: str, categories: Categories) -> list[Line]:
        question: Any = asked.get(variable)
        if question is None or not hasattr(question, "moves") or question.earlier.reason or question.current.reason:
            return []
        document = wave.questionnaire.question(variable)
        people = [
            mask(_band(document, other_answers.get(record.person), variable) == band for record in wave.records)
            for band in BANDS
        ]
        return move_lines(question.moves, people, categories.bands, is_now=is_now)

    return lines


def move_lines(moves: Any, people: Sequence[int], bands: Sequence[int], *, is_now: bool) -> list[Line]:
    """Return the lines of moves; ``people`` by band of the other wave. Bands go from positive to negative."""
    better = tuple((some, sum(bands[:place])) for place, some in enumerate(people))
    same = tuple((some, bands[place]) for place, some in enumerate(people))
    worse = tuple((some, sum(bands[place + 1 :])) for place, some in enumerate(people))
    everyone = tuple((some, sum(bands)) for some in people)
    if moves is None:
        return [Line(everyone, 0, SMALLEST_GROUP - 1)]
    up, down = (better, worse) if is_now else (worse, better)
    shown = ((up, moves.up), (same, moves.same), (down, moves.down))
    at_least = Line(everyone, SMALLEST_GROUP, sum(some.bit_count() for some in people))
    return [at_least, *(Line(terms, count - ROUNDING, count + ROUNDING) for terms, count in shown)]


def _band(question: Question, record: Record | None, variable: str) -> str | None:
    bands = {option.code: option.band for option in question.options}
    given = chosen(record.answers.get(variable)) if record else ()
    return next((bands[code] for code in given if code in bands), None)


def _everyone(wave: ClosedWave) -> int:
    return (1 << len(wave.records)) - 1


def _answered_too(wave: ClosedWave, people: frozenset[bytes]) -> list[bool]:
    return [record.person in people for record in wave.records]


def _place(cut: Cut, person: int) -> int | None:
    """Return the number of a person's group; None for people whom the cut leaves out."""
    return next((number for number, group in enumerate(cut) if group.members >> person & 1), None)
