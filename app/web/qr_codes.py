"""QR codes as SVG, for the address of a card or the seed of a second factor. Nothing is stored."""

import io

import segno
from markupsafe import Markup

QUIET_ZONE = 4


def draw_qr(content: str) -> Markup:
    """Return a QR code as an SVG element; the style sheet sets its size. Error correction level M (15%).

    Source: ISO/IEC 18004; byte mode, with the required quiet zone of four modules.
    """
    code = segno.make(content, error="m", mode="byte", micro=False)
    sheet = io.BytesIO()
    code.save(
        sheet, kind="svg", border=QUIET_ZONE, xmldecl=False, svgns=True, svgclass="qr", lineclass=None, omitsize=True
    )
    return Markup(sheet.getvalue().decode())  # noqa: S704 (generated here, contains no text)
