"""Account administration: create, change and deactivate accounts, and create one-time links."""

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask_login import current_user

from app.core.permissions import SECOND_FACTOR, Permission
from app.staff import accounts, approvals, door
from app.staff.forms import PersonForm
from app.storage.refusals import Refused
from app.web.forms import options
from app.web.requires import requires

blueprint = Blueprint("people", __name__, url_prefix="/staff")


@blueprint.get("/people")
@requires(Permission.MANAGE_ACCOUNTS)
def list_people() -> Any:
    """List all accounts."""
    return render_template("staff/list_people.html", people=accounts.list_users(), second=SECOND_FACTOR)


@blueprint.route("/people/new", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS, confirm_password=True)
def new_person() -> Any:
    """Create an account and show its one-time link, once."""
    form = _offer(PersonForm())
    if form.validate_on_submit():
        with form.refusing("email"):
            scope = {"locality": form.locality.data, "survey": form.survey.data}
            return _show_link(accounts.create_user(form.email.data or "", form.role.data, **scope))
    return render_template("staff/new_person.html", form=form), 422 if form.is_submitted() else 200


@blueprint.route("/people/<int:number>", methods=["GET", "POST"])
@requires(Permission.MANAGE_ACCOUNTS, confirm_password=True)
def edit_person(number: int) -> Any:
    """Change the role or scope of an account; its sessions end."""
    user = accounts.get_user(number)
    form = PersonForm(role=user.role, locality=user.locality, survey=user.survey_slug)
    _offer(form, user.locality, user.survey_slug)
    del form.email
    if form.validate_on_submit():
        with form.refusing("role"):
            if number == current_user.account.id:
                raise Refused("You cannot change your own role. Ask another administrator.")
            accounts.change_user(number, form.role.data, locality=form.locality.data, survey=form.survey.data)
            flash(f"{user.email} has been updated and must sign in again.")
            return redirect(url_for("people.list_people"), 303)
    return render_template("staff/edit_person.html", form=form, user=user), 422 if form.is_submitted() else 200


@blueprint.post("/people/<int:number>/link")
@requires(Permission.MANAGE_ACCOUNTS, confirm_password=True)
def make_link(number: int) -> Any:
    """Create a new one-time link; the old password, second factor and sessions are removed."""
    return _show_link(number)


@blueprint.post("/people/<int:number>/shut")
@requires(Permission.MANAGE_ACCOUNTS, confirm_password=True)
def deactivate_person(number: int) -> Any:
    """Deactivate an account; users cannot deactivate their own."""
    user = accounts.get_user(number)
    if number == current_user.account.id:
        flash("You cannot deactivate your own account. Ask another administrator.")
    else:
        accounts.disable_user(user.email)
        flash(f"{user.email} has been deactivated.")
    return redirect(url_for("people.list_people"), 303)


def _show_link(number: int) -> Any:
    link = accounts.link_address(accounts.make_link(number))
    user = accounts.get_user(number)
    return render_template("staff/show_link.html", user=user, link=link, eligible_from=approvals.eligible_from(user))


def _offer(form: PersonForm, locality: str | None = None, survey: str | None = None) -> PersonForm:
    """Fill in the lists of a form; the scope that the account has is always among them."""
    form.locality.choices = options({"": "All areas", **current_app.config["SETTINGS"].localities}, locality)
    form.survey.choices = options({"": "All surveys", **door.seen_surveys()}, survey)
    return form
