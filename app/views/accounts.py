"""Staff sign-in and sign-out."""

import time
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for

from app.forms.accounts import SignInForm
from app.services import staff
from app.services.guesses import HOUR_SECONDS, GuessCaps

blueprint = Blueprint("accounts", __name__, url_prefix="/staff")
WRONG = "The e-mail or the password is not right."
TOO_OFTEN = "There were too many wrong tries. Please wait ten minutes."


@blueprint.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Sign somebody in; a wrong name and a wrong password look the same, and ten wrong tries are followed by a wait."""
    form = SignInForm()
    if not form.validate_on_submit():
        return _show(form, None), 422 if form.is_submitted() else 200
    caps: GuessCaps = current_app.extensions["password_caps"]
    hour, email = int(time.time()) // HOUR_SECONDS, form.email.data or ""
    guessers = (f"address {request.remote_addr}", f"account {email.strip().lower()}")
    if any(caps.is_over(guesser, hour) for guesser in guessers):
        return _show(form, TOO_OFTEN), 429
    session_id = staff.sign_in(email, form.password.data or "")
    if session_id is None:
        for guesser in guessers:
            caps.count_guess(guesser, hour)
        return _show(form, WRONG), 422
    session.clear()
    session["sid"] = session_id
    return redirect(url_for("staff_results.list_surveys"), 303)


@blueprint.post("/sign-out")
def sign_out() -> Any:
    """End the session on the server and in the browser."""
    staff.sign_out(session["sid"])
    session.clear()
    return redirect(url_for("accounts.sign_in"), 303)


def _show(form: SignInForm, refusal: str | None) -> str:
    return render_template("staff/accounts/sign_in.html", form=form, refusal=refusal)
