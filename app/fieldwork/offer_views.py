"""The tally pages, for use on a phone: one tap counts one card offered, or the reason why it was not."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

from app.core.permissions import Permission
from app.fieldwork import offer_log
from app.staff import door
from app.storage.refusals import Refused
from app.surveys import waves
from app.web.requires import requires

blueprint = Blueprint("offers", __name__, url_prefix="/staff")


@blueprint.get("/tally")
@requires(Permission.KEEP_TALLY)
def list_offers() -> Any:
    """List the batches of all open waves that this user can count for."""
    open_waves = [wave for slug in door.seen_surveys() if (wave := waves.find_answerable(slug))]
    sees = current_user.sees
    rows = [(w, [one for one in offer_log.list_offers(w.id) if sees(locality=one.locality)]) for w in open_waves]
    return render_template("fieldwork/list_offers.html", rows=rows)


@blueprint.route("/tally/<wave_id>/<batch_id>", methods=["GET", "POST"])
@requires(Permission.KEEP_TALLY)
def count_offers(wave_id: str, batch_id: str) -> Any:
    """Count a card as offered or not offered, or undo the last count."""
    door.check_scope(survey=waves.get_wave(wave_id).survey_slug)
    offers = offer_log.get_offers(wave_id, batch_id)
    door.check_scope(locality=offers.locality)
    refusal = None
    if request.method == "POST":
        outcome, _sep, undo = request.form.get("outcome", "").partition(":")
        try:
            offer_log.count(wave_id, batch_id, outcome, change=-1 if undo else 1)
            return redirect(url_for("offers.count_offers", wave_id=wave_id, batch_id=batch_id, last=outcome), 303)
        except Refused as refused:
            refusal = str(refused)
    last, outcomes = request.args.get("last"), offer_log.OUTCOMES
    shown = {"wave_id": wave_id, "offers": offers, "outcomes": outcomes, "last": last if last in outcomes else None}
    return render_template("fieldwork/count_offers.html", refusal=refusal, **shown), 409 if refusal else 200
