"""Public pages: home, quick exit, language, privacy, accessibility, cookies, and health checks."""

import datetime as dt
from typing import Any

from flask import Blueprint, Response, abort, current_app, jsonify, redirect, render_template, request, session, url_for
from sqlalchemy.exc import SQLAlchemyError

from app.actions import service as actions
from app.core.permissions import ROLES, SECOND_FACTOR, Permission
from app.respond import held_drafts
from app.storage import clock, db, installation
from app.surveys import readers, waves
from app.surveys import service as surveys
from app.web import i18n
from app.web.security import NOTHING_STAYS, forget_respondent

blueprint = Blueprint("public", __name__)
SECURITY_TXT_DAYS, NEWEST = 180, 3
RETURN_PLACES = (
    *(
        "/",
        "/c",
        "/r/start",
        "/r/check",
        "/r/done",
        "/r/other-card",
        "/results",
        "/delete-my-answers",
        "/you-said-we-did",
    ),
    *("/r/save", "/come-back"),
    *("/privacy", "/privacy/young", "/who-sees-what", "/accessibility", "/cookies"),
)
ROLE_TABLE = {
    "roles": ROLES,
    "permissions": [permission for permission in Permission if permission is not Permission.SIGN_IN],
    "second": SECOND_FACTOR,
}


@blueprint.get("/")
def home() -> Any:
    """Show the public home page: enter a code, what we ask and why, results."""
    newest = actions.list_newest(i18n.current().tag, NEWEST)
    return render_template("home/home.html", actions=newest, is_demo=surveys.has_synthetic())


@blueprint.get("/leave")
def leave() -> Any:
    """Clear the cookie, which holds the draft's only key, and redirect to a neutral external site."""
    if forget_respondent():
        return redirect(url_for("respond.enter_code"), 303)
    response = redirect(current_app.config["SETTINGS"].leave_url, 303)
    response.headers["Clear-Site-Data"] = NOTHING_STAYS
    return response


@blueprint.get("/language/<tag>")
def choose_language(tag: str) -> Any:
    """Store the language choice and return to the previous page."""
    held_drafts.check_sender()
    i18n.choose(tag)
    return redirect(_return_place(), 303)


@blueprint.get("/words/<any(easy, standard):style>")
def choose_words(style: str) -> Any:
    """Store whether questions are shown in easy words."""
    held_drafts.check_sender()
    session["easy"] = style == "easy"
    return redirect(_return_place(), 303)


@blueprint.get("/privacy", endpoint="privacy")
@blueprint.get("/privacy/young", endpoint="privacy_young")
def show_privacy() -> Any:
    """Show what is kept and for how long; its endpoint names its template."""
    name, promised = str(request.endpoint).removeprefix("public."), readers.find_promises()
    days = current_app.config["SETTINGS"].keep_words_days
    return render_template(f"home/{name}.html", promised=promised, keep_words_days=days)


@blueprint.get("/accessibility", endpoint="accessibility")
@blueprint.get("/cookies", endpoint="cookies")
def show_text() -> Any:
    """Show a page of text only; its endpoint names its template."""
    return render_template(f"home/{str(request.endpoint).removeprefix('public.')}.html")


@blueprint.get("/who-sees-what")
def who_sees_what() -> Any:
    """Show what each staff role can do, from the table that access checks use."""
    return render_template("home/who_sees_what.html", promised=readers.find_promises(), **ROLE_TABLE)


@blueprint.get("/robots.txt")
def robots() -> Any:
    """Keep survey pages out of search engines."""
    return Response("User-agent: *\nDisallow: /c\nDisallow: /r/\n", mimetype="text/plain")


@blueprint.get("/.well-known/security.txt")
def security_txt() -> Any:
    """Show the contact for security reports (RFC 9116), or 404 if none is configured."""
    settings = current_app.config["SETTINGS"]
    if not settings.security_contact:
        abort(404)
    ends = (clock.now() + dt.timedelta(days=SECURITY_TXT_DAYS)).strftime("%Y-%m-%dT00:00:00Z")
    lines = f"Contact: {settings.security_contact}\nExpires: {ends}\nPreferred-Languages: en\n"
    return Response(f"{lines}Canonical: {settings.base_url}/.well-known/security.txt\n", mimetype="text/plain")


@blueprint.get("/healthz")
def healthz() -> Any:
    """Report that the process is alive."""
    return jsonify(status="ok")


@blueprint.get("/readyz")
def readyz() -> Any:
    """Report whether the database is at the newest revision, and when the opener last ran successfully."""
    try:
        found, known = installation.portal_revision(), installation.newest_revision(db.PORTAL)
        if found != known:
            status = "database is newer than this version" if found and found > known else "not migrated"
            return jsonify(status=status, revision=found, known_revision=known), 503
        beat = installation.last_beat()
        open_waves = sum(waves.find_answerable(s.slug) is not None for s in surveys.list_surveys())
    except SQLAlchemyError as error:
        status = "database is damaged" if db.is_damaged(error) else "database does not answer"
        return jsonify(status=status), 503
    hours = round((clock.now() - beat).total_seconds() / 3600, 1) if beat else None
    return jsonify(status="ok", revision=found, hours_since_opener=hours, open_waves=open_waves)


def _return_place() -> str:
    """Return the requested page if it is in the list of allowed pages, otherwise the home page."""
    place = request.args.get("to", "")
    result_pages = (f"/results/{survey.slug}" for survey in surveys.list_surveys())
    return place if place in RETURN_PLACES or place in result_pages else url_for("public.home")
