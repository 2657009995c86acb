"""The way out of the staff side for keying in: a link that starts one respondent's journey, and nothing else."""

from typing import Any

from flask import Blueprint, render_template, request, session, url_for

from app.security import KIOSK
from app.services.errors import Refused
from app.services.office import keying, sessions

blueprint = Blueprint("keying", __name__, url_prefix="/staff")


@blueprint.route("/keying", methods=["GET", "POST"])
def start_keying() -> Any:
    """Explain keying in, and make a link for one form."""
    link, refusal = None, None
    if request.method == "POST":
        try:
            mode = request.form.get("mode", "")
            link = url_for("modes.show_keying", token=keying.make_link(mode))
            if mode == KIOSK:  # strangers will hold this tablet: nobody stays signed in on it
                sessions.sign_out(session["sid"])
                session.clear()
        except Refused as refused:
            refusal = str(refused)
    page = render_template("staff/keying/start_keying.html", modes=keying.MODES, link=link, refusal=refusal)
    return page, 422 if refusal else 200
