"""QR codes as SVG, for the address of a card or the seed of a second factor. Nothing is stored."""

import segno
from markupsafe import Markup


def draw_qr(content: str) -> Markup:
    """Return a QR code (ISO/IEC 18004, byte mode, level M: 15%) and its quiet zone as SVG, without a size."""
    code = segno.make(content, error="m", mode="byte", micro=False)
    drawing = code.svg_inline(svgclass="qr", lineclass=None, omitsize=True)
    return Markup(drawing)  # noqa: S704 (generated here, contains no text)
