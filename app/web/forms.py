"""The base form of the staff side: what it reads, how typed text is cleaned, its errors, and options of lists."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import wtforms
from flask import request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import (
    Field,
    HiddenField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, StopValidation

from app.core.settings import out_of_use
from app.core.typed import clean_line, clean_text, whole_number
from app.storage.refusals import Refused

MAX_LINE = 200
NO_DATE = "Enter a date, such as 2027-03-31."
SENDS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def options(named: Mapping[str, str], kept: str | None = None) -> list[SelectChoice]:
    """Return the choices of a list from values and their names.

    A stored value is ``kept`` among them when it is no longer one of them: a form never replaces it by another.
    """
    more = {kept: out_of_use(kept)} if kept and kept not in named else {}
    return [SelectChoice(value, name) for value, name in {**named, **more}.items()]


def offered(field: SelectField) -> dict[str, str]:
    """Return the values and names of a list or a group of radio buttons, as components take them."""
    return {choice.value: choice.label for choice in field.choices}


def error_of(faults: Iterable[tuple[str, str]], name: str) -> str:
    """Return the error messages of one control from those of the error summary; empty if it has none."""
    return " ".join(sentence for control, sentence in faults if control == name)


class WholeNumber(IntegerField):
    """A number from ``least`` to ``most``, typed as ``core/typed`` reads it; None if the field is empty."""

    data: Any

    def __init__(self, label: str, validators: Iterable[Any] = (), *, least: int, most: int, **more: Any) -> None:
        super().__init__(label, validators, **more)
        self._least, self._most = least, most

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number; TypedError is a ValueError, which WTForms turns into an error of the field."""
        typed = "".join(valuelist[:1]).strip()
        self.raw_data, self.data = [typed], None  # spaces alone are no input
        if typed:
            self.data = whole_number(typed, self._least, self._most)

    def pre_validate(self, form: Any) -> None:
        """Skip the other validators if the input is not a number."""
        if self.process_errors:
            raise StopValidation()


class DateField(wtforms.DateField):
    """A date field whose message for anything else says what to enter."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Parse the input."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(NO_DATE) from error


class StaffForm(FlaskForm):
    """A form of the staff side. It reads form fields only, and cleans all text but passwords.

    Only a ``TextAreaField`` may have several lines. A field's ``Length`` gives the most characters of its cleaned text.
    """

    class Meta(FlaskForm.Meta):
        """How fields are bound and what they read."""

        def wrap_formdata(self, form: Any, formdata: Any) -> MultiDict[str, str] | None:
            """Return the form fields of this request: no files, and nothing from JSON."""
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return request.form if request.method in SENDS else None

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Field:
            """Return the field; a line of text is cleaned before it is validated."""
            field = super().bind_field(form, unbound_field, options)
            if isinstance(field, StringField) and not isinstance(field, HiddenField | PasswordField):
                most = [one.max for one in field.validators if isinstance(one, Length)]
                field.validators = [one for one in field.validators if not isinstance(one, Length)]
                field.filters = (_cleaner(field, min(most, default=MAX_LINE)), *field.filters)
            return field

    def faults(self) -> list[tuple[str, str]]:
        """Return (field id, sentence) for the error summary."""
        return [(_first_id(field), f"{field.label.text}: {sentence}") for field in self for sentence in field.errors]

    def refuse(self, name: str, sentence: str) -> None:
        """Add an error to a field."""
        field = self[name]
        field.errors = [*field.errors, sentence]

    @contextmanager
    def refusing(self, name: str) -> Iterator[None]:
        """Add the refusal of what happens inside to the field it names, else to this one, and go on after the block."""
        try:
            yield
        except Refused as refusal:
            self.refuse(refusal.field or name, str(refusal))


def _cleaner(field: Field, most: int) -> Callable[[str | None], str | None]:
    """Return the filter that cleans what was typed into a field, and nothing else that it may hold."""

    def clean(typed: str | None) -> str | None:
        if not field.raw_data or typed is None:
            return typed
        # TypedError is a ValueError: an error of the field, which shows the text again
        cleaned = (clean_text if isinstance(field, TextAreaField) else clean_line)(typed, most)
        if not cleaned:
            field.raw_data = [""]  # spaces alone are no input
        return cleaned

    return clean


def _first_id(field: Field) -> str:
    """Return the id of the control that an error links to; for radio buttons, the first one."""
    return f"{field.id}-0" if isinstance(field, RadioField) else str(field.id)
