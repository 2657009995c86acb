"""The process that makes one PDF: HTML and a style sheet come in as JSON on standard input, the PDF goes out.

It runs alone and ends, so its memory is free again. It gets no settings and no keys, and fetches nothing.
"""

import json
import sys
from typing import Any, NoReturn

MAKES_TAGS = "pdf/ua-1"
"""PDF/UA: headings, lists and the texts of pictures can be read by a screen reader."""
SCALES = (1.0, 1.05, 1.1, 1.16, 1.23, 1.32, 1.45)
"""How much larger a sheet is taken, until all fits one page; it is then printed on A4."""


def make_pdf(html: str, css: str) -> bytes:
    """Return the PDF of a page, on one sheet of A4.

    Raises:
        OSError: a library of the system is missing.
    """
    from weasyprint import CSS, HTML

    found: Any = HTML(string=html, url_fetcher=refuse)
    style = CSS(string=css, url_fetcher=refuse)
    for scale in SCALES:
        sheet = CSS(string=f"@page {{ size: {210 * scale}mm {297 * scale}mm }} main.one-page {{ max-width: none }}")
        pages = found.render(stylesheets=[style, sheet], pdf_variant=MAKES_TAGS)
        if len(pages.pages) == 1:
            break
    written: bytes = pages.write_pdf(zoom=1 / scale, pdf_variant=MAKES_TAGS)
    return written


def refuse(address: str, *_more: object, **_others: object) -> NoReturn:
    """Fetch nothing."""
    raise ValueError(f"A report has everything in itself, and does not fetch {address}.")


if __name__ == "__main__":
    given = json.load(sys.stdin)
    sys.stdout.buffer.write(make_pdf(given["html"], given["css"]))
