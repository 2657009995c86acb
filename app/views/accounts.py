"""Staff sign-in and sign-out."""

from typing import Any

from flask import Blueprint, redirect, render_template, session, url_for

from app.forms.accounts import SignInForm
from app.services import staff

blueprint = Blueprint("accounts", __name__, url_prefix="/staff")


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Sign somebody in; a wrong name and a wrong password look the same."""
    form = SignInForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("staff/accounts/sign_in.html", form=form, is_refused=False), status
    session_id = staff.sign_in(form.email.data or "", form.password.data or "")
    if session_id is None:
        return render_template("staff/accounts/sign_in.html", form=form, is_refused=True), 422
    session.clear()
    session["sid"] = session_id
    return redirect(url_for("staff_results.list_surveys"), 303)


@blueprint.post("/sign-out")
def sign_out() -> Any:
    """End the session on the server and in the browser."""
    staff.sign_out(session["sid"])
    session.clear()
    return redirect(url_for("accounts.sign_in"), 303)
