"""The staff page for assisted entry: it creates a link that starts one respondent's journey."""

from typing import Any

from flask import Blueprint, render_template, request, session, url_for

from app.cards import assisted_entry
from app.core.permissions import Permission
from app.staff import sessions
from app.storage.refusals import Refused
from app.web.requires import requires
from app.web.security import KIOSK

blueprint = Blueprint("assisted_entry", __name__, url_prefix="/staff")


@blueprint.route("/keying", methods=["GET", "POST"])
@requires(Permission.ENTER_ANSWERS)
def create_link() -> Any:
    """Explain assisted entry, and create a link for one form."""
    link, refusal = None, None
    if request.method == "POST":
        try:
            mode = request.form.get("mode", "")
            link = url_for("modes.show_link", token=assisted_entry.make_link(mode))
            if mode == KIOSK:  # respondents will use this tablet, so staff must not stay signed in
                sessions.sign_out(session["sid"])
                session.clear()
        except Refused as refused:
            refusal = str(refused)
    shown = {"modes": assisted_entry.MODES, "minutes": assisted_entry.LINK_MINUTES}
    page = render_template("cards/assisted_entry.html", link=link, refusal=refusal, **shown)
    return page, 422 if refusal else 200
