"""Waves of all surveys: list and calendar, one wave with its checklist and rates, and pages that change its state."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.cards import service as cards
from app.core.permissions import Permission
from app.core.results.published import PERCENTAGES_FROM
from app.core.waves import State, day_words
from app.fieldwork import checklist, frames, own_words, turnout
from app.fieldwork.forms import DatesForm, FrameForm, PublicDayForm, RoundForm
from app.keys import destroying
from app.results import service as released
from app.staff import door
from app.storage import clock, destroyed_keys, requests
from app.storage.refusals import Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.web.filters import round_name, value_name
from app.web.forms import StaffForm, options
from app.web.requires import requires

blueprint = Blueprint("rounds", __name__, url_prefix="/staff")
blueprint.add_app_template_filter(waves.shown_state)
WAIT_SECONDS = 3.0
"""How long a page waits for the opener before it says that the work goes on."""
BEFORE = {
    **{"open_round": State.DRAFT, "delete_round": State.DRAFT},
    **{"close_round": State.OPEN, "cancel_round": State.OPEN, "release_round": State.CLOSED},
}
BEFORE_CLOSE = (State.DRAFT, State.OPEN)


@blueprint.get("/rounds")
@requires(Permission.VIEW_WAVES)
def list_rounds() -> Any:
    """List all waves, newest first, with other waves that may ask the same people."""
    found = [wave for wave in waves.list_all_waves() if current_user.sees(wave.survey_slug)]
    rows = [(wave, checklist.clashes(wave, found)) for wave in found]
    months, lines = checklist.calendar(found)
    return render_template(
        "fieldwork/list_rounds.html", rows=rows, shown=waves.shown_turnout(), months=months, lines=lines
    )


@blueprint.get("/rounds/<wave_id>")
@requires(Permission.VIEW_WAVES)
def show_round(wave_id: str) -> Any:
    """Show one wave: checklist, target population, cards offered and response rates."""
    wave = _wave(wave_id)
    return render_template(
        "fieldwork/show_round.html",
        wave=wave,
        points=checklist.checklist(wave, current_user.locality) if State(wave.state) in BEFORE_CLOSE else [],
        own_words=own_words.find_own_words(wave),
        ends_at=waves.ends_at(wave),
        is_destroyed=destroyed_keys.is_done(destroyed_keys.WAVE, wave_id),
        frame=frames.find_frame(wave_id),
        turnout=turnout.limit_to_locality(turnout.turnout_of(wave), current_user.locality, _own_batches(wave)),
        is_released=released.find_published(wave_id) is not None,
        is_public=released.is_public(wave),
        publishing=requests.find_unfinished("make_release", wave_id),
        tongues=() if surveys.fault_of(wave) else surveys.document_of(wave).texts,
    )


@blueprint.route("/rounds/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES)
def new_round() -> Any:
    """Create the next wave of a survey with its newest questionnaire."""
    form = RoundForm(survey=request.args.get("survey"))
    form.survey.choices = options(door.seen_surveys())
    if form.validate_on_submit() and not _overlaps(form, form.survey.data):
        with form.refusing("closes_on"):
            wave_id, number = waves.create_wave(form.survey.data, form.opens_on.data, form.closes_on.data)
            done = requests.wait_for(number, WAIT_SECONDS)
            flash(f"{round_name(wave_id)} has been created. Next, enter the target population.")
            if done.refusal:
                flash(f"It has no encryption key yet, so it cannot open. {done.refusal}")
            return redirect(url_for("rounds.show_round", wave_id=wave_id), 303)
    return render_template("fieldwork/new_round.html", form=form), 422 if form.is_submitted() else 200


@blueprint.route("/rounds/<wave_id>/frame", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES)
def edit_frame(wave_id: str) -> Any:
    """Edit the target population; a new wave starts with a copy of the previous one."""
    wave = _wave(wave_id)
    before, copied = _last_frame(wave)
    form = FrameForm(_areas(before))
    if request.method == "POST":
        upload = request.files.get("file")
        form.read(request.form, upload.read() if upload else b"")
        if not form.errors and not form.is_preview and form.day is not None:
            try:
                frames.set_frame(wave_id, definition=form.definition, counted_on=form.day, counts=form.counts)
                flash("The target population has been saved.")
                return redirect(url_for("rounds.show_round", wave_id=wave_id), 303)
            except Refused as refusal:
                form.errors.append((refusal.field or "definition", str(refusal)))
    elif before is not None:
        form.fill(before, is_copied=copied)
    page = render_template("fieldwork/edit_frame.html", wave=wave, form=form, copied=copied and not form.errors)
    return page, 422 if form.errors else 200


@blueprint.route("/rounds/<wave_id>/dates", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES, confirm_password=True)
def edit_dates(wave_id: str) -> Any:
    """Change the dates of a wave; for an open wave, only the last day."""
    wave = _wave(wave_id)
    form = DatesForm(obj=wave)
    if form.validate_on_submit() and not _overlaps(form, wave.survey_slug, wave_id):
        with form.refusing("closes_on"):
            waves.change_dates(wave_id, form.opens_on.data, form.closes_on.data)
            flash("The dates have been changed.")
            return redirect(url_for("rounds.show_round", wave_id=wave_id), 303)
    return render_template("fieldwork/edit_dates.html", wave=wave, form=form), 422 if form.is_submitted() else 200


@blueprint.route("/rounds/<wave_id>/open", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES, confirm_password=True)
def open_round(wave_id: str) -> Any:
    """Open a wave, after explaining the consequences."""
    wave = _wave(wave_id)

    def open_now() -> str:
        waves.open_wave(wave_id, must_be_read=True)
        return f"{round_name(wave_id)} is now open."

    points, found = checklist.list_open(wave), own_words.find_own_words(wave)
    return _confirm_and_run(wave, "open_round", open_now, points=points, own_words=found)


@blueprint.route("/rounds/<wave_id>/delete", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES)
def delete_round(wave_id: str) -> Any:
    """Delete a wave that has not opened, after explaining the consequences."""

    def delete() -> str:
        done = requests.wait_for(waves.delete_wave(wave_id), WAIT_SECONDS)
        if done.refusal:
            raise Refused(done.refusal)
        destroying.finish()
        return f"{round_name(wave_id)} is deleted, or will be in a moment."

    return _confirm_and_run(_wave(wave_id), "delete_round", delete)


@blueprint.route("/rounds/<wave_id>/close", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES, confirm_password=True)
def close_round(wave_id: str) -> Any:
    """Close a wave permanently, after explaining the consequences."""
    wave = _wave(wave_id)

    def close() -> str:
        refusal = requests.wait_for(waves.close_wave(wave_id), WAIT_SECONDS).refusal
        return f"{round_name(wave_id)} is closed. {refusal or 'The last answers are being counted.'}"

    return _confirm_and_run(wave, "close_round", close, grace_minutes=current_app.config["SETTINGS"].grace_minutes)


@blueprint.route("/rounds/<wave_id>/cancel", methods=["GET", "POST"])
@requires(Permission.MANAGE_WAVES, confirm_password=True)
def cancel_round(wave_id: str) -> Any:
    """Cancel an open wave with a reason, after explaining the consequences. No page says whether there were answers."""
    reason = request.form.get("reason", "")

    def cancel() -> str:
        refusal = requests.wait_for(waves.cancel_wave(wave_id, reason), WAIT_SECONDS).refusal
        destroying.finish()
        return f"{round_name(wave_id)} is cancelled. {refusal or ''}"

    return _confirm_and_run(_wave(wave_id), "cancel_round", cancel, reason=reason)


@blueprint.route("/rounds/<wave_id>/release", methods=["GET", "POST"])
@requires(Permission.MAKE_RELEASE, confirm_password=True)
def release_round(wave_id: str) -> Any:
    """Publish the results of a closed wave, once, after explaining the consequences."""
    wave = _wave(wave_id)
    form = PublicDayForm(public_on=clock.today() if request.method == "GET" else None)

    def release() -> str:
        done = requests.wait_for(released.ask_for_release(wave_id, form.day), WAIT_SECONDS)
        if done.state == "refused":
            raise Refused(done.refusal or "")
        if form.day > clock.today():
            return f"The results are ready, or will be in a moment. They are public from {day_words(form.day)}."
        return f"The results of {round_name(wave_id)} are published, or will be when they have been checked."

    answers = waves.shown_turnout().get(wave_id, 0)
    return _confirm_and_run(wave, "release_round", release, form=form, answers=answers, message_from=PERCENTAGES_FROM)


@blueprint.route("/rounds/<wave_id>/public-day", methods=["GET", "POST"])
@requires(Permission.MAKE_RELEASE, confirm_password=True)
def edit_public_day(wave_id: str) -> Any:
    """Change the day from which everybody can read the results of a wave."""
    wave = _wave(wave_id)
    form = PublicDayForm(obj=wave)
    if form.validate_on_submit():
        with form.refusing("public_on"):
            released.change_public_day(wave_id, form.day)
            flash("The day has been changed.")
            return redirect(url_for("rounds.show_round", wave_id=wave_id), 303)
    return render_template("fieldwork/edit_public_day.html", wave=wave, form=form), 422 if form.is_submitted() else 200


def _confirm_and_run(
    wave: Any, name: str, action: Callable[[], str], *, form: StaffForm | None = None, **more: Any
) -> Any:
    """Show the page of an action; on POST carry it out and go to the wave, or show why it was refused."""
    after = url_for("rounds.show_round", wave_id=wave.id)
    if request.method == "GET" and State(wave.state) is not BEFORE[name]:
        flash(f"{round_name(wave.id)} is {wave.state}, so this step is not possible.")
        return redirect(after, 303)
    refusal = None
    if request.method == "POST" and (form is None or form.validate()):
        try:
            flash(action())
            return redirect(url_for("rounds.list_rounds") if name == "delete_round" else after, 303)
        except Refused as refused:
            refusal = refused
    issued = sum(batch.n_cards for batch, _cell, _void in cards.list_batches(wave.survey_slug))
    page = render_template(f"fieldwork/{name}.html", wave=wave, refusal=refusal, cards=issued, form=form, **more)
    return page, 409 if refusal else 422 if form and form.errors else 200


def _overlaps(form: DatesForm, survey: str, except_id: str = "") -> bool:
    """Return whether another wave of the survey runs on these days, and add an error if so."""
    other = waves.find_overlap(survey, opens_on=form.opens_on.data, closes_on=form.closes_on.data, except_id=except_id)
    if other is not None:
        days = f"{day_words(other.opens_on)} to {day_words(other.closes_on)}"
        form.refuse(
            "opens_on", f"{round_name(other.id)} already runs from {days}. Rounds of one survey cannot overlap."
        )
    return other is not None


def _own_batches(wave: Any) -> set[str]:
    rows = cards.list_batches(wave.survey_slug)
    return {batch.name for batch, cell, _void in rows if current_user.sees(locality=cell.locality)}


def _wave(wave_id: str) -> Any:
    wave = waves.get_wave(wave_id)
    door.check_scope(survey=wave.survey_slug)
    return wave


def _last_frame(wave: Any) -> tuple[frames.WaveFrame | None, bool]:
    """Return the wave's frame, or the last one before it to be copied, and whether it is such a copy."""
    candidates = [w.id for w in waves.list_waves(wave.survey_slug) if w.number <= wave.number]
    found = frames.find_frames(candidates)
    last = next((w for w in reversed(candidates) if w in found), None)
    return (found[last], last != wave.id) if last else (None, False)


def _areas(frame: frames.WaveFrame | None) -> dict[str, str]:
    """Return the areas to count in, with those that a frame has although they are no longer in use."""
    named: dict[str, str] = current_app.config["SETTINGS"].localities
    stored = sorted({place for _group, place in frame.counts} - named.keys()) if frame else []
    return {**named, **{place: value_name(place, "locality") for place in stored}}
