"""The staff side's view of surveys, waves and their released numbers: the same numbers as in public."""

from typing import Any

from flask import Blueprint, render_template

from app.services import releases, surveys, waves
from app.views.results import results_view

blueprint = Blueprint("staff_results", __name__, url_prefix="/staff")


@blueprint.get("/")
def list_surveys() -> Any:
    """List all surveys with their waves."""
    shown = waves.shown_turnout()
    rows = [(survey, waves.list_waves(survey.slug)) for survey in surveys.list_surveys()]
    return render_template("staff/staff_results/list_surveys.html", rows=rows, shown=shown)


@blueprint.get("/results/<survey>")
def show_survey(survey: str) -> Any:
    """Show a survey's released numbers."""
    found = surveys.get_survey(survey)
    return render_template(
        "staff/staff_results/show_survey.html",
        survey=found,
        view=results_view(survey, "en"),
        is_demo=found.synthetic,
        replacements=releases.count_replacement_cards(survey),
    )
