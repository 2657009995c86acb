"""Other modes of response than one's own device: a shared tablet, or assisted entry from paper or by phone.

A one-time link from the staff pages sets the mode; after that, the journey is the same as any other.
"""

import time
from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for

from app.cards import assisted_entry
from app.respond import held_drafts
from app.web.security import KIOSK, forget_respondent

blueprint = Blueprint("modes", __name__)
ASSISTED_SECONDS = 2 * 3600


@blueprint.get("/keying/<token>")
def show_link(token: str) -> Any:
    """Ask for confirmation, so that a link preview does not use the link up."""
    return render_template("respond/assisted_entry.html", token=token)


@blueprint.post("/keying/<token>")
def use_link(token: str) -> Any:
    """Use up the link, store the mode in the signed cookie, and go to the code form."""
    held_drafts.check_sender(opens_draft=True)
    mode = assisted_entry.use_link(token)
    if mode is None:
        return render_template("respond/link_gone.html"), 404
    session.clear()
    session["mode"] = mode
    if mode != KIOSK:
        session["mode_until"] = int(time.time()) + ASSISTED_SECONDS
    return redirect(url_for("respond.enter_code"), 303)


@blueprint.get("/kiosk/next")
def next_person() -> Any:
    """Start again for the next person, keeping only the mode in the cookie: what ``/leave`` does on a shared tablet.

    Anyone can follow a link to this address, so no other device is reset. Only pages of a shared tablet lead here: if
    it has lost its mode since, the code form says so. A page that was left open in another tab ends only its own draft.
    """
    if session.get("mode") == KIOSK:
        if held_drafts.is_from_own_page():
            forget_respondent()
        return redirect(url_for("respond.enter_code"), 303)
    return redirect(url_for("respond.enter_code", tablet="ended"), 303)
