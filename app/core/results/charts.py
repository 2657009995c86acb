"""The geometry of bar charts that are rendered as SVG on the server; colours and texts are set elsewhere.

Lengths are in units of the view box: x from 0 to ``WIDTH`` corresponds to 0 to 100 percent; y increases downwards.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.results.published import Cell, Detail, QuestionResult, interval_of
from app.core.results.statistics import Share

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
    codes = list(dict.fromkeys(cell.code for result in reversed(series.values()) for cell in in_order(result)))
    row_height, bars, whiskers = height * len(series), list[Bar](), list[Whisker]()
    for place, (css, result) in enumerate(series.items()):
        for cell in result.cells:
            y = codes.index(cell.code) * (LABEL + row_height + GAP) + LABEL + place * height
            bars.append(Bar(0.0, y, _across(cell.percent), height, _css_class(cell, result.detail) + css))
            if interval := interval_of(cell, result.base):
                whiskers.append(Whisker(_across(interval[0]), _across(interval[1]), y + height / 2))
    return _chart(codes, bars, whiskers, row_height=row_height, captioned=captioned)


def in_order(result: QuestionResult) -> tuple[Cell, ...]:
    """Return the cells of a result in the order in which they are shown: by size where people chose several."""
    if result.kind == "multi":
        return tuple(sorted(result.cells, key=lambda cell: -cell.count))
    return result.cells


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


NUMBERED_FROM = 32.0
TREND_WIDTH, TREND_HEIGHT, TREND_EDGE = 240.0, 88.0, 20.0


@dataclass(frozen=True)
class Segment:
    """A band of a likert bar. ``middle`` is the place of its number, or None where the segment is too narrow."""

    code: str
    x: float
    width: float
    middle: float | None


@dataclass(frozen=True)
class Likert:
    """One bar of three bands, the likely range of the first band, and its share in the round before (or None)."""

    segments: tuple[Segment, ...]
    likely: tuple[float, float] | None
    before: float | None


def likert(bands: QuestionResult, likely: tuple[float, float] | None, before: float | None) -> Likert:
    """Return the bar of a result in bands; ``likely`` and ``before`` are shares (0 to 1) of the first band."""
    whole = max(bands.base or 0, sum(cell.count for cell in bands.cells), 1)
    segments, x = list[Segment](), 0.0
    for cell in bands.cells:
        width = WIDTH * cell.count / whole
        if width:
            middle = round(x + width / 2, 1) if width >= NUMBERED_FROM else None
            segments.append(Segment(cell.code, round(x, 1), round(width, 1), middle))
        x += width
    ends = (round(WIDTH * likely[0], 1), round(WIDTH * likely[1], 1)) if likely else None
    return Likert(tuple(segments), ends, None if before is None else round(WIDTH * before, 1))


@dataclass(frozen=True)
class Point:
    """A round in a trend: its number, its place, the share (0 to 1) and the y of its likely range (high is above)."""

    number: int
    x: float
    y: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Trend:
    """Rounds from left to right, in runs of rounds that are comparable; a line is drawn within a run only."""

    runs: tuple[tuple[Point, ...], ...]

    @property
    def points(self) -> tuple[Point, ...]:
        """All points."""
        return tuple(point for run in self.runs for point in run)


def trend(rounds: Sequence[tuple[int, Share, bool]]) -> Trend:
    """Return a trend over rounds: their numbers, shares, and whether each can be compared with the one before it."""
    step = (TREND_WIDTH - 2 * TREND_EDGE) / max(1, len(rounds) - 1)
    runs: list[list[Point]] = []
    for place, (number, share, is_comparable) in enumerate(rounds):
        likely = share.likely_range()
        x = round(TREND_EDGE + step * place if rounds[1:] else TREND_WIDTH / 2, 1)
        point = Point(number, x, _height(share.value), share.value, _height(likely.low), _height(likely.high))
        if is_comparable and runs:
            runs[-1].append(point)
        else:
            runs.append([point])
    return Trend(tuple(map(tuple, runs)))


def _height(share: float) -> float:
    return round(18 + (TREND_HEIGHT - 38) * (1 - share), 1)
