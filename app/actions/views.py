"""The board of actions, for all staff; survey managers and evaluators add, change, translate and publish them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user

from app.actions import service
from app.actions.forms import ActionForm, TextForm
from app.comments import quotes
from app.core.permissions import Permission
from app.core.questionnaires import SOURCE_LANGUAGE
from app.models.actions import Action
from app.results import service as releases
from app.results.page import ResultsPage
from app.storage.refusals import NotFound
from app.surveys import service as surveys
from app.themes import codebook
from app.web.filters import round_name, survey_name
from app.web.forms import error_of, options
from app.web.i18n import LANGUAGES
from app.web.requires import requires

blueprint = Blueprint("actions", __name__, url_prefix="/staff/actions")
OTHERS = {tag: one for tag, one in LANGUAGES.items() if tag != SOURCE_LANGUAGE}
MISSING, STALE, READY = "No translation", "Out of date: the English was changed", "Up to date"


@blueprint.get("")
@requires(Permission.VIEW_RESULTS)
def show_board() -> Any:
    """Show all actions by state."""
    found = service.list_actions()
    columns = {name: [one for one in found if one.state == state] for state, name in service.STATES.items()}
    return render_template(
        "actions/show_board.html", columns=columns, is_overdue=service.is_overdue, is_demo=surveys.has_synthetic()
    )


@blueprint.route("/new", methods=["GET", "POST"], defaults={"action_id": None})
@blueprint.route("/<int:action_id>", methods=["GET", "POST"])
@requires(Permission.KEEP_ACTIONS)
def edit_action(action_id: int | None) -> Any:
    """Add an action, or change one."""
    action = service.get_action(action_id) if action_id else None
    if action:
        service.check_audiences(current_user.account, action.audiences)
    seen = {one.slug: str(survey_name(one.slug)) for one in surveys.list_surveys() if current_user.sees(one.slug)}
    form = ActionForm(data=_stored(action))
    _offer(form, list(seen))
    audiences = service.known_audiences(request.form.getlist("audiences"), seen) if form.is_submitted() else ()
    chosen = audiences if form.is_submitted() else tuple(action.audiences if action else ())
    faults: list[tuple[str, str]] = []
    if form.validate_on_submit():
        with form.refusing("said"):
            if not audiences:
                faults = [("audiences-0", "Audiences: Choose at least one audience.")]
            else:
                kept = action_id or service.add(current_user.account, form.entry(audiences))
                if action_id:
                    service.change(current_user.account, action_id, form.entry(audiences))
                flash("The action has been saved.")
                return redirect(url_for("actions.edit_action", action_id=kept), 303)
    return render_template(
        "actions/edit_action.html",
        **{"form": form, "action": action, "audiences": seen, "chosen": chosen, "faults": form.faults() + faults},
        **{"audience_error": error_of(faults, "audiences-0"), "texts": _text_states(action)},
    ), 422 if form.is_submitted() else 200


@blueprint.route("/<int:action_id>/texts/<tag>", methods=["GET", "POST"])
@requires(Permission.KEEP_ACTIONS)
def edit_text(action_id: int, tag: str) -> Any:
    """Enter the texts of an action in another language."""
    action = service.get_action(action_id)
    service.check_audiences(current_user.account, action.audiences)
    if tag not in OTHERS:
        raise NotFound("There is no such language.")
    form = TextForm(obj=service.list_texts(action_id).get(tag))
    if form.validate_on_submit():
        with form.refusing("said"):
            texts = {name: form[name].data or "" for name in ("english", "said", "did", "why_not")}
            service.save_text(action_id, tag, **texts)
            flash(f"The texts in {OTHERS[tag].name} have been saved.")
            return redirect(url_for("actions.edit_action", action_id=action_id), 303)
    english = form.english.data or "" if form.is_submitted() else service.english_of(action)
    page = render_template("actions/edit_text.html", form=form, action=action, tongue=OTHERS[tag], english=english)
    return page, 422 if form.is_submitted() else 200


def _stored(action: Action | None) -> dict[str, Any]:
    """Return what the form starts with."""
    if action is None:
        return {}
    names = ("said", "did", "why_not", "owner", "due_on", "state")
    return {
        **{name: getattr(action, name) for name in names},
        "judged_by": f"{action.wave_id}:{action.question}" if action.wave_id else "",
        "quote": action.quote_id.hex() if action.quote_id else "",
        "theme": str(action.theme_id or ""),
        "readers": "public" if action.public_since else "internal",
    }


def _offer(form: ActionForm, slugs: list[str]) -> None:
    """Set the choices of a form to published questions and quotes; what was stored stays among them."""
    questions = {"": "None"}
    for rounds in releases.list_public(slugs):
        for one in reversed(rounds):
            page = ResultsPage(rounds, one.wave.id, names={}, lang=SOURCE_LANGUAGE)
            name = round_name(one.wave.id)
            questions |= {f"{one.wave.id}:{variable}": f"{name}: {page.english(variable)}" for variable in page.figures}
    quoted = {one.id.hex(): one.text[:80] for one in quotes.list_published() if one.survey in slugs}
    form.judged_by.choices = options(questions, form.judged_by.object_data)
    themes = {str(one.id): f"{survey_name(slug)}: {one.name}" for slug in slugs for one in codebook.list_themes(slug)}
    form.theme.choices = options({"": "None", **themes}, form.theme.object_data)
    form.quote.choices = options({"": "None", **quoted}, form.quote.object_data)


def _text_states(action: Action | None) -> dict[str, str]:
    """Return for each other language whether its texts are there and up to date."""
    if action is None:
        return {}
    texts, english = service.list_texts(action.id), service.english_of(action)
    return {tag: (READY if texts[tag].english == english else STALE) if tag in texts else MISSING for tag in OTHERS}
