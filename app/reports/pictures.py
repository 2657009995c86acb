"""The bar of a question as a PNG picture for Word, which shows SVG only in its newer versions."""

import io
from functools import lru_cache
from typing import TYPE_CHECKING

from app.core.results import charts
from app.reports.charts import BOTTOM, HEIGHT, TOP, KeyChart

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

SCALE = 8
"""How many dots a unit of the bar is while it is drawn; the picture is half as large, so edges are smooth."""
EDGE = 4
COLOURS = {"positive": "#0b5563", "neutral": "#b9c9c9", "negative": "#f1d3b3"}
INK, PAPER, STRIPE = "#12272c", "#ffffff", "#c68f62"
TEXT = 15


@lru_cache(maxsize=64)
def draw(chart: KeyChart) -> bytes:
    """Return the bar with its numbers, its likely range and the mark of the round before."""
    from PIL import Image, ImageDraw

    size = (round((charts.WIDTH + 2 * EDGE) * SCALE), round(HEIGHT * SCALE))
    image = Image.new("RGB", size, PAPER)
    pen = ImageDraw.Draw(image)
    _segments(pen, chart)
    _numbers(pen, chart)
    if chart.bar.likely:
        low, high = chart.bar.likely
        pen.line((_x(low), 36 * SCALE, _x(high), 36 * SCALE), INK, 3 * SCALE)
    if chart.bar.before is not None:
        for top, bottom in ((0.0, TOP), (BOTTOM, BOTTOM + 4)):
            pen.line((_x(chart.bar.before), top * SCALE, _x(chart.bar.before), bottom * SCALE), INK, 3 * SCALE)
    target = io.BytesIO()
    image.resize((size[0] // 2, size[1] // 2), Image.Resampling.LANCZOS).quantize(64).save(target, "PNG", optimize=True)
    return target.getvalue()


def _x(place: float) -> float:
    return (place + EDGE) * SCALE


def _segments(pen: "ImageDraw", chart: KeyChart) -> None:
    for part in chart.bar.segments:
        box = (_x(part.x), TOP * SCALE, _x(part.x + part.width), BOTTOM * SCALE)
        pen.rectangle(box, COLOURS[part.code])
    for x1, y1, x2, y2 in chart.stripes:
        pen.line((_x(x1), y1 * SCALE, _x(x2), y2 * SCALE), STRIPE, round(1.2 * SCALE))
    for part in chart.bar.segments[1:]:
        pen.line((_x(part.x), TOP * SCALE, _x(part.x), BOTTOM * SCALE), PAPER, round(2.5 * SCALE))


def _numbers(pen: "ImageDraw", chart: KeyChart) -> None:
    from PIL import ImageFont

    font = ImageFont.load_default(TEXT * SCALE)  # comes with Pillow: no font of the system is needed
    middle = (TOP + BOTTOM) / 2 * SCALE
    for code, place, number in chart.numbers:
        if code == "negative":
            pen.rectangle((_x(place - 17), middle - 9 * SCALE, _x(place + 17), middle + 9 * SCALE), COLOURS[code])
        pen.text((_x(place), middle), number, PAPER if code == "positive" else INK, font, "mm", stroke_width=3)
