"""Keys of rounds and surveys that are over: which exist, and how two people destroy them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.core.permissions import Permission
from app.core.waves import State
from app.keys import destroying
from app.keys.approvals import DestroyKeys
from app.staff import approvals, door
from app.storage import destroyed_keys, requests
from app.storage.destroyed_keys import SURVEY, WAVE
from app.storage.refusals import NotFound, Refused
from app.surveys import waves
from app.web.requires import requires

blueprint = Blueprint("keys", __name__, url_prefix="/staff/keys")
WAIT_SECONDS = 3.0


@blueprint.get("")
@requires(Permission.VIEW_WAVES)
def list_keys() -> Any:
    """List surveys and rounds with what became of their keys, and what waits for a second person."""
    return render_template(
        "keys/list_keys.html",
        rows={slug: _lines(slug) for slug in door.seen_surveys()},
        destroyed={kind: destroyed_keys.list_begun(kind) for kind in (WAVE, SURVEY)},
        waiting=approvals.list_open(DestroyKeys, current_user.account),
    )


@blueprint.route("/<kind>/<subject>/destroy", methods=["GET", "POST"])
@requires(Permission.DESTROY_KEYS, confirm_password=True)
def ask_destruction(kind: str, subject: str) -> Any:
    """Explain what key destruction does; on POST ask a second person for approval."""
    if kind not in (WAVE, SURVEY):
        raise NotFound("There is no such page.")
    survey = destroying.survey_of(kind, subject)
    door.check_scope(survey)
    refusal = None
    if request.method == "POST":
        try:
            command = DestroyKeys(survey_slug=survey, kind=kind, subject=subject)
            number = approvals.ask(command, current_user.account)
            flash("Your request is awaiting approval by a colleague.")
            return redirect(url_for("keys.show_destruction", number=number), 303)
        except Refused as refused:
            refusal = str(refused)
    page = render_template("keys/ask_destruction.html", kind=kind, subject=subject, refusal=refusal)
    return page, 409 if refusal else 200


@blueprint.route("/waiting/<int:number>", methods=["GET", "POST"])
@requires(Permission.DESTROY_KEYS, confirm_password=True)
def show_destruction(number: int) -> Any:
    """Show a request to destroy keys; a second person approves or refuses it."""
    approval = approvals.get(DestroyKeys, number, current_user.account)
    command = approval.command
    refusal = None
    if request.method == "POST":
        try:
            _act(number)
            return redirect(url_for("keys.show_destruction", number=number), 303)
        except Refused as refused:
            refusal = str(refused)
    page = render_template(
        "keys/show_destruction.html",
        approval=approval,
        status=approvals.status_for(approval, current_user.account),
        answer=None if command.request_id is None else requests.get_request(command.request_id),
        is_left=(command.kind, command.subject) in destroying.left_over(),
        refusal=refusal,
    )
    return page, 409 if refusal else 200


def _lines(survey: str) -> list[tuple[str, str, str, bool]]:
    """Return kind, name, state and "it is over" of a survey and its rounds."""
    begun = [wave for wave in waves.list_waves(survey) if State(wave.state) is not State.DRAFT]
    lines = [(WAVE, wave.id, waves.shown_state(wave), destroying.is_over(WAVE, wave.id)) for wave in begun]
    return [(SURVEY, survey, "", destroying.is_over(SURVEY, survey)), *lines]


def _act(number: int) -> None:
    """Decide as the button says; our own keys go as soon as the opener has done its half."""
    action = request.form.get("action")
    if action != "finish":
        approvals.decide(DestroyKeys, number, current_user.account, is_agreed=action == "agree")
        asked = approvals.get(DestroyKeys, number).command.request_id
        if asked is None:
            return
        requests.wait_for(asked, WAIT_SECONDS)
    destroying.finish()
