"""The evidence pages: what is known about each outcome, for all staff; evaluators add ratings, rivals and figures."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask_login import current_user

from app.core.permissions import Permission
from app.core.spreadsheets import write_csv
from app.evidence import service, sheet
from app.evidence.forms import FigureForm, RatingForm, RivalForm
from app.evidence.outcomes import Outcome, logic_model
from app.evidence.questions import measures, movements
from app.evidence.service import Chain
from app.models.evidence import OutsideFigure, RivalExplanation
from app.staff import door
from app.storage.refusals import NotFound
from app.surveys import service as surveys
from app.web.forms import StaffForm
from app.web.requires import requires

blueprint = Blueprint("evidence", __name__, url_prefix="/staff")
BOM = "\ufeff"
"""At the start of a CSV file, so that Excel reads it as UTF-8."""
Row = TypeVar("Row", RivalExplanation, OutsideFigure)


@blueprint.get("/evidence")
@requires(Permission.VIEW_RESULTS)
def list_evidence() -> Any:
    """List the outcomes, the assumption at risk first."""
    model, found, entries = logic_model(), measures(door.seen_surveys()), service.list_entries()
    rows = {}
    for outcome in model:
        own = [measure for measure in found if outcome.code in measure.codes]
        rows[outcome.code] = (outcome, len(own), movements(own), entries.of(outcome.code))
    return render_template(
        "evidence/list_evidence.html",
        model=model,
        rows=rows,
        strengths=service.STRENGTHS,
        is_demo=_is_demo(),
        may=_may(),
    )


@blueprint.get("/evidence/<code>")
@requires(Permission.VIEW_RESULTS)
def show_evidence(code: str) -> Any:
    """Show what is known about one outcome."""
    model = logic_model()
    outcome = model.get(code)
    return render_template(
        "evidence/show_evidence.html",
        model=model,
        outcome=outcome,
        measures=[one for one in measures(door.seen_surveys()) if code in one.codes],
        entries=service.list_entries().of(code),
        strengths=service.STRENGTHS,
        meanings=service.MEANINGS,
        is_demo=_is_demo(),
        may=_may(),
    )


@blueprint.get("/evidence.csv")
@requires(Permission.KEEP_EVIDENCE)
def download_evidence() -> Any:
    """Download everything that the evidence pages show, as a CSV file."""
    _check_unlimited()
    rows = sheet.rows(logic_model(), measures(door.seen_surveys()), service.list_entries())
    headers = {"Content-Disposition": "attachment; filename=evidence.csv"}
    return Response(BOM + write_csv(sheet.COLUMNS, rows), mimetype="text/csv", headers=headers)


@blueprint.route("/evidence/<code>/rating", methods=["GET", "POST"])
@requires(Permission.KEEP_EVIDENCE)
def rate_evidence(code: str) -> Any:
    """Rate the evidence for an outcome; the form starts with the last rating."""
    outcome = _outcome(code)
    form = RatingForm(obj=service.list_entries().of(code).rating)

    def save() -> None:
        service.rate(code, form.strength.data, form.note.data or "", author=current_user.email)

    return _edit(outcome, form, save, page="rate_evidence", saved="The rating has been saved.")


@blueprint.route("/evidence/<code>/rivals/new", methods=["GET", "POST"], defaults={"number": None})
@blueprint.route("/evidence/<code>/rivals/<int:number>", methods=["GET", "POST"])
@requires(Permission.KEEP_EVIDENCE)
def edit_rival(code: str, number: int | None) -> Any:
    """Note a rival explanation, or change one."""
    outcome = _outcome(code)
    form = RivalForm(obj=_find(service.list_entries().of(code).rivals, number))

    def save() -> None:
        given = {"author": current_user.email, "replaces": number}
        service.note_rival(code, form.rival.data, form.answer.data or "", **given)

    return _edit(outcome, form, save, page="edit_rival", saved="The rival explanation has been saved.")


@blueprint.route("/evidence/<code>/figures/new", methods=["GET", "POST"], defaults={"number": None})
@blueprint.route("/evidence/<code>/figures/<int:number>", methods=["GET", "POST"])
@requires(Permission.KEEP_EVIDENCE)
def edit_figure(code: str, number: int | None) -> Any:
    """Enter a figure from outside the surveys, or correct one."""
    outcome = _outcome(code)
    form = FigureForm(obj=_find(service.list_entries().of(code).figures, number))

    def save() -> None:
        service.enter_figure(code, form.entry, author=current_user.email, replaces=number)

    return _edit(outcome, form, save, page="edit_figure", saved="The figure has been saved.", is_new=number is None)


def _edit(outcome: Outcome, form: StaffForm, save: Callable[[], None], *, page: str, saved: str, **more: Any) -> Any:
    """Show a form; on POST save it and go to the outcome, or show what is wrong."""
    if form.validate_on_submit():
        with form.refusing(next(iter(form._fields))):
            save()
            flash(saved)
            return redirect(url_for("evidence.show_evidence", code=outcome.code), 303)
    shown = render_template(f"evidence/{page}.html", outcome=outcome, form=form, **more)
    return shown, 422 if form.is_submitted() else 200


def _outcome(code: str) -> Outcome:
    _check_unlimited()
    return logic_model().get(code)


def _find(chains: Sequence[Chain[Row]], number: int | None) -> Row | None:
    """Return the entry to be changed, None for a new one; NotFound if it does not stand any more."""
    found = next((chain.now for chain in chains if chain.now.id == number), None)
    if found is None and number is not None:
        raise NotFound("There is no such entry.")
    return found


def _may() -> bool:
    """Return whether this user may add entries: an outcome is about all surveys and areas."""
    return bool(current_user.has(Permission.KEEP_EVIDENCE) and current_user.survey is None)


def _check_unlimited() -> None:
    if current_user.survey is not None:
        raise NotFound("This page is about all surveys.")


def _is_demo() -> bool:
    return surveys.has_synthetic()
