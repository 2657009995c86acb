"""Public results: what stands out in each survey, and the page of each round."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, current_app, get_template_attribute, render_template
from markupsafe import Markup

from app.results import files
from app.results import service as releases
from app.results.page import ResultsPage
from app.surveys import service as surveys
from app.web import i18n

blueprint = Blueprint("results", __name__)
MOST_DRAWN = 48
_drawn: dict[tuple[object, ...], Markup] = {}


@blueprint.get("/results")
def list_results() -> Any:
    """List the surveys that have results, each with what stands out in its newest round."""
    pages = [page for survey in surveys.list_surveys() if (page := results_page(survey.slug, i18n.current().tag))]
    return render_template("results/list_results.html", pages=pages, is_demo=surveys.has_synthetic())


@blueprint.get("/results/<survey>")
def show_results(survey: str) -> Any:
    """Show a survey's newest round with results, compared with the round before."""
    return _show(survey, None)


@blueprint.get("/results/<survey>/<wave_id>")
def show_round(survey: str, wave_id: str) -> Any:
    """Show the results of one round."""
    return _show(survey, wave_id)


def _show(survey: str, wave_id: str | None) -> Any:
    page = results_page(survey, i18n.current().tag, wave_id)
    if page is None:
        abort(404)
    return render_template(
        "results/show_results.html",
        page=page,
        body=results_body(page, releases.count_replacement_cards(survey), files.list_files),
        document=page.view.document,
        is_demo=surveys.get_survey(survey).synthetic,
    )


def results_body(
    page: ResultsPage, replacements: int, list_files: Callable[[str], list[Any]] = lambda _wave: []
) -> Markup:
    """Return the body of a round's page, drawn once for each language and state of the releases that it shows.

    Args:
        replacements: the number of replacement cards of the survey.
        list_files: returns the files of a round, with their sizes; they are offered once its results are public.
    """
    is_public = releases.is_public(page.wave)
    key = (page.wave.id, page.lang, replacements, is_public, *(one.body for one in page.shown))
    if key not in _drawn:
        while len(_drawn) >= MOST_DRAWN:
            _drawn.pop(next(iter(_drawn)), None)
        draw = get_template_attribute("components/results_body.html", "results_body")
        found = list_files(page.wave.id) if is_public else []
        _drawn[key] = draw(page, replacements, i18n.LANGUAGES[page.lang].direction, found)
    return _drawn[key]


def results_page(survey: str, lang: str, wave_id: str | None = None, *, preview: bool = False) -> ResultsPage | None:
    """Return the page of a round with results, of the newest if none is named; None if there is no such round."""
    found = releases.list_published(survey, preview=preview)
    rounds = [one for one in found if not surveys.fault_of(one.wave)]
    known = [one.wave.id for one in rounds]
    if not known or wave_id not in (None, *known):
        return None
    settings = current_app.config["SETTINGS"]
    names = {"locality": settings.localities, "channel": settings.channels}
    return ResultsPage(rounds, wave_id or known[-1], names=names, lang=lang)
