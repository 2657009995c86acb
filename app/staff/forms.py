"""Account forms: sign-in, password set-up, codes, and an administrator's form for a colleague's account."""

from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from app.core.permissions import ROLES
from app.web.forms import StaffForm, options


class SignInForm(StaffForm):
    """Email address and password; pasting and password managers work."""

    email = EmailField("Email address", validators=[InputRequired("Enter your email address."), Length(max=200)])
    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=200)])


class SetUpForm(StaffForm):
    """A new password, twice."""

    password = PasswordField("New password", validators=[InputRequired("Enter a password.")])
    again = PasswordField("Repeat password", validators=[EqualTo("password", "The passwords do not match.")])


class CodeForm(StaffForm):
    """A code from an authenticator app, or a recovery code."""

    code = StringField("Code", validators=[InputRequired("Enter the code."), Length(max=40)])


class ConfirmForm(StaffForm):
    """The current password, to confirm a critical action."""

    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=200)])


class PersonForm(StaffForm):
    """A colleague's account: email address, role, and the area or survey that it is limited to."""

    email = EmailField("Email address", validators=[InputRequired("Enter an email address."), Length(max=200)])
    role = SelectField(
        "Role",
        choices=options({"": "Choose a role", **dict(zip(ROLES, ROLES, strict=True))}),
        validators=[InputRequired("Choose a role.")],
    )
    locality = SelectField("Area")
    survey = SelectField("Survey")
