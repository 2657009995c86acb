"""Ways of answering beside one's own phone: a shared tablet, a paper form that is keyed in, a talk on the phone.

A one-time link from the staff side names the way; from then on this is a respondent's journey like any other.
"""

import time
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for

from app.cards import assisted_entry
from app.web.security import KIOSK, forget_respondent

blueprint = Blueprint("modes", __name__)
KEYING_SECONDS = 2 * 3600


@blueprint.get("/keying/<token>")
def show_keying(token: str) -> Any:
    """Ask for one press, so that a preview of the link does not use it up."""
    return render_template("respond/show_keying.html", token=token)


@blueprint.post("/keying/<token>")
def start_keying(token: str) -> Any:
    """Use the link up and go to the code form; the way of answering is in the signed cookie."""
    mode = assisted_entry.use_link(token)
    if mode is None:
        return render_template("respond/link_gone.html"), 404
    session.clear()
    session["mode"] = mode
    if mode != KIOSK:
        session["mode_until"] = int(time.time()) + KEYING_SECONDS
    return redirect(url_for("respond.enter_code"), 303)


@blueprint.get("/kiosk/next")
def next_person() -> Any:
    """Begin cleanly for the next person: of the cookie only the way of answering is left."""
    if session.get("mode") == KIOSK:  # anybody may be sent to this address; only a tablet's own draft goes
        forget_respondent()
    return redirect(url_for("respond.enter_code"), 303)
