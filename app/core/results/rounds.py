"""A published round next to the one before: the share of each question, its change, and the scores of themes.

Everything is computed from published, rounded numbers and the two questionnaires. Why: docs/adr/0044.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from app.core.answers import option_text
from app.core.questionnaires import BANDS, SOURCE_LANGUAGE, Question, Questionnaire
from app.core.results import themes
from app.core.results.change import Change, Movement, SamePeople, change, movements
from app.core.results.published import Detail, Moves, PanelQuestion, Published, QuestionResult
from app.core.results.statistics import Share

POSITIVE, _NEUTRAL, NEGATIVE = BANDS


@dataclass(frozen=True)
class PublishedRound:
    """A round's release with its questionnaire."""

    published: Published
    document: Questionnaire

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """The variables of the published questions whose options have bands, in document order."""
        return tuple(result.variable for result in self.published.bands if result.reason is None)

    @cached_property
    def _bands(self) -> dict[str, QuestionResult]:
        return {result.variable: result for result in self.published.bands}

    def bands_of(self, variable: str) -> QuestionResult | None:
        """Return a question's result in three bands, or None if it is not published."""
        found = self._bands.get(variable)
        return found if found and found.reason is None else None

    def share_of(self, variable: str) -> Share | None:
        """Return the share of people whose answer is in the positive band, or None if that is not published."""
        bands = self.bands_of(variable)
        cell = bands.cell(POSITIVE) if bands else None
        if bands is None or cell is None or not bands.base:
            return None
        question = self.document.question(variable)
        is_sum = self._options[variable].detail is Detail.OPTIONS
        parts = sum(option.band == POSITIVE for option in question.options) if is_sum else 1
        facts = self.published.facts
        population = facts.population if facts and facts.population and facts.population >= bands.base else None
        return Share(cell.count, bands.base, parts, population)

    def score_of(self, variable: str) -> themes.Score | None:
        """Return a question's score (0 to 100), or None if its options are not published or have no order."""
        result = self._options.get(variable)
        scores = scores_of(self.document.question(variable)) if result and result.reason is None else None
        if result is None or scores is None or result.detail is not Detail.OPTIONS:
            return None
        return themes.measure({cell.code: cell.count for cell in result.cells}, scores)

    @cached_property
    def _options(self) -> dict[str, QuestionResult]:
        return {result.variable: result for result in self.published.questions}

    def same_people(self, variable: str, earlier: str) -> PanelQuestion | None:
        """Return what is published of the people who also answered an earlier wave, or None."""
        panel = self.published.panel
        if panel is None or panel.reason or panel.earlier_wave != earlier:
            return None
        return next((one for one in panel.questions if one.variable == variable), None)


@dataclass(frozen=True)
class Figure:
    """A question's share of positive answers in this round, in the one before, and what changed.

    ``then`` and ``change`` are None where the rounds cannot be compared or too few answered; ``movement`` says which.
    """

    variable: str
    now: Share
    then: Share | None
    change: Change | None
    movement: Movement | None
    moves: Moves | None


@dataclass(frozen=True)
class ThemeFigure:
    """A theme's index (0 to 100) in this round, in the one before if comparable, and what changed."""

    name: str
    now: float
    then: float | None
    movement: Movement | None


def fingerprint(document: Questionnaire, variable: str) -> tuple[object, ...] | None:
    """Return what must be the same for two rounds to be compared: English wording, kind, options and bands."""
    if variable not in {question.variable for question in document.ratings}:
        return None
    question = document.question(variable)
    words = [option_text(document, question, code, lang=SOURCE_LANGUAGE).value for code in question.codes]
    options = tuple((o.code, o.band, text) for o, text in zip(question.options, words, strict=True))
    return question.kind, document.text(variable, SOURCE_LANGUAGE).value, options


def is_comparable(one: Questionnaire, other: Questionnaire, variable: str) -> bool:
    """Return whether two questionnaires ask a question in the same words and with the same answers."""
    print_of_one = fingerprint(one, variable)
    return print_of_one is not None and print_of_one == fingerprint(other, variable)


def scores_of(question: Question) -> dict[str, float] | None:
    """Return the score (0 to 100) of each option with a band, evenly spaced from the negative to the positive end.

    None if the bands do not run from one end to the other.
    """
    banded = [option for option in question.options if option.band in BANDS]
    places = [BANDS.index(option.band or "") for option in banded]
    if len(banded) < 2 or (places != sorted(places) and places != sorted(places, reverse=True)):
        return None
    best_first = banded if places[0] < places[-1] else banded[::-1]
    return {option.code: 100 * (1 - place / (len(banded) - 1)) for place, option in enumerate(best_first)}


def compare(now: PublishedRound, before: PublishedRound | None) -> tuple[Figure, ...]:
    """Return the figures of all questions with a published share, in document order."""
    pairs = [(name, share, _then(now, before, name)) for name in now.variables if (share := now.share_of(name))]
    changes = [_change(now, before, name, share=share, then=then) for name, share, then in pairs]
    words = movements(changes)
    figures = []
    for (name, share, then), found, word in zip(pairs, changes, words, strict=True):
        shown = None if word is Movement.TOO_FEW else then
        figures.append(
            Figure(name, share, shown, found if shown else None, word if then else None, _moves(now, before, name))
        )
    return tuple(figures)


def _then(now: PublishedRound, before: PublishedRound | None, variable: str) -> Share | None:
    if before is None or not is_comparable(before.document, now.document, variable):
        return None
    return before.share_of(variable)


def _change(
    now: PublishedRound, before: PublishedRound | None, variable: str, *, share: Share, then: Share | None
) -> Change | None:
    if before is None or then is None:
        return None
    panel = now.same_people(variable, before.published.wave)
    same = None
    if panel and panel.moves:
        counts = [cell.count if (cell := side.cell(POSITIVE)) else 0 for side in (panel.earlier, panel.current)]
        people = panel.moves.up + panel.moves.same + panel.moves.down
        then_agreed, now_agreed = counts
        same = SamePeople(people, then_agreed, now_agreed, panel.moves.up, panel.moves.down)
    return change(then, share, same)


def _moves(now: PublishedRound, before: PublishedRound | None, variable: str) -> Moves | None:
    panel = now.same_people(variable, before.published.wave) if before else None
    return panel.moves if panel else None


def compare_themes(now: PublishedRound, before: PublishedRound | None) -> tuple[ThemeFigure, ...]:
    """Return the figures of the questionnaire's themes whose index is published, in document order."""
    found: list[tuple[str, float, float | None, Change | None]] = []
    for theme in now.document.themes:
        scores = [now.score_of(name) for name in theme.variables]
        value = _index(scores)
        earlier = _earlier_scores(now, before, theme.variables)
        difference = themes.index_change(earlier, scores) if earlier else None
        if value is not None:
            found.append((theme.name, value, _index(earlier) if earlier and difference else None, difference))
    words = movements([difference for *_, difference in found])
    return tuple(
        ThemeFigure(name, value, then, word if then is not None else None)
        for (name, value, then, _difference), word in zip(found, words, strict=True)
    )


def _earlier_scores(
    now: PublishedRound, before: PublishedRound | None, variables: Sequence[str]
) -> list[themes.Score | None] | None:
    """Return the earlier scores of a theme's questions, or None if one of them was asked differently."""
    if before is None or not all(is_comparable(before.document, now.document, name) for name in variables):
        return None
    return [before.score_of(name) for name in variables]


def _index(scores: Sequence[themes.Score | None]) -> float | None:
    return themes.index([score.value if score else None for score in scores])
