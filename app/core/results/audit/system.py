"""What is published about the answers to one question in one wave, as limits on whole numbers of people.

Sets of people and of categories are bit masks. Why: docs/adr/0045.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from app.core.answers import chosen
from app.core.questionnaires import BANDS, Question
from app.core.results.pooling import SMALLEST_GROUP, mask
from app.core.results.published import STEP, Detail, QuestionResult, Reason
from app.core.results.tally import Record, band_codes, has_bands, listed_codes

ROUNDING = STEP // 2
"""An exact number is at most this far from the published one."""


@dataclass(frozen=True)
class Categories:
    """The possible answers to a question, each as the set of its codes (none: not answered), and everybody's answer.

    ``parts`` are the parts of an answer split: three bands and the rest, or each option and the rest.
    """

    codes: tuple[frozenset[str], ...]
    of_person: tuple[int, ...]
    parts: tuple[int, ...]
    bands: tuple[int, ...]
    in_gate: int

    @cached_property
    def everything(self) -> int:
        """All categories."""
        return (1 << len(self.codes)) - 1

    @cached_property
    def answered(self) -> int:
        """The categories that count as an answer where options are published."""
        return mask(bool(codes) for codes in self.codes)

    @cached_property
    def split_of(self) -> tuple[tuple[bool, ...], ...]:
        """For each category the parts of the split that it belongs to."""
        return tuple(tuple(bool(part >> c & 1) for part in self.parts) for c in range(len(self.codes)))

    @property
    def in_bands(self) -> int:
        """The categories that count as an answer where bands are published."""
        return sum(self.bands)

    def with_code(self, code: str) -> int:
        """Return the categories that hold an option."""
        return mask(code in codes for codes in self.codes)


def categories_of(question: Question, records: Sequence[Record]) -> Categories:
    """Return the possible answers to a question: each option and, where several may be chosen,
    the sets that somebody chose."""
    listed = frozenset(listed_codes(question))
    given = [frozenset(chosen(record.answers.get(question.variable))) & listed for record in records]
    single = [frozenset({code}) for code in listed_codes(question)]
    several = sorted({*given, *single} - {frozenset()}, key=sorted)
    codes = (frozenset[str](), *(several if question.kind == "multi" else single))
    band_of = {option.code: option.band for option in question.options}
    by_band = [mask(any(band_of[c] == band for c in some) for some in codes) for band in BANDS]
    bands = tuple(by_band) if has_bands(question) else ()
    options = [mask(code in some for some in codes) for code in listed_codes(question)]
    rest = (1 << len(codes)) - 1 - sum(bands) if bands else 1
    place = {some: number for number, some in enumerate(codes)}
    gate = band_codes(question)
    return Categories(
        codes=codes,
        of_person=tuple(place[some] for some in given),
        parts=(*(bands or options), rest),
        bands=bands,
        in_gate=mask(not gate.isdisjoint(some) for some in codes),
    )


@dataclass(frozen=True)
class Line:
    """One published number: of some people those in some categories, for each term, together ``low`` to ``high``.

    Most lines have one term; the terms of a line have no people in common.
    """

    terms: tuple[tuple[int, int], ...]
    low: int
    high: int


def lines_of(result: QuestionResult, people: int, categories: Categories) -> list[Line]:
    """Return what the result of a question for some people says, including why it is not published."""
    is_banded = result.detail is Detail.BANDS
    answered = categories.in_bands if is_banded else categories.answered
    if result.reason is Reason.BASE_ZERO:
        return [Line(((people, answered),), 0, ROUNDING)]
    if result.reason is Reason.TOO_FEW_ANSWERS:
        return [Line(((people, answered),), ROUNDING + 1, SMALLEST_GROUP - 1)]
    if result.reason is not None:
        return []
    cells = {cell.code: cell.count for cell in result.cells}
    if is_banded:
        shown = [(counted, cells[band]) for band, counted in zip(BANDS, categories.bands, strict=True)]
    else:
        shown = [(categories.with_code(code), count) for code, count in cells.items()]
    shown.append((categories.everything & ~answered, result.not_answered or 0))
    shown.append((answered, result.base or 0))
    lines = [Line(((people, counted),), count - ROUNDING, count + ROUNDING) for counted, count in shown]
    return [*lines, Line(((people, answered),), SMALLEST_GROUP, people.bit_count())]


@dataclass(frozen=True)
class System:
    """All that is published about a question, with the true answers of ``categories``.

    Attributes:
        frozen: lines of an older release. If the stored answers no longer agree with it, because people withdrew, no
            solution may change any of its numbers: those who withdrew could have had any answer.
        sets: the sets of people that the gate compares.
        gate: which parts the gate withholds, given the people whose answer counts there.
    """

    variable: str
    categories: Categories
    lines: tuple[Line, ...]
    frozen: tuple[Line, ...]
    sets: tuple[int, ...]
    gate: Callable[[int], object]

    @cached_property
    def people(self) -> int:
        """How many people there are."""
        return len(self.categories.of_person)

    @cached_property
    def effects(self) -> tuple[tuple[int, ...], ...]:
        """For each person, the categories that each line counts."""
        lines = (*self.lines, *self.frozen)
        rows = [[0] * len(lines) for _person in range(self.people)]
        for number, line in enumerate(lines):
            for people, counted in line.terms:
                for i in range(self.people):
                    if people >> i & 1:
                        rows[i][number] = counted
        return tuple(map(tuple, rows))

    @cached_property
    def kinds(self) -> tuple[int, ...]:
        """Each person's kind: people of a kind are in the same lines and in the same sets of the gate."""
        numbers: dict[tuple[object, ...], int] = {}
        keys = [(effects, tuple(s >> i & 1 for s in self.sets)) for i, effects in enumerate(self.effects)]
        return tuple(numbers.setdefault(key, len(numbers)) for key in keys)

    def counts(self, of_person: Sequence[int]) -> list[int]:
        """Return the exact number of each line if people have these categories."""
        found = [0] * (len(self.lines) + len(self.frozen))
        for category, effects in zip(of_person, self.effects, strict=True):
            for number, counted in enumerate(effects):
                found[number] += counted >> category & 1
        return found

    @cached_property
    def exact(self) -> tuple[int, ...]:
        """The true number of each line."""
        return tuple(self.counts(self.categories.of_person))

    @cached_property
    def bounds(self) -> tuple[tuple[int, int], ...]:
        """The limits of each line."""
        new, old = [(line.low, line.high) for line in self.lines], [(line.low, line.high) for line in self.frozen]
        stored = self.exact[len(new) :]
        agrees = all(low <= exact <= high for exact, (low, high) in zip(stored, old, strict=True))
        return (*new, *(old if agrees else [(exact, exact) for exact in stored]))

    def passes_gate(self, of_person: Sequence[int]) -> bool:
        """Return whether the same parts would be withheld if people had these categories."""
        here = [self.categories.in_gate >> category & 1 for category in of_person]
        return here == self._in_gate or self.gate(mask(map(bool, here))) == self._gate

    @cached_property
    def _in_gate(self) -> list[int]:
        return [self.categories.in_gate >> category & 1 for category in self.categories.of_person]

    @cached_property
    def _gate(self) -> object:
        return self.gate(mask(map(bool, self._in_gate)))

    def split(self, people: int, of_person: Sequence[int]) -> list[int]:
        """Return the split of some people: how many are in each part."""
        inside = [of_person[i] for i in range(self.people) if people >> i & 1]
        return [sum(part >> category & 1 for category in inside) for part in self.categories.parts]

    def with_other_split(self, targets: Sequence[int], of_person: Sequence[int]) -> list[int]:
        """Return those of some sets whose split would not be the true one if people had these categories."""
        truth, splits = self.categories.of_person, self.categories.split_of
        moved = mask(splits[a] != splits[b] for a, b in zip(of_person, truth, strict=True))
        return [t for t in targets if t & moved and self.split(t, of_person) != self.split(t, truth)]
