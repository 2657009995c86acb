"""Open data: the files of published results at stable addresses, for everybody once the results are public."""

from typing import Any

from flask import Blueprint, Response, abort, request

from app.results import files, pack
from app.results import service as releases
from app.surveys import waves

blueprint = Blueprint("data", __name__, url_prefix="/data")
ENDS = {kind.end: form for form, kind in files.FORMATS.items()}
"""The formats by the end of their address."""
SHOWN = frozenset({"json"})
"""Ends of files that a browser shows; it offers all others for download."""


@blueprint.get("/schema.json")
def show_schema() -> Any:
    """Show the JSON schema of the data."""
    return _cached(files.File("schema.json", "application/schema+json", pack.schema()))


@blueprint.get("/<survey>/<wave>.<end>")
def download(survey: str, wave: str, end: str) -> Any:
    """Return a file of a round whose results are public."""
    found = waves.get_wave(wave)
    if end not in ENDS or found.survey_slug != survey or not releases.is_public(found):
        abort(404)
    return _cached(files.get_file(wave, ENDS[end]))


def _cached(file: files.File) -> Any:
    """Return a file, or only that it is still the same as the one that the browser has."""
    response = Response(file.content, content_type=file.media_type)
    how = "inline" if file.name.rpartition(".")[2] in SHOWN else "attachment"
    response.headers["Content-Disposition"] = f'{how}; filename="{file.name}"'
    response.set_etag(file.digest)
    return response.make_conditional(request)
