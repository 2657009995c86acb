"""The page of one published round: facts, message, themes, and each question with its bar, change and trend."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.questionnaires import SOURCE_LANGUAGE, Text
from app.core.results import charts, message
from app.core.results.change import Movement
from app.core.results.published import PERCENTAGES_FROM, Facts
from app.core.results.rounds import (
    NEGATIVE,
    POSITIVE,
    Figure,
    PublishedRound,
    ThemeFigure,
    compare,
    compare_themes,
    is_comparable,
)
from app.core.results.statistics import Share, margin, smallest_change, whole_percent
from app.results import sentences
from app.results.labels import Names
from app.results.service import PublishedWave
from app.results.wording import QuestionView, ResultsView, share_words
from app.surveys.service import document_of

MOVEMENTS = {
    Movement.ROSE: _l("Rose"),
    Movement.FELL: _l("Fell"),
    Movement.NO_CLEAR_CHANGE: _l("No clear change"),
    Movement.TOO_FEW: _l("Too few to compare"),
}
KINDS = {
    message.Kind.STRONGEST: _l("Strongest"),
    message.Kind.WEAKEST: _l("Weakest"),
    message.Kind.ROSE: MOVEMENTS[Movement.ROSE],
    message.Kind.FELL: MOVEMENTS[Movement.FELL],
    message.Kind.NO_CLEAR_CHANGE: MOVEMENTS[Movement.NO_CLEAR_CHANGE],
}


@dataclass(frozen=True)
class FindingView:
    """One line of the message: its kind and, for each question that it names, variable, label and what is said.

    A sentence about no single question has an empty variable and no label.
    """

    kind: message.Kind
    chip: str
    lines: tuple[tuple[str, Text | None, str], ...]


@dataclass(frozen=True)
class Wording:
    """An earlier English wording of a question: the round, and the text."""

    number: int
    text: str


class ResultsPage:
    """Everything that the page of one round shows, from releases and questionnaires only.

    ``rounds`` are all rounds of the survey that the reader may see, oldest first; ``wave_id`` names one of them.
    """

    def __init__(self, rounds: Sequence[PublishedWave], wave_id: str, *, names: Names, lang: str) -> None:
        self.rounds = list(rounds)
        place = next(i for i, one in enumerate(self.rounds) if one.wave.id == wave_id)
        previous = self.rounds[place - 1] if place else None
        self.wave, self.published, self.lang = self.rounds[place].wave, self.rounds[place].published, lang
        self.shown = self.rounds[: place + 1]
        self._history = [PublishedRound(one.published, document_of(one.wave)) for one in self.shown]
        self._now, self._before = self._history[-1], self._history[-2] if place else None
        self.view = ResultsView(self.rounds[place], previous, names=names, lang=lang)

    @property
    def facts(self) -> Facts:
        """The facts frozen with the release; of an older release, the wave's dates."""
        wave = self.wave
        return self.published.facts or Facts(wave.number, wave.opens_on.isoformat(), wave.closes_on.isoformat())

    @property
    def days(self) -> tuple[dt.date, dt.date]:
        """The first and the last day of the round."""
        return dt.date.fromisoformat(self.facts.opens_on), dt.date.fromisoformat(self.facts.closes_on)

    @property
    def rate(self) -> int | None:
        """The response rate in whole percent, at least 1, from published numbers; None if it cannot be calculated."""
        n = self.published.n
        return max(1, whole_percent(n / self._population)) if n and self._population else None

    @property
    def margin(self) -> int | None:
        """How far a percentage is likely to be from the truth, in points; None below 30 answers."""
        n = self.published.n or 0
        return whole_percent(margin(n)) if n >= PERCENTAGES_FROM else None

    @property
    def _population(self) -> int | None:
        population = self.facts.population
        return population if population and population >= (self.published.n or 0) else None

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """The figures of the questions with a positive band, by variable."""
        return {figure.variable: figure for figure in compare(self._now, self._before)}

    @property
    def has_comparison(self) -> bool:
        """Whether a question can be compared with the round before."""
        return any(figure.then for figure in self.figures.values())

    def english(self, variable: str) -> str:
        """Return the English wording of a question."""
        return self.view.document.text(variable, SOURCE_LANGUAGE).value

    @cached_property
    def themes(self) -> tuple[ThemeFigure, ...]:
        """The figures of the questionnaire's themes."""
        return compare_themes(self._now, self._before)

    def theme_name(self, name: str) -> Text:
        """Return the name of a theme."""
        return self.view.document.text(f"theme.{name}", self.lang)

    def movement(self, movement: Movement) -> str:
        """Return the word for what changed."""
        return str(MOVEMENTS[movement])

    @cached_property
    def findings(self) -> list[FindingView]:
        """What stands out, at most three."""
        found = message.findings(tuple(self.figures.values()), self.published.n)
        return [self._finding(one) for one in found]

    @property
    def is_close(self) -> bool:
        """Whether the strongest and the weakest question are named, and their order may be chance."""
        found = {one.kind: one.lines[0][0] for one in self.findings}
        ends = [self.likely(found[kind]) for kind in (message.Kind.STRONGEST, message.Kind.WEAKEST) if kind in found]
        return len(ends) > 1 and ends[0] is not None and ends[1] is not None and ends[0][0] <= ends[1][1]

    def _finding(self, finding: message.Finding) -> FindingView:
        chip = str(KINDS[finding.kind])
        if finding.kind is message.Kind.NO_CLEAR_CHANGE:
            smallest = smallest_change(self._before.published.n or 1, self.published.n or 1) if self._before else 0
            said = sentences.unchanged(finding.compared, whole_percent(smallest))
            return FindingView(finding.kind, chip, (("", None, said),))
        is_change = finding.kind in (message.Kind.ROSE, message.Kind.FELL)
        lines = []
        for figure in finding.figures:
            said = sentences.changed(figure, finding) if is_change else self.agree_words(figure.variable)
            if finding.kind is message.Kind.WEAKEST:
                said = f"{said} {self._share_words(figure.variable, NEGATIVE)}".strip()
            lines.append((figure.variable, self.view.document.text(figure.variable, self.lang), said))
        return FindingView(finding.kind, chip, tuple(lines))

    def agree_words(self, variable: str) -> str:
        """Return the share of positive answers in a sentence."""
        return self._share_words(variable, POSITIVE)

    def _share_words(self, variable: str, band: str) -> str:
        bands = self._now.bands_of(variable)
        cell = bands.cell(band) if bands else None
        if bands is None or cell is None:
            return ""
        question = self.view.document.question(variable)
        answers = None if question.kind == "agree5" else self.view.band_label(question, band).value
        return sentences.share(cell, bands.base, answers=answers, is_negative=band == NEGATIVE)

    def likely(self, variable: str) -> tuple[int, int] | None:
        """Return the likely range of the share of positive answers, in whole percent; None below 30 answers."""
        figure = self.figures.get(variable)
        if figure is None or figure.now.base < PERCENTAGES_FROM:
            return None
        found = figure.now.likely_range()
        return whole_percent(found.low), whole_percent(found.high)

    def likert(self, one: QuestionView) -> charts.Likert | None:
        """Return the bar of a question in three bands, or None if it has none."""
        bands, figure = self._now.bands_of(one.question.variable), self.figures.get(one.question.variable)
        if bands is None or figure is None:
            return None
        found = figure.now.likely_range() if figure.now.base >= PERCENTAGES_FROM else None
        return charts.likert(
            bands, (found.low, found.high) if found else None, figure.then.value if figure.then else None
        )

    def bands(self, one: QuestionView) -> list[tuple[str, Text, str | Markup]]:
        """Return the three bands of a question: code, answers and share."""
        bands = self._now.bands_of(one.question.variable)
        cells = bands.cells if bands else ()
        base = bands.base if bands else None
        return [(c.code, self.view.band_label(one.question, c.code), share_words(c, base)) for c in cells]

    def about(self, share: float) -> str:
        """Return a share (0 to 1) of a trend in words."""
        return sentences.about(whole_percent(share))

    def moves(self, figure: Figure) -> str:
        """Return how many of the same people moved, in a sentence."""
        return sentences.moves(figure.moves) if figure.moves else ""

    def short_share(self, one: QuestionView, code: str) -> str:
        """Return the share of a band as the bar writes it: a percentage, or from small numbers the people."""
        bands = self._now.bands_of(one.question.variable)
        cell = bands.cell(code) if bands else None
        if bands is None or cell is None:
            return ""
        return sentences.about(cell.percent) if (bands.base or 0) >= PERCENTAGES_FROM else str(cell.count)

    def trend(self, variable: str) -> charts.Trend | None:
        """Return the trend of a question over all rounds up to this one, or None if only this one asked it."""
        rounds: list[tuple[int, Share, bool]] = []
        before: PublishedRound | None = None
        for one, wave in zip(self._history, self.shown, strict=True):
            share = one.share_of(variable) if variable in one.variables else None
            if share is not None and share.base >= PERCENTAGES_FROM:
                alike = before is not None and is_comparable(before.document, one.document, variable)
                rounds.append((wave.wave.number, share, alike))
                before = one
        return charts.trend(rounds) if len(rounds) > 1 else None

    def earlier_wordings(self, variable: str) -> list[Wording]:
        """Return the other English wordings of a question in earlier rounds, the newest first."""
        now = self.view.document.text(variable, SOURCE_LANGUAGE).value
        found: dict[str, int] = {}
        for one, wave in zip(self._history[:-1], self.shown, strict=False):
            if variable in {question.variable for question in one.document.ratings}:
                found[one.document.text(variable, SOURCE_LANGUAGE).value] = wave.wave.number
        return [Wording(number, text) for text, number in reversed(found.items()) if text != now]
