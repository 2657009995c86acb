"""The staff side's door: default deny. Flask-Login is told who is there by our own session row and never guesses.

Its hooks are not installed, because they would hash a visitor's address and browser into the session.
"""

from typing import Any

from flask import Flask, Request, abort, g, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user

from app.core import permissions
from app.core.permissions import Permission
from app.staff import sessions
from app.storage import audit, clock
from app.web import kept_forms
from app.web.requires import need_of
from app.web.security import STAFF_PATH

PUBLIC_BLUEPRINTS = frozenset({"public", "respond", "rights", "saving", "modes", "results"})
MINUTE = 60


class UndeclaredEndpoint(RuntimeError):
    """A staff page that declares no permission."""


class SignedIn(UserMixin):
    """Somebody who is signed in, as Flask-Login sees them, with the scope that their account ends at."""

    def __init__(self, row: Any) -> None:
        self.row, self.account = row, row.user
        self.id, self.email, self.role = row.user.email, row.user.email, row.user.role
        self.locality, self.survey = row.user.locality, row.user.survey_slug

    def may(self, endpoint: str) -> bool:
        """Tell whether a link to an endpoint would let this person in."""
        need = need_of(endpoint)
        return need is not None and permissions.allows(self.role, need.permission, self.locality)

    def sees_survey(self, slug: str) -> bool:
        """Tell whether a survey lies inside the account's scope."""
        return self.survey in (None, slug)

    def sees_locality(self, locality: str) -> bool:
        """Tell whether a locality lies inside the account's scope."""
        return self.locality in (None, locality)


def init_app(app: Flask) -> None:
    """Refuse to start with an undeclared staff page, and guard every request to one."""
    for rule in app.url_map.iter_rules():
        is_public = rule.endpoint == "static" or rule.endpoint.split(".")[0] in PUBLIC_BLUEPRINTS
        if not is_public and not hasattr(app.view_functions[rule.endpoint], "need"):
            raise UndeclaredEndpoint(f"{rule.endpoint} declares no permission: put @requires on its view.")
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(load_signed_in)
    app.login_manager = manager  # type: ignore[attr-defined]
    app.before_request(guard)
    app.context_processor(lambda: {"current_user": current_user, "idle_minutes": sessions.IDLE_MINUTES})


def load_signed_in(_request: Request) -> SignedIn | None:
    """Return who is signed in on the staff side; on every other page nobody is, whatever cookies there are."""
    if not _request.path.startswith(STAFF_PATH) or "sid" not in session:
        return None
    if _now() - session.get("seen", 0) > sessions.IDLE_MINUTES * MINUTE:
        return None
    row = sessions.find_session(session["sid"])
    return SignedIn(row) if row else None


def begin(session_id: str) -> None:
    """Put a fresh session into the browser's cookie; whatever it held before is gone."""
    session.clear()
    g.pop("csrf_token", None)  # Flask-WTF keeps the token of the session that has just gone
    session["sid"], session["seen"] = session_id, _now()
    found = sessions.find_session(session_id)
    session["who"] = found.user_id if found else None


def check_scope(survey: str | None = None, locality: str | None = None) -> None:
    """Answer 404, as for a page that is not there, when something lies outside the account's scope."""
    is_inside = (survey is None or current_user.sees_survey(survey)) and (
        locality is None or current_user.sees_locality(locality)
    )
    if not is_inside:
        abort(404)


def guard() -> Any:
    """Let a request to a staff page through only with the permission that the page declares."""
    if not request.path.startswith(STAFF_PATH) or request.endpoint is None:
        return None
    need = need_of(request.endpoint)
    if need is not None and need.permission is Permission.SIGN_IN:
        return None
    if not current_user.is_authenticated:
        return _to_the_door()
    if not current_user.row.is_complete and request.endpoint != "accounts.sign_out":
        return redirect(url_for("accounts.second_factor"), 303)
    if need is None or not permissions.allows(current_user.role, need.permission, current_user.locality):
        abort(403)
    session["seen"] = _now()
    audit.set_actor(current_user.email)
    if need.confirm_password and not sessions.is_fresh(current_user.row):
        page = render_template("staff/confirm.html", refusal=None, kept=kept_forms.keep(request))
        return page, 200 if request.method in ("GET", "HEAD") else 422
    return None


def _to_the_door() -> Any:
    """Send somebody to the sign-in page; what they were about to send goes along."""
    if request.method != "POST" or request.endpoint == "accounts.sign_out" or not session.get("who"):
        return redirect(url_for("accounts.sign_in"), 303)
    kept = kept_forms.keep(request)
    return render_template("staff/sign_in.html", faults=[], email="", kept=kept), 403


def _now() -> int:
    return int(clock.now().timestamp())
