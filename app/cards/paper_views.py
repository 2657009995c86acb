"""Printable pages without codes: blank questionnaires and posters, in every language of a survey."""

from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask_babel import force_locale

from app.cards.paper import parts_of
from app.core.permissions import Permission
from app.core.waves import Words
from app.staff import door
from app.surveys import readers, waves
from app.surveys import service as surveys
from app.web.i18n import LANGUAGES
from app.web.qr_codes import draw_qr
from app.web.requires import requires

blueprint = Blueprint("paper", __name__, url_prefix="/staff")
STYLES = ("standard", "large", "easy", "poster")


@blueprint.get("/paper/<wave_id>")
@requires(Permission.VIEW_WAVES)
def show_paper(wave_id: str) -> Any:
    """Show the blank questionnaire or the poster of a round, ready to print."""
    wave = waves.get_wave(wave_id)
    door.check_scope(survey=wave.survey_slug)
    tongue, style = LANGUAGES.get(request.args.get("language", "en")), request.args.get("style", "standard")
    document, words, easy = surveys.document_of(wave), readers.find_words(wave), style == "easy"
    document = document.without_own_words() if words == Words.LEFT_OUT else document
    if surveys.fault_of(wave) or tongue is None or style not in STYLES or tongue.tag not in document.texts:
        abort(404)
    template = "poster" if style == "poster" else "show_paper"
    base = current_app.config["SETTINGS"].base_url
    with force_locale(tongue.babel):
        return render_template(
            f"cards/{template}.html",
            wave=wave,
            document=document,
            words=words,
            tongue=tongue,
            style=style,
            easy=easy,
            parts=parts_of(document, tongue, easy),
            host=base.split("://", 1)[-1],
            qr=draw_qr(f"{base}/c"),
            last_day=wave.closes_on if waves.is_coming(wave) else None,
        )
