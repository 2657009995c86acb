"""Reports of public results, for everybody: one page in HTML and as a PDF, and a Word document. In English."""

from typing import Any

from flask import Blueprint, Response, abort, render_template

from app.reports import service as reports
from app.reports.charts import KeyChart, find_chart
from app.storage.refusals import NotFound, Refused
from app.surveys import waves

blueprint = Blueprint("reports", __name__)


@blueprint.get("/results/<survey>/<wave>/summary")
def show_summary(survey: str, wave: str) -> Any:
    """Show the one-page summary of a round."""
    _check_survey(survey, wave)
    return render_template("reports/show_summary.html", report=reports.find_report(wave), survey=survey, wave=wave)


@blueprint.get("/results/<survey>/<wave>/summary.pdf")
def download_pdf(survey: str, wave: str) -> Any:
    """Return the one-page summary as a PDF."""
    return _download(survey, wave, "pdf")


@blueprint.get("/results/<survey>/<wave>/report.docx")
def download_word(survey: str, wave: str) -> Any:
    """Return the report as a Word document."""
    return _download(survey, wave, "docx")


@blueprint.get("/results/<survey>/<wave>/charts/<name>.svg")
def download_svg(survey: str, wave: str, name: str) -> Any:
    """Return the bar of one question as an SVG picture."""
    chart = _find_chart(survey, wave, name)
    return Response(render_template("reports/chart.svg", chart=chart), content_type="image/svg+xml")


@blueprint.get("/results/<survey>/<wave>/charts/<name>.png")
def download_png(survey: str, wave: str, name: str) -> Any:
    """Return the bar of one question as a PNG picture."""
    from app.reports import pictures

    return Response(pictures.draw(_find_chart(survey, wave, name)), content_type="image/png")


def _find_chart(survey: str, wave: str, name: str) -> KeyChart:
    _check_survey(survey, wave)
    return find_chart(reports.find_page(wave), name) or abort(404)


def _download(survey: str, wave: str, form: str) -> Any:
    _check_survey(survey, wave)
    try:
        file = reports.get_file(wave, form)
    except NotFound:
        raise
    except Refused:  # others are being made, or this machine cannot
        abort(503)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.content, content_type=file.media_type, headers=headers)


def _check_survey(survey: str, wave: str) -> None:
    if waves.get_wave(wave).survey_slug != survey:
        abort(404)
