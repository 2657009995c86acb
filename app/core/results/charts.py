"""The geometry of bar charts that are rendered as SVG on the server; colours and texts are set elsewhere.

Lengths are in units of the view box: x from 0 to ``WIDTH`` corresponds to 0 to 100 percent; y increases downwards.
"""

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
    whole = max(result.base or 0, sum(cell.count for cell in result.cells))
    bars, x = list[Bar](), 0.0
    for cell in result.cells:
        width = WIDTH * cell.count / whole
        bars.append(Bar(round(x, 2), LABEL, round(width, 2), BAR, _css_class(cell, result.detail)))
        x += width
    return _chart([result.variable] if result.cells else [], bars, [], row_height=BAR, captioned=result)


def single(result: QuestionResult) -> Chart:
    """Return one bar with its interval for each cell, each starting at the left edge."""
    return _side_by_side({"": result}, height=BAR, captioned=result)


def grouped(previous: QuestionResult, current: QuestionResult) -> Chart:
    """Return two thinner bars for each cell, the previous wave's above the current wave's.

    A cell that only one of the waves has gets one bar; those that only the previous wave has come last. The caption
    is about the current result.

    Raises:
        ValueError: the results are of different questions, or one is in bands and the other in options.
    """
    if (previous.variable, previous.detail) != (current.variable, current.detail):
        raise ValueError(f"{previous.variable} and {current.variable} cannot be compared in one chart")
    series = {" wave-previous": previous, " wave-current": current}
    return _side_by_side(series, height=BAR * 0.75, captioned=current)


def _side_by_side(series: dict[str, QuestionResult], *, height: float, captioned: QuestionResult) -> Chart:
    """Return one bar of a height for each cell and result; the keys are added to the class names of the bars."""
    codes = list(dict.fromkeys(cell.code for result in reversed(series.values()) for cell in result.cells))
    row_height, bars, whiskers = height * len(series), list[Bar](), list[Whisker]()
    for place, (css, result) in enumerate(series.items()):
        for cell in result.cells:
            y = codes.index(cell.code) * (LABEL + row_height + GAP) + LABEL + place * height
            bars.append(Bar(0.0, y, _across(cell.percent), height, _css_class(cell, result.detail) + css))
            if interval := interval_of(cell, result.base):
                whiskers.append(Whisker(_across(interval[0]), _across(interval[1]), y + height / 2))
    return _chart(codes, bars, whiskers, row_height=row_height, captioned=captioned)


def _chart(
    codes: list[str], bars: list[Bar], whiskers: list[Whisker], *, row_height: float, captioned: QuestionResult
) -> Chart:
    """Return a chart with a row for each code; its label is above its bars because screens may be narrow."""
    step = LABEL + row_height + GAP
    rows = tuple(Row(code, index * step + LABEL - 6) for index, code in enumerate(codes))
    largest = max(captioned.cells, key=lambda cell: cell.count, default=None)
    return Chart(WIDTH, len(rows) * step, rows, tuple(bars), tuple(whiskers), largest)


def _css_class(cell: Cell, detail: Detail) -> str:
    """Return the CSS class that sets the colour of a cell: ``band-positive``, ``opt-5``."""
    return f"{'band' if detail is Detail.BANDS else 'opt'}-{cell.code}"


def _across(percent: int) -> float:
    return round(WIDTH * percent / 100, 2)
