"""The texts of a results page: labels of cells, bands, groups and reasons, in the page's language.

Compares published numbers with those of the previous wave, and computes nothing from unpublished data.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.answers import option_text
from app.core.questionnaires import MISSING, Question, Text
from app.core.results import charts
from app.core.results.published import (
    Cell,
    Dimension,
    PanelQuestion,
    QuestionResult,
    Reason,
    Share,
    interval_of,
    share_of,
)
from app.core.results.rounds import is_comparable
from app.results.labels import Names, band_label
from app.results.service import PublishedWave
from app.surveys.service import document_of
from app.web.filters import in_words, percent
from app.web.i18n import DEFAULT, words

REASONS = {
    Reason.TOO_FEW_ANSWERS: _l("Fewer than 10 people answered, so we do not show this."),
    Reason.TOO_FEW_FOR_GROUPS: _l("Fewer than 50 people answered, so we do not show results by group."),
    Reason.ONE_GROUP_LEFT: _l("All groups but one had fewer than 10 people, so we do not show groups."),
    Reason.NO_BANDS: _l("Results for this question are not available for small groups."),
    Reason.BASE_ZERO: _l("Too few people answered this question."),
    Reason.TOO_CLOSE: _l("Showing this could reveal too much about a small group."),
    Reason.PANEL_TOO_SMALL: _l("Fewer than 10 people took part in both rounds, so we do not compare the same people."),
    Reason.PANEL_REST_TOO_SMALL: _l(
        "Nearly everyone took part in both rounds, so a comparison could identify the others."
    ),
    Reason.PANEL_TOO_CLOSE: _l("Comparing the same people could reveal too much about a small group."),
    Reason.WAVES_TOO_SMALL: _l("We compare the same people only if at least 50 people took part in each round."),
    Reason.NOT_AUDITED: _l("Results by group are shown only after an independent check."),
}


@dataclass(frozen=True)
class Line:
    """One row of a table: the answer's label, its cells in both waves, and the text of the difference or None.

    ``points`` is the difference in percentage points, or None unless both waves publish percentages.
    """

    label: Text
    before: Cell | None
    now: Cell | None
    points: int | None
    difference: str | Markup | None


@dataclass(frozen=True)
class QuestionView:
    """One question of a results page: this wave's result, the previous wave's if comparable, and a chart."""

    question: Question
    label: Text
    now: QuestionResult
    before: QuestionResult | None
    lines: tuple[Line, ...]
    chart: charts.Chart
    row_labels: Mapping[str, Text]
    panel: PanelQuestion | None


class ResultsView:
    """The data of a results page: one published wave, and the previous one for comparison.

    ``names`` holds the council's names of localities and channels. ``share`` and ``interval`` return the text and the
    published interval of a cell, ``group_names`` the names of a group's values as HTML (a pooled group has several).
    """

    def __init__(
        self,
        current: PublishedWave,
        previous: PublishedWave | None,
        *,
        names: Names,
        lang: str,
    ) -> None:
        self.wave, self.published = current.wave, current.published
        self.previous = previous
        self._names, self._lang = names, lang
        self.document = document_of(current.wave)
        self.share, self.interval, self.group_names = cache(share_words), interval_of, cache(self._group_names)

    @property
    def earlier_number(self) -> str:
        """The number of the round that the release compares with; empty if there is none."""
        repeat = self.published.repeat
        return repeat.earlier_wave.rpartition("-")[2] if repeat else ""

    @property
    def questions(self) -> list[QuestionView]:
        """All questions, in the questionnaire's order."""
        return [self._question(result) for result in self.published.questions]

    @property
    def published_dimensions(self) -> list[Dimension]:
        """The dimensions with published groups."""
        return [d for d in self.published.dimensions if d.groups]

    def dimension_name(self, name: str) -> Text:
        """Return the label of a dimension."""
        own = {"locality": _("By area"), "channel": _("By how people got their card")}
        return Text(own[name], self._lang) if name in own else self.document.text(name, self._lang)

    def band_label(self, question: Question, band: str) -> Text:
        """Return the labels of a band's answers, joined; for a score, a range and the meaning of its end."""
        return band_label(self.document, question, band=band, lang=self._lang)

    def reason(self, reason: Reason) -> str:
        """Return the text of a reason why something is not shown."""
        return str(REASONS[reason])

    def _group_names(self, dimension: str, values: tuple[str, ...]) -> Markup:
        return Markup(", ").join(words(self._value_name(dimension, value)) for value in values)

    def _value_name(self, dimension: str, value: str) -> Text:
        named = self._names.get(dimension)
        if named is not None:  # named in the council's settings
            return Text(named.get(value) or in_words(value), DEFAULT.tag)
        if value == MISSING:
            return Text(_("Not answered"), self._lang)
        return option_text(self.document, self.document.question(dimension), value, lang=self._lang)

    def _question(self, now: QuestionResult) -> QuestionView:
        question = self.document.question(now.variable)
        before = self._before(now)
        has_both = before is not None and bool(before.cells) and bool(now.cells)
        chart = charts.grouped(before, now) if before is not None and has_both else charts.draw(now)
        labels = {
            cell.code: self._cell_label(question, now, cell.code)
            for cell in (*charts.in_order(now), *(before.cells if before else ()))
        }
        lines = tuple(_line(label, code, before=before, now=now) for code, label in labels.items())
        return QuestionView(
            question,
            self.document.text(question.variable, self._lang),
            now,
            before if has_both else None,
            lines,
            chart,
            {**labels, question.variable: Text("", self._lang)},
            self._panel(now.variable),
        )

    def _before(self, now: QuestionResult) -> QuestionResult | None:
        """Return the previous wave's result in the same detail, of a question that was asked alike, or None."""
        if self.previous is None or not is_comparable(document_of(self.previous.wave), self.document, now.variable):
            return None
        earlier = self.previous.published
        found = (r for r in (*earlier.questions, *earlier.bands) if (r.variable, r.kind) == (now.variable, now.kind))
        return next((r for r in found if r.detail is now.detail), None)

    def _cell_label(self, question: Question, result: QuestionResult, code: str) -> Text:
        if result.detail.value == "bands":
            return self.band_label(question, code)
        return option_text(self.document, question, code, lang=self._lang)

    def _panel(self, variable: str) -> PanelQuestion | None:
        panel = self.published.panel
        return next((q for q in panel.questions if q.variable == variable), None) if panel else None


def share_words(cell: Cell, base: int | None) -> str | Markup:
    """Return the text of a published share, for every table, caption and chart."""
    share = share_of(cell, base)
    if share is Share.PERCENTAGE:
        return percent(cell.percent)
    if share is Share.PEOPLE:
        return str(_("about %(n)s", n=cell.count))
    return str(_("nearly all") if share is Share.NEARLY_ALL else _("almost none"))


def _line(label: Text, code: str, *, before: QuestionResult | None, now: QuestionResult) -> Line:
    """Return the row of one answer. Differences of single answers are not tested; the question's one test is named."""
    then, cell = before.cell(code) if before else None, now.cell(code)
    if before is None or then is None or cell is None:
        return Line(label, then, cell, None, None)
    if {share_of(then, before.base), share_of(cell, now.base)} != {Share.PERCENTAGE}:
        return Line(label, then, cell, None, None)
    points = cell.percent - then.percent
    return Line(label, then, cell, points, Markup('<bdi dir="ltr">{:+d}</bdi>').format(points))
