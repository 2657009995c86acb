"""A report's content in plain English text: made from the page of results, so both say the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import force_locale

from app.core.results.published import PERCENTAGES_FROM, QuestionResult, interval_of
from app.core.results.rounds import POSITIVE
from app.core.waves import day_words
from app.reports.charts import KeyChart, Section, sections
from app.reports.texts import Note, caveats, method, plain
from app.results.page import ResultsPage
from app.results.sentences import from_to
from app.results.wording import QuestionView, share_words
from app.web.filters import survey_name
from app.web.i18n import DEFAULT


@dataclass(frozen=True)
class Finding:
    """One line of the message: its kind, its word, and what is said of each question ("" where it names none)."""

    kind: str
    chip: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Theme:
    """A theme's score from 0 to 100, and the word and the score of the round before where they can be compared."""

    name: str
    score: int
    change: str


@dataclass(frozen=True)
class Row:
    """One question in numbers: its share of positive answers, or a reason why it is not published."""

    variable: str
    label: str
    answers: str
    base: str
    share: str
    likely: str
    change: str


@dataclass(frozen=True)
class Answers:
    """Every answer of a question that has no positive answers: label, share and interval of each."""

    variable: str
    label: str
    base: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Groups:
    """The shares of positive answers by group: names of the groups, people in each, and a row for each question.

    ``notes`` are the reasons why shares are not shown.
    """

    name: str
    groups: tuple[str, ...]
    people: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """Everything that a report says. Equal reports make equal files."""

    survey: str
    number: int
    dates: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    sure: str
    themes: tuple[Theme, ...]
    sections: tuple[Section, ...]
    method: tuple[Note, ...]
    caveats: tuple[str, ...]
    rows: tuple[Row, ...]
    others: tuple[Answers, ...]
    groups: tuple[Groups, ...]
    is_demo: bool
    council: str
    address: str

    @property
    def title(self) -> str:
        """The survey and its round."""
        return f"{self.survey}, round {self.number}"

    @property
    def charts(self) -> tuple[KeyChart, ...]:
        """The key charts of all sections."""
        return tuple(chart for section in self.sections for chart in section.charts)


def write_report(page: ResultsPage, labels: Mapping[str, Any], *, council: str, address: str, is_demo: bool) -> Report:
    """Return the report of a page of results.

    Args:
        page: the page in English.
        labels: the English labels of the release, as its data files have them.
        council: the council's name.
        address: the web address of the full results.
        is_demo: all numbers are made up.
    """
    with force_locale(DEFAULT.babel):
        first, last = page.days
        return Report(
            survey=str(survey_name(page.published.survey, page.view.document.text("title", page.lang).value)),
            number=page.wave.number,
            dates=f"{day_words(first)} to {day_words(last)}",
            facts=tuple(_facts(page)),
            findings=tuple(_finding(one) for one in page.findings),
            notes=tuple(_notes(page)),
            sure=_sure(page),
            themes=tuple(_themes(page)),
            sections=sections(page),
            method=tuple(method(page)),
            caveats=tuple(caveats(page)),
            rows=tuple(_row(page, one) for one in page.view.questions if one.now.reason or _has_share(page, one)),
            others=tuple(
                _answers(page, o) for o in page.view.questions if not o.now.reason and not _has_share(page, o)
            ),
            groups=tuple(_groups(page, labels["dimensions"])),
            is_demo=is_demo,
            council=council,
            address=address,
        )


def _facts(page: ResultsPage) -> Iterator[tuple[str, str]]:
    """Yield numbers and what they count, in the order of reading."""
    n, repeat, population = page.published.n, page.published.repeat, page.facts.population
    if n is not None:
        yield f"About {n}", "people took part"
    if page.rate and population:
        yield f"{page.rate}%", f"of {population:,} who could take part"
    elif n is not None:
        yield "Not known", "how many people could take part"
    if page.margin is not None:
        yield f"± {page.margin} points", "how sure a percentage is"
    if repeat and repeat.count is not None:
        yield f"About {repeat.count}", "took part last time too"


def _finding(found: object) -> Finding:
    kind, chip, lines = (getattr(found, name) for name in ("kind", "chip", "lines"))
    said = tuple((plain(label.value) if label else "", plain(words)) for _variable, label, words in lines)
    return Finding(kind.value, plain(chip), said)


def _notes(page: ResultsPage) -> Iterator[str]:
    """Yield what replaces findings, and why there is no comparison."""
    if page.published.reason:
        yield page.view.reason(page.published.reason)
    elif page.margin is None:
        yield f"Fewer than {PERCENTAGES_FROM} people answered. That is too few to say what stands out."
    elif not page.findings:
        yield "No single question stands out."
    if page.margin is not None and page.view.previous is None:
        yield "This is the first round with results, so there is nothing to compare with yet."
    elif page.margin is not None and not page.has_comparison:
        yield "No question was asked in the same words in the round before, so nothing can be compared."


def _sure(page: ResultsPage) -> str:
    if page.margin is None:
        return ""
    n, points = page.published.n, page.margin
    return f"With about {n} answers, a percentage is likely to be right to within about {points} points."


def _themes(page: ResultsPage) -> Iterator[Theme]:
    for theme in page.themes:
        change = page.movement(theme.movement) if theme.movement else ""
        before = f" (round before: {round(theme.then)})" if change and theme.then is not None else ""
        yield Theme(page.theme_name(theme.name).value, round(theme.now), change + before)


def _has_share(page: ResultsPage, one: QuestionView) -> bool:
    return one.question.variable in page.figures


def _row(page: ResultsPage, one: QuestionView) -> Row:
    """Return a question's share of positive answers as the page says it, or why it is not published."""
    name = one.question.variable
    if one.now.reason:
        return Row(name, one.label.value, "", "", page.view.reason(one.now.reason), "", "")
    figure, likely = page.figures[name], page.likely(name)
    change = page.movement(figure.movement) if figure.movement else ""
    answers = "" if one.question.kind == "agree5" else plain(page.view.band_label(one.question, POSITIVE).value)
    return Row(
        name,
        one.label.value,
        answers,
        str(figure.now.base),
        next((plain(share) for code, _label, share in page.bands(one) if code == POSITIVE), ""),
        f"{likely[0]} to {likely[1]}%" if likely else "",
        f"{change}. {plain(from_to(figure))}" if change and likely and figure.then else change,
    )


def _answers(page: ResultsPage, one: QuestionView) -> Answers:
    now, labels = one.now, one.row_labels
    cells = ((cell, interval_of(cell, now.base)) for cell in now.cells)
    rows = (
        (labels[c.code].value, plain(share_words(c, now.base)), f"{i[0]} to {i[1]}%" if i else "") for c, i in cells
    )
    return Answers(one.question.variable, one.label.value, str(now.base), tuple(rows))


def _groups(page: ResultsPage, labels: Mapping[str, Any]) -> Iterator[Groups]:
    shown = [one for one in page.view.questions if not one.now.reason and _has_share(page, one)]
    for dimension in page.view.published_dimensions:
        found = {
            one.label.value: [group.question(one.question.variable) for group in dimension.groups] for one in shown
        }
        reasons = {result.reason for results in found.values() for result in results if result and result.reason}
        named = labels[dimension.name]
        yield Groups(
            named["label"],
            tuple(", ".join(named["values"].get(value, value) for value in group.values) for group in dimension.groups),
            tuple(str(group.n) for group in dimension.groups),
            tuple((label, tuple(map(_group_share, results))) for label, results in found.items()),
            tuple(sorted(page.view.reason(reason) for reason in reasons)),
        )


def _group_share(result: QuestionResult | None) -> str:
    if result is None or result.reason:
        return "not shown"
    cell = result.cell(POSITIVE)
    return plain(share_words(cell, result.base)) if cell else "not shown"
