"""The base form of the staff side, with its errors for the error summary, and options of lists."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from app.storage.refusals import Refused


def options(named: Mapping[str, str]) -> list[SelectChoice]:
    """Return the choices of a list from stored values and their names."""
    return [SelectChoice(value, name) for value, name in named.items()]


def offered(field: SelectField) -> dict[str, str]:
    """Return the values and names of a list or a group of radio buttons, as components take them."""
    return {choice.value: choice.label for choice in field.choices}


def error_of(faults: Iterable[tuple[str, str]], name: str) -> str:
    """Return the error messages of one control from those of the error summary; empty if it has none."""
    return " ".join(sentence for control, sentence in faults if control == name)


class StaffForm(FlaskForm):
    """A form of the staff side, with its errors for the error summary."""

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


def _first_id(field: Field) -> str:
    """Return the id of the control that an error links to; for radio buttons, the first one."""
    return f"{field.id}-0" if isinstance(field, RadioField) else str(field.id)
