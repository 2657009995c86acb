"""One tap, one count: how often cards of a batch were offered, or not and why. Made for a phone in a hand."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

from app.core.permissions import Permission
from app.fieldwork import tallies
from app.staff import door
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.requires import requires

blueprint = Blueprint("tallies", __name__, url_prefix="/staff")


@blueprint.get("/tally")
@requires(Permission.KEEP_TALLY)
def list_tallies() -> Any:
    """List the batches of all open rounds that this person may count for."""
    open_waves = [waves.find_answerable(s.slug) for s in surveys.list_surveys() if current_user.sees_survey(s.slug)]
    rows = [(w, [t for t in tallies.list_tallies(w.id) if _sees(t)]) for w in open_waves if w is not None]
    return render_template("fieldwork/list_tallies.html", rows=rows)


@blueprint.route("/tally/<wave_id>/<batch_id>", methods=["GET", "POST"])
@requires(Permission.KEEP_TALLY)
def keep_tally(wave_id: str, batch_id: str) -> Any:
    """Count one card offered or not; "Take back" undoes a slip."""
    door.check_scope(survey=waves.get_wave(wave_id).survey_slug)
    tally = tallies.get_tally(wave_id, batch_id)
    door.check_scope(locality=tally.locality)
    refusal = None
    if request.method == "POST":
        outcome, _sep, back = request.form.get("outcome", "").partition(":")
        try:
            tallies.count(wave_id, batch_id, outcome, change=-1 if back else 1)
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(url_for("tallies.keep_tally", wave_id=wave_id, batch_id=batch_id, last=outcome), 303)
    last = request.args.get("last", "")
    return render_template(
        "fieldwork/keep_tally.html",
        wave_id=wave_id,
        tally=tally,
        outcomes=tallies.OUTCOMES,
        last=last if last in tallies.OUTCOMES else None,
        refusal=refusal,
    ), 409 if refusal else 200


def _sees(tally: tallies.Tally) -> bool:
    return bool(current_user.sees_locality(tally.locality))
