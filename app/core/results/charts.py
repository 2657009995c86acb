"""Where the bars of a chart stand, as numbers for an SVG drawn on the server; colours and words are not its business.

Lengths are units of the view box, 0 to ``WIDTH`` across, which is 0 to 100 percent; y grows downwards.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.core.results.published import Cell, Detail, QuestionResult, Word

WIDTH = 340.0
BAR = 16.0
LABEL = 22.0
GAP = 12.0
TICKS = (0, 25, 50, 75, 100)


@dataclass(frozen=True)
class Bar:
    """A rectangle for one cell. ``css`` holds class names; ``series`` is 0, or 0 previous and 1 current."""

    code: str
    percent: int
    x: float
    y: float
    width: float
    height: float
    css: str
    series: int = 0


@dataclass(frozen=True)
class Whisker:
    """A 95% interval: a line from x1 to x2 at height y."""

    code: str
    x1: float
    x2: float
    y: float
    series: int = 0


@dataclass(frozen=True)
class Row:
    """Where the words of a row stand: the base line of its label. ``code`` is an option, or a question's variable."""

    code: str
    y: float


@dataclass(frozen=True)
class Summary:
    """What one sentence under a chart says: the largest cell; ``tied`` when another is as large."""

    variable: str
    code: str
    percent: int
    word: Word | None
    tied: bool


@dataclass(frozen=True)
class Chart:
    """The geometry of one chart. A question that is not told gives no rows, no bars and no summary."""

    width: float
    height: float
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    whiskers: tuple[Whisker, ...]
    ticks: tuple[tuple[int, float], ...]
    summary: Summary | None


def draw(result: QuestionResult) -> Chart:
    """Return the usual chart of a published question: one stacked bar for bands, else a bar for each option."""
    return stacked([result]) if result.detail is Detail.BANDS else single(result)


def stacked(results: Sequence[QuestionResult]) -> Chart:
    """Return one stacked bar for each result, such as the groups of a dimension under each other.

    Rounded counts may add up to more or less than their base, so widths are shares of the larger of the two: a
    stack never runs over the edge. The summary is of the first result.
    """
    told = [result for result in results if result.cells]
    bars = tuple(bar for index, result in enumerate(told) for bar in _stack(result, _bar_top(index)))
    rows = tuple(Row(result.variable, _label_line(index)) for index, result in enumerate(told))
    return _chart(rows, bars, (), len(rows), BAR, told[0] if told else None)


def single(result: QuestionResult) -> Chart:
    """Return one bar with its interval for each cell, each from the left edge."""
    places = [(cell, _bar_top(index)) for index, cell in enumerate(result.cells)]
    bars = tuple(_bar(cell, result.detail, y, BAR) for cell, y in places)
    whiskers = tuple(_whisker(cell, y + BAR / 2) for cell, y in places)
    rows = tuple(Row(cell.code, _label_line(index)) for index, cell in enumerate(result.cells))
    return _chart(rows, bars, whiskers, len(rows), BAR, result if result.cells else None)


def grouped(previous: QuestionResult, current: QuestionResult) -> Chart:
    """Return two thinner bars for each cell, the previous wave's above the current one's.

    Cells that only one of them has keep their place with one bar; those that only the previous one has come last.
    The summary is of the current result.

    Raises:
        ValueError: the results are of two questions, or one is in bands and the other in options.
    """
    if (previous.variable, previous.detail) != (current.variable, current.detail):
        raise ValueError(f"{previous.variable} and {current.variable} cannot stand side by side")
    codes = list(dict.fromkeys(cell.code for cell in (*current.cells, *previous.cells)))
    thin, bars, whiskers = BAR * 0.75, list[Bar](), list[Whisker]()
    for series, result in enumerate((previous, current)):
        for cell in result.cells:
            y = _bar_top(codes.index(cell.code), 2 * thin) + series * thin
            bars.append(_bar(cell, result.detail, y, thin, series, ("wave-previous", "wave-current")[series]))
            whiskers.append(_whisker(cell, y + thin / 2, series))
    rows = tuple(Row(code, _label_line(index, 2 * thin)) for index, code in enumerate(codes))
    return _chart(rows, bars, whiskers, len(codes), 2 * thin, current if current.cells else None)


def summarise(result: QuestionResult) -> Summary | None:
    """Return the largest cell of a question, the first of equals; None when it is not told."""
    if not result.cells:
        return None
    top = max(result.cells, key=lambda cell: cell.count)
    tied = sum(cell.count == top.count for cell in result.cells) > 1
    return Summary(result.variable, top.code, top.percent, top.word, tied)


def _chart(
    rows: tuple[Row, ...],
    bars: Iterable[Bar],
    whiskers: Iterable[Whisker],
    count: int,
    row_height: float,
    told: QuestionResult | None,
) -> Chart:
    height = count * (LABEL + row_height + GAP)
    ticks = tuple((percent, _across(percent)) for percent in TICKS)
    return Chart(WIDTH, height, rows, tuple(bars), tuple(whiskers), ticks, summarise(told) if told else None)


def _stack(result: QuestionResult, y: float) -> Iterable[Bar]:
    whole = max(result.base or 0, sum(cell.count for cell in result.cells))
    x = 0.0
    for cell in result.cells:
        width = round(WIDTH * cell.count / whole, 2)
        yield Bar(cell.code, cell.percent, round(x, 2), y, width, BAR, css_class(cell.code, result.detail))
        x += WIDTH * cell.count / whole


def _bar(cell: Cell, detail: Detail, y: float, height: float, series: int = 0, extra: str = "") -> Bar:
    css = f"{css_class(cell.code, detail)} {extra}".strip()
    return Bar(cell.code, cell.percent, 0.0, y, _across(cell.percent), height, css, series)


def _whisker(cell: Cell, y: float, series: int = 0) -> Whisker:
    return Whisker(cell.code, _across(cell.low), _across(cell.high), y, series)


def css_class(code: str, detail: Detail) -> str:
    """Return the class by which the style sheet colours a cell: ``band-positive``, ``opt-5``."""
    return f"{'band' if detail is Detail.BANDS else 'opt'}-{code}"


def _across(percent: int) -> float:
    return round(WIDTH * percent / 100, 2)


def _label_line(index: int, row_height: float = BAR) -> float:
    """Return the base line of a row's label, which stands above its bars (narrow screens have no room beside)."""
    return index * (LABEL + row_height + GAP) + LABEL - 6


def _bar_top(index: int, row_height: float = BAR) -> float:
    return index * (LABEL + row_height + GAP) + LABEL
