"""Addresses that are spelled oddly: typed in capitals, copied with a full stop, or with the ``#`` of a card encoded."""

import re

from flask import current_app, request

from app.web.security import STAFF_PATH

CODE_FORM = "/c"
_CODE_FORM = re.compile(r"/c[^a-z]*")
_AROUND = " /.,;:!?)\"'\u2026\u200b"


def find_meant() -> str | None:
    """Return the path of the public page that an unknown address means, or None.

    What follows the address of the code form can be a code. It is left out, so that no address of ours holds it.
    """
    path = "/" + request.path.lower().strip(_AROUND)
    if request.method not in ("GET", "HEAD") or path.startswith(STAFF_PATH):
        return None
    if _CODE_FORM.fullmatch(path):
        return CODE_FORM
    rules = current_app.url_map.iter_rules()
    is_page = any(rule.rule == path and not rule.arguments and "GET" in (rule.methods or ()) for rule in rules)
    return path if is_page and path != request.path else None
