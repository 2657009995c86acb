"""The key charts of a report: which questions, under which headings, with captions that state the finding."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.questionnaires import BANDS
from app.core.results import charts
from app.core.results.change import Movement
from app.core.results.rounds import Figure
from app.core.results.statistics import whole_percent
from app.reports.texts import plain
from app.results.page import ResultsPage
from app.results.wording import QuestionView

MOST = 6
TOP, BOTTOM = 5.0, 30.0
"""The edges of a bar in units of its view box, which is ``charts.WIDTH`` wide and ``HEIGHT`` high."""
HEIGHT = 40.0
STRIPES = 7.0
Stripe = tuple[float, float, float, float]
"""A line that shades negative answers, from x, y to x, y: readers need not see colours."""
COLUMNS = 3
CLEAR = (Movement.ROSE, Movement.FELL)


@dataclass(frozen=True)
class KeyChart:
    """A question's bar, its label, what it shows in words, and the number on each segment.

    ``description`` has every band in words, for readers who do not see the bar.
    """

    variable: str
    label: str
    finding: str
    more: str
    description: str
    bar: charts.Likert
    numbers: tuple[tuple[str, float, str], ...]
    stripes: tuple[Stripe, ...]


@dataclass(frozen=True)
class Section:
    """Some key charts under a heading; ``note`` says which questions had an equal claim and are not shown."""

    heading: str
    charts: tuple[KeyChart, ...]
    note: str = ""


def sections(page: ResultsPage) -> tuple[Section, ...]:
    """Return at most six questions: the clearest changes, the highest and the lowest shares of positive answers.

    Shares are ranked as they are published, in whole percent; questions with equal shares keep their order. With few
    questions all are shown; in a small round nothing is ranked.
    """
    figures = list(page.figures.values())
    if page.margin is None:
        return _section(page, "Answers", figures[:MOST])
    figures = [f for f in figures if page.likely(f.variable)]
    ranked = sorted(figures, key=_percent, reverse=True)
    if len(ranked) <= MOST:
        return _section(page, "All questions, highest share of positive answers first", ranked)
    changed = sorted((f for f in figures if f.movement in CLEAR), key=_size, reverse=True)[: MOST // COLUMNS]
    rest = [f for f in ranked if f not in changed]
    each = (MOST - len(changed)) // 2
    return (
        *_section(page, "Highest shares of positive answers", rest[:each], left_out=rest[each:]),
        *_section(page, "Clear changes since the round before", changed),
        *_section(page, "Lowest shares of positive answers", rest[::-1][:each], left_out=rest[::-1][each:]),
    )


def _percent(figure: Figure) -> int:
    return whole_percent(figure.now.value)


def _size(figure: Figure) -> float:
    return abs(figure.now.value - (figure.then.value if figure.then else 0))


def _section(
    page: ResultsPage, heading: str, shown: list[Figure], *, left_out: Sequence[Figure] = ()
) -> tuple[Section, ...]:
    if not shown:
        return ()
    views = {one.question.variable: one for one in page.view.questions}
    drawn = [_chart(page, views[figure.variable]) for figure in shown]
    equal = sum(_percent(figure) == _percent(shown[-1]) for figure in left_out)
    others = "Another question has" if equal == 1 else f"{equal} other questions have"
    note = f"{others} the same share as the last one here." if equal else ""
    return (Section(heading, tuple(chart for chart in drawn if chart), note),)


def find_chart(page: ResultsPage, variable: str) -> KeyChart | None:
    """Return the chart of one question, or None if it has none."""
    found = next((one for one in page.view.questions if one.question.variable == variable), None)
    return _chart(page, found) if found and found.now.reason is None else None


def _chart(page: ResultsPage, one: QuestionView) -> KeyChart | None:
    name, bar = one.question.variable, page.likert(one)
    if bar is None:
        return None
    figure, likely = page.figures[name], page.likely(name)
    more = [f"Likely range: {likely[0]} to {likely[1]}."] if likely else []
    if figure.movement and likely:
        more.append(f"{page.movement(figure.movement)}.")
    bands = " ".join(f"{plain(label.value)}: {plain(share)}." for _code, label, share in page.bands(one))
    numbers = tuple(
        (part.code, part.middle, plain(page.short_share(one, part.code)))
        for part in bar.segments
        if part.middle is not None
    )
    stripes = tuple(line for part in bar.segments if part.code == BANDS[-1] for line in _stripes(part.x, part.width))
    said = plain(page.agree_words(name))
    return KeyChart(name, one.label.value, said, " ".join(more), bands, bar, numbers, stripes)


def _stripes(left: float, width: float) -> Iterator[Stripe]:
    """Yield diagonal lines that fill a segment and do not leave it."""
    height, right = BOTTOM - TOP, left + width
    for number in range(1, int((width + height) / STRIPES) + 1):
        low = left - height + number * STRIPES
        start, end = max(left, low), min(right, low + height)
        if end > start:
            yield round(start, 1), round(BOTTOM - (start - low), 1), round(end, 1), round(BOTTOM - (end - low), 1)
