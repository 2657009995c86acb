"""The rows of the data files: one for each published number, or for each reason why there is none.

CSV and XLSX hold these rows. ``recompute.py`` makes them again from the rounded counts in the JSON, without this code.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.core.documents import read_stored
from app.core.questionnaires import Questionnaire
from app.core.results.published import (
    Cell,
    Published,
    QuestionResult,
    Reason,
    Share,
    from_json,
    interval_of,
    share_of,
)
from app.core.results.rounds import POSITIVE, PublishedRound
from app.results.derived import derive
from app.results.labels import labels
from app.web.filters import in_words

COLUMNS = (
    *("wave", "group", "question", "answer", "count", "base", "percent", "low", "high", "word", "not_told_because"),
    *("likely_low", "likely_high", "earlier_percent", "change", "change_low", "change_high", "change_word"),
    *("score", "earlier_score"),
    *("group_label", "question_wording", "answer_label"),
    *("survey", "round", "opens_on", "closes_on", "demonstration"),
)
EVERYONE, BANDED = "everyone", "everyone in three bands"
MARGIN = "How far a percentage of everyone is likely to be from the truth, in points"
SCORE = "Score, from 0 (worst) to 100 (best)"
PEOPLE, UNANSWERED = "people", "not answered"
MOVES = {
    "moved_up": ("up", "Moved to a better answer"),
    "stayed": ("same", "Stayed"),
    "moved_down": ("down", "Moved to a worse answer"),
}
"""Rows of the people who answered a question in both rounds: the answer's code, the published number and the label."""
Row = dict[str, Any]
MOST_READ = 8
"""How many releases are kept as objects; as texts they are much smaller."""


@dataclass(frozen=True)
class Source:
    """What files are made of: texts that never change once they are stored, and the names of areas and channels.

    Two with the same parts are equal and make the same files.

    Attributes:
        body: the frozen release, as JSON.
        stored: the questionnaire's document, as JSON.
        module: the rotating module that this wave asked, or None.
        number: the round's number.
        names: the council's names of localities and channels: pairs of a dimension and its pairs of code and name.
        synthetic: the answers were made up for a demonstration.
        earlier: the same of the round before, if its results are published.
    """

    body: str
    stored: str
    module: str | None
    number: int = field(kw_only=True)
    names: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = field(kw_only=True)
    synthetic: bool = field(kw_only=True)
    earlier: "Source | None" = field(default=None, kw_only=True)

    @property
    def published(self) -> Published:
        """The release."""
        return _published(self.body)

    @property
    def document(self) -> Questionnaire:
        """The wave's questionnaire, without other waves' modules."""
        return _document(self.stored, self.module)

    @property
    def labels(self) -> dict[str, Any]:
        """All labels as JSON types."""
        return _labels(self)

    @property
    def derived(self) -> dict[str, Any]:
        """All numbers that follow from the release and the one before, as JSON types."""
        return _derived(self)


@lru_cache(maxsize=MOST_READ)
def _published(body: str) -> Published:
    return from_json(json.loads(body))


@lru_cache(maxsize=MOST_READ)
def _document(stored: str, module: str | None) -> Questionnaire:
    return read_stored(stored).with_module(module)


@lru_cache(maxsize=MOST_READ)
def _labels(source: Source) -> dict[str, Any]:
    names = {name: dict(pairs) for name, pairs in source.names}
    for dimension in source.published.dimensions:
        for value in (value for group in dimension.groups for value in group.values if dimension.name in names):
            names[dimension.name].setdefault(value, in_words(value))
    return labels(source.document, names)


@lru_cache(maxsize=MOST_READ)
def _derived(source: Source) -> dict[str, Any]:
    earlier = source.earlier
    before = PublishedRound(earlier.published, earlier.document) if earlier else None
    return derive(PublishedRound(source.published, source.document), before)


@dataclass(frozen=True)
class Group:
    """Some people and their results, and about how many they are. With a ``reason`` there are no results."""

    code: str
    label: str
    questions: Sequence[QuestionResult]
    reason: Reason | None = None
    n: int | None = None


def rows(source: Source) -> Iterator[Row]:
    """Yield the rows in the order of the files; numbers are whole numbers, and a part that a row lacks is left out."""
    published, facts = source.published, source.published.facts
    same: Row = {"wave": published.wave, "survey": published.survey, "round": source.number}
    same["demonstration"] = "yes" if source.synthetic else "no"
    if facts:
        same |= {"opens_on": facts.opens_on, "closes_on": facts.closes_on}
    for row in (*_people(source), *_themes(source), *_results(source), *_moves(source)):
        yield same | row


def _people(source: Source) -> Iterator[Row]:
    published, derived = source.published, source.derived
    people = {"group": EVERYONE, "group_label": "Everyone", "answer": PEOPLE, "answer_label": "People who took part"}
    population = published.facts.population if published.facts else None
    reason = {"not_told_because": published.reason.value} if published.reason else {}
    yield people | {"count": published.n, "base": population, "percent": derived["response_rate"]} | reason
    if derived["margin"] is not None:
        yield people | {"answer": "margin", "answer_label": MARGIN, "percent": derived["margin"]}
    if repeat := published.repeat:
        row: Row = {"answer": f"answered {repeat.earlier_wave} too", "count": repeat.count, "base": repeat.earlier_n}
        label = f"Also took part in round {_number(repeat.earlier_wave)}"
        yield people | row | {"answer_label": label, "not_told_because": repeat.reason.value if repeat.reason else None}


def _themes(source: Source) -> Iterator[Row]:
    everyone: Row = {"group": EVERYONE, "group_label": "Everyone", "answer": "score", "answer_label": SCORE}
    names = {theme["name"]: theme["label"] for theme in source.labels["themes"]}
    for name, row in source.derived["themes"].items():
        yield everyone | {"question": f"theme.{name}", "question_wording": names[name]} | row


def _results(source: Source) -> Iterator[Row]:
    everyone = {EVERYONE, BANDED}
    for group in groups(source):
        named = {"group": group.code, "group_label": group.label}
        if group.reason:
            yield named | {"not_told_because": group.reason.value}
        if group.n is not None:
            yield named | {"answer": PEOPLE, "answer_label": "People who took part", "count": group.n}
        for result in group.questions:
            for row in _question(source, result):
                is_positive = group.code in everyone and row.get("answer") == POSITIVE
                yield named | row | (source.derived["questions"].get(result.variable, {}) if is_positive else {})


def _question(source: Source, result: QuestionResult) -> Iterator[Row]:
    asked = source.labels["questions"][result.variable]
    row: Row = {"question": result.variable, "question_wording": asked["wording"], "base": result.base}
    if result.reason:
        yield row | {"not_told_because": result.reason.value}
        return
    named = asked["bands"] | {answer["code"]: answer["label"] for answer in asked["answers"]}
    for cell in result.cells:
        answer = {"answer": cell.code, "answer_label": named[cell.code], "count": cell.count}
        yield row | answer | _share(cell, result.base)
    yield row | {"answer": UNANSWERED, "answer_label": "Not answered", "count": result.not_answered}


def _share(cell: Cell, base: int | None) -> Row:
    """Return the published share of a cell, as a percentage or a word, and its interval."""
    share, interval = share_of(cell, base), interval_of(cell, base)
    row: Row = dict(zip(("low", "high"), interval, strict=True)) if interval else {}
    if share is Share.PERCENTAGE:
        row["percent"] = cell.percent
    elif share is not Share.PEOPLE:
        row["word"] = share.value
    return row


def groups(source: Source) -> Iterator[Group]:
    """Yield everyone, each group, and the people who took part in both rounds, with their results or a reason."""
    published = source.published
    yield Group(EVERYONE, "Everyone", published.questions)
    if published.bands != published.questions:
        yield Group(BANDED, "Everyone, answers in three bands", published.bands)
    for dimension in published.dimensions:
        named = source.labels["dimensions"][dimension.name]
        if dimension.reason:
            yield Group(dimension.name, named["label"], (), dimension.reason)
        for group in dimension.groups:
            values = ", ".join(named["values"].get(value, value) for value in group.values)
            label = f"{named['label']}: {values}"
            yield Group(f"{dimension.name}: {' + '.join(group.values)}", label, group.questions, n=group.n)
    yield from _panel(published)


def _panel(published: Published) -> Iterator[Group]:
    panel = published.panel
    if panel is None:
        return
    both = f"People who took part in rounds {_number(panel.earlier_wave)} and {_number(published.wave)}"
    if panel.reason:
        yield Group(f"answered {panel.earlier_wave} and {published.wave}", both, (), panel.reason)
        return
    for wave, side in ((panel.earlier_wave, "earlier"), (published.wave, "current")):
        label = f"{both}, in round {_number(wave)}"
        results = [getattr(question, side) for question in panel.questions]
        yield Group(f"answered both, in {wave}", label, results, n=panel.n)


def _moves(source: Source) -> Iterator[Row]:
    """Yield how many of the same people moved between the bands of each question."""
    panel, now = source.published.panel, source.published.wave
    for question in panel.questions if panel else ():
        if panel and question.moves:
            number = _number(panel.earlier_wave)
            label = f"People who answered in rounds {number} and {_number(now)}"
            row: Row = {"group": f"answered both, from {panel.earlier_wave} to {now}", "group_label": label}
            row["question"] = question.variable
            row["question_wording"] = source.labels["questions"][question.variable]["wording"]
            for code, (name, words) in MOVES.items():
                yield row | {"answer": code, "answer_label": words, "count": getattr(question.moves, name)}


def _number(wave: str) -> str:
    """Return the number of a round from its id: 2 for ``family-2``."""
    return wave.rpartition("-")[2]
