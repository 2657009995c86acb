"""The staff home page with the user's tasks, and who can see what."""

from typing import Any

from flask import Blueprint, current_app, render_template
from flask_login import current_user

from app.core.permissions import Permission
from app.home import attack_report
from app.home.public_views import ROLE_TABLE
from app.surveys import service as surveys
from app.surveys import waves
from app.web.requires import requires

blueprint = Blueprint("home", __name__, url_prefix="/staff")


@blueprint.get("/")
@requires(Permission.VIEW_RESULTS)
def show_home() -> Any:
    """Show the user's tasks, those of the most urgent feature first, and the surveys with their rounds."""
    seen = [survey for survey in surveys.list_surveys() if current_user.sees(survey.slug)]
    rows = [(survey, waves.list_waves(survey.slug)) for survey in seen]
    tasks = [task for tasks_of in current_app.extensions["tasks"] for task in tasks_of(current_user.account)]
    return render_template("home/staff_home.html", tasks=tasks, rows=rows, shown=waves.shown_turnout())


@blueprint.get("/who-sees-what")
@requires(Permission.VIEW_RESULTS)
def who_sees_what() -> Any:
    """Show what each role can do, from the table that access checks use."""
    return render_template("home/permissions.html", **ROLE_TABLE, attacked=attack_report.load())
