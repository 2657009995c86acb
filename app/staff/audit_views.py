"""The audit log page for the data protection officer."""

import json
from typing import Any

from flask import Blueprint, Response, render_template, request

from app.core.permissions import Permission
from app.core.spreadsheets import write_csv
from app.models.office import AuditEntry
from app.staff.forms import LogForm
from app.storage import audit
from app.web.forms import options
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


COLUMNS = ("No.", "Time (UTC)", "User", "Action", "Subject", "Details")
BOM = "\ufeff"
"""At the start of a CSV file, so that Excel reads it as UTF-8."""


@blueprint.get("/audit")
@requires(Permission.READ_AUDIT)
def show_log() -> Any:
    """Show one page of the log or of what a filter finds, newest first, and the result of its last integrity check."""
    form = _filter_form()
    is_valid = form.validate()
    page = min(max(0, request.args.get("page", 0, type=int)), 10**6)
    found, has_older = audit.list_entries(page, form.wanted if is_valid else None)
    return render_template(
        "staff/show_log.html",
        rows=[_row(entry) for entry in found],
        page=page,
        has_older=has_older,
        check=audit.last_check(),
        columns=COLUMNS,
        form=form,
        chosen=form.chosen if is_valid else {},
    ), 200 if is_valid else 422


@blueprint.get("/audit.csv")
@requires(Permission.READ_AUDIT)
def download_log() -> Any:
    """Download all entries that a filter finds, as a CSV file."""
    form = _filter_form()
    if not form.validate():
        return show_log()
    headers = {"Content-Disposition": "attachment; filename=audit-log.csv"}
    text = write_csv(COLUMNS, map(_row, audit.list_all(form.wanted)))
    return Response(BOM + text, mimetype="text/csv", headers=headers)


def _filter_form() -> LogForm:
    form = LogForm(request.args)
    actors, actions = audit.list_names()
    form.actor.choices = options({"": "Everybody", **{name: name for name in actors}})
    named = sorted((WORDINGS.get(action, action), action) for action in actions)
    form.act.choices = options({"": "All actions", **{action: words for words, action in named}})
    return form


def _row(entry: AuditEntry) -> dict[str, object]:
    """Return an entry as it is shown, by the names of the columns."""
    details = ", ".join(f"{name.replace('_', ' ')}: {value}" for name, value in _details(entry.detail))
    time = entry.at.replace("T", " ").removesuffix("Z")
    shown = (entry.id, time, entry.actor, WORDINGS.get(entry.action, entry.action), entry.subject, details)
    return dict(zip(COLUMNS, shown, strict=True))


def _details(text: str) -> list[tuple[str, Any]]:
    """Return the details of an entry as names and values; if they cannot be parsed, the raw text."""
    try:
        return [(name, _flat(value)) for name, value in json.loads(text).items() if value]
    except (ValueError, AttributeError):
        return [("unreadable", text)]


def _flat(value: Any) -> Any:
    """Return numbers by name as words: "north 40, south 30"."""
    return ", ".join(f"{name} {n}" for name, n in value.items()) if isinstance(value, dict) else value
