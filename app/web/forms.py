"""The base form of the staff side: its faults as the error summary shows them, and what a list offers."""

from collections.abc import Iterable, Mapping

from flask_wtf import FlaskForm
from wtforms import Field, RadioField, SelectField
from wtforms.fields.choices import SelectChoice


def options(named: Mapping[str, str]) -> list[SelectChoice]:
    """Return what a list offers: stored values and what they are called."""
    return [SelectChoice(value, name) for value, name in named.items()]


def offered(field: SelectField) -> dict[str, str]:
    """Return what a list or a group of radio buttons offers, as components draw it: values and what they are called."""
    return {choice.value: choice.label for choice in field.choices}


def error_of(faults: Iterable[tuple[str, str]], name: str) -> str:
    """Return what is wrong with one control: its sentences among those of the error summary, or nothing."""
    return " ".join(sentence for control, sentence in faults if control == name)


class StaffForm(FlaskForm):
    """A form of the staff side, with its faults for the error summary."""

    def faults(self) -> list[tuple[str, str]]:
        """Return (field id, sentence) for the error summary."""
        return [(_first_id(field), f"{field.label.text}: {sentence}") for field in self for sentence in field.errors]

    def refuse(self, name: str, sentence: str) -> None:
        """Put a sentence of refusal beside a field."""
        field = self[name]
        field.errors = [*field.errors, sentence]


def _first_id(field: Field) -> str:
    """Return the id of the control that an error leads to: of a list of choices the first one."""
    return f"{field.id}-0" if isinstance(field, RadioField) else str(field.id)
