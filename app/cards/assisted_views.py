"""The way out of the staff side for keying in: a link that starts one respondent's journey, and nothing else."""

from typing import Any

from flask import Blueprint, render_template, request, session, url_for

from app.cards import assisted_entry
from app.core.permissions import Permission
from app.staff import sessions
from app.storage.refusals import Refused
from app.web.requires import requires
from app.web.security import KIOSK

blueprint = Blueprint("keying", __name__, url_prefix="/staff")


@blueprint.route("/keying", methods=["GET", "POST"])
@requires(Permission.ENTER_ANSWERS)
def start_keying() -> Any:
    """Explain keying in, and make a link for one form."""
    link, refusal = None, None
    if request.method == "POST":
        try:
            mode = request.form.get("mode", "")
            link = url_for("modes.show_keying", token=assisted_entry.make_link(mode))
            if mode == KIOSK:  # strangers will hold this tablet: nobody stays signed in on it
                sessions.sign_out(session["sid"])
                session.clear()
        except Refused as refused:
            refusal = str(refused)
    page = render_template("cards/start_keying.html", modes=assisted_entry.MODES, link=link, refusal=refusal)
    return page, 422 if refusal else 200
