"""The staff side's door: default deny. Flask-Login is told who is there by our own session row and never guesses.

Its hooks are not installed, because they would hash a visitor's address and browser into the session.
"""

from typing import Any

from flask import Flask, Request, abort, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user

from app.core import permissions
from app.security import STAFF_PATH
from app.services import staff

PUBLIC_BLUEPRINTS = frozenset({"public", "respond", "results"})


class UndeclaredEndpoint(RuntimeError):
    """A staff page for which ``core/permissions`` names no permission."""


class SignedIn(UserMixin):
    """Somebody who is signed in, as Flask-Login sees them."""

    def __init__(self, email: str, role: str) -> None:
        self.id, self.email, self.role = email, email, role


def init_app(app: Flask) -> None:
    """Refuse to start with an undeclared staff page, and guard every request to one."""
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.split(".")[0]
        if blueprint not in PUBLIC_BLUEPRINTS and rule.endpoint != "static" and not permissions.needed(rule.endpoint):
            raise UndeclaredEndpoint(f"{rule.endpoint} has no permission in core/permissions.py.")
    manager = LoginManager()
    manager.session_protection = None
    manager.request_loader(load_signed_in)
    app.login_manager = manager  # type: ignore[attr-defined]
    app.before_request(guard)


def load_signed_in(_request: Request) -> SignedIn | None:
    """Return who is signed in on the staff side; on every other page nobody is, whatever cookies there are."""
    if not _request.path.startswith(STAFF_PATH) or "sid" not in session:
        return None
    user = staff.find_signed_in(session["sid"])
    return SignedIn(user.email, user.role) if user else None


def guard() -> Any:
    """Let a request to a staff page through only with the permission that the page declares."""
    if not request.path.startswith(STAFF_PATH) or request.endpoint is None:
        return None
    permission = permissions.needed(request.endpoint)
    if permission == permissions.SIGN_IN:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in"), 303)
    if permission is None or not permissions.allows(current_user.role, permission):
        abort(403)
    return None
