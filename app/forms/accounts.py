"""The sign-in form."""

from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import InputRequired, Length


class SignInForm(FlaskForm):
    """E-mail and password; paste and password managers work."""

    email = EmailField("E-mail", validators=[InputRequired("Type your e-mail address."), Length(max=200)])
    password = PasswordField("Password", validators=[InputRequired("Type your password."), Length(max=200)])

    def faults(self) -> list[tuple[str, str]]:
        """Return (field id, sentence) for the error summary."""
        return [(field.id, sentence) for field in self for sentence in field.errors]
