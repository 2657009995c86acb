"""The audit log, for the data protection officer."""

import json
from typing import Any

from flask import Blueprint, render_template, request

from app.storage import audit

blueprint = Blueprint("audit_log", __name__, url_prefix="/staff")


@blueprint.get("/audit")
def show_log() -> Any:
    """Show a page of the log, newest first, and the outcome of its last integrity check."""
    page = max(0, request.args.get("page", 0, type=int))
    found, has_older = audit.list_entries(min(page, 10**6))
    entries = [(entry, _details(entry.detail)) for entry in found]
    check = audit.last_check()
    return render_template("staff/show_log.html", entries=entries, page=page, has_older=has_older, check=check)


def _details(text: str) -> list[tuple[str, Any]]:
    """Return what an entry says beside who and what; of one that was tampered with, whatever stands there."""
    try:
        return [(name, value) for name, value in json.loads(text).items() if value]
    except (ValueError, AttributeError):
        return [("unreadable", text)]
