"""What published rounds say about each outcome: the newest figure of every question, as its results page shows it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.questionnaires import SOURCE_LANGUAGE, Question
from app.core.results.rounds import Figure
from app.core.results.statistics import whole_percent
from app.evidence.outcomes import codes_of
from app.results import service as releases
from app.results.page import ResultsPage
from app.results.sentences import from_to
from app.results.service import PublishedWave

NOT_COMPARED = "Nothing to compare with"


@dataclass(frozen=True)
class Measure:
    """A question that measures outcomes, on the results page of the newest round that published it.

    If no round published it, it is the newest round with results that asked it.
    """

    page: ResultsPage
    question: Question

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the outcomes that it measures."""
        return codes_of(self.question.outcome)

    @property
    def text(self) -> str:
        """The English wording."""
        return self.page.english(self.question.variable)

    @property
    def figure(self) -> Figure | None:
        """The share of positive answers and its change, or None if none is published."""
        return self.page.figures.get(self.question.variable)

    @property
    def share(self) -> str:
        """The share of positive answers in a sentence, or why there is none."""
        reason = next(
            (one.reason for one in self.page.published.questions if one.variable == self.question.variable), None
        )
        if self.figure:
            return self.page.agree_words(self.question.variable)
        return self.page.view.reason(reason) if reason else "No single share is published. See the results page."

    @property
    def percent(self) -> int | None:
        """The share in whole percent; None below 30 answers, and where it is published as a word."""
        percent = whole_percent(self.figure.now.value) if self.figure and self.likely else 0
        return percent if 0 < percent < 100 else None

    @property
    def likely(self) -> tuple[int, int] | None:
        """The likely range in whole percent; None below 30 answers."""
        return self.page.likely(self.question.variable)

    @property
    def movement(self) -> str:
        """The word for the change since the round before."""
        movement = self.figure.movement if self.figure else None
        return self.page.movement(movement) if movement else NOT_COMPARED

    @property
    def change(self) -> str:
        """The change since the round before in a sentence; empty if there is nothing to compare with."""
        return from_to(self.figure) if self.figure and self.figure.then else ""


def measures(surveys: Iterable[str]) -> list[Measure]:
    """Return the questions of some surveys that measure an outcome, from results that everybody can read."""
    return [measure for rounds in releases.list_public(surveys) for measure in _of_survey(rounds)]


def _of_survey(rounds: list[PublishedWave]) -> list[Measure]:
    """Return the newest measure of each question, in the order of the newest questionnaires."""
    found: dict[str, Measure] = {}
    for one in reversed(rounds):
        page = ResultsPage(rounds, one.wave.id, names={}, lang=SOURCE_LANGUAGE)
        shown = {result.variable for result in page.published.questions if result.reason is None}
        for question in page.view.document.ratings:
            held = found.get(question.variable)
            is_better = held is None or (question.variable in shown and not _is_published(held))
            if question.outcome and is_better:
                found[question.variable] = Measure(page, question)
    return list(found.values())


def _is_published(measure: Measure) -> bool:
    results = measure.page.published.questions
    return any(result.variable == measure.question.variable and result.reason is None for result in results)


def movements(found: Iterable[Measure]) -> str:
    """Return how many questions rose, fell and so on, in words; empty if there are none."""
    counts = Counter(measure.movement for measure in found)
    return ", ".join(f"{word.lower()}: {n}" for word, n in sorted(counts.items()))
