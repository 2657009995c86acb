"""Pages about people's own words in a round that has not opened: the reading day, and leaving the questions out."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for

from app.core.permissions import Permission
from app.fieldwork import own_words
from app.fieldwork.forms import ReadingDayForm
from app.models.surveys import Wave
from app.staff import door
from app.storage.refusals import Refused
from app.surveys import waves
from app.web.requires import requires

blueprint = Blueprint("own_words", __name__, url_prefix="/staff/rounds")

CHOICES = {
    "ask": (own_words.ask, "This round asks the questions for own words again."),
    "leave out": (own_words.leave_out, "The questions for own words are left out of this round."),
}


@blueprint.route("/<wave_id>/reading-day", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES)
def edit_reading_day(wave_id: str) -> Any:
    """Change the day from which own words are read."""
    wave = _wave(wave_id)
    form = ReadingDayForm(obj=wave)
    if form.validate_on_submit():
        with form.refusing("reading_day"):
            own_words.set_reading_day(wave_id, form.reading_day.data)
            flash("The reading day has been saved.")
            return redirect(url_for("rounds.show_round", wave_id=wave_id), 303)
    page = render_template("fieldwork/edit_reading_day.html", wave=wave, form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/<wave_id>/own-words")
@requires(Permission.MANAGE_WAVES)
def choose(wave_id: str) -> Any:
    """Leave the questions for own words out, or ask them after all."""
    _wave(wave_id)
    chosen = request.form.get("own_words", "")
    if chosen not in CHOICES:
        abort(400)
    act, sentence = CHOICES[chosen]
    try:
        act(wave_id)
        flash(sentence)
    except Refused as refused:
        flash(str(refused))
    return redirect(url_for("rounds.show_round", wave_id=wave_id), 303)


def _wave(wave_id: str) -> Wave:
    wave = waves.get_wave(wave_id)
    door.check_scope(survey=wave.survey_slug)
    return wave
