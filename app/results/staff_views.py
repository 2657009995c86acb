"""Results for staff: the same published numbers as on the public pages."""

from typing import Any

from flask import Blueprint, render_template
from flask_login import current_user

from app.core.permissions import Permission
from app.results import service as releases
from app.results.views import results_view
from app.staff import door
from app.surveys import service as surveys
from app.web.requires import requires

blueprint = Blueprint("staff_results", __name__, url_prefix="/staff")


@blueprint.get("/results/<survey>")
@requires(Permission.VIEW_RESULTS)
def show_survey(survey: str) -> Any:
    """Show the published results of a survey."""
    found = surveys.get_survey(survey)
    door.check_scope(survey=found.slug)
    return render_template(
        "results/show_survey.html",
        survey=found,
        view=results_view(survey, "en", preview=current_user.has(Permission.PREVIEW_RESULTS)),
        is_demo=found.synthetic,
        replacements=releases.count_replacement_cards(survey),
    )
