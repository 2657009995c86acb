"""The tally pages, for use on a phone: one tap counts one card offered, or the reason why it was not."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user

from app.core.permissions import Permission
from app.fieldwork import offer_log
from app.staff import door
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.requires import requires

blueprint = Blueprint("offers", __name__, url_prefix="/staff")


@blueprint.get("/tally")
@requires(Permission.KEEP_TALLY)
def list_offers() -> Any:
    """List the batches of all open waves that this user can count for."""
    open_waves = [waves.find_answerable(s.slug) for s in surveys.list_surveys() if current_user.sees_survey(s.slug)]
    rows = [(w, [one for one in offer_log.list_offers(w.id) if _sees(one)]) for w in open_waves if w is not None]
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
        except Refused as refused:
            refusal = str(refused)
        else:
            return redirect(url_for("offers.count_offers", wave_id=wave_id, batch_id=batch_id, last=outcome), 303)
    last = request.args.get("last", "")
    return render_template(
        "fieldwork/count_offers.html",
        wave_id=wave_id,
        offers=offers,
        outcomes=offer_log.OUTCOMES,
        last=last if last in offer_log.OUTCOMES else None,
        refusal=refusal,
    ), 409 if refusal else 200


def _sees(offers: offer_log.OfferCounts) -> bool:
    return bool(current_user.sees_locality(offers.locality))
