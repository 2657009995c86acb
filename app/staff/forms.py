"""Account forms: sign-in, password set-up, codes, and an administrator's form for a colleague's account."""

from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import EqualTo, InputRequired, Length, Optional, ValidationError

from app.core.permissions import ROLES
from app.storage.audit import LogFilter
from app.web.forms import DateField, StaffForm, options


class SignInForm(StaffForm):
    """Email address and password; pasting and password managers work."""

    email = EmailField("Email address", validators=[InputRequired("Enter your email address."), Length(max=200)])
    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=200)])


class SetUpForm(StaffForm):
    """A new password, twice."""

    password = PasswordField("New password", validators=[InputRequired("Enter a password.")])
    again = PasswordField("Repeat password", validators=[EqualTo("password", "The passwords do not match.")])


class ChangePasswordForm(StaffForm):
    """The current password, and a new one entered twice."""

    current = PasswordField(
        "Current password", validators=[InputRequired("Enter your current password."), Length(max=200)]
    )
    password = PasswordField("New password", validators=[InputRequired("Enter a new password.")])
    again = PasswordField("Repeat new password", validators=[EqualTo("password", "The passwords do not match.")])

    def validate_password(self, field: PasswordField) -> None:
        """Refuse the password that is in use."""
        if field.data == self.current.data:
            raise ValidationError("Enter a password that is different from the current one.")


class CodeForm(StaffForm):
    """A code from an authenticator app, or a recovery code."""

    code = StringField("Code", validators=[InputRequired("Enter the code."), Length(max=40)])


class ConfirmForm(StaffForm):
    """The current password, to confirm a critical action."""

    password = PasswordField("Password", validators=[InputRequired("Enter your password."), Length(max=200)])


class LogForm(StaffForm):
    """Which entries of the audit log to show. It is sent with GET, so it has no token."""

    class Meta:
        """Without a token."""

        csrf = False

    actor = SelectField("User", default="")
    act = SelectField("Action", default="")
    subject = StringField("Subject contains", default="", validators=[Length(max=200)])
    first = DateField("From", validators=[Optional()])
    last = DateField("To", validators=[Optional()])

    @property
    def wanted(self) -> LogFilter:
        """The entries that are asked for."""
        return LogFilter(**self.data)

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen, as parameters of an address."""
        return {name: str(value) for name, value in self.data.items() if value}


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
