"""Security of all requests: headers, the two cookies, CSRF, trusted proxies and size limits, in tests too."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from config import Settings

STAFF_PATH = "/staff"
MAX_BODY = 1024 * 1024
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}
ONE_YEAR = 31_536_000
KIOSK = "kiosk"
OPEN_DATA = "data"
"""The blueprint of the files of published results."""
NOTHING_STAYS = '"storage"'  # not "cookies": browsers would clear the council's whole domain (docs/adr/0016)

csrf = CSRFProtect()


def flask_settings(settings: Settings) -> dict[str, Any]:
    """Return the Flask configuration of an installation."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SETTINGS": settings,
        "SESSION_COOKIE_SECURE": settings.is_production,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "MAX_CONTENT_LENGTH": MAX_BODY,
        "MAX_FORM_MEMORY_SIZE": MAX_BODY,
        "MAX_FORM_PARTS": 500,
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "WTF_CSRF_TIME_LIMIT": None,  # a page may stay open for hours
        "WTF_CSRF_SSL_STRICT": False,  # no Referer to compare: our policy is no-referrer
        "SEND_FILE_MAX_AGE_DEFAULT": ONE_YEAR,
    }


def init_app(app: Flask) -> None:
    """Set up sessions, CSRF protection, headers, template globals and the proxy."""
    settings: Settings = app.config["SETTINGS"]
    app.session_interface = TwoRoomSessions()
    csrf.init_app(app)
    app.after_request(set_headers)
    app.jinja_env.globals["asset"] = asset_url
    app.context_processor(
        lambda: {"council": settings.council, "contacts": settings.contacts, "return_to": request.path}
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        # The client's address is read in app/web/rate_limits.py.
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=hops, x_host=0)  # type: ignore[method-assign]


def set_headers(response: Response) -> Response:
    """Set the security headers on every response, including errors; only static files and open data may be cached.

    Open data is asked for again each time, and sent again only if it has changed.
    """
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR}; includeSubDomains")
    if request.endpoint == "static" and response.status_code == 200:
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR}, immutable"
    elif request.blueprint == OPEN_DATA and response.status_code in (200, 304):
        response.headers["Cache-Control"] = "public, no-cache"
    else:
        response.headers["Cache-Control"] = "no-store"
    return response


def answer_mode() -> str:
    """Return the mode of this browser: self-completion, a shared tablet, or assisted entry."""
    mode: str = session.get("mode", "self")
    return mode


def forget_respondent() -> bool:
    """Clear the respondent's session and return whether this is a shared tablet, which keeps its mode."""
    is_kiosk = session.get("mode") == KIOSK
    session.clear()
    if is_kiosk:
        session["mode"] = KIOSK
    return is_kiosk


def asset_url(name: str) -> str:
    """Return the URL of a static file; it changes with the content, so browsers can cache it indefinitely."""
    return url_for("static", filename=name, v=_version(Path(current_app.static_folder or "", name)))


@cache
def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


def is_staff_side() -> bool:
    """Return whether this request is for a staff page."""
    return request.path == STAFF_PATH or request.path.startswith(f"{STAFF_PATH}/")


class TwoRoomSessions(SecureCookieSessionInterface):
    """Separate signed cookies for respondents and staff, chosen by path; neither side reads the other's.

    Both are deleted when the browser is closed.
    """

    @property
    def salt(self) -> str:  # type: ignore[override]
        return "staff" if is_staff_side() else "respondent"

    def get_cookie_name(self, app: Flask) -> str:
        staff, respondent = ("__Secure-s", "__Host-r") if self.get_cookie_secure(app) else ("s", "r")
        return staff if is_staff_side() else respondent

    def get_cookie_path(self, app: Flask) -> str:
        return STAFF_PATH if is_staff_side() else "/"
