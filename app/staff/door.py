"""Access control of the staff pages: default deny. Flask-Login loads the user from our own session rows.

Its hooks are not installed, because they would store a hash of the address and browser in the session.
"""

from typing import Any

from flask import Flask, Request, abort, flash, g, redirect, render_template, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user

from app.core import permissions
from app.core.permissions import Permission
from app.staff import accounts, approvals, sessions
from app.storage import audit, clock
from app.surveys import service as surveys
from app.web import kept_forms
from app.web.filters import survey_name
from app.web.requires import need_of
from app.web.security import STAFF_PATH

PUBLIC_BLUEPRINTS = frozenset({"public", "respond", "rights", "saving", "modes", "results", "data", "reports", "said"})
MINUTE = 60


class UndeclaredEndpoint(RuntimeError):
    """A staff page declares no permission."""


class SignedIn(UserMixin):
    """The signed-in user for Flask-Login, with the scope of their account."""

    def __init__(self, row: Any) -> None:
        self.row, self.account = row, row.user
        self.id, self.email, self.role = row.user.email, row.user.email, row.user.role
        self.locality, self.survey, self.sees = row.user.locality, row.user.survey_slug, row.user.sees

    def may(self, endpoint: str) -> bool:
        """Return whether this user has permission to open an endpoint."""
        need = need_of(endpoint)
        return need is not None and self.has(need.permission)

    def has(self, permission: permissions.Permission) -> bool:
        """Return whether this user has a permission."""
        return permissions.allows(self.role, permission, self.locality)


def init_app(app: Flask) -> None:
    """Check that every staff page declares a permission, and guard every request to one."""
    for rule in app.url_map.iter_rules():
        is_public = rule.endpoint == "static" or rule.endpoint.split(".")[0] in PUBLIC_BLUEPRINTS
        if not is_public and not hasattr(app.view_functions[rule.endpoint], "need"):
            raise UndeclaredEndpoint(f"{rule.endpoint} declares no permission: put @requires on its view.")
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(load_signed_in)
    app.login_manager = manager  # type: ignore[attr-defined]
    app.before_request(guard)
    app.context_processor(lambda: {"current_user": current_user, **_limits()})


def _limits() -> dict[str, int]:
    """Return the times that staff pages name."""
    return {
        "idle_minutes": sessions.IDLE_MINUTES,
        "link_days": accounts.LINK_DAYS,
        "new_account_days": approvals.NEW_ACCOUNT_DAYS,
        "waiting_days": approvals.WAITING_DAYS,
    }


def load_signed_in(_request: Request) -> SignedIn | None:
    """Return the signed-in user on a staff page; on every other page None, whatever the cookies say."""
    if not _request.path.startswith(STAFF_PATH) or "sid" not in session:
        return None
    if _now() - session.get("seen", 0) > sessions.IDLE_MINUTES * MINUTE:
        return None
    row = sessions.find_session(session["sid"])
    return SignedIn(row) if row else None


def begin(session_id: str) -> None:
    """Store a new session in the browser's cookie and discard what it held before."""
    session.clear()
    g.pop("csrf_token", None)  # Flask-WTF caches the token of the discarded session
    session["sid"], session["seen"] = session_id, _now()
    found = sessions.find_session(session_id)
    session["who"] = found.user_id if found else None


def check_scope(survey: str | None = None, locality: str | None = None) -> None:
    """Answer 404, as for a page that does not exist, if the subject is outside the account's scope."""
    if not current_user.sees(survey, locality):
        abort(404)


def seen_surveys() -> dict[str, str]:
    """Return the names of the surveys in the account's scope, by slug."""
    found = surveys.list_surveys()
    return {one.slug: str(survey_name(one.slug)) for one in found if current_user.sees(one.slug)}


def guard() -> Any:
    """Allow a request to a staff page only with the permission that the page declares."""
    if not request.path.startswith(STAFF_PATH) or request.endpoint is None:
        return None
    need = need_of(request.endpoint)
    if need is not None and need.permission is Permission.SIGN_IN:
        return None
    if not current_user.is_authenticated:
        return _redirect_to_sign_in()
    if not current_user.row.is_complete and request.endpoint != "accounts.sign_out":
        return redirect(url_for("accounts.second_factor"), 303)
    if need is None or not permissions.allows(current_user.role, need.permission, current_user.locality):
        abort(403)
    session["seen"] = _now()
    audit.set_actor(current_user.email)
    if need.second_factor and current_user.account.totp_box is None:
        flash("This page needs two-step verification. Set it up once, then open the page again.")
        return redirect(url_for("accounts.enrol"), 303)
    if need.confirm_password and not sessions.is_fresh(current_user.row):
        page = render_template("staff/confirm.html", refusal=None, kept=kept_forms.keep(request))
        return page, 200 if request.method in ("GET", "HEAD") else 422
    return None


def _redirect_to_sign_in() -> Any:
    """Go to the sign-in page, keeping the form that the user was about to send."""
    if request.method != "POST" or request.endpoint == "accounts.sign_out" or not session.get("who"):
        return redirect(url_for("accounts.sign_in"), 303)
    kept = kept_forms.keep(request)
    return render_template("staff/sign_in.html", faults=[], email="", kept=kept), 403


def _now() -> int:
    return int(clock.now().timestamp())
