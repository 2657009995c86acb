"""The process that makes one PDF: HTML and a style sheet come in as JSON on standard input, the PDF goes out.

It runs alone and ends, so its memory is free again. It gets no settings and no keys, and fetches nothing.
"""

import json
import sys
from typing import Any, NoReturn

MAKES_TAGS = "pdf/ua-1"
"""PDF/UA: headings, lists and the texts of pictures can be read by a screen reader."""


def make_pdf(html: str, css: str) -> bytes:
    """Return the PDF of a page.

    Raises:
        OSError: a library of the system is missing.
    """
    from weasyprint import CSS, HTML

    found: Any = HTML(string=html, url_fetcher=refuse)
    style = CSS(string=css, url_fetcher=refuse)
    written: bytes = found.write_pdf(stylesheets=[style], pdf_variant=MAKES_TAGS)
    return written


def refuse(address: str, *_more: object, **_others: object) -> NoReturn:
    """Fetch nothing."""
    raise ValueError(f"A report has everything in itself, and does not fetch {address}.")


if __name__ == "__main__":
    given = json.load(sys.stdin)
    sys.stdout.buffer.write(make_pdf(given["html"], given["css"]))
