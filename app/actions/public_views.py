"""The public page "You said, we did", and its poster."""

from collections.abc import Collection
from typing import Any

from flask import Blueprint, render_template, request

from app.actions import poster, service
from app.actions.judging import judge_all
from app.comments import quotes
from app.surveys import service as surveys
from app.web import i18n

blueprint = Blueprint("said", __name__)


@blueprint.get("/you-said-we-did")
def show_actions() -> Any:
    """Show what was decided, the newest first, by year; of one audience if asked."""
    tag, slugs = i18n.current().tag, [one.slug for one in surveys.list_surveys()]
    audience = _audience(slugs)
    found = service.list_public(tag, audience)
    years = {year: [one for one in found if one.year == year] for year in sorted({one.year for one in found})[::-1]}
    return render_template(
        "actions/show_actions.html",
        **{"years": years, "audience": audience, "judged": judge_all(found, tag)},
        quoted=quotes.get_published({one.quote_id for one in found if one.quote_id}),
        **{"audiences": slugs, "is_demo": surveys.has_synthetic()},
    )


@blueprint.get("/you-said-we-did/poster")
def show_poster() -> Any:
    """Show the newest actions of an audience as a poster, ready to print."""
    audience = _audience([one.slug for one in surveys.list_surveys()])
    return render_template("actions/poster.html", **poster.parts_of(audience, i18n.current()))


def _audience(slugs: Collection[str]) -> str:
    """Return the audience that the address names, or "" for all."""
    asked = request.args.get("for", "")
    return asked if asked in slugs else ""
