"""Public results: the published numbers of each survey, comparing the newest wave with the previous one."""

from typing import Any

from flask import Blueprint, abort, current_app, render_template

from app.results import service as releases
from app.results.wording import ResultsView
from app.surveys import service as surveys
from app.web import i18n

blueprint = Blueprint("results", __name__)


@blueprint.get("/results")
def list_results() -> Any:
    """List the surveys that have results."""
    lang = i18n.current().tag
    rows = [
        (survey.slug, surveys.document_of(waves[-1].wave).text("title", lang), len(waves))
        for survey in surveys.list_surveys()
        if (waves := releases.list_published(survey.slug)) and not surveys.fault_of(waves[-1].wave)
    ]
    return render_template("results/list_results.html", rows=rows, is_demo=surveys.has_synthetic())


@blueprint.get("/results/<survey>")
def show_results(survey: str) -> Any:
    """Show a survey's newest published wave, compared with the previous one."""
    view = results_view(survey, i18n.current().tag)
    if view is None:
        abort(404)
    return render_template(
        "results/show_results.html",
        view=view,
        document=view.document,
        is_demo=surveys.get_survey(survey).synthetic,
        replacements=releases.count_replacement_cards(survey),
    )


def results_view(survey: str, lang: str) -> ResultsView | None:
    """Return a survey's newest published wave and the previous one, or None if there is none."""
    published = releases.list_published(survey)
    if not published or surveys.fault_of(published[-1].wave):
        return None
    settings = current_app.config["SETTINGS"]
    names = {"locality": settings.localities, "channel": settings.channels}
    return ResultsView(published[-1], published[-2] if published[1:] else None, names=names, lang=lang)
