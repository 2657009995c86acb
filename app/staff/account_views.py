"""Staff sign-in, second factor, one-time links and the user's own account."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask_login import current_user

from app.core.permissions import SECOND_FACTOR, Permission
from app.staff import accounts, door, sessions
from app.staff import second_factor as totp
from app.staff.forms import ChangePasswordForm, CodeForm, ConfirmForm, SetUpForm, SignInForm
from app.web import kept_forms, rate_limits
from app.web.qr_codes import draw_qr
from app.web.requires import requires

blueprint = Blueprint("accounts", __name__, url_prefix="/staff")
WRONG = "The email address or password is incorrect."
WRONG_CODE = "This code is incorrect or has been used before. Wait for the next code."


@blueprint.route("/sign-in", methods=["GET", "POST"])
@requires(Permission.SIGN_IN)
def sign_in() -> Any:
    """Sign a user in. A wrong email and a wrong password get the same answer; ten failures are followed by a wait."""
    form, kept = SignInForm(), request.form.get("kept", "")
    wait = 0
    if form.validate_on_submit():
        email = accounts.read_email(form.email.data or "")
        with rate_limits.signing_in(email) as attempt:
            wait = attempt.wait
            session_id = None if wait else sessions.sign_in(email, form.password.data or "")
            if session_id:
                door.begin(session_id)
                return _continue(kept)
            attempt.keep()
        form.refuse("email", _too_often(wait) if wait else WRONG)
        if not wait:
            _note_failed(email)
    page = render_template("staff/sign_in.html", faults=form.faults(), email=form.email.data or "", kept=kept)
    return _answer(page, form.is_submitted(), wait)


@blueprint.route("/second-factor", methods=["GET", "POST"])
@requires(Permission.SIGN_IN)
def second_factor() -> Any:
    """Check the authenticator code after the password; a user without a second factor sets one up first."""
    person = door.load_signed_in(request)
    if person is None:
        return redirect(url_for("accounts.sign_in"), 303)
    if person.row.is_complete:
        return redirect(url_for("home.show_home"), 303)
    if person.account.totp_box is None:
        return redirect(url_for("accounts.enrol"), 303)
    form, kept, wait = CodeForm(), request.form.get("kept", ""), 0
    if form.validate_on_submit():
        with rate_limits.proving("second factor", person.email) as attempt:
            wait = attempt.wait
            if not wait and totp.check(person.account, form.code.data or ""):
                door.begin(sessions.complete(session["sid"]))
                return _continue(kept)
            attempt.keep()
        form.refuse("code", _too_often(wait) if wait else WRONG_CODE)
    return _answer(render_template("staff/second_factor.html", form=form, kept=kept), form.is_submitted(), wait)


@blueprint.route("/second-factor/set-up", methods=["GET", "POST"])
@requires(Permission.SIGN_IN)
def enrol() -> Any:
    """Show a new seed, check a code that proves it was stored, and show the recovery codes once."""
    person = door.load_signed_in(request)
    if person is None:
        return redirect(url_for("accounts.sign_in"), 303)
    if person.row.is_complete and not sessions.is_fresh(person.row):
        return render_template("staff/confirm.html", refusal=None, kept=kept_forms.keep(request))
    if not person.row.is_complete and person.account.totp_box is not None:
        return redirect(url_for("accounts.second_factor"), 303)  # a password alone must not replace a second factor
    form = CodeForm()
    if form.validate_on_submit():
        with form.refusing("code"):
            recovery = totp.enrol(person.account, session["sid"], form.code.data or "")
            door.begin(sessions.complete(session["sid"]))
            return render_template("staff/recovery_codes.html", codes=recovery)
    seed = totp.new_seed(session["sid"])
    qr = draw_qr(totp.address_of(seed, person.email))
    return render_template("staff/enrol.html", form=form, seed=seed, qr=qr), 422 if form.is_submitted() else 200


@blueprint.route("/set-up/<token>", methods=["GET", "POST"])
@requires(Permission.SIGN_IN)
def set_up(token: str) -> Any:
    """Let the holder of a one-time link choose a password."""
    user = accounts.find_by_link(token)
    if user is None:
        return render_template("staff/link_gone.html"), 404
    form = SetUpForm()
    if form.validate_on_submit():
        with form.refusing("password"):
            accounts.set_password(token, form.password.data or "")
            return redirect(url_for("accounts.sign_in"), 303)
    return render_template("staff/set_up.html", form=form, email=user.email), 422 if form.is_submitted() else 200


@blueprint.post("/sign-out")
@requires(Permission.OWN_ACCOUNT)
def sign_out() -> Any:
    """End the session on the server and in the browser."""
    sessions.sign_out(session["sid"])
    session.clear()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.post("/sign-out-everywhere")
@requires(Permission.OWN_ACCOUNT)
def sign_out_everywhere() -> Any:
    """End all sessions of this user."""
    sessions.sign_out_everywhere(current_user.account)
    session.clear()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.route("/confirm", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def confirm() -> Any:
    """Check the password again before a critical action, then continue with that action."""
    form, kept, wait = ConfirmForm(), request.form.get("kept", ""), 0
    refusal = "Enter your password." if form.is_submitted() else None
    if form.validate_on_submit():
        with rate_limits.proving("confirm", current_user.email) as attempt:
            wait = attempt.wait
            if not wait and sessions.confirm(session["sid"], form.password.data or ""):
                return _continue(kept)
            attempt.keep()
        refusal = _too_often(wait) if wait else "The password is incorrect."
    return _answer(render_template("staff/confirm.html", refusal=refusal, kept=kept), form.is_submitted(), wait)


@blueprint.route("/account", methods=["GET", "POST"])
@requires(Permission.OWN_ACCOUNT)
def show_account() -> Any:
    """Show the user's own account: role, scope, password, second factor, and how to sign out."""
    form = ChangePasswordForm()
    if form.validate_on_submit() and _is_confirmed(form):
        with form.refusing("password"):
            accounts.change_own_password(current_user.account.id, session["sid"], form.password.data or "")
            door.begin(sessions.complete(session["sid"]))
            flash("Your password has been changed. You are signed out everywhere else.")
            return redirect(url_for("accounts.show_account"), 303)
    shown = {"form": form, "needs_second": current_user.role in SECOND_FACTOR}
    return render_template("staff/show_account.html", **shown), 422 if form.is_submitted() else 200


@blueprint.get("/help")
@requires(Permission.SIGN_IN)
def show_help() -> Any:
    """Say whom to ask when somebody cannot sign in."""
    return render_template("staff/show_help.html", contact=current_app.config["SETTINGS"].staff_help)


@blueprint.post("/stay")
@requires(Permission.OWN_ACCOUNT)
def stay() -> Any:
    """Keep the session of a user who is typing alive; the guard has already updated its time."""
    return "", 204, {"Content-Type": "text/plain"}


def _is_confirmed(form: ChangePasswordForm) -> bool:
    """Return whether the current password is right; wrong ones are counted, as when an action is confirmed."""
    with rate_limits.proving("confirm", current_user.email) as attempt:
        if not attempt.wait and sessions.confirm(session["sid"], form.current.data or ""):
            return True
        attempt.keep()
    form.refuse("current", _too_often(attempt.wait) if attempt.wait else "The password is incorrect.")
    return False


def _continue(kept: str) -> Any:
    """Redirect to the second factor, to the kept form, or to the home page."""
    person = door.load_signed_in(request)
    if person is not None and not person.row.is_complete:
        if kept and person.account.totp_box is not None:  # rendered directly: a kept form must not appear in a URL
            return render_template("staff/second_factor.html", form=CodeForm(None), kept=kept)
        return redirect(url_for("accounts.second_factor"), 303)
    form = kept_forms.take(kept, person.account.id) if kept and person else None
    if form is None:
        return redirect(url_for("home.show_home"), 303)
    if form.method != "POST":
        return redirect(form.path, 303)
    return render_template("staff/send_again.html", form=form)


def _answer(page: str, is_refused: bool, wait: int) -> Any:
    """Return the page of a form that did not succeed; ``wait`` is the number of seconds before another attempt."""
    if wait:
        return page, 429, {"Retry-After": str(wait)}
    return page, 422 if is_refused else 200


def _too_often(wait: int) -> str:
    minutes = -(-wait // 60)
    return f"Too many failed attempts. Try again in {minutes} minute{'' if minutes == 1 else 's'}."


def _note_failed(email: str) -> None:
    """Write a failed sign-in into the audit log, at most ten times in ten minutes for one name."""
    with rate_limits.proving("noted", email) as note:
        note.keep()
        if not note.wait:
            sessions.note_failed(email)
