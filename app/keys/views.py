"""Keys of rounds and surveys that are over: which there are, and how two people have them burned."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.core.permissions import Permission
from app.core.waves import State
from app.keys import approvals as pending_burns
from app.keys import destroying
from app.staff import approvals, door
from app.storage import destroyed_keys, requests
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.requires import requires

blueprint = Blueprint("burning", __name__, url_prefix="/staff/keys")
WAIT_SECONDS = 3.0


@blueprint.get("")
@requires(Permission.VIEW_WAVES)
def list_keys() -> Any:
    """List surveys and rounds with what became of their keys, and what waits for a second person."""
    seen = [survey.slug for survey in surveys.list_surveys() if current_user.sees_survey(survey.slug)]
    return render_template(
        "keys/list_keys.html",
        rows={slug: _lines(slug) for slug in seen},
        burned={kind: destroyed_keys.list_begun(kind) for kind in (destroyed_keys.WAVE, destroyed_keys.SURVEY)},
        waiting=[row for row in pending_burns.list_open() if row.survey_slug in seen],
    )


@blueprint.route("/<kind>/<subject>/burn", methods=["GET", "POST"])
@requires(Permission.DESTROY_KEYS, confirm_password=True)
def ask_burn(kind: str, subject: str) -> Any:
    """Say what burning does; on POST put it down for a second person."""
    if kind not in (destroyed_keys.WAVE, destroyed_keys.SURVEY):
        raise NotFound("There is no such page.")
    door.check_scope(survey=destroying.survey_of(kind, subject))
    refusal = None
    if request.method == "POST":
        try:
            number = pending_burns.ask(current_user.account, kind, subject)
        except Refused as refused:
            refusal = str(refused)
        else:
            flash("Your request is awaiting approval by a colleague.")
            return redirect(url_for("burning.show_burn", number=number), 303)
    page = render_template("keys/ask_burn.html", kind=kind, subject=subject, refusal=refusal)
    return page, 409 if refusal else 200


@blueprint.route("/waiting/<int:number>", methods=["GET", "POST"])
@requires(Permission.DESTROY_KEYS, confirm_password=True)
def show_burn(number: int) -> Any:
    """Show keys that wait to be burned: a second person agrees or refuses, and then it happens."""
    row = pending_burns.get(number)
    door.check_scope(survey=row.survey_slug)
    refusal = None
    if request.method == "POST":
        try:
            _act(number)
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(url_for("burning.show_burn", number=number), 303)
    page = render_template(
        "keys/show_burn.html",
        row=row,
        standing=approvals.standing_of(row, current_user.account),
        answer=pending_burns.find_request(row),
        is_left=(row.kind, row.subject) in destroying.left_over(),
        refusal=refusal,
    )
    return page, 409 if refusal else 200


def _lines(survey: str) -> list[tuple[str, str, str, bool]]:
    """Return kind, name, state and "it is over" of a survey and its rounds."""
    rounds = [wave for wave in waves.list_waves(survey) if State(wave.state) is not State.DRAFT]
    lines = [
        (destroyed_keys.WAVE, wave.id, wave.state, destroying.is_over(destroyed_keys.WAVE, wave.id)) for wave in rounds
    ]
    return [(destroyed_keys.SURVEY, survey, "", destroying.is_over(destroyed_keys.SURVEY, survey)), *lines]


def _act(number: int) -> None:
    """Decide as the button says; our own keys go as soon as the opener has done its half."""
    action = request.form.get("action")
    if action != "finish":
        asked = pending_burns.decide(number, current_user.account, action == "agree")
        if asked is None:
            return
        requests.wait_for(asked, WAIT_SECONDS)
    destroying.finish()
