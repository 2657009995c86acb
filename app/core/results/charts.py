"""The geometry of bar charts that are rendered as SVG on the server; colours and texts are set elsewhere.

Lengths are in units of the view box: x from 0 to ``WIDTH`` corresponds to 0 to 100 percent; y increases downwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.core.results.published import Cell, Detail, QuestionResult, interval_of

WIDTH = 340.0
BAR = 16.0
LABEL = 22.0
GAP = 12.0


@dataclass(frozen=True)
class Bar:
    """The rectangle of one cell. ``css`` has class names for the cell and, in a comparison, for the wave."""

    x: float
    y: float
    width: float
    height: float
    css: str


@dataclass(frozen=True)
class Whisker:
    """A 95% interval: a line from x1 to x2 at height y."""

    x1: float
    x2: float
    y: float


@dataclass(frozen=True)
class Row:
    """The base line of a row's label. ``code`` is an option, or a question's variable."""

    code: str
    y: float


@dataclass(frozen=True)
class Chart:
    """The geometry of one chart; a question that is not published has no rows and no bars.

    ``largest`` is the cell for the caption (the first in case of ties), or None.
    """

    width: float
    height: float
    rows: tuple[Row, ...]
    bars: tuple[Bar, ...]
    whiskers: tuple[Whisker, ...]
    largest: Cell | None


def draw(result: QuestionResult) -> Chart:
    """Return the default chart of a published question: one stacked bar for bands, else a bar for each option."""
    return stacked(result) if result.detail is Detail.BANDS else single(result)


def stacked(result: QuestionResult) -> Chart:
    """Return one stacked bar.

    Rounded counts may add up to more or less than their base; widths are shares of the larger of the two, so the
    stack never exceeds the chart's width.
    """
    rows = (Row(result.variable, _label_line(0)),) if result.cells else ()
    return _chart(rows, tuple(_stack(result, _bar_top(0))), (), row_height=BAR, captioned=result)


def single(result: QuestionResult) -> Chart:
    """Return one bar with its interval for each cell, each starting at the left edge."""
    places = [(cell, _bar_top(index)) for index, cell in enumerate(result.cells)]
    bars = tuple(_bar(cell, result.detail, y=y, height=BAR) for cell, y in places)
    whiskers = [whisker for cell, y in places for whisker in _whiskers(cell, result.base, y + BAR / 2)]
    rows = tuple(Row(cell.code, _label_line(index)) for index, cell in enumerate(result.cells))
    return _chart(rows, bars, whiskers, row_height=BAR, captioned=result)


def grouped(previous: QuestionResult, current: QuestionResult) -> Chart:
    """Return two thinner bars for each cell, the previous wave's above the current wave's.

    A cell that only one of the waves has gets one bar; those that only the previous wave has come last. The caption
    is about the current result.

    Raises:
        ValueError: the results are of different questions, or one is in bands and the other in options.
    """
    if (previous.variable, previous.detail) != (current.variable, current.detail):
        raise ValueError(f"{previous.variable} and {current.variable} cannot be compared in one chart")
    codes = list(dict.fromkeys(cell.code for cell in (*current.cells, *previous.cells)))
    thin, bars, whiskers = BAR * 0.75, list[Bar](), list[Whisker]()
    for series, result in enumerate((previous, current)):
        for cell in result.cells:
            y = _bar_top(codes.index(cell.code), 2 * thin) + series * thin
            bars.append(_bar(cell, result.detail, y=y, height=thin, extra=("wave-previous", "wave-current")[series]))
            whiskers += _whiskers(cell, result.base, y + thin / 2)
    rows = tuple(Row(code, _label_line(index, 2 * thin)) for index, code in enumerate(codes))
    return _chart(rows, bars, whiskers, row_height=2 * thin, captioned=current)


def _chart(
    rows: tuple[Row, ...],
    bars: Iterable[Bar],
    whiskers: Iterable[Whisker],
    *,
    row_height: float,
    captioned: QuestionResult,
) -> Chart:
    height = len(rows) * (LABEL + row_height + GAP)
    largest = max(captioned.cells, key=lambda cell: cell.count, default=None)
    return Chart(WIDTH, height, rows, tuple(bars), tuple(whiskers), largest)


def _stack(result: QuestionResult, y: float) -> Iterable[Bar]:
    whole = max(result.base or 0, sum(cell.count for cell in result.cells))
    x = 0.0
    for cell in result.cells:
        width = round(WIDTH * cell.count / whole, 2)
        yield Bar(round(x, 2), y, width, BAR, _css_class(cell, result.detail))
        x += WIDTH * cell.count / whole


def _bar(cell: Cell, detail: Detail, *, y: float, height: float, extra: str = "") -> Bar:
    return Bar(0.0, y, _across(cell.percent), height, f"{_css_class(cell, detail)} {extra}".strip())


def _whiskers(cell: Cell, base: int | None, y: float) -> list[Whisker]:
    """Return the interval of a cell if one is published, else an empty list."""
    interval = interval_of(cell, base)
    return [Whisker(_across(interval[0]), _across(interval[1]), y)] if interval else []


def _css_class(cell: Cell, detail: Detail) -> str:
    """Return the CSS class that sets the colour of a cell: ``band-positive``, ``opt-5``."""
    return f"{'band' if detail is Detail.BANDS else 'opt'}-{cell.code}"


def _across(percent: int) -> float:
    return round(WIDTH * percent / 100, 2)


def _label_line(index: int, row_height: float = BAR) -> float:
    """Return the base line of a row's label, which is above its bars because screens may be narrow."""
    return index * (LABEL + row_height + GAP) + LABEL - 6


def _bar_top(index: int, row_height: float = BAR) -> float:
    return index * (LABEL + row_height + GAP) + LABEL
