"""The family journey as the page auditor walks it: every page, one error, the check and the thank-you.

Each run takes a fresh card, because a card counts once. ``AUDIT_CODES`` names a file with a code a line.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LANGUAGE = os.environ.get("AUDIT_LANGUAGE", "en")
PRESS = "#main-form button >> nth=0"


def next_code() -> str:
    """Take the first unused code from the file."""
    file = Path(os.environ["AUDIT_CODES"])
    first, *others = file.read_text(encoding="utf-8").splitlines()
    file.write_text("\n".join(others), encoding="utf-8")
    return first


def journey(page: Any, base: str) -> Iterator[str]:
    """Walk from the first page to the thank-you; each yield is a page to audit."""
    page.goto(f"{base}/language/{LANGUAGE}?to=/")
    yield "home"
    page.goto(base + "/c")
    yield "code"
    page.fill("#code", "123")
    page.click(PRESS)
    yield "code, error"
    page.fill("#code", next_code())
    page.click(PRESS)
    yield "start"
    page.click(PRESS)
    number, has_erred = 0, False
    while not page.url.endswith("/r/check"):
        number += 1
        yield f"page {number}"
        boxes = page.locator("textarea").all()
        for question in page.locator("fieldset").all():
            question.locator("input").first.check()
        for box in boxes:
            box.fill("ok" if has_erred else "x" * 600)
        page.click(PRESS)
        if boxes and not has_erred:
            has_erred = True
            yield f"page {number}, error"
            for box in page.locator("textarea").all():
                box.fill("ok")
            page.click(PRESS)
    yield "check"
    page.click(PRESS)
    yield "done"
