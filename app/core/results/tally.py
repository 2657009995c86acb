"""Exact counts of answers.

Exact counts never leave the counting room: only ``disclosure`` uses them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.answers import Answer, chosen
from app.core.questionnaires import BANDS, MISSING, NOT_APPLICABLE, Question, Questionnaire
from app.core.results.published import Facts


@dataclass(frozen=True)
class Record:
    """One person's response in one wave: its value in each dimension (MISSING if absent) and the closed answers."""

    person: bytes
    groups: Mapping[str, str]
    answers: Mapping[str, Answer]

    def value(self, dimension: str) -> str:
        """Return the person's value in a dimension, MISSING if absent."""
        return self.groups.get(dimension, MISSING)


@dataclass(frozen=True)
class ClosedWave:
    """The responses of a closed wave and its questionnaire, without the pages of other modules.

    ``listed`` has the possible values of each dimension, whether or not they occur; ``facts`` are frozen as they are.

    Raises:
        ValueError: two records have the same person.
    """

    wave: str
    questionnaire: Questionnaire
    records: Sequence[Record]
    listed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    facts: Facts | None = None

    def __post_init__(self) -> None:
        if len(self.people) < len(self.records):
            raise ValueError(f"wave {self.wave} has two responses from one person")

    @property
    def people(self) -> frozenset[bytes]:
        """The pseudonyms of everyone who answered."""
        return frozenset(record.person for record in self.records)


@dataclass(frozen=True)
class Tally:
    """Exact numbers of people for one question.

    ``counts`` has every code in document order, including those that nobody chose. ``shown`` is the number of people
    who were shown the question; ``answered`` and ``not_answered`` add up to all people, shown or not.
    """

    counts: tuple[tuple[str, int], ...]
    answered: int
    not_answered: int
    shown: int


def listed_codes(question: Question) -> tuple[str, ...]:
    """Return the codes that count as an answer, in document order."""
    return tuple(code for code in question.codes if code not in (MISSING, NOT_APPLICABLE))


def band_codes(question: Question) -> frozenset[str]:
    """Return the codes that count as an answer when results are in bands, or all codes if the question has no bands."""
    codes = frozenset(listed_codes(question))
    if not has_bands(question):
        return codes
    return codes & {option.code for option in question.options if option.band in BANDS}


def count_options(question: Question, records: Sequence[Record]) -> Tally:
    """Count people by option; blank, "does not apply", never shown and unknown codes count as not answered.

    A person who chose several options is counted once for each of them, but once in ``answered``.
    """
    codes = listed_codes(question)
    given = [record.answers.get(question.variable) for record in records]
    found = Counter(code for answer in given for code in chosen(answer))
    answered = sum(1 for answer in given if not frozenset(codes).isdisjoint(chosen(answer)))
    shown = sum(1 for answer in given if answer is not None)
    return Tally(tuple((code, found[code]) for code in codes), answered, len(given) - answered, shown)


def has_bands(question: Question) -> bool:
    """Return whether a question can be reported in three bands: one answer per person, and options with bands."""
    return question.kind != "multi" and any(option.band in BANDS for option in question.options)


def into_bands(question: Question, tally: Tally) -> Tally | None:
    """Return a tally of options as a tally of the three bands, or None if the question has no bands.

    Options without a band ("not sure who that is") count as not answered. In a tally of rounded numbers the bands can
    add up to more than all people; ``not_answered`` is then 0.
    """
    if not has_bands(question):
        return None
    band_of = {option.code: option.band for option in question.options}
    counts = tuple((band, sum(n for code, n in tally.counts if band_of[code] == band)) for band in BANDS)
    answered = sum(n for _, n in counts)
    return Tally(counts, answered, max(0, tally.answered + tally.not_answered - answered), tally.shown)


def count_moves(question: Question, pairs: Sequence[tuple[Answer | None, Answer | None]]) -> tuple[int, int, int]:
    """Return how many people moved to a better band, stayed and moved to a worse one, from their two answers each.

    Only people whose answer is in a band both times are counted. Bands go from positive to negative.
    """
    place = {option.code: BANDS.index(option.band) for option in question.options if option.band in BANDS}
    steps = [place[then] - place[now] for then, now in pairs if then in place and now in place]
    return sum(step > 0 for step in steps), steps.count(0), sum(step < 0 for step in steps)
