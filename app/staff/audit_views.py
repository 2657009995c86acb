"""The audit log page for the data protection officer."""

import json
from typing import Any

from flask import Blueprint, render_template, request

from app.core.permissions import Permission
from app.storage import audit
from app.web.requires import requires

blueprint = Blueprint("audit_log", __name__, url_prefix="/staff")
WORDINGS = {
    "a request for cards expired": "request for cards expired",
    "a request to burn keys expired": "request to destroy keys expired",
    "agreed to burn keys": "approved destroying keys",
    "agreed to cards": "approved cards",
    "asked for cards": "requested cards",
    "asked for results": "requested publication of results",
    "asked to delete a wave": "requested deletion of a round",
    "asked to burn keys": "started destroying keys",
    "asked to turn the link key on": "requested rotation of the link key",
    "began a backup": "started a backup",
    "burned keys": "destroyed keys",
    "cancelled a wave": "cancelled a round",
    "changed the card key": "rotated the card key",
    "could not sign in": "failed to sign in",
    "described who a wave is about": "entered the target population",
    "closed a wave": "closed a round",
    "made a one-time link": "created a one-time link",
    "made a wave": "created a round",
    "made an account": "created an account",
    "opened a wave": "opened a round",
    "put a backup back": "restored a backup",
    "refused cards": "rejected or withdrew a request for cards",
    "refused to burn keys": "rejected or withdrew a request to destroy keys",
    "set up a second factor": "set up two-step verification",
    "shut an account": "deactivated an account",
    "started keying in": "started assisted entry",
    "typed a wrong code": "entered a wrong code",
    "typed a wrong password": "entered a wrong password",
    "wants keys burned": "requested destruction of keys",
}
"""Display names of stored actions; an action that is not listed is shown as it is stored."""


@blueprint.get("/audit")
@requires(Permission.READ_AUDIT)
def show_log() -> Any:
    """Show one page of the log, newest first, and the result of its last integrity check."""
    page = max(0, request.args.get("page", 0, type=int))
    found, has_older = audit.list_entries(min(page, 10**6))
    entries = [(entry, _details(entry.detail)) for entry in found]
    check = audit.last_check()
    return render_template(
        "staff/show_log.html", entries=entries, page=page, has_older=has_older, check=check, wordings=WORDINGS
    )


def _details(text: str) -> list[tuple[str, Any]]:
    """Return the details of an entry as names and values; if they cannot be parsed, the raw text."""
    try:
        return [(name, value) for name, value in json.loads(text).items() if value]
    except (ValueError, AttributeError):
        return [("unreadable", text)]
