"""Themes: the codebook, coding, agreement, numbers, other sources, the grid and files.

As on the reading desk, ids of comments stand in no address.
"""

from functools import partial
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.comments import coding_texts, quotes
from app.core.permissions import Permission
from app.core.questionnaires import SOURCE_LANGUAGE
from app.staff import door
from app.storage.refusals import NotFound, Refused
from app.surveys import service as surveys
from app.surveys import waves
from app.themes import codebook, coding, files, numbers, sources
from app.themes.forms import ExtractForm, SampleForm, ThemeForm
from app.web.requires import requires

blueprint = Blueprint("themes", __name__, url_prefix="/staff/themes")
keeps = partial(requires, Permission.KEEP_THEMES, second_factor=True)
codes = partial(requires, Permission.READ_MASKED, second_factor=True)
FILES = {"csv": ("text/csv", files.as_csv), "xlsx": ("", files.as_xlsx), "qdc": ("application/xml", files.as_qdc)}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("")
@codes()
def show_codebook() -> Any:
    """Show the codebook of a survey, its numbers by round, and the rounds to code."""
    slugs = list(door.seen_surveys())
    survey = request.args.get("survey", "") if request.args.get("survey") in slugs else slugs[0]
    rounds = [one for one in coding.list_waves(current_user.account) if one.survey_slug == survey]
    releases = numbers.list_releases([one.id for one in rounds])
    return render_template(
        "themes/show_codebook.html",
        **{"survey": survey, "slugs": slugs, "themes": codebook.list_themes(survey, with_old=True)},
        **{"rounds": [(one, coding.progress(current_user.account, one.id)) for one in rounds]},
        **{
            "released": set(releases),
            "examples": codebook.examples_of(survey),
            "changes": sources.changes(survey),
            "is_demo": surveys.has_synthetic(),
        },
    )


@blueprint.route("/<survey>/new", methods=["GET", "POST"], defaults={"theme": None})
@blueprint.route("/<survey>/<int:theme>", methods=["GET", "POST"])
@keeps()
def edit_theme(survey: str, theme: int | None) -> Any:
    """Add a theme, or change one."""
    door.check_scope(survey=survey)
    now = codebook.get_theme(theme) if theme else None
    if now and now.survey_slug != survey:
        raise NotFound("There is no such theme.")
    form = ThemeForm(
        data={"name": now.name, "meaning": now.meaning, "in_use": "yes" if now.is_in_use else "no"} if now else {}
    )
    offered = {one.id.hex(): one.text[:80] for one in quotes.list_published(survey)}
    chosen = [one.hex() for one in codebook.list_examples(theme)] if theme else []
    if form.validate_on_submit():
        with form.refusing("name"):
            texts = {"name": form.name.data, "meaning": form.meaning.data}
            if now:
                kept = [bytes.fromhex(one) for one in request.form.getlist("examples") if one in offered]
                codebook.change(now.id, is_in_use=form.in_use.data == "yes", examples=kept, **texts)
            else:
                codebook.add(survey, **texts)
            flash("The theme has been saved.")
            return redirect(url_for("themes.show_codebook", survey=survey), 303)
    page = render_template(
        "themes/edit_theme.html",
        **{"form": form, "survey": survey, "now": now, "offered": offered, "chosen": chosen},
        versions=codebook.list_versions(theme) if theme else [],
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/code")
@codes()
def code_comment() -> Any:
    """Store the themes that the coder gave, and show the next comment of a round."""
    person, wave = current_user.account, waves.get_wave(request.form.get("round", ""))
    door.check_scope(survey=wave.survey_slug)
    comment = None
    try:
        if request.form.get("action") == "save" and not request.form.getlist("theme"):
            comment = coding_texts.get(person, _comment_id())
            flash("Choose a theme, or “No theme fits”.")
        elif request.form.get("action") == "save":
            coding.save(person, _comment_id(), _themes())
    except Refused as refusal:
        flash(str(refusal))
    comment = comment or coding.draw(person, wave.id)
    if comment is None:
        flash("You have coded every comment of this round that is here for you.")
        return redirect(url_for("themes.show_codebook", survey=wave.survey_slug), 303)
    document = surveys.document_of(wave)
    is_asked = comment.question in {one.variable for one in document.questions}
    question = document.text(comment.question, SOURCE_LANGUAGE).value if is_asked else comment.question
    return render_template(
        "themes/code_comment.html",
        **{"comment": comment, "wave": wave, "question": question, "is_demo": surveys.has_synthetic()},
        **{"themes": codebook.list_themes(wave.survey_slug), "progress": coding.progress(person, wave.id)},
    )


@blueprint.route("/agreement/<wave_id>", methods=["GET", "POST"])
@keeps()
def show_agreement(wave_id: str) -> Any:
    """Show how far coders agree, draw comments to be coded twice, settle disagreements, and publish numbers."""
    wave = waves.get_wave(wave_id)
    door.check_scope(survey=wave.survey_slug)
    action = request.form.get("action", "")
    form = SampleForm() if action == "draw" else SampleForm(formdata=None)
    try:
        if action == "draw" and form.validate():
            flash(f"{coding.draw_sample(wave_id, form.size.data)} comments were drawn.")
        if action == "settle":
            coding.settle(coding_texts.get(current_user.account, _comment_id()).id, _themes(), wave.survey_slug)
        if action == "publish":
            numbers.publish(wave_id)
            flash("The numbers of this round have been published.")
        if action and not form.errors:
            return redirect(url_for("themes.show_agreement", wave_id=wave_id), 303)
    except Refused as refusal:
        flash(str(refusal))
    short, open_ones = coding.missing(wave_id)
    page = render_template(
        "themes/show_agreement.html",
        **{"form": form, "wave": wave, "found": numbers.agreement(wave_id, wave.survey_slug), "short": short},
        **{"open": _next_open(wave_id), "n_open": open_ones, "themes": codebook.list_themes(wave.survey_slug)},
        **{"release": numbers.find_release(wave_id), "n_twice": coding.count_sample(wave_id)},
    )
    return page, 422 if form.errors else 200


@blueprint.route("/<survey>/sources", methods=["GET", "POST"])
@keeps()
def list_sources(survey: str) -> Any:
    """List extracts from other sources, and add one."""
    door.check_scope(survey=survey)
    form, themes = ExtractForm(), codebook.list_themes(survey)
    faults: list[tuple[str, str]] = []
    if (given := request.form.get("remove", "")).isdecimal() and len(given) < 10:
        sources.remove_extract(survey, int(given))
        flash("The extract has been removed.")
        return redirect(url_for("themes.list_sources", survey=survey), 303)
    if form.validate_on_submit():
        entered = {"kind": form.kind.data, "month": form.month.data, "summary": form.summary.data}
        try:
            sources.add_extract(survey, themes=_themes(), author=current_user.email, **entered)
            flash("The extract has been saved.")
            return redirect(url_for("themes.list_sources", survey=survey), 303)
        except Refused as refusal:
            faults = [("theme-0" if refusal.field == "themes" else "month", str(refusal))]
    page = render_template(
        "themes/list_sources.html",
        **{"form": form, "survey": survey, "themes": themes, "chosen": request.form.getlist("theme")},
        **{"faults": form.faults() + faults, "extracts": sources.list_extracts(survey)},
    )
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/<survey>/grid")
@codes()
def show_grid(survey: str) -> Any:
    """Show theme by source."""
    door.check_scope(survey=survey)
    return render_template("themes/show_grid.html", survey=survey, grid=sources.grid(survey))


@blueprint.get("/<survey>/themes.<end>")
@codes()
def download(survey: str, end: str) -> Any:
    """Download the codebook with its numbers."""
    door.check_scope(survey=survey)
    if end not in FILES:
        raise NotFound("There is no such file.")
    kind, write = FILES[end]
    content: Any = write(survey)
    headers = {"Content-Disposition": f"attachment; filename=themes-{survey}.{end}"}
    return Response(content, mimetype=kind or XLSX, headers=headers)


def _next_open(wave_id: str) -> dict[str, Any] | None:
    """Return the first comment on which coders differ, with what each of them gave it; None if there is none."""
    for comment_id, coders in sorted(coding.list_codings(wave_id, only_twice=True).items()):
        if coding.differs(coders):
            try:
                text = coding_texts.get(current_user.account, comment_id)
            except NotFound:
                continue
            return {"comment": text, "given": list(coders.values()), "both": frozenset.intersection(*coders.values())}
    return None


def _comment_id() -> bytes:
    try:
        return bytes.fromhex(request.form.get("comment", ""))
    except ValueError as error:
        raise NotFound("This comment is no longer here.") from error


def _themes() -> set[int]:
    return {int(one) for one in request.form.getlist("theme") if one.isascii() and one.isdecimal() and len(one) < 10}
