"""Saving unfinished answers with a PIN, continuing them later, and keeping the code on one's own phone."""

from typing import Any
from urllib.parse import quote

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app.core.codes import CodeError, print_code, read_code, read_pin
from app.respond import held_drafts, saved_drafts
from app.respond.held_drafts import current_journey, link_arguments, nothing_here, unseen_url
from app.respond.journeys import Journey
from app.respond.views import OWN_PHONE, code_sentence
from app.web.errors import show
from app.web.rate_limits import CodeTries
from app.web.security import answer_mode, forget_respondent

blueprint = Blueprint("saving", __name__)
held_drafts.init_blueprint(blueprint)


@blueprint.get("/r/save")
def choose_pin() -> Any:
    """Ask the respondent to choose a PIN."""
    return _choose_page(current_journey(), None)


@blueprint.post("/r/save")
def save() -> Any:
    """Save the answers, clear the cookie, and explain how to continue later."""
    journey = current_journey()
    pin = read_pin(request.form.get("pin", ""))
    if pin is None:
        return _choose_page(journey, code_sentence("pin")), 422
    last_day = saved_drafts.last_day(journey)
    if not saved_drafts.save(journey, pin):
        return nothing_here()
    page = render_template("respond/saved.html", last_day=last_day, return_to=url_for("saving.come_back"))
    forget_respondent()
    return page


@blueprint.get("/come-back")
def come_back() -> Any:
    """Ask for the code and the PIN."""
    return _come_back_page({})


@blueprint.post("/come-back")
def take_up_again() -> Any:
    """Continue saved answers. A wrong PIN, no saved draft and an unknown card get the same response.

    A valid code is never shown again.
    """
    typed = request.form.get("code", "")
    pin = read_pin(request.form.get("pin", ""))
    faults = {} if pin else {"pin": code_sentence("pin")}
    try:
        code = read_code(typed)
    except CodeError as error:
        return _come_back_page({"code": code_sentence(error.reason), **faults}, typed), 422
    if pin is None:
        return _come_back_page(faults), 422
    held_drafts.check_sender(opens_draft=True)
    with CodeTries(code) as tries:
        if tries.wait:
            return show(429, wait=tries.wait)
        journey = saved_drafts.come_back(code, pin, held_drafts.held_key())
        if journey is None:
            tries.count_wrong()
            return _come_back_page({"code": _("There are no saved answers for this card and this PIN.")}), 422
        tries.count_begun()
    held_drafts.hold_key(journey.draft_key)
    return redirect(unseen_url(journey), 303)


@blueprint.get("/keep-my-code")
def no_code_here() -> Any:
    """Redirect; the code is shown only in response to a POST."""
    return redirect(url_for("respond.enter_code"), 303)


@blueprint.post("/keep-my-code")
def keep_code() -> Any:
    """Show the code, with links to the phone's own apps. No other page shows a code; see docs/adr/0025."""
    journey = current_journey()
    if answer_mode() != OWN_PHONE:
        return no_code_here()
    printed, address = print_code(journey.code), current_app.config["SETTINGS"].base_url + url_for("respond.enter_code")
    subject, body = quote(_("My code"), safe=""), quote(f"{printed}\n{address}", safe="")
    return render_template(
        "respond/keep_code.html",
        printed=printed,
        sms=f"sms:?body={body}",
        mail=f"mailto:?subject={subject}&body={body}",
        return_to=url_for("respond.start"),
    )


def _choose_page(journey: Journey, error: str | None) -> str:
    return render_template("respond/choose_pin.html", error=error, back_url=unseen_url(journey, **link_arguments()))


def _come_back_page(faults: dict[str, str], typed: str = "") -> str:
    return render_template("respond/come_back.html", faults=faults, typed=typed)
