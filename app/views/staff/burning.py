"""Keys of rounds and surveys that are over: which there are, and how two people have them burned."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app import auth
from app.core.waves import State
from app.services import requests, surveys, waves
from app.services.errors import NotFound, Refused
from app.services.keycare import burning, marks
from app.services.office import pending_burns, two_people

blueprint = Blueprint("burning", __name__, url_prefix="/staff/keys")
WAIT_SECONDS = 3.0


@blueprint.get("")
def list_keys() -> Any:
    """List surveys and rounds with what became of their keys, and what waits for a second person."""
    seen = [survey.slug for survey in surveys.list_surveys() if current_user.sees_survey(survey.slug)]
    return render_template(
        "staff/burning/list_keys.html",
        rows={slug: _lines(slug) for slug in seen},
        burned={kind: marks.list_begun(kind) for kind in (marks.WAVE, marks.SURVEY)},
        waiting=[row for row in pending_burns.list_open() if row.survey_slug in seen],
    )


@blueprint.route("/<kind>/<subject>/burn", methods=["GET", "POST"])
def ask_burn(kind: str, subject: str) -> Any:
    """Say what burning does; on POST put it down for a second person."""
    if kind not in (marks.WAVE, marks.SURVEY):
        raise NotFound("There is no such page.")
    auth.check_scope(survey=burning.survey_of(kind, subject))
    refusal = None
    if request.method == "POST":
        try:
            number = pending_burns.ask(current_user.account, kind, subject)
        except Refused as refused:
            refusal = str(refused)
        else:
            flash("Your request is awaiting approval by a colleague.")
            return redirect(url_for("burning.show_burn", number=number), 303)
    page = render_template("staff/burning/ask_burn.html", kind=kind, subject=subject, refusal=refusal)
    return page, 409 if refusal else 200


@blueprint.route("/waiting/<int:number>", methods=["GET", "POST"])
def show_burn(number: int) -> Any:
    """Show keys that wait to be burned: a second person agrees or refuses, and then it happens."""
    row = pending_burns.get(number)
    auth.check_scope(survey=row.survey_slug)
    refusal = None
    if request.method == "POST":
        try:
            _act(number)
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(url_for("burning.show_burn", number=number), 303)
    page = render_template(
        "staff/burning/show_burn.html",
        row=row,
        standing=two_people.standing_of(row, current_user.account),
        answer=pending_burns.find_request(row),
        is_left=(row.kind, row.subject) in burning.left_over(),
        refusal=refusal,
    )
    return page, 409 if refusal else 200


def _lines(survey: str) -> list[tuple[str, str, str, bool]]:
    """Return kind, name, state and "it is over" of a survey and its rounds."""
    rounds = [wave for wave in waves.list_waves(survey) if State(wave.state) is not State.DRAFT]
    lines = [(marks.WAVE, wave.id, wave.state, burning.is_over(marks.WAVE, wave.id)) for wave in rounds]
    return [(marks.SURVEY, survey, "", burning.is_over(marks.SURVEY, survey)), *lines]


def _act(number: int) -> None:
    """Decide as the button says; our own keys go as soon as the opener has done its half."""
    action = request.form.get("action")
    if action != "finish":
        asked = pending_burns.decide(number, current_user.account, action == "agree")
        if asked is None:
            return
        requests.wait_for(asked, WAIT_SECONDS)
    burning.finish()
