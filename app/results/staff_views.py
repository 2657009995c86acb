"""Results for staff: the public pages, which some roles see before the day on which everybody can."""

from typing import Any

from flask import Blueprint, abort, render_template
from flask_login import current_user

from app.core.permissions import Permission
from app.results import files
from app.results import service as releases
from app.results.views import results_body, results_page
from app.staff import door
from app.surveys import service as surveys
from app.web.requires import requires

blueprint = Blueprint("staff_results", __name__, url_prefix="/staff")


@blueprint.get("/results/<survey>")
@requires(Permission.VIEW_RESULTS)
def show_survey(survey: str) -> Any:
    """Show a survey's newest round with results."""
    return _show(survey, None)


@blueprint.get("/results/<survey>/<wave_id>")
@requires(Permission.VIEW_RESULTS)
def show_round(survey: str, wave_id: str) -> Any:
    """Show the results of one round."""
    return _show(survey, wave_id)


def _show(survey: str, wave_id: str | None) -> Any:
    found = surveys.get_survey(survey)
    door.check_scope(survey=found.slug)
    page = results_page(survey, "en", wave_id, preview=current_user.has(Permission.PREVIEW_RESULTS))
    if page is None and wave_id is not None:
        abort(404)
    return render_template(
        "results/show_survey.html",
        survey=found,
        page=page,
        is_public=page is not None and releases.is_public(page.wave),
        is_demo=found.synthetic,
        body=page and results_body(page, releases.count_replacement_cards(survey), files.list_files),
    )
