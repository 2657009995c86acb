"""The component gallery: every component in every state on one page. It is not available in production."""

from typing import Any

from flask import Blueprint, get_template_attribute, render_template
from flask_babel import force_locale

from app.core.permissions import Permission
from app.home import gallery_samples
from app.web.i18n import LANGUAGES
from app.web.requires import requires

blueprint = Blueprint("gallery", __name__, url_prefix="/staff")


@blueprint.get("/gallery")
@requires(Permission.VIEW_RESULTS)
def show_gallery() -> Any:
    """Show the components, and some of them also in a right-to-left language."""
    urdu = LANGUAGES["ur"]
    with force_locale(urdu.babel):
        draw = get_template_attribute("home/gallery_right_to_left.html", "right_to_left")
        mirrored = draw(urdu, gallery_samples.results(urdu.tag))
    return render_template(
        "home/gallery.html",
        samples=gallery_samples,
        questions=gallery_samples.questions(),
        view=gallery_samples.results("en"),
        mirrored=mirrored,
    )
